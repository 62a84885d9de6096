//! The program `eventbridge` as people run it: each subcommand as a process, over real connections.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod dev;
mod environment;
mod explain;
mod limits;
mod peers;
mod process;
mod push;
mod receive;
mod redis;
mod replay;
mod sender;
mod upstream;
