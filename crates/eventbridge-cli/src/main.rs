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
mod origins;
mod outgoing;
mod push;
mod receive;
mod replay;
mod samples;
mod settings;
mod usage;

use std::process::ExitCode;

use clap::Parser;
use settings::Parsed;
use usage::{UsageError, program};

/// Receives, pushes and explains the webhooks that Alibaba Cloud EventBridge signs.
#[derive(Parser)]
#[command(name = "eventbridge", version, propagate_version = true, arg_required_else_help = false)]
enum Command {
    Receive(Box<receive::Options>),
    Push(push::Options),
    Explain(explain::Options),
    Replay(replay::Options),
    /// Starts a receiver, pushes good and forged events to it, and prints the verdicts
    ///
    /// Exit code 0: every verdict is as expected, 1: one is not.
    Demo,
}

#[tokio::main]
async fn main() -> ExitCode {
    run().await.unwrap_or_else(|error| error.exit())
}

async fn run() -> Result<ExitCode, UsageError> {
    let Parsed { options: command, warnings } = settings::parse()?;
    if !matches!(command, Command::Receive(_)) {
        warnings.iter().for_each(|warning| eprintln!("{}: {warning}", program()));
    }
    match command {
        // The receiver has a log.
        Command::Receive(options) => receive::run(*options, &warnings).await,
        Command::Push(options) => push::run(&options).await,
        Command::Explain(options) => explain::run(&options),
        Command::Replay(options) => replay::run(&options).await,
        Command::Demo => Ok(receive::demo().await),
    }
}
