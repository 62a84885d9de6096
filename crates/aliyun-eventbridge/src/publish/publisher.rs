//! Sends events until each has an outcome or time is over.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::value::RawValue;
use tokio::time::{Instant, sleep};

use super::{
    batches::{self, Measured},
    encode::encode,
    event::{Event, PublishLimits},
    outcome::{EntryOutcome, PublishReport},
    request::{Entries, PutEvents},
};
use crate::{
    call::{Client, in_time},
    error::{CallError, CallErrorReason},
    field::{self, FieldProblem, InvalidField},
    operation::Protocol,
    random::{self, RandomError},
};

/// Publishes events. Clones share the client.
#[derive(Clone, Debug)]
pub struct Publisher {
    client: Client,
    limits: PublishLimits,
    bus: Option<String>,
    deadline: Duration,
}

/// Holds an event that is ready to be sent: checked, with an id, as JSON.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) event: Event,
    bus: Option<String>,
    json: Box<RawValue>,
}

impl Prepared {
    pub(super) fn id(&self) -> String {
        self.event.id.clone().unwrap_or_default()
    }

    pub(super) fn bytes(&self) -> usize {
        self.json.get().len()
    }
}

/// Says why an event is not ready to be sent.
#[derive(Clone, Debug)]
pub(super) enum Unprepared {
    Invalid(InvalidField),
    Random(RandomError),
}

impl Publisher {
    /// Returns a publisher with the default limits and 30 s for a call of
    /// [`Publisher::put_events`].
    ///
    /// The client's protocol is the publisher's. The 2020-04-01 API carries neither extensions nor
    /// binary data.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            limits: PublishLimits::default(),
            bus: None,
            deadline: Duration::from_secs(30),
        }
    }

    /// Sets the bus of events that name none. Default: none; the 2020-04-01 API then refuses them.
    #[must_use]
    pub fn bus(mut self, event_bus_name: impl Into<String>) -> Self {
        self.bus = Some(event_bus_name.into());
        self
    }

    /// Sets the limits of requests and events. Default: the smallest that the vendor names.
    #[must_use]
    pub const fn limits(mut self, limits: PublishLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the time of a call of [`Publisher::put_events`], whatever the number of events.
    /// Default: 30 s.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    pub(super) const fn publish_limits(&self) -> &PublishLimits {
        &self.limits
    }

    pub(super) const fn time(&self) -> Duration {
        self.deadline
    }

    /// Publishes events and says what became of each. Invalid events are not sent; the others are.
    ///
    /// Events of one bus are first sent in their order. An entry that failed comes later than its
    /// successors.
    pub async fn put_events(&self, events: impl IntoIterator<Item = Event>) -> PublishReport {
        let deadline = in_time(self.deadline);
        let mut ready = Vec::new();
        let mut outcomes = Vec::new();
        for mut event in events {
            match self.prepare(&mut event) {
                Ok((bus, json)) => {
                    outcomes.push(None);
                    ready.push(Prepared { event, bus, json });
                }
                Err(Unprepared::Invalid(field)) => {
                    outcomes.push(Some(EntryOutcome::Invalid(field)))
                }
                Err(Unprepared::Random(error)) => {
                    let error = CallError::new("PutEvents", 0, CallErrorReason::Random(error));
                    let (event_id, error) = (String::new(), Some(Arc::new(error)));
                    outcomes.push(Some(EntryOutcome::NotSent { event_id, error }));
                }
            }
        }
        let borrowed: Vec<&Prepared> = ready.iter().collect();
        let (sent, requests) = self.send(&borrowed, deadline, &Progress::default()).await;
        let mut sent = sent.into_iter();
        let outcomes = outcomes.into_iter().filter_map(|known| known.or_else(|| sent.next()));
        PublishReport { outcomes: outcomes.collect(), requests }
    }

    /// Checks an event as [`Publisher::put_events`] does before it sends: attributes, sizes, bus,
    /// and what the protocol can carry.
    ///
    /// # Errors
    ///
    /// Fails with the first field that is invalid.
    pub fn check(&self, event: &Event) -> Result<(), InvalidField> {
        // An id that is absent is made before it is sent: this one is as long.
        let mut event = event.clone();
        event.id.get_or_insert_with(|| "0".repeat(36));
        match self.prepare(&mut event) {
            Ok(_) | Err(Unprepared::Random(_)) => Ok(()),
            Err(Unprepared::Invalid(field)) => Err(field),
        }
    }

    /// Checks an event and gives it an id if it has none.
    fn prepare(&self, event: &mut Event) -> Result<(Option<String>, Box<RawValue>), Unprepared> {
        event.check(&self.limits).map_err(Unprepared::Invalid)?;
        let bus = event.bus_name().or(self.bus.as_deref()).map(str::to_owned);
        match &bus {
            Some(bus) => field::bus_or_rule_name("bus", bus).map_err(Unprepared::Invalid)?,
            None if self.client.protocol() == Protocol::Api20200401 => {
                let missing = InvalidField::new("bus", FieldProblem::Missing);
                return Err(Unprepared::Invalid(missing));
            }
            None => {}
        }
        if event.id.is_none() {
            event.id = Some(random::uuid(self.client.random()).map_err(Unprepared::Random)?);
            event.check(&self.limits).map_err(Unprepared::Invalid)?;
        }
        let json = encode(event, bus.as_deref(), self.client.protocol());
        let json = json.map_err(Unprepared::Invalid)?;
        // Two brackets are part of the request.
        let most = self.limits.most_request_bytes().saturating_sub(2);
        field::within("event as JSON", "bytes", json.get().len(), 0..=most)
            .map_err(Unprepared::Invalid)?;
        Ok((bus, json))
    }

    /// As [`Publisher::prepare`], keeping the event. Fails with the event as it was.
    pub(super) fn prepared(
        &self,
        mut event: Event,
    ) -> Result<Arc<Prepared>, (Box<Event>, Unprepared)> {
        match self.prepare(&mut event) {
            Ok((bus, json)) => Ok(Arc::new(Prepared { event, bus, json })),
            Err(why) => Err((Box::new(event), why)),
        }
    }

    /// Sends events until each is accepted, refused for good, or time is over. Whoever drops the
    /// future finds in `progress` what became of each so far.
    pub(super) async fn send(
        &self,
        events: &[&Prepared],
        deadline: Instant,
        progress: &Progress,
    ) -> (Vec<EntryOutcome>, usize) {
        progress.begin(events.len());
        let mut run = Run { publisher: self, events, progress, requests: 0 };
        let mut pending: Vec<usize> = (0..events.len()).collect();
        let mut stop = None;
        for round in 1.. {
            for request in run.cut(&pending) {
                if stop.is_none() && Instant::now() < deadline {
                    stop = run.put(&request, deadline).await;
                }
            }
            pending.retain(|index| run.is_worth_another_try(*index));
            if pending.is_empty() || stop.is_some() || round >= self.client.retry().most_attempts()
            {
                break;
            }
            let Ok(wait) = self.client.retry().backoff(round, self.client.random()) else { break };
            if in_time(wait) >= deadline {
                break;
            }
            sleep(wait).await;
        }
        (progress.take(events, stop.as_ref()), run.requests)
    }
}

