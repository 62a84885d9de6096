//! The two layers and their settings.

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::watch;
use tower_layer::Layer;

use super::{
    give_back::GiveBack,
    key::IdempotencyKey,
    run::{Policy, WhenDone},
    service::Once,
    store::IdempotencyStore,
};
use crate::each_event::PushedEvent;

/// Handles each event once, as the [module](crate::idempotency) says. Goes behind a
/// [`VerifyLayer`](crate::VerifyLayer).
///
/// | what | default |
/// |---|---|
/// | an event is remembered as done | 25 h: EventBridge tries for a day |
/// | a handler may take | 30 s, then 503 and the event runs again |
#[derive(Clone)]
#[must_use = "a layer does nothing until it wraps a service"]
pub struct IdempotencyLayer {
    policy: Policy,
}

/// Rejects the same signed request a second time (409), for as long as it would be accepted
/// otherwise. Goes behind a [`VerifyLayer`](crate::VerifyLayer).
///
/// A signature proves who signed and not how often the request is sent. This layer tells requests
/// apart by what is signed under both schemes, so neither another header nor the other signature
/// makes a new request. A request whose handler failed is forgotten: sent again, it is handled.
/// EventBridge signs each try anew, so its own tries are never replays.
///
/// The layer reaches as far as its store, so replicas need a shared store. A
/// [`MemoryStore`](super::MemoryStore) that is full forgets the least recently used request. Its
/// `max_done` should be more than the number of requests that come in that time.
///
/// | what | default |
/// |---|---|
/// | a request is remembered | 3 min: more than the verifier's windows, 60 s each way; where those are wider, set this to their sum and more |
/// | a handler may take | 30 s, then 503 |
#[derive(Clone)]
#[must_use = "a layer does nothing until it wraps a service"]
pub struct RejectReplaysLayer {
    policy: Policy,
}

impl IdempotencyLayer {
    /// Makes a layer with every default.
    pub fn new(store: impl IdempotencyStore) -> Self {
        let policy =
            Policy::new(store, IdempotencyKey::of_event, DEFAULT_KEEP, WhenDone::Acknowledge);
        Self { policy }
    }

    /// Sets how long an event is remembered as done, ten years at most. Default: 25 h.
    pub fn keep(mut self, keep: Duration) -> Self {
        self.policy.keep = keep;
        self
    }

    /// Sets how long a handler may take, from the claim on. After it the push is answered 503.
    /// Default: 30 s.
    pub fn handler_timeout(mut self, limit: Duration) -> Self {
        self.policy.handler_timeout = limit;
        self
    }

    /// Sets the function that makes the key of an event. `None` handles the event every time.
    /// Default: [`IdempotencyKey::of_event`].
    pub fn key(
        mut self,
        key_of: impl Fn(&PushedEvent) -> Option<IdempotencyKey> + Send + Sync + 'static,
    ) -> Self {
        self.policy.key_of = Arc::new(key_of);
        self
    }

    /// Waits until no handler runs. Handlers are detached from their connections, so some may still
    /// run when a server has drained its connections.
    pub async fn drained(&self) {
        drained(&self.policy).await;
    }
}

impl RejectReplaysLayer {
    /// Makes a layer with every default.
    pub fn new(store: impl IdempotencyStore) -> Self {
        let key_of = |event: &PushedEvent| Some(IdempotencyKey::of_signed_request(event.proof()));
        let policy = Policy::new(store, key_of, DEFAULT_REPLAY_KEEP, WhenDone::Reject);
        Self { policy }
    }

    /// Sets how long a request is remembered. It should be longer than the verifier's `max_age` and
    /// `max_future` together. Default: 3 min.
    pub fn keep(mut self, keep: Duration) -> Self {
        self.policy.keep = keep;
        self
    }

    /// Sets how long a handler may take, from the claim on. After it the push is answered 503.
    /// Default: 30 s.
    pub fn handler_timeout(mut self, limit: Duration) -> Self {
        self.policy.handler_timeout = limit;
        self
    }

    /// Waits until no handler runs.
    pub async fn drained(&self) {
        drained(&self.policy).await;
    }
}

async fn drained(policy: &Policy) {
    // The channel cannot close, because the policy holds its sender.
    let _ = policy.running.subscribe().wait_for(|running| *running == 0).await;
}

impl<S> Layer<S> for IdempotencyLayer {
    type Service = Once<S>;

    fn layer(&self, inner: S) -> Once<S> {
        Once::new(inner, Arc::new(self.policy.clone()))
    }
}

impl<S> Layer<S> for RejectReplaysLayer {
    type Service = Once<S>;

    fn layer(&self, inner: S) -> Once<S> {
        Once::new(inner, Arc::new(self.policy.clone()))
    }
}

impl fmt::Debug for IdempotencyLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.policy.fmt_as("IdempotencyLayer", formatter)
    }
}

impl fmt::Debug for RejectReplaysLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.policy.fmt_as("RejectReplaysLayer", formatter)
    }
}

impl Policy {
    fn new(
        store: impl IdempotencyStore,
        key_of: impl Fn(&PushedEvent) -> Option<IdempotencyKey> + Send + Sync + 'static,
        keep: Duration,
        when_done: WhenDone,
    ) -> Self {
        let store: Arc<dyn IdempotencyStore> = Arc::new(store);
        Self {
            give_back: GiveBack::new(Arc::clone(&store)),
            store,
            key_of: Arc::new(key_of),
            keep,
            handler_timeout: DEFAULT_HANDLER_TIMEOUT,
            when_done,
            running: watch::Sender::new(0),
        }
    }

    pub(super) fn fmt_as(&self, name: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct(name)
            .field("keep", &self.keep)
            .field("handler_timeout", &self.handler_timeout)
            .finish_non_exhaustive()
    }
}

const DEFAULT_KEEP: Duration = Duration::from_secs(25 * 60 * 60);
const DEFAULT_REPLAY_KEEP: Duration = Duration::from_secs(3 * 60);
const DEFAULT_HANDLER_TIMEOUT: Duration = Duration::from_secs(30);
