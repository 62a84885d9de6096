//! Keeps what was observed last, and hands out what is observed next.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{MOST_RECENT, MOST_RECENT_BYTES, Observation, Observed};

/// Hands out observations. Clones share everything.
#[derive(Clone)]
pub struct Observer {
    hub: Arc<Hub>,
}

struct Hub {
    recent: Arc<Mutex<Recent>>,
    /// Wakes subscriptions, and ends with the server.
    told: watch::Sender<()>,
}

/// What is kept for all: a subscription that is slow keeps nothing of its own.
#[derive(Default)]
struct Recent {
    last: u64,
    bytes: usize,
    observations: VecDeque<Arc<Observation>>,
}

impl Recent {
    /// Returns the number of the oldest one that is kept, or of the next that comes.
    fn oldest(&self) -> u64 {
        let next = self.last.saturating_add(1);
        self.observations.front().map_or(next, |oldest| oldest.number)
    }
}

impl Observer {
    pub(crate) fn new() -> Self {
        let (told, _) = watch::channel(());
        Self { hub: Arc::new(Hub { recent: Arc::default(), told }) }
    }

    /// Returns a subscription: the recent observations first, then new ones, each once.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        let told = self.hub.told.subscribe();
        let recent = Arc::clone(&self.hub.recent);
        let next = lock(&recent).oldest();
        Subscription { recent, told, next }
    }

    /// Returns the recent observations, oldest first.
    #[must_use]
    pub fn recent(&self) -> Vec<Arc<Observation>> {
        lock(&self.hub.recent).observations.iter().cloned().collect()
    }

    /// Tells whether anybody is subscribed.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.hub.told.receiver_count() > 0
    }

    pub(crate) fn tell(&self, at: String, what: Observed) {
        let mut recent = lock(&self.hub.recent);
        recent.last = recent.last.saturating_add(1);
        recent.bytes = recent.bytes.saturating_add(what.bytes());
        let observation = Arc::new(Observation { number: recent.last, at, what });
        recent.observations.push_back(observation);
        while recent.observations.len() > MOST_RECENT || recent.bytes > MOST_RECENT_BYTES {
            let Some(oldest) = recent.observations.pop_front() else { break };
            recent.bytes = recent.bytes.saturating_sub(oldest.what.bytes());
        }
        drop(recent);
        self.hub.told.send_replace(());
    }
}

fn lock(recent: &Mutex<Recent>) -> MutexGuard<'_, Recent> {
    recent.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}

/// Gets observations.
pub struct Subscription {
    recent: Arc<Mutex<Recent>>,
    told: watch::Receiver<()>,
    /// The number of the observation that comes next.
    next: u64,
}

/// Holds what a subscription gets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Seen {
    /// An observation.
    Observation(Arc<Observation>),
    /// This many observations were lost, because the subscription was too slow.
    Missed(u64),
}

impl Subscription {
    /// Waits for the next observation. `None` once the server has ended.
    pub async fn next(&mut self) -> Option<Seen> {
        loop {
            // Looked at before the wait and after the end: what comes in between is not slept over.
            if let Some(seen) = self.take() {
                return Some(seen);
            }
            if self.told.changed().await.is_err() {
                return self.take();
            }
        }
    }

    /// Takes what is kept of the observations that are not seen yet.
    fn take(&mut self) -> Option<Seen> {
        let recent = lock(&self.recent);
        let oldest = recent.oldest();
        let lost = oldest.saturating_sub(self.next);
        if lost > 0 {
            self.next = oldest;
            return Some(Seen::Missed(lost));
        }
        let place = usize::try_from(self.next.saturating_sub(oldest)).unwrap_or(usize::MAX);
        let observation = Arc::clone(recent.observations.get(place)?);
        self.next = self.next.saturating_add(1);
        Some(Seen::Observation(observation))
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("next", &self.next).finish_non_exhaustive()
    }
}