/// What became of each event so far.
#[derive(Debug, Default)]
pub(super) struct Progress(Mutex<Vec<Option<EntryOutcome>>>);

impl Progress {
    fn outcomes(&self) -> MutexGuard<'_, Vec<Option<EntryOutcome>>> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, events: usize) {
        *self.outcomes() = vec![None; events];
    }

    fn settle(&self, index: usize, outcome: EntryOutcome) {
        if let Some(place) = self.outcomes().get_mut(index) {
            *place = Some(outcome);
        }
    }

    /// Returns an outcome for each event. What was never sent is told so, with the failure that
    /// ended the run if there was one.
    pub(super) fn take(
        &self,
        events: &[&Prepared],
        stop: Option<&Arc<CallError>>,
    ) -> Vec<EntryOutcome> {
        let mut outcomes = std::mem::take(&mut *self.outcomes());
        outcomes.resize(events.len(), None);
        let not_sent = |(outcome, event): (Option<EntryOutcome>, &&Prepared)| {
            outcome.unwrap_or_else(|| EntryOutcome::NotSent {
                event_id: event.id(),
                error: stop.cloned(),
            })
        };
        outcomes.into_iter().zip(events).map(not_sent).collect()
    }
}

struct Run<'a> {
    publisher: &'a Publisher,
    events: &'a [&'a Prepared],
    progress: &'a Progress,
    requests: usize,
}

