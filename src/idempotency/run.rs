//! Takes one event through the store: claims it, handles it, then commits it or gives it back.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use tokio::{sync::watch, time};
use tower_service::Service;

use super::{
    give_back::GiveBack,
    key::{BodyDigest, IdempotencyKey},
    outcome::Outcome,
    store::{Claim, Claimed, Committed, IdempotencyStore, StoreError},
};
use crate::{
    each_event::PushedEvent,
    oneshot::oneshot,
    telemetry::{metrics, only_with},
    verify::{self, ResponseBody},
};

pub(super) type KeyOf = Arc<dyn Fn(&PushedEvent) -> Option<IdempotencyKey> + Send + Sync>;

/// The settings and the state that a layer's services share.
#[derive(Clone)]
pub(super) struct Policy {
    pub(super) store: Arc<dyn IdempotencyStore>,
    pub(super) give_back: GiveBack,
    pub(super) key_of: KeyOf,
    pub(super) keep: Duration,
    pub(super) handler_timeout: Duration,
    pub(super) when_done: WhenDone,
    /// How many handlers run.
    pub(super) running: watch::Sender<usize>,
}

impl Policy {
    fn lease(&self) -> Duration {
        self.handler_timeout.saturating_add(LEASE_MARGIN)
    }
}

/// The answer where the work is done already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WhenDone {
    /// 200: the event is safe.
    Acknowledge,
    /// 409: the request was sent before.
    Reject,
}

pub(super) async fn run<S, B, ResBody>(
    policy: &Arc<Policy>,
    event: &PushedEvent,
    request: Request<B>,
    inner: S,
) -> Result<Response<ResponseBody<ResBody>>, S::Error>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    ResBody: Body<Data = Bytes>,
{
    let claim = match claim(policy, event).await {
        Ok(claim) => claim,
        Err(outcome) => {
            observe(outcome, policy.when_done);
            return Ok(answer(outcome, policy.when_done));
        }
    };
    let held = claim.map(|claim| Held { policy: Arc::clone(policy), claim: Some(claim) });
    let handled = time::timeout(policy.handler_timeout, oneshot(inner, request)).await;
    let Ok(response) = handled else {
        give_back(held, Outcome::TimedOut, policy.when_done).await;
        return Ok(answer(Outcome::TimedOut, policy.when_done));
    };
    match response {
        Ok(response) if response.status().is_success() => {
            match held {
                Some(held) => held.commit().await,
                None => observe(Outcome::NoKey, policy.when_done),
            }
            Ok(response.map(ResponseBody::inner))
        }
        Ok(response) => {
            give_back(held, Outcome::Failed, policy.when_done).await;
            Ok(response.map(ResponseBody::inner))
        }
        Err(error) => {
            give_back(held, Outcome::Failed, policy.when_done).await;
            Err(error)
        }
    }
}

/// Returns the claim, or `None` if there is no key, so that the handler runs without a claim. `Err`
/// says why the handler does not run.
async fn claim(policy: &Policy, event: &PushedEvent) -> Result<Option<Claim>, Outcome> {
    let Some(key) = (policy.key_of)(event) else { return Ok(None) };
    let body = match policy.when_done {
        WhenDone::Acknowledge => BodyDigest::of_event(event),
        // The key of a signed request is of its body too; the events of one push differ by their
        // places.
        WhenDone::Reject => {
            let place = event.place().and_then(|place| u64::try_from(place).ok());
            BodyDigest::of(&place.unwrap_or(u64::MAX).to_be_bytes())
        }
    };
    let lease = policy.lease();
    let claim = Claim::new(key, body).map_err(|error| unavailable(&error))?;
    match policy.store.claim(claim, lease).await {
        Ok(Claimed::Owned) => Ok(Some(claim)),
        // The events of one signed request share its key.
        Ok(Claimed::OwnedWithOtherBody) if policy.when_done == WhenDone::Reject => Ok(Some(claim)),
        Ok(Claimed::OwnedWithOtherBody) => {
            metrics::idempotency("idempotency", "other-body");
            other_body();
            Ok(Some(claim))
        }
        Ok(Claimed::InFlight) => Err(Outcome::InFlight),
        Ok(Claimed::Done) => Err(Outcome::Duplicate),
        Err(error) => {
            // The claim may have been made and only its answer lost: nobody would handle the event
            // until that claim lapses.
            policy.give_back.later(claim, lease);
            Err(unavailable(&error))
        }
    }
}

