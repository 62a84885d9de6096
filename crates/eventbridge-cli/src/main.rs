//! The program `eventbridge`: receives, pushes and explains what Alibaba Cloud EventBridge signs.
//!
//! Each subcommand is a module with its options and a function `run`. Exit code 2 is bad usage.

#![forbid(unsafe_code)]
#![allow(unreachable_pub, missing_docs, reason = "a program has no public items")]

mod arguments;
mod capture_lines;
mod config_error;
mod dev;
mod event_edit;
mod explain;
mod local;
mod outgoing;
mod push;
mod receive;
mod replay;
mod samples;
mod usage;

use std::process::ExitCode;

use clap::Parser;

/// Receives, pushes and explains the webhooks that Alibaba Cloud EventBridge signs.
#[derive(Parser)]
#[command(name = "eventbridge", version, propagate_version = true, arg_required_else_help = false)]
enum Command {
    Receive(Box<receive::Options>),
    Push(push::Options),
    Explain(explain::Options),
    Replay(replay::Options),
    Local(Box<local::Options>),
    /// Starts a receiver, pushes good and forged events to it, and prints the verdicts
    ///
    /// Exit code 0: every verdict is as expected, 1: one is not.
    Demo,
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match usage::parse() {
        Ok(Command::Receive(options)) => receive::run(*options).await,
        Ok(Command::Push(options)) => push::run(&options).await,
        Ok(Command::Explain(options)) => explain::run(&options),
        Ok(Command::Replay(options)) => replay::run(&options).await,
        Ok(Command::Local(options)) => local::run(&options).await,
        Ok(Command::Demo) => Ok(receive::demo().await),
        Err(error) => Err(error),
    };
    ended.unwrap_or_else(|error| error.exit())
}
