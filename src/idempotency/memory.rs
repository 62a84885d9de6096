//! A store in this process. No other process shares it, and it ends with the process.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use moka::sync::Cache;

use super::{
    key::{BodyDigest, IdempotencyKey},
    store::{Claim, Claimed, Committed, IdempotencyStore, LONGEST, Owner, StoreError, StoreFuture},
};
use crate::{
    bounded_cache::bounded_cache,
    clock::{Clock, SystemClock},
};

/// Keeps claims and what is done in memory. Cheap to clone; every clone is the same store.
///
/// | what | default |
/// |---|---|
/// | claims at once | 10,000, then the store is full (503) |
/// | events remembered as done | 100,000, about 40 MB; the least recently used one is forgotten first |
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Box<dyn Clock>,
    max_claims: usize,
    /// Apart from what is done, so that a flood of events does not push a claim out.
    claims: Mutex<HashMap<Work, Held>>,
    done: Cache<Work, Kept>,
    /// The first body that came under a key, to tell when another comes.
    first_bodies: Cache<IdempotencyKey, BodyDigest>,
}

type Work = (IdempotencyKey, BodyDigest);

struct Held {
    owner: Owner,
    until: SystemTime,
}

/// A mark of what is done, and who committed it.
#[derive(Clone, Copy)]
struct Kept {
    owner: Owner,
    until: SystemTime,
}

impl MemoryStore {
    /// Makes a store with every default.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Begins a store with other settings.
    pub fn builder() -> MemoryStoreBuilder {
        MemoryStoreBuilder {
            clock: Box::new(SystemClock::new()),
            max_claims: DEFAULT_MAX_CLAIMS,
            max_done: DEFAULT_MAX_DONE,
        }
    }

    fn now_and_claims(&self) -> (SystemTime, MutexGuard<'_, HashMap<Work, Held>>) {
        let claims = self.shared.claims.lock().unwrap_or_else(PoisonError::into_inner);
        (self.shared.clock.now(), claims)
    }

    fn claim_now(&self, claim: Claim, lease: Duration) -> Result<Claimed, StoreError> {
        let (now, mut claims) = self.now_and_claims();
        let work = (claim.key, claim.body);
        if self.shared.done.get(&work).is_some_and(|kept| kept.until > now) {
            return Ok(Claimed::Done);
        }
        let held = claims.get(&work).filter(|held| held.until > now);
        if held.is_some_and(|held| held.owner != claim.owner) {
            return Ok(Claimed::InFlight);
        }
        if held.is_none() && claims.len() >= self.shared.max_claims {
            claims.retain(|_, held| held.until > now);
            if claims.len() >= self.shared.max_claims {
                let held = claims.len();
                return Err(StoreError::full(format!("{held} events are being handled")));
            }
        }
        claims.insert(work, Held { owner: claim.owner, until: later(now, lease) });
        let first = self.shared.first_bodies.get_with(claim.key, || claim.body);
        Ok(if first == claim.body { Claimed::Owned } else { Claimed::OwnedWithOtherBody })
    }

    fn commit_now(&self, claim: Claim, keep: Duration) -> Committed {
        let (now, mut claims) = self.now_and_claims();
        let work = (claim.key, claim.body);
        if claims.get(&work).is_none_or(|held| held.owner != claim.owner) {
            // A commit that is repeated, say after an answer that was lost, is answered as the
            // first.
            let kept = self.shared.done.get(&work);
            return match kept.is_some_and(|kept| kept.owner == claim.owner && kept.until > now) {
                true => Committed::Done,
                false => Committed::Lost,
            };
        }
        claims.remove(&work);
        self.shared.done.insert(work, Kept { owner: claim.owner, until: later(now, keep) });
        Committed::Done
    }

    fn abandon_now(&self, claim: Claim) {
        let (_, mut claims) = self.now_and_claims();
        let work = (claim.key, claim.body);
        if claims.get(&work).is_some_and(|held| held.owner == claim.owner) {
            claims.remove(&work);
        }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl IdempotencyStore for MemoryStore {
    fn claim(&self, claim: Claim, lease: Duration) -> StoreFuture<Claimed> {
        Box::pin(std::future::ready(self.claim_now(claim, lease)))
    }

    fn commit(&self, claim: Claim, keep: Duration) -> StoreFuture<Committed> {
        Box::pin(std::future::ready(Ok(self.commit_now(claim, keep))))
    }

    fn abandon(&self, claim: Claim) -> StoreFuture<()> {
        self.abandon_now(claim);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Configures a [`MemoryStore`].
#[must_use]
pub struct MemoryStoreBuilder {
    clock: Box<dyn Clock>,
    max_claims: usize,
    max_done: u64,
}

impl MemoryStoreBuilder {
    /// Sets the clock by which leases end and what is done is forgotten. Default: the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Sets how many events may be handled at once. One more is answered 503. Default: 10,000.
    pub fn max_claims(mut self, claims: usize) -> Self {
        self.max_claims = claims;
        self
    }

    /// Sets how many events are remembered as done. Default: 100,000, about 40 MB.
    ///
    /// A push may have 10,000 events, so ten such pushes replace all that the default remembers. No
    /// push has a share, because a push that is not remembered whole is handled again at its next
    /// try. Set this to more than the events that come within the time that the layer remembers
    /// (25 h by default), or lower
    /// [`max_events`](crate::each_event::EachEventLayer::max_events).
    pub fn max_done(mut self, events: u64) -> Self {
        self.max_done = events;
        self
    }

    /// Builds the store.
    #[must_use]
    pub fn build(self) -> MemoryStore {
        MemoryStore {
            shared: Arc::new(Shared {
                clock: self.clock,
                max_claims: self.max_claims,
                claims: Mutex::default(),
                done: bounded_cache(self.max_done),
                first_bodies: bounded_cache(self.max_done),
            }),
        }
    }
}

fn later(now: SystemTime, by: Duration) -> SystemTime {
    now.checked_add(by.min(LONGEST)).unwrap_or(now)
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl fmt::Debug for MemoryStoreBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MemoryStoreBuilder")
            .field("max_claims", &self.max_claims)
            .field("max_done", &self.max_done)
            .finish_non_exhaustive()
    }
}

const DEFAULT_MAX_CLAIMS: usize = 10_000;
const DEFAULT_MAX_DONE: u64 = 100_000;
