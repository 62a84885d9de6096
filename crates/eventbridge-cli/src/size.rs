//! Counts events as EventBridge does, and compares them with its limits.
//!
//! Exit code 0: every event is within the limit, 1: one is over it, 2: bad usage.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use aliyun_eventbridge::{JsonEvent, event_size::event_size, publish::PublishLimits};
use clap::{Args, value_parser};
use serde::Serialize;

use crate::{
    config_error::chain,
    event_reader::{EventReader, FoundEvent},
    inputs::Inputs,
    usage::UsageError,
};

/// Prints the size of each event as EventBridge counts it, and whether it is within the limit.
///
/// A time counts 36 bytes. Attributes and data count their bytes. Extensions count nothing.
///
/// Exit code 0: every event is within --max-event, 1: one is over it, 2: a file is malformed.
#[derive(Args)]
pub struct Options {
    /// Events: a file, - for standard input, text that begins with { or [, or the name of a sample
    /// of push --list. A file has one event, an array of events, or one event on each line
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// The most bytes of an event. EventBridge's pages name 65536, the newest 262144
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 65_536,
        value_parser = value_parser!(u64).range(1..=262_144),
    )]
    max_event: u64,
    /// Print a JSON object for each event
    #[arg(long)]
    json: bool,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    event: &'a str,
    /// Counts the events of all inputs from 0.
    index: u64,
    id: Option<&'a str>,
    size: usize,
    limit: u64,
    over: bool,
    /// Whether it is over the limit of the newest page too.
    over_newest: bool,
}

pub fn run(options: &Options) -> Result<ExitCode, UsageError> {
    let mut inputs = Inputs::default();
    let (mut index, mut over) = (0_u64, 0_u64);
    for value in &options.files {
        for found in EventReader::new(inputs.events(FILE, value)?, MOST_EVENT_BYTES) {
            let found = found.map_err(|malformed| UsageError::new(FILE, malformed))?;
            let line = options.line(&found, index, found.id().as_deref())?;
            over = over.saturating_add(u64::from(line.1));
            // A reader that has seen enough does not change the exit code.
            let _ = writeln!(io::stdout(), "{}", line.0);
            index = index.saturating_add(1);
        }
    }
    if index == 0 {
        return Err(UsageError::new(FILE, "has no event: give one JSON object at least"));
    }
    Ok(if over == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Options {
    /// Returns the line of an event, and whether it is over the limit.
    fn line(
        &self,
        found: &FoundEvent,
        index: u64,
        id: Option<&str>,
    ) -> Result<(String, bool), UsageError> {
        let wrong = |error: String| UsageError::new(FILE, format_args!("{}: {error}", found.place));
        let event = JsonEvent::parse(&found.json).map_err(|error| wrong(chain(&error)))?;
        let size = event_size(&event);
        let limit = self.max_event;
        let over = u64::try_from(size).map_or(true, |size| size > limit);
        let newest = PublishLimits::newest().most_event_bytes();
        let over_newest = size > newest;
        if self.json {
            let line = Line { event: &found.place, index, id, size, limit, over, over_newest };
            let text = serde_json::to_string(&line).map_err(|error| wrong(error.to_string()))?;
            return Ok((text, over));
        }
        let id = id.map_or(String::new(), |id| format!(" {}", id.escape_debug()));
        let verdict = match (over, over_newest) {
            (false, _) => format!("within {limit}"),
            (true, false) => format!("over {limit}, within {newest}, the newest limit"),
            (true, true) => format!("over {limit}, and over {newest}, the newest limit"),
        };
        Ok((format!("{}{id}: {size} bytes, {verdict}", found.place), over))
    }
}

const FILE: &str = "FILE";
/// Far more than any event that EventBridge takes.
const MOST_EVENT_BYTES: usize = 16 * 1024 * 1024;
