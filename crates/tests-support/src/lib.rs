//! Test code that several crates share.
//!
//! Without features the crate reads fixtures and knows nothing of the library, so that the
//! library's unit tests can use it. Feature `verifier` judges fixtures by the library's core,
//! feature `signer` signs pushes.

#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::exhaustive_structs,
    clippy::must_use_candidate,
    missing_docs,
    missing_debug_implementations,
    reason = "test code"
)]

pub mod captured;

pub mod fixtures;

pub mod conformance;

pub mod signature_fixture;

#[cfg(feature = "verifier")]
pub mod verdict;

#[cfg(feature = "signer")]
pub mod pushes;

#[cfg(feature = "example")]
pub mod example;

#[cfg(feature = "field")]
pub mod field;

#[cfg(feature = "peer")]
pub mod always_ready;

#[cfg(feature = "peer")]
pub mod redis_command;
