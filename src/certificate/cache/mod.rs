//! Certificates kept by their URL.

mod budget;
mod lifetime;

mod store;

pub use store::{CertificateCache, CertificateUnavailable};
