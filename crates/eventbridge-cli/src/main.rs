//! The program `eventbridge`: receives, pushes and explains what Alibaba Cloud EventBridge signs.
//!
//! Each subcommand is a module with its options and a function `run`. Exit code 2 is bad usage.

#![forbid(unsafe_code)]
#![allow(unreachable_pub, missing_docs, reason = "a program has no public items")]

mod api;
mod arguments;
mod buses;
mod capture_lines;
mod config_error;
mod connections;
mod destinations;
mod dev;
mod event_edit;
mod event_reader;
mod explain;
mod inputs;
mod outgoing;
mod pattern;
mod provision;
mod publish;
mod push;
mod receive;
mod replay;
mod rules;
mod samples;
mod size;
mod stop_signal;
mod targets;
mod transform;
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
    /// Starts a receiver, pushes good and forged events to it, and prints the verdicts
    ///
    /// Exit code 0: every verdict is as expected, 1: one is not.
    Demo,
    Pattern(pattern::Options),
    Transform(transform::Options),
    Size(size::Options),
    Publish(Box<publish::Options>),
    Provision(Box<provision::Options>),
    Buses(Box<buses::Options>),
    Rules(Box<rules::Options>),
    Targets(Box<targets::Options>),
    Destinations(Box<destinations::Options>),
    Connections(Box<connections::Options>),
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match usage::parse() {
        Ok(Command::Receive(options)) => receive::run(*options).await,
        Ok(Command::Push(options)) => push::run(&options).await,
        Ok(Command::Explain(options)) => explain::run(&options),
        Ok(Command::Replay(options)) => replay::run(&options).await,
        Ok(Command::Demo) => Ok(receive::demo().await),
        Ok(Command::Pattern(options)) => pattern::run(&options),
        Ok(Command::Transform(options)) => transform::run(&options),
        Ok(Command::Size(options)) => size::run(&options),
        Ok(Command::Publish(options)) => publish::run(&options).await,
        Ok(Command::Provision(options)) => provision::run(&options).await,
        Ok(Command::Buses(options)) => buses::run(&options).await,
        Ok(Command::Rules(options)) => rules::run(&options).await,
        Ok(Command::Targets(options)) => targets::run(&options).await,
        Ok(Command::Destinations(options)) => destinations::run(&options).await,
        Ok(Command::Connections(options)) => connections::run(&options).await,
        Err(error) => Err(error),
    };
    ended.unwrap_or_else(|error| error.exit())
}
