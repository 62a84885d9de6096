//! Says whether events match event patterns, and why they do not.
//!
//! ```text
//! cargo run -- pattern --pattern '{"source":["acs.oss"]}' --event event.json
//! ```
//!
//! Exit code 0: every event matches every pattern, 1: one does not, 2: bad usage.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use aliyun_eventbridge::{
    JsonEvent,
    pattern::{EventPattern, Explanation, PatternRules},
};
use clap::Args;
use serde::Serialize;

use crate::{
    api::visible,
    config_error::chain,
    event_reader::{EventReader, FoundEvent},
    inputs::{Inputs, Text},
    usage::UsageError,
};

/// Says whether events match event patterns, as rules have them, and why they do not.
///
/// A pattern or event is a file, - for standard input, or text that begins with { or [. A file of
/// events has one event, an array of events, or one event on each line. An event is also the name
/// of a sample, oss:ObjectCreated:PutObject for one: push --list shows all.
///
/// Exit code 0: every event matches every pattern, 1: one does not, 2: a pattern or event is
/// invalid.
#[derive(Args)]
pub struct Options {
    /// An event pattern
    #[arg(long, value_name = "PATTERN", num_args = 1.., required = true)]
    pattern: Vec<String>,
    /// Events: files, - for standard input, texts, or names of samples of push --list
    #[arg(long, value_name = "EVENT", num_args = 1.., required = true)]
    event: Vec<String>,
    /// Accept only patterns that every known implementation accepts
    #[arg(long)]
    strict: bool,
    /// Print a JSON object for each event and pattern, with every field and condition
    #[arg(long)]
    json: bool,
}

struct Pattern {
    name: String,
    pattern: EventPattern,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    pattern: &'a str,
    event: &'a str,
    /// Counts the events of all inputs from 0.
    index: u64,
    id: Option<String>,
    #[serde(flatten)]
    explanation: &'a Explanation,
}

pub fn run(options: &Options) -> Result<ExitCode, UsageError> {
    let mut inputs = Inputs::default();
    let opened = options.event.iter().map(|value| inputs.events(EVENT, value));
    let opened = opened.collect::<Result<Vec<_>, _>>()?;
    let patterns = options.patterns(&mut inputs)?;
    let mut matches = true;
    let mut index = 0_u64;
    for input in opened {
        let mut events = EventReader::new(input, MOST_EVENT_BYTES).peekable();
        while let Some(found) = events.next() {
            let found = found.map_err(|malformed| UsageError::new(EVENT, malformed))?;
            let event = JsonEvent::parse(&found.json).map_err(|error| {
                UsageError::new(EVENT, format_args!("{}: {}", found.place, chain(&error)))
            })?;
            let single = index == 0 && options.event.len() == 1 && events.peek().is_none();
            for Pattern { name, pattern } in &patterns {
                let explanation = pattern.explain(&event);
                matches &= explanation.matches;
                let text = if options.json {
                    json_line(name, &found, index, &explanation)?
                } else if single && patterns.len() == 1 {
                    visible(&explanation.to_string())
                } else if patterns.len() == 1 {
                    visible(&format!("{}: {explanation}", found.place))
                } else {
                    visible(&format!("{}: {name}: {explanation}", found.place))
                };
                // A reader that has seen enough does not change the verdict.
                let _ = writeln!(io::stdout(), "{text}");
            }
            index = index.saturating_add(1);
        }
    }
    if index == 0 {
        return Err(UsageError::new(EVENT, "has no event: give one JSON object at least"));
    }
    Ok(if matches { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn json_line(
    pattern: &str,
    found: &FoundEvent,
    index: u64,
    explanation: &Explanation,
) -> Result<String, UsageError> {
    let line = Line { pattern, event: &found.place, index, id: found.id(), explanation };
    serde_json::to_string(&line).map_err(|error| UsageError::new(EVENT, error))
}

impl Options {
    fn patterns(&self, inputs: &mut Inputs) -> Result<Vec<Pattern>, UsageError> {
        let rules = if self.strict { PatternRules::strict() } else { PatternRules::default() };
        let read = |value: &String| {
            let Text { name, text } = inputs.text(PATTERN, value)?;
            match EventPattern::parse_with(&text, &rules) {
                Ok(pattern) => Ok(Pattern { name, pattern }),
                Err(error) => {
                    Err(UsageError::new(PATTERN, format_args!("{name}: {}", chain(&error))))
                }
            }
        };
        self.pattern.iter().map(read).collect()
    }
}

const PATTERN: &str = "--pattern";
const EVENT: &str = "--event";
/// Far more than any event that EventBridge takes.
const MOST_EVENT_BYTES: usize = 16 * 1024 * 1024;
