//! EventBridge on one machine.

#![forbid(unsafe_code)]

pub mod observe;
