//! One try to deliver an event, seen by the queue: what is given, and what comes back.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    journal::StoredEvent,
    observe::{Answer, RequestHead, StringToSign, Text},
    plan::TargetPlan,
};

/// An event that waits for its deliveries. Its bytes are counted while it is held.
pub(crate) struct KeptEvent {
    pub(crate) number: u64,
    pub(crate) bus: String,
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) r#type: String,
    pub(crate) json: Arc<str>,
    /// How many deliveries have no end yet.
    open: AtomicUsize,
    /// The bytes of all events that are held.
    held: Arc<AtomicUsize>,
}

impl KeptEvent {
    pub(crate) fn new(event: StoredEvent, deliveries: usize, held: &Arc<AtomicUsize>) -> Self {
        let StoredEvent { number, bus, id, source, r#type, json } = event;
        let json = Arc::from(json);
        let event = Self {
            number,
            bus,
            id,
            source,
            r#type,
            json,
            open: AtomicUsize::new(deliveries),
            held: Arc::clone(held),
        };
        held.fetch_add(event.bytes(), Ordering::Relaxed);
        event
    }

    /// Returns about how many bytes it takes.
    fn bytes(&self) -> usize {
        self.json.len().saturating_add(512)
    }

    /// Ends one delivery. `true` if it was the last one.
    pub(crate) fn ended(&self) -> bool {
        self.open.fetch_sub(1, Ordering::AcqRel) <= 1
    }

    pub(crate) fn stored(&self) -> StoredEvent {
        StoredEvent {
            number: self.number,
            bus: self.bus.clone(),
            id: self.id.clone(),
            source: self.source.clone(),
            r#type: self.r#type.clone(),
            json: self.json.to_string(),
        }
    }
}

impl Drop for KeptEvent {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes(), Ordering::Relaxed);
    }
}

impl fmt::Debug for KeptEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptEvent").field("number", &self.number).finish_non_exhaustive()
    }
}

/// What a try showed.
#[derive(Debug)]
pub(crate) struct AttemptReport {
    pub(crate) request: Option<RequestHead>,
    pub(crate) body: Text,
    pub(crate) strings_to_sign: Vec<StringToSign>,
    pub(crate) result: Result<Answer, AttemptFailure>,
}

/// Why a try failed.
#[derive(Debug)]
pub(crate) struct AttemptFailure {
    pub(crate) reason: String,
    pub(crate) answer: Option<Answer>,
    /// The same event fails each time, so it is not tried again.
    pub(crate) for_good: bool,
}

impl AttemptFailure {
    pub(crate) fn new(reason: impl fmt::Display) -> Self {
        Self { reason: reason.to_string(), answer: None, for_good: false }
    }

    pub(crate) fn for_good(reason: impl fmt::Display) -> Self {
        Self { for_good: true, ..Self::new(reason) }
    }
}

pub(crate) type Attempting = Pin<Box<dyn Future<Output = AttemptReport> + Send>>;

/// Sends an event once.
pub(crate) trait Attempt: Send + Sync + 'static {
    fn attempt(&self, plan: Arc<TargetPlan>, event: Arc<KeptEvent>) -> Attempting;
}
