//! The local EventBridge over real sockets, asked by the client of this workspace.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    reason = "test code"
)]

mod support;

mod bounds;
mod dead_letters;
mod deliver;
mod destinations;
mod quotas;
mod resources;
mod sdks;
mod signatures;
mod state;
mod strangers;
