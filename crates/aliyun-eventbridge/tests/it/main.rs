//! The crate against fakes: recorded requests, answers of every shape, and real bytes on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    unreachable_pub,
    reason = "test code"
)]

mod support;

mod call;
mod checks;
mod credentials;
mod provision;
mod publisher;
mod router;
mod router_example;
mod vectors;
mod wire;

mod background;

mod sdk_comparison;
