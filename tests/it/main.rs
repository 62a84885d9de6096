//! Tests of the library that share no state of the process, in one binary.
//!
//! Those that count allocations, install a recorder or a subscriber, or set the environment are
//! binaries of their own beside this folder.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "test code"
)]

mod wall;

mod documents;

mod configuration;

mod interface;

mod verdicts;

mod field;
mod forgeries;

mod properties;

mod header_limits;

mod cache_bounds;

mod cache;

mod fetch_limits;

mod https;

mod layer;

mod key_rotation;

mod unread_bodies;

mod ready_bodies;

mod forward;

mod idempotency;

mod claims;

mod each_event;

mod forward_readiness;

mod idempotency_bounds;

mod redis_wire;

mod redis_urls;

mod enclosed_request;

mod verify_bodies;

mod measurements;
