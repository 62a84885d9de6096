//! Sends events as they are read, a request's worth at a time, until all are sent or the end is
//! asked for.

use std::{process::ExitCode, time::Duration};

use aliyun_eventbridge::publish::{EntryOutcome, Event, PublishLimits, PublishReport, Publisher};
use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, timeout, timeout_at},
};

use super::{
    inputs::{Found, Reading},
    lines::{Totals, why},
};
use crate::{
    api::failed,
    stop_signal::StopSignal,
    usage::{UsageError, program},
};

/// Why no more events are sent.
enum Ended {
    /// All were read.
    All,
    /// The input is malformed from here on.
    Malformed(UsageError),
    /// A signal.
    Interrupted,
    /// Nothing of a request was accepted.
    Hopeless,
}

pub async fn send_all(publisher: Publisher, reading: Reading, keep_going: bool) -> ExitCode {
    let mut signal = StopSignal::new();
    let mut events = reading.events;
    let mut totals = Totals::default();
    let mut batch = Vec::new();
    let mut ended = None;
    let mut reason = None;
    while ended.is_none() {
        ended = tokio::select! {
            biased;
            () = signal.asked() => Some(Ended::Interrupted),
            end = fill(&mut batch, &mut events) => end,
        };
        if batch.is_empty() || matches!(ended, Some(Ended::Interrupted)) {
            continue;
        }
        let (outcomes, interrupted) = put(&publisher, &batch, &mut signal).await;
        for (found, outcome) in batch.drain(..).zip(&outcomes) {
            totals.print(found.index, &found.place, outcome);
        }
        totals.progress();
        let accepted = outcomes.iter().any(EntryOutcome::is_accepted);
        if interrupted && !matches!(ended, Some(Ended::All | Ended::Malformed(_))) {
            ended = Some(Ended::Interrupted);
        }
        if !accepted && let Some(why) = outcomes.iter().find_map(why) {
            reason = Some(why);
            if !keep_going {
                ended = ended.or(Some(Ended::Hopeless));
            }
        }
    }
    let ended = ended.unwrap_or(Ended::All);
    let more = match ended {
        Ended::All | Ended::Malformed(_) => false,
        Ended::Interrupted | Ended::Hopeless => not_sent(batch, &mut events, &mut totals).await,
    };
    totals.summary();
    let next = totals.count();
    let rest =
        if more { format!("; events from index {next} on were not read") } else { String::new() };
    if let Some(why) = reason {
        let cure = if more { "; --keep-going goes on in spite of that" } else { "" };
        failed(format_args!("no event of a request was accepted: {why}{cure}{rest}"));
    }
    match ended {
        Ended::All | Ended::Hopeless if totals.all_accepted() => ExitCode::SUCCESS,
        Ended::All | Ended::Hopeless => ExitCode::FAILURE,
        Ended::Malformed(error) => error.exit(),
        Ended::Interrupted => {
            eprintln!("{}: interrupted{rest}", program());
            if totals.all_accepted() && !more { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}

/// Waits for an event, then a short time for more: as many as a request takes. What it has is kept
/// if it is not waited for any more. Returns why there are no more.
async fn fill(
    batch: &mut Vec<Found>,
    events: &mut Receiver<Result<Found, UsageError>>,
) -> Option<Ended> {
    let mut until: Option<Instant> = None;
    let most = PublishLimits::newest().most_events();
    while batch.len() < most {
        let next = match until {
            None => events.recv().await,
            Some(until) => match timeout_at(until, events.recv()).await {
                Ok(next) => next,
                Err(_) => return None,
            },
        };
        match next {
            Some(Ok(found)) => batch.push(found),
            Some(Err(error)) => return Some(Ended::Malformed(error)),
            None => return Some(Ended::All),
        }
        if until.is_none() {
            until = in_time(LINGER);
        }
    }
    None
}

fn in_time(time: Duration) -> Option<Instant> {
    Instant::now().checked_add(time)
}

/// Sends a batch. After a signal the request has a short time to end. Returns the outcomes, and
/// whether there was a signal.
async fn put(
    publisher: &Publisher,
    batch: &[Found],
    signal: &mut StopSignal,
) -> (Vec<EntryOutcome>, bool) {
    let events: Vec<Event> = batch.iter().map(|found| found.event.clone()).collect();
    let mut sending = std::pin::pin!(publisher.put_events(events));
    let report: Result<PublishReport, _> = tokio::select! {
        biased;
        report = &mut sending => return (report.outcomes, false),
        () = signal.asked() => {
            eprintln!("{}: ends with the request under way", program());
            tokio::select! {
                report = timeout(GRACE, &mut sending) => report.map_err(|_| ()),
                () = signal.asked_again() => Err(()),
            }
        }
    };
    let unknown = |found: &Found| EntryOutcome::Unacknowledged {
        event_id: found.event.given_id().unwrap_or_default().to_owned(),
        error: None,
    };
    let outcomes = match report {
        Ok(report) => report.outcomes,
        Err(()) => batch.iter().map(unknown).collect(),
    };
    (outcomes, true)
}

/// Prints the events that were read and are not sent. Returns whether there are more.
async fn not_sent(
    batch: Vec<Found>,
    events: &mut Receiver<Result<Found, UsageError>>,
    totals: &mut Totals,
) -> bool {
    let mut print = |found: Found| {
        let event_id = found.event.given_id().unwrap_or_default().to_owned();
        totals.print(found.index, &found.place, &EntryOutcome::NotSent { event_id, error: None });
    };
    batch.into_iter().for_each(&mut print);
    let more = events.sender_strong_count() > 0;
    events.close();
    while let Some(next) = events.recv().await {
        next.into_iter().for_each(&mut print);
    }
    more
}

/// How long a batch waits for more events.
const LINGER: Duration = Duration::from_millis(100);
/// How long a request may take to end after a signal.
const GRACE: Duration = Duration::from_secs(5);
