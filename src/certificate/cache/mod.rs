//! Certificates kept by their URL.

mod budget;
mod fetch_event;
mod lifetime;

mod store;

pub use store::{CertificateCache, CertificateUnavailable};
