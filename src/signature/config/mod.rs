//! The settings of a verifier, checked as a whole before there is one.

mod error;

mod certificates;

mod builder;

mod build;

pub use builder::VerifierBuilder;
pub use error::ConfigError;
