//! Keeps what was observed last, and hands out what is observed next.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::broadcast;

use super::{MOST_BEHIND, MOST_RECENT, MOST_RECENT_BYTES, Observation, Observed};

/// Hands out observations. Clones share everything.
#[derive(Clone)]
pub struct Observer {
    hub: Arc<Hub>,
}

struct Hub {
    recent: Mutex<Recent>,
    live: broadcast::Sender<Arc<Observation>>,
}

#[derive(Default)]
struct Recent {
    last: u64,
    bytes: usize,
    observations: VecDeque<Arc<Observation>>,
}

impl Observer {
    pub(crate) fn new() -> Self {
        let (live, _) = broadcast::channel(MOST_BEHIND);
        Self { hub: Arc::new(Hub { recent: Mutex::default(), live }) }
    }

    /// Returns a subscription: the recent observations first, then new ones, each once.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        let recent = self.hub.recent.lock().unwrap_or_else(PoisonError::into_inner);
        Subscription { before: recent.observations.clone(), live: self.hub.live.subscribe() }
    }

    /// Returns the recent observations, oldest first.
    #[must_use]
    pub fn recent(&self) -> Vec<Arc<Observation>> {
        let recent = self.hub.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.observations.iter().cloned().collect()
    }

    /// Tells whether anybody is subscribed.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.hub.live.receiver_count() > 0
    }

    pub(crate) fn tell(&self, at: String, what: Observed) {
        let mut recent = self.hub.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.last = recent.last.saturating_add(1);
        recent.bytes = recent.bytes.saturating_add(what.bytes());
        let observation = Arc::new(Observation { number: recent.last, at, what });
        recent.observations.push_back(Arc::clone(&observation));
        while recent.observations.len() > MOST_RECENT || recent.bytes > MOST_RECENT_BYTES {
            let Some(oldest) = recent.observations.pop_front() else { break };
            recent.bytes = recent.bytes.saturating_sub(oldest.what.bytes());
        }
        // Without subscribers nobody gets it, which is right.
        let _ = self.hub.live.send(observation);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}

/// Gets observations.
pub struct Subscription {
    before: VecDeque<Arc<Observation>>,
    live: broadcast::Receiver<Arc<Observation>>,
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
        if let Some(observation) = self.before.pop_front() {
            return Some(Seen::Observation(observation));
        }
        match self.live.recv().await {
            Ok(observation) => Some(Seen::Observation(observation)),
            Err(broadcast::error::RecvError::Lagged(lost)) => Some(Seen::Missed(lost)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("before", &self.before.len()).finish_non_exhaustive()
    }
}