async fn give_back(held: Option<Held>, outcome: Outcome, when_done: WhenDone) {
    match held {
        Some(held) => held.abandon(outcome).await,
        None => observe(outcome, when_done),
    }
}

/// A claim that is given back when it is dropped, as a panic of the handler does.
struct Held {
    policy: Arc<Policy>,
    claim: Option<Claim>,
}

impl Held {
    async fn commit(mut self) {
        let Some(claim) = self.claim.take() else { return };
        let committed = self.policy.store.commit(claim, self.policy.keep).await;
        // The work is done either way, so the sender gets the handler's answer.
        let outcome = match committed {
            Ok(Committed::Done) => Outcome::Handled,
            Ok(Committed::Lost) => Outcome::CommitLost,
            Err(error) => {
                store_failed(&error);
                Outcome::CommitLost
            }
        };
        observe(outcome, self.policy.when_done);
    }

    async fn abandon(mut self, outcome: Outcome) {
        observe(outcome, self.policy.when_done);
        let Some(claim) = self.claim.take() else { return };
        if let Err(error) = self.policy.store.abandon(claim).await {
            store_failed(&error);
            self.policy.give_back.later(claim, self.policy.lease());
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(claim) = self.claim.take() {
            observe(Outcome::Panicked, self.policy.when_done);
            self.policy.give_back.later(claim, self.policy.lease());
        }
    }
}

/// Returns the answer where the handler did not run, or not to its end.
pub(super) fn answer<B>(outcome: Outcome, when_done: WhenDone) -> Response<ResponseBody<B>> {
    let (status, body) = match (outcome, when_done) {
        (Outcome::Duplicate, WhenDone::Acknowledge) => (StatusCode::OK, ACCEPTED),
        (Outcome::Duplicate, WhenDone::Reject) => (StatusCode::CONFLICT, REJECTED),
        (Outcome::Panicked, _) => (StatusCode::INTERNAL_SERVER_ERROR, FAILED),
        (
            Outcome::Handled
            | Outcome::CommitLost
            | Outcome::Failed
            | Outcome::TimedOut
            | Outcome::InFlight
            | Outcome::NoKey
            | Outcome::StoreUnavailable
            | Outcome::StoreFull,
            _,
        ) => (StatusCode::SERVICE_UNAVAILABLE, FAILED),
    };
    verify::answer(status, body).map(ResponseBody::own)
}

fn observe(outcome: Outcome, when_done: WhenDone) {
    let layer = match when_done {
        WhenDone::Acknowledge => "idempotency",
        WhenDone::Reject => "replay",
    };
    metrics::idempotency(layer, outcome.as_str());
    if outcome == Outcome::Duplicate && when_done == WhenDone::Reject {
        replayed();
    } else {
        log(outcome);
    }
}

only_with! { "tracing":
    fn log(outcome: Outcome) {
        let name = outcome.as_str();
        match outcome {
            Outcome::Handled | Outcome::Duplicate | Outcome::NoKey | Outcome::InFlight => {
                tracing::debug!(target: "tower_eventbridge::idempotency", outcome = name, "event");
            }
            Outcome::CommitLost
            | Outcome::Failed
            | Outcome::Panicked
            | Outcome::TimedOut
            | Outcome::StoreUnavailable
            | Outcome::StoreFull => {
                tracing::warn!(target: "tower_eventbridge::idempotency", outcome = name, "event");
            }
        }
    }

    fn replayed() {
        tracing::warn!(target: "tower_eventbridge::verdict", kind = "replayed", "push rejected: it \
             was sent before");
    }

    fn other_body() {
        tracing::warn!(
            target: "tower_eventbridge::idempotency",
            "an event came with another body under the same source and id: it is handled as \
             another event"
        );
    }

    fn store_failed(error: &StoreError) {
        let error = crate::error_chain::WithCauses(error);
        tracing::warn!(target: "tower_eventbridge::idempotency", "{error}");
    }
}

fn unavailable(error: &StoreError) -> Outcome {
    store_failed(error);
    if error.is_full() { Outcome::StoreFull } else { Outcome::StoreUnavailable }
}

/// A claim outlives its handler's time limit, or two handlers could run at once.
const LEASE_MARGIN: Duration = Duration::from_secs(10);
const ACCEPTED: &str = "{\"status\":\"accepted\"}";
const REJECTED: &str = "{\"status\":\"rejected\"}";
const FAILED: &str = "{\"status\":\"failed\"}";
