//! Function Compute's custom runtime: a client plays the platform's part over real connections, and
//! judges every answer by the gateway's rules.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::needless_pass_by_value,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    reason = "test code"
)]

mod bodies;
mod platform;

mod alike;
mod gateway;
mod lookalikes;
mod program;

mod contract;
mod events;
mod requests;

mod over_http;
