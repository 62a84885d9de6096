//! Envelopes: every published sample, inputs of public reports (fixtures/field), the lenient rules
//! and their limits.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    missing_docs,
    reason = "test code"
)]

mod common;
mod properties;
mod times;

mod typed;

mod bodies;
mod errors;
mod events;
mod interface;
mod interop;
mod limits;
mod lossy;
mod requests;
mod samples;
