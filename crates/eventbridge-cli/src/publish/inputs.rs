//! What is published: files, standard input, texts and samples, in the order of the command line.

use std::{
    path::Path,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use aliyun_eventbridge::publish::{Event, Publisher};
use tokio::sync::mpsc;
use tower_eventbridge::clock::{Clock, SystemClock};

use super::event::event;
use crate::{
    event_edit::{self, Change},
    event_reader::EventReader,
    inputs::{self, InputKind, no_sample},
    push::event_time,
    samples::{self, Sample},
    usage::UsageError,
};

/// Everything that is published.
pub struct Inputs {
    sources: Vec<Source>,
    changes: Vec<Change>,
    /// Whether the bus that an event names is left out.
    leave_out_bus: bool,
    /// Whether streams are checked like files, as nothing is sent.
    check_only: bool,
    now: SystemTime,
}

enum Source {
    Given(String),
    Sample(&'static Sample),
}

impl Source {
    /// Tells whether it can be read once only: standard input, a pipe, a terminal.
    fn is_stream(&self) -> bool {
        match self {
            Self::Sample(_) => false,
            Self::Given(value) => match InputKind::of(value) {
                InputKind::Stdin => true,
                InputKind::Inline => false,
                InputKind::File => !Path::new(value).metadata().is_ok_and(|found| found.is_file()),
            },
        }
    }
}

/// An event, ready to be published, and where it was found.
pub struct Found {
    /// Counts the events of all inputs from 0.
    pub index: u64,
    pub place: String,
    pub event: Event,
}

/// Events as they are read, by a thread of its own: reading can wait for ever.
pub struct Reading {
    pub events: mpsc::Receiver<Result<Found, UsageError>>,
}

impl Inputs {
    pub fn new(
        values: &[String],
        changes: Vec<Change>,
        leave_out_bus: bool,
        check_only: bool,
    ) -> Result<Self, UsageError> {
        let sources = values.iter().map(|value| source(value)).collect::<Result<Vec<_>, _>>()?;
        let stdin = |source: &&Source| matches!(source, Source::Given(value) if value == "-");
        if sources.iter().filter(stdin).count() > 1 {
            return Err(UsageError::new(FILE, "- is given twice: standard input is read once"));
        }
        let now = SystemClock::new().now();
        Ok(Self { sources, changes, leave_out_bus, check_only, now })
    }

    /// Checks all events but those of streams, and returns how many there are.
    pub fn check(&self, publisher: &Publisher) -> Result<u64, UsageError> {
        let mut count = 0_u64;
        for (number, source) in (0..).zip(&self.sources) {
            if source.is_stream() && !self.check_only {
                continue;
            }
            self.each_of(number, source, &mut |place, event| {
                count = count.saturating_add(1);
                publisher
                    .check(&event)
                    .map_err(|error| UsageError::new(FILE, format_args!("{place}: {error}")))
            })?;
        }
        Ok(count)
    }

    /// Begins to read.
    pub fn read(self) -> Result<Reading, UsageError> {
        let (send, events) = mpsc::channel(HELD);
        let read = move || {
            let mut index = 0_u64;
            for (number, source) in (0..).zip(&self.sources) {
                let read = self.each_of(number, source, &mut |place, event| {
                    let found = Found { index, place, event };
                    index = index.saturating_add(1);
                    // Nobody takes more events: the end was asked for.
                    send.blocking_send(Ok(found)).map_err(|_| UsageError::new(FILE, "ended"))
                });
                if let Err(error) = read {
                    let _ = send.blocking_send(Err(error));
                    return;
                }
            }
        };
        let started = thread::Builder::new().name("read-events".to_owned()).spawn(read);
        match started {
            Ok(_) => Ok(Reading { events }),
            Err(error) => Err(UsageError::new(FILE, format_args!("no thread can read: {error}"))),
        }
    }

    /// Calls `then` with every event of a source, and its place.
    fn each_of(
        &self,
        number: u64,
        source: &Source,
        then: &mut dyn FnMut(String, Event) -> Result<(), UsageError>,
    ) -> Result<(), UsageError> {
        match source {
            Source::Sample(sample) => {
                let json = self.sample(sample, number)?;
                then(sample.name.to_owned(), self.event(sample.name, &json)?)
            }
            Source::Given(value) => {
                let input = inputs::Inputs::default().open(FILE, value)?;
                for found in EventReader::new(input, MOST_EVENT_BYTES) {
                    let found = found.map_err(|malformed| UsageError::new(FILE, malformed))?;
                    let event = self.event(&found.place, &found.json)?;
                    then(found.place, event)?;
                }
                Ok(())
            }
        }
    }

    fn event(&self, place: &str, json: &[u8]) -> Result<Event, UsageError> {
        let wrong = |option, error: String| UsageError::new(option, format!("{place}: {error}"));
        if self.changes.is_empty() {
            return event(json, self.leave_out_bus).map_err(|error| wrong(FILE, error));
        }
        let edited = |error: event_edit::EditError| wrong("--set", error.to_string());
        let mut changed = event_edit::Event::parse(json).map_err(edited)?;
        for change in &self.changes {
            changed.change(change).map_err(edited)?;
        }
        let json = changed.to_json().map_err(edited)?;
        event(&json, self.leave_out_bus).map_err(|error| wrong(FILE, error))
    }

    /// Returns a sample with an id and a time of its own, without what the service adds to events.
    fn sample(&self, sample: &Sample, number: u64) -> Result<Vec<u8>, UsageError> {
        let wrong = |error: event_edit::EditError| UsageError::new(FILE, error);
        let mut event = event_edit::Event::parse(sample.json.as_bytes()).map_err(wrong)?;
        event.retain(|name| !name.starts_with("aliyun"));
        let millis = self.now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        event.set_text("id", &format!("publish-{millis}-{}-{number}", std::process::id()));
        event.set_text("time", &event_time(self.now));
        event.to_json().map_err(wrong)
    }
}

fn source(value: &str) -> Result<Source, UsageError> {
    if InputKind::of(value) != InputKind::File || Path::new(value).exists() {
        return Ok(Source::Given(value.to_owned()));
    }
    samples::find(value).map(Source::Sample).map_err(|near| no_sample(FILE, value, &near))
}

const FILE: &str = "FILE";
/// Events that are read ahead.
const HELD: usize = 16;
/// An event of 256 KiB, every byte of it escaped, is smaller.
const MOST_EVENT_BYTES: usize = 2 * 1024 * 1024;
