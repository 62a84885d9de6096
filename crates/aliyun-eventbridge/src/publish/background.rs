//! Publishing in the background: a bounded queue and one task.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use super::{
    event::Event,
    outcome::EntryOutcome,
    publisher::{Prepared, Progress, Publisher, Unprepared},
    queue::{Queue, Refused},
};
use crate::{call::in_time, error::CallError, error::CallErrorReason, field::InvalidField};

/// The task sends this many requests' worth of events at a time.
const REQUESTS_A_ROUND: usize = 4;

/// Holds the settings of a [`BackgroundPublisher`].
#[derive(Clone, Copy, Debug)]
pub struct BackgroundSettings {
    most_events: usize,
    most_bytes: usize,
    flush_events: Option<usize>,
    flush_bytes: Option<usize>,
    flush_after: Duration,
}

impl Default for BackgroundSettings {
    fn default() -> Self {
        Self {
            most_events: 10_000,
            most_bytes: 16 << 20,
            flush_events: None,
            flush_bytes: None,
            flush_after: Duration::from_millis(200),
        }
    }
}

impl BackgroundSettings {
    /// Sets the most events that are held, those that failed for good included. Default: 10,000; at
    /// least 1.
    #[must_use]
    pub fn most_events(mut self, most: usize) -> Self {
        self.most_events = most.max(1);
        self
    }

    /// Sets the most bytes of events that are held, as JSON. Default: 16 MiB.
    #[must_use]
    pub const fn most_bytes(mut self, most: usize) -> Self {
        self.most_bytes = most;
        self
    }

    /// Sets the number of events that are sent at once without a wait. Default: a full request.
    #[must_use]
    pub const fn flush_events(mut self, events: usize) -> Self {
        self.flush_events = Some(events);
        self
    }

    /// Sets the bytes of events that are sent at once without a wait. Default: a full request.
    #[must_use]
    pub const fn flush_bytes(mut self, bytes: usize) -> Self {
        self.flush_bytes = Some(bytes);
        self
    }

    /// Sets how long an event waits for others at most. Default: 200 ms.
    #[must_use]
    pub const fn flush_after(mut self, time: Duration) -> Self {
        self.flush_after = time;
        self
    }
}

/// Publishes events from a bounded queue in a task of its own.
///
/// An event stays in the queue until the service has it. While the service fails, events wait and
/// the queue fills; [`BackgroundPublisher::publish`] then waits for room. Events that the service
/// refuses for good are kept for [`BackgroundPublisher::take_failed`], and count as held.
///
/// Call [`BackgroundPublisher::close`] at the end. Without it, the task sends what is left within
/// the publisher's deadline, and nobody hears what failed.
pub struct BackgroundPublisher {
    queue: Arc<Queue>,
    publisher: Publisher,
    closing: watch::Sender<Option<Instant>>,
    task: Option<JoinHandle<()>>,
}

impl BackgroundPublisher {
    /// Starts the task.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    #[must_use]
    pub fn start(publisher: Publisher, settings: BackgroundSettings) -> Self {
        let queue = Arc::new(Queue::new(settings.most_events, settings.most_bytes));
        let (closing, heard) = watch::channel(None);
        let worker = Worker {
            queue: queue.clone(),
            publisher: publisher.clone(),
            settings,
            closing: heard,
            failed_rounds: 0,
        };
        Self { queue, publisher, closing, task: Some(tokio::spawn(worker.run())) }
    }

    /// Puts an event into the queue, and waits for room if there is none.
    ///
    /// # Errors
    ///
    /// Fails if the event is invalid, with the event.
    pub async fn publish(&self, event: Event) -> Result<(), NotTaken> {
        let mut ready = self.prepared(event)?;
        loop {
            let mut room = std::pin::pin!(self.queue.room.notified());
            // Before the attempt, or a room made in between would be missed.
            room.as_mut().enable();
            match self.queue.push(ready, Instant::now()) {
                Ok(()) => return Ok(()),
                Err((back, Refused::Full)) => ready = back,
                Err((back, Refused::Closed)) => {
                    return Err(NotTaken::new(back, NotTakenReason::Closed));
                }
            }
            room.await;
        }
    }

    /// Puts an event into the queue if there is room.
    ///
    /// # Errors
    ///
    /// Fails if the event is invalid or the queue is full, with the event.
    pub fn try_publish(&self, event: Event) -> Result<(), NotTaken> {
        match self.queue.push(self.prepared(event)?, Instant::now()) {
            Ok(()) => Ok(()),
            Err((back, Refused::Full)) => Err(NotTaken::new(back, NotTakenReason::Full)),
            Err((back, Refused::Closed)) => Err(NotTaken::new(back, NotTakenReason::Closed)),
        }
    }

    fn prepared(&self, event: Event) -> Result<Arc<Prepared>, NotTaken> {
        self.publisher.prepared(event).map_err(|(event, why)| {
            let reason = match why {
                Unprepared::Invalid(field) => NotTakenReason::Invalid(field),
                Unprepared::Random(error) => NotTakenReason::Failed(CallError::new(
                    "PutEvents",
                    0,
                    CallErrorReason::Random(error),
                )),
            };
            NotTaken(Box::new((*event, reason)))
        })
    }

    /// Returns the number of events that are held: waiting, on their way, or failed for good.
    #[must_use]
    pub fn held(&self) -> usize {
        self.queue.len()
    }

    /// Takes the events that the service refuses for good, each with its outcome.
    #[must_use]
    pub fn take_failed(&self) -> Vec<(Event, EntryOutcome)> {
        self.queue.take_failed()
    }