impl<'a> Run<'a> {
    fn cut(&self, pending: &[usize]) -> Vec<Vec<usize>> {
        let measured = pending.iter().filter_map(|&index| {
            let event = *self.events.get(index)?;
            Some(Measured { index, bus: event.bus.as_deref(), bytes: event.bytes() })
        });
        batches::cut(measured, &self.publisher.limits)
    }

    /// Only an answer about the entry itself makes another try of ours: the client has tried the
    /// rest.
    fn is_worth_another_try(&self, index: usize) -> bool {
        match self.progress.outcomes().get(index) {
            Some(Some(outcome @ EntryOutcome::Rejected { .. })) => outcome.is_worth_another_try(),
            Some(Some(EntryOutcome::Unacknowledged { error: None, .. })) => true,
            Some(_) | None => false,
        }
    }

    /// Sends one request. Returns the failure after which no other request will succeed.
    async fn put(&mut self, request: &[usize], deadline: Instant) -> Option<Arc<CallError>> {
        let events: Vec<&'a Prepared> =
            request.iter().filter_map(|&index| self.events.get(index).copied()).collect();
        let operation = PutEvents {
            protocol: self.publisher.client.protocol(),
            bus: events.first().and_then(|event| event.bus.as_deref()),
            entries: events.iter().map(|event| &*event.json).collect(),
        };
        self.requests = self.requests.saturating_add(1);
        for (index, event) in request.iter().zip(&events) {
            // Until its answer is there, it may have arrived.
            let event_id = event.id();
            self.progress.settle(*index, EntryOutcome::Unacknowledged { event_id, error: None });
        }
        match self.publisher.client.call_until(&operation, deadline).await {
            Ok(answer) => {
                for (at, (index, event)) in request.iter().zip(&events).enumerate() {
                    self.progress.settle(*index, outcome(&answer, events.len(), at, event));
                }
                None
            }
            Err(error) => {
                let error = Arc::new(error);
                for (index, event) in request.iter().zip(&events) {
                    self.progress.settle(*index, failure(event, &error));
                }
                ends_all(&error).then_some(error)
            }
        }
    }
}

/// Finds the entry of an event: by place, by id where the places differ, and judges it.
fn outcome(answer: &Entries, sent: usize, at: usize, event: &Prepared) -> EntryOutcome {
    let id = event.id();
    let list = &answer.entry_list;
    let in_place = list.get(at);
    let is_its = |entry: &&super::request::Entry| entry.event_id.as_deref() == Some(id.as_str());
    let entry = in_place
        .filter(is_its)
        .or_else(|| list.iter().find(is_its))
        .or_else(|| in_place.filter(|_| list.len() == sent));
    match entry {
        Some(entry) if entry.failed() => EntryOutcome::Rejected {
            event_id: id,
            code: entry.error_code.clone(),
            message: entry.error_message.clone(),
        },
        Some(entry) => EntryOutcome::Accepted { event_id: id, trace_id: entry.trace_id.clone() },
        None if answer.failed_entry_count == 0 => {
            EntryOutcome::Accepted { event_id: id, trace_id: None }
        }
        None => EntryOutcome::Unacknowledged { event_id: id, error: None },
    }
}

/// Judges the entries of a request that failed as a whole.
fn failure(event: &Prepared, error: &Arc<CallError>) -> EntryOutcome {
    let event_id = event.id();
    if let CallErrorReason::Service(refused) = error.reason()
        && !refused.is_transient()
    {
        let (code, message) = (refused.code.clone(), refused.message.clone());
        return EntryOutcome::Rejected { event_id, code, message };
    }
    let was_sent = error.attempts() > 0;
    let error = Some(error.clone());
    if was_sent {
        EntryOutcome::Unacknowledged { event_id, error }
    } else {
        EntryOutcome::NotSent { event_id, error }
    }
}

/// Tells whether a failure is the caller's: no other request will fare better.
fn ends_all(error: &CallError) -> bool {
    match error.reason() {
        CallErrorReason::Service(refused) => refused.refuses_caller(),
        CallErrorReason::Credentials(_) | CallErrorReason::Random(_) => true,
        CallErrorReason::Deadline { .. }
        | CallErrorReason::Invalid(_)
        | CallErrorReason::Unreadable(_)
        | CallErrorReason::Http(_) => false,
    }
}
