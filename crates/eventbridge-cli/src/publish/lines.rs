//! One line of JSON for each event, and what became of all.

use std::io::{self, IsTerminal, Write};

use aliyun_eventbridge::{error::ErrorCode, publish::EntryOutcome};
use serde::Serialize;

use crate::{api::with_cure, config_error::chain, usage::program};

/// What became of all events so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub accepted: u64,
    pub rejected: u64,
    pub invalid: u64,
    pub unacknowledged: u64,
    pub not_sent: u64,
}

/// One line of standard output.
#[derive(Serialize)]
struct Line<'a> {
    /// Counts the events of all inputs from 0.
    index: u64,
    /// The file and the line in it, or the name of the sample.
    event: &'a str,
    id: Option<&'a str>,
    outcome: &'static str,
    code: Option<&'a str>,
    message: Option<&'a str>,
    trace_id: Option<&'a str>,
}

impl Totals {
    /// Prints the line of an event.
    pub fn print(&mut self, index: u64, event: &str, outcome: &EntryOutcome) {
        let mut line = Line {
            index,
            event,
            id: None,
            outcome: "unacknowledged",
            code: None,
            message: None,
            trace_id: None,
        };
        let text;
        let count = match outcome {
            EntryOutcome::Accepted { event_id, trace_id } => {
                line = Line { id: Some(event_id), trace_id: trace_id.as_deref(), ..line };
                line.outcome = "accepted";
                &mut self.accepted
            }
            EntryOutcome::Rejected { event_id, code, message } => {
                line = Line { id: Some(event_id), message: message.as_deref(), ..line };
                (line.outcome, line.code) = ("rejected", code.as_ref().map(ErrorCode::as_str));
                &mut self.rejected
            }
            EntryOutcome::Invalid(field) => {
                text = field.to_string();
                (line.outcome, line.message) = ("invalid", Some(text.as_str()));
                &mut self.invalid
            }
            EntryOutcome::Unacknowledged { event_id, error }
            | EntryOutcome::NotSent { event_id, error } => {
                let not_sent = matches!(outcome, EntryOutcome::NotSent { .. });
                text = error.as_deref().map_or_else(String::new, |error| chain(error));
                line.id = Some(event_id.as_str()).filter(|id| !id.is_empty());
                line.message = Some(text.as_str()).filter(|text| !text.is_empty());
                line.code = error.as_ref().and_then(|error| error.code()).map(ErrorCode::as_str);
                if not_sent {
                    line.outcome = "not_sent";
                    &mut self.not_sent
                } else {
                    &mut self.unacknowledged
                }
            }
            other => {
                text = other.to_string();
                line.message = Some(&text);
                &mut self.unacknowledged
            }
        };
        *count = count.saturating_add(1);
        // Whoever stopped reading wants no more lines.
        if let Ok(text) = serde_json::to_string(&line) {
            let _ = writeln!(io::stdout(), "{text}");
        }
    }

    /// Shows how far it is, where nothing else shows it.
    pub fn progress(&self) {
        if io::stderr().is_terminal() && !io::stdout().is_terminal() {
            let failed = self.count().saturating_sub(self.accepted);
            eprint!("\r{} accepted, {failed} not", self.accepted);
        }
    }

    /// Returns how many events have an outcome.
    pub fn count(&self) -> u64 {
        [self.accepted, self.rejected, self.invalid, self.unacknowledged, self.not_sent]
            .iter()
            .fold(0, |sum: u64, count| sum.saturating_add(*count))
    }

    /// Whether the service has every event.
    pub fn all_accepted(&self) -> bool {
        self.count() == self.accepted
    }

    /// Says what became of all.
    pub fn summary(&self) {
        let Self { accepted, rejected, invalid, unacknowledged, not_sent } = self;
        if io::stderr().is_terminal() && !io::stdout().is_terminal() {
            eprintln!();
        }
        eprintln!(
            "{}: accepted {accepted}, rejected {rejected}, invalid {invalid}, unacknowledged \
             {unacknowledged}, not sent {not_sent}",
            program()
        );
    }
}

/// Returns why a request failed, with the cure, if it failed as a whole.
pub fn why(outcome: &EntryOutcome) -> Option<String> {
    match outcome {
        EntryOutcome::Accepted { .. } | EntryOutcome::Invalid(_) => None,
        EntryOutcome::Unacknowledged { error, .. } | EntryOutcome::NotSent { error, .. } => {
            error.as_deref().map(with_cure)
        }
        EntryOutcome::Rejected { code, message, .. } => {
            let code = code.as_ref().map_or("no code", ErrorCode::as_str);
            let message = message.as_deref().unwrap_or("no message");
            Some(format!("the service rejected an event with {code}: {message}"))
        }
        other => other.to_string().into(),
    }
}
