//! The queue of the background publisher: bounded in events and bytes, what failed for good
//! included.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::Notify, time::Instant};

use super::{event::Event, outcome::EntryOutcome, publisher::Prepared};

/// An entry that the service refuses in this many rounds is given up.
const MOST_REFUSED_ROUNDS: u32 = 3;

pub(super) struct Queue {
    state: Mutex<State>,
    most_events: usize,
    most_bytes: usize,
    /// Tells the task that there is work.
    pub(super) work: Notify,
    /// Tells waiting callers that there is room.
    pub(super) room: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    failed: Vec<(Event, EntryOutcome)>,
    bytes: usize,
    failed_bytes: usize,
    accepted: u64,
    closed: bool,
}

struct Waiting {
    event: Arc<Prepared>,
    since: Instant,
    refused_rounds: u32,
    /// What became of it so far.
    last: Option<EntryOutcome>,
}

/// Says why the queue does not take an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Closed,
}

/// Holds what the queue has for the task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) events: usize,
    pub(super) bytes: usize,
    pub(super) oldest: Option<Instant>,
}

impl Queue {
    pub(super) fn new(most_events: usize, most_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            most_events,
            most_bytes,
            work: Notify::new(),
            room: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(
        &self,
        event: Arc<Prepared>,
        now: Instant,
    ) -> Result<(), (Arc<Prepared>, Refused)> {
        let mut state = self.state();
        if state.closed {
            return Err((event, Refused::Closed));
        }
        let held = state.bytes.saturating_add(state.failed_bytes);
        let events = state.waiting.len().saturating_add(state.failed.len());
        // An event that is larger than the whole queue still goes through an empty one.
        let fits = events == 0 || held.saturating_add(event.bytes()) <= self.most_bytes;
        if events >= self.most_events || !fits {
            return Err((event, Refused::Full));
        }
        state.bytes = state.bytes.saturating_add(event.bytes());
        state.waiting.push_back(Waiting { event, since: now, refused_rounds: 0, last: None });
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    pub(super) fn load(&self) -> Load {
        let state = self.state();
        let oldest = state.waiting.front().map(|first| first.since);
        Load { events: state.waiting.len(), bytes: state.bytes, oldest }
    }

    /// Returns the number of events that the service does not have yet, or never takes.
    pub(super) fn len(&self) -> usize {
        let state = self.state();
        state.waiting.len().saturating_add(state.failed.len())
    }

    /// Returns the first events. They stay in the queue until they are settled.
    pub(super) fn first(&self, most: usize) -> Vec<Arc<Prepared>> {
        self.state().waiting.iter().take(most).map(|waiting| waiting.event.clone()).collect()
    }

    /// Takes the outcomes of the first events. Returns whether all of them are done with.
    pub(super) fn settle(&self, outcomes: Vec<EntryOutcome>) -> bool {
        let mut state = self.state();
        let mut again = Vec::new();
        for outcome in outcomes {
            let Some(mut waiting) = state.waiting.pop_front() else { break };
            let bytes = waiting.event.bytes();
            let refused = matches!(outcome, EntryOutcome::Rejected { .. });
            waiting.refused_rounds = waiting.refused_rounds.saturating_add(u32::from(refused));
            let stays =
                outcome.is_worth_another_try() && waiting.refused_rounds < MOST_REFUSED_ROUNDS;
            if stays {
                // What was sent once may have arrived, whatever later rounds did.
                if waiting.last.is_none() || !matches!(outcome, EntryOutcome::NotSent { .. }) {
                    waiting.last = Some(outcome);
                }
                again.push(waiting);
                continue;
            }
            state.bytes = state.bytes.saturating_sub(bytes);
            if outcome.is_accepted() {
                state.accepted = state.accepted.saturating_add(1);
            } else {
                state.failed_bytes = state.failed_bytes.saturating_add(bytes);
                state.failed.push((waiting.event.event.clone(), outcome));
            }
        }
        let done = again.is_empty();
        for waiting in again.into_iter().rev() {
            state.waiting.push_front(waiting);
        }
        drop(state);
        self.room.notify_waiters();
        done
    }

    pub(super) fn take_failed(&self) -> Vec<(Event, EntryOutcome)> {
        let mut state = self.state();
        state.failed_bytes = 0;
        let failed = std::mem::take(&mut state.failed);
        drop(state);
        self.room.notify_waiters();
        failed
    }

    pub(super) fn close(&self) {
        self.state().closed = true;
        self.room.notify_waiters();
        self.work.notify_one();
    }

    /// Empties the queue. The first `sent` events may have arrived.
    pub(super) fn end(&self, sent: usize) -> (u64, Vec<(Event, EntryOutcome)>) {
        let mut state = self.state();
        let mut failed = std::mem::take(&mut state.failed);
        for (at, waiting) in std::mem::take(&mut state.waiting).into_iter().enumerate() {
            let event_id = waiting.event.id();
            let outcome = if at < sent {
                EntryOutcome::Unacknowledged { event_id, error: None }
            } else {
                waiting.last.unwrap_or(EntryOutcome::NotSent { event_id, error: None })
            };
            failed.push((waiting.event.event.clone(), outcome));
        }
        (state.accepted, failed)
    }
}
