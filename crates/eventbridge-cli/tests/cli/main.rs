//! The program `eventbridge` as people run it: each subcommand as a process, over real connections.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod process;

mod sender;

mod api;
mod environment;
mod explain;
mod limits;
mod push;
mod redis;
mod settings;
mod terminal;
mod upstream;

mod local;
mod messages;
mod newcomer;
mod version;

mod dev;
mod peers;
mod receive;
mod replay;

mod page;

mod published;
