//! The library beside `aliyun-fc-runtime`: one router on every way to it, and the example program as a
//! function instance.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    unreachable_pub,
    dead_code,
    missing_docs,
    missing_debug_implementations,
    reason = "test code"
)]

mod alike;
#[path = "../../crates/aliyun-fc-runtime/tests/custom_runtime/platform.rs"]
mod platform;
#[path = "../support/process.rs"]
mod process;
mod program;