    /// Takes no more events, sends what is held within a time, and says what could not be sent.
    pub async fn close(mut self, within: Duration) -> CloseReport {
        self.end_within(within);
        let ended = match self.task.take() {
            Some(task) => task.await.is_ok(),
            None => true,
        };
        // If the task panicked, any event may be on its way.
        let (accepted, failed) = self.queue.end(if ended { 0 } else { usize::MAX });
        CloseReport { accepted, failed }
    }

    fn end_within(&self, time: Duration) {
        self.queue.close();
        self.closing.send_if_modified(|closing| {
            let open = closing.is_none();
            *closing = closing.or_else(|| Some(in_time(time)));
            open
        });
    }
}

impl Drop for BackgroundPublisher {
    fn drop(&mut self) {
        self.end_within(self.publisher.time());
    }
}

impl fmt::Debug for BackgroundPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackgroundPublisher").field("held", &self.held()).finish_non_exhaustive()
    }
}

/// Says what became of everything that a background publisher took.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CloseReport {
    /// The number of events that the service has.
    pub accepted: u64,
    /// The events that it does not have, or may not have, but for those that were taken before.
    pub failed: Vec<(Event, EntryOutcome)>,
}

/// Gives an event back that was not taken.
#[derive(Clone, Debug)]
pub struct NotTaken(Box<(Event, NotTakenReason)>);

#[derive(Clone, Debug)]
enum NotTakenReason {
    Invalid(InvalidField),
    Full,
    Closed,
    Failed(CallError),
}

impl NotTaken {
    fn new(ready: Arc<Prepared>, reason: NotTakenReason) -> Self {
        Self(Box::new((Arc::unwrap_or_clone(ready).event, reason)))
    }

    /// Tells whether the queue was full.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self.0.1, NotTakenReason::Full)
    }

    /// Returns the field that is invalid, if that is the reason.
    #[must_use]
    pub const fn invalid_field(&self) -> Option<&InvalidField> {
        match &self.0.1 {
            NotTakenReason::Invalid(field) => Some(field),
            NotTakenReason::Full | NotTakenReason::Closed | NotTakenReason::Failed(_) => None,
        }
    }

    /// Returns the event.
    #[must_use]
    pub fn into_event(self) -> Event {
        self.0.0
    }
}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.1 {
            NotTakenReason::Invalid(_) => f.write_str("the event is invalid"),
            NotTakenReason::Full => f.write_str("the queue is full"),
            NotTakenReason::Closed => f.write_str("the publisher is closed"),
            NotTakenReason::Failed(_) => f.write_str("the event has no id, and none can be made"),
        }
    }
}

impl Error for NotTaken {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.1 {
            NotTakenReason::Invalid(field) => Some(field),
            NotTakenReason::Failed(error) => Some(error),
            NotTakenReason::Full | NotTakenReason::Closed => None,
        }
    }
}

struct Worker {
    queue: Arc<Queue>,
    publisher: Publisher,
    settings: BackgroundSettings,
    closing: watch::Receiver<Option<Instant>>,
    failed_rounds: u32,
}

impl Worker {
    /// Runs until closed, or until the time to close is over.
    async fn run(mut self) {
        loop {
            self.wait_for_work().await;
            let closes = *self.closing.borrow();
            if self.queue.load().events == 0 && closes.is_some() {
                return;
            }
            let limits = self.publisher.publish_limits();
            let first = self.queue.first(limits.most_events().saturating_mul(REQUESTS_A_ROUND));
            let events: Vec<&Prepared> = first.iter().map(|event| &**event).collect();
            let until = in_time(self.publisher.time());
            let until = closes.map_or(until, |closes| closes.min(until));
            let mut closing = self.closing.clone();
            let progress = Progress::default();
            let outcomes = tokio::select! {
                biased;
                (outcomes, _) = self.publisher.send(&events, until, &progress) => outcomes,
                () = time_is_over(&mut closing) => {
                    self.queue.settle(progress.take(&events, None));
                    return;
                }
            };
            if self.queue.settle(outcomes) {
                self.failed_rounds = 0;
                continue;
            }
            self.failed_rounds = self.failed_rounds.saturating_add(1);
            let client = self.publisher.client();
            // Without randomness the wait is the longest.
            let wait = client.retry().backoff(self.failed_rounds, client.random());
            let until = in_time(wait.unwrap_or(Duration::from_secs(10)));
            tokio::select! {
                () = sleep_until(until) => {}
                () = time_is_over(&mut closing) => return,
            }
        }
    }

    /// Waits until a request is full, the oldest event has waited long enough, or the end begins.
    async fn wait_for_work(&mut self) {
        loop {
            if self.closing.borrow().is_some() {
                return;
            }
            let work = self.queue.work.notified();
            let load = self.queue.load();
            let limits = self.publisher.publish_limits();
            let events = self.settings.flush_events.unwrap_or_else(|| limits.most_events()).max(1);
            let bytes =
                self.settings.flush_bytes.unwrap_or_else(|| limits.most_request_bytes()).max(1);
            if load.events >= events || load.bytes >= bytes {
                return;
            }
            let flush = async {
                match load.oldest {
                    Some(oldest) => {
                        let wait = in_time(self.settings.flush_after);
                        sleep_until(oldest.checked_add(self.settings.flush_after).unwrap_or(wait))
                            .await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = work => {}
                () = flush => return,
                _ = self.closing.changed() => {}
            }
        }
    }
}

/// Waits until the time to close is over.
async fn time_is_over(closing: &mut watch::Receiver<Option<Instant>>) {
    // Without a word the time is over: `Drop` leaves one, so that does not happen.
    if let Some(instant) = closing.wait_for(Option::is_some).await.map_or(None, |told| *told) {
        sleep_until(instant).await;
    }
}
