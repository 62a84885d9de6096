//! The program `eventbridge`: receives, pushes and explains what Alibaba Cloud EventBridge signs.
//!
//! Each subcommand is a module with its options and a function `run`. Exit code 2 is bad usage.

#![forbid(unsafe_code)]
#![allow(unreachable_pub, missing_docs, reason = "a program has no public items")]

mod capture_lines;
mod event_edit;
mod hexadecimal;
mod mistakes;
mod origins;
mod signing;
mod stop_signal;
mod terminal;

mod completions;
mod samples;
mod usage;

mod arguments;
mod config_error;
mod dev;
mod inputs;
mod man;
mod outgoing;
mod settings;

mod api;
mod event_reader;
mod explain;
mod push;

mod publish;

mod ui;

mod receive;

mod buses;
mod connections;
mod destinations;
mod pattern;
mod provision;
mod replay;
mod rules;
mod size;
mod targets;
mod transform;

mod local;

use std::process::ExitCode;

use clap::Parser;
use settings::definition;
use usage::{UsageError, print_warnings};

/// Receives, pushes and explains the webhooks that Alibaba Cloud EventBridge signs.
#[derive(Parser)]
#[command(name = "eventbridge", version = VERSION, propagate_version = true)]
#[command(arg_required_else_help = false, after_help = ORDER)]
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
    Completions(completions::Options),
    Man(man::Options),
}

/// With the commit, where it is known.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), env!("EVENTBRIDGE_VERSION_SUFFIX"));
const ORDER: &str = "Options are also read from EVENTBRIDGE_<OPTION> and from the TOML file of \
    --config. The command line comes before the environment, and both come before the file. An \
    empty variable is not given.";

#[tokio::main]
async fn main() -> ExitCode {
    terminal::honour_dumb_terminal();
    run().await.unwrap_or_else(|error| error.exit())
}

async fn run() -> Result<ExitCode, UsageError> {
    let ended = match settings::parse()? {
        Command::Receive(options) => receive::run(*options).await,
        Command::Push(options) => push::run(&options).await,
        Command::Explain(options) => explain::run(&options),
        Command::Replay(options) => replay::run(&options).await,
        Command::Local(options) => local::run(&options).await,
        Command::Demo => Ok(receive::demo().await),
        Command::Pattern(options) => pattern::run(&options),
        Command::Transform(options) => transform::run(&options),
        Command::Size(options) => size::run(&options),
        Command::Publish(options) => publish::run(&options).await,
        Command::Provision(options) => provision::run(&options).await,
        Command::Buses(options) => buses::run(&options).await,
        Command::Rules(options) => rules::run(&options).await,
        Command::Targets(options) => targets::run(&options).await,
        Command::Destinations(options) => destinations::run(&options).await,
        Command::Connections(options) => connections::run(&options).await,
        Command::Completions(options) => Ok(completions::run(&options, definition::<Command>())),
        Command::Man(options) => man::run(&options, definition::<Command>()),
    };
    // Bad usage is one line.
    if ended.is_ok() {
        print_warnings();
    }
    ended
}
