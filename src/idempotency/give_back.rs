//! Gives claims back in the background that could not be given back at once, because the store did
//! not answer.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    time::{self, Instant},
};

use super::store::{Claim, IdempotencyStore};

/// Keeps the claims of all pushes that wait to be given back. One task tries them one after
/// another, so a store that is down gets one try a second, however many pushes there are. Cheap to
/// clone; every clone is the same.
#[derive(Clone)]
pub(super) struct GiveBack {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn IdempotencyStore>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    claims: VecDeque<(Claim, Instant)>,
    /// Whether a task works on them.
    has_worker: bool,
}

impl GiveBack {
    pub(super) fn new(store: Arc<dyn IdempotencyStore>) -> Self {
        Self { shared: Arc::new(Shared { store, waiting: Mutex::default() }) }
    }

    /// Tries until the store answers or the claim has lapsed. Beyond [`MAX_WAITING`] claims the
    /// oldest is left to lapse.
    pub(super) fn later(&self, claim: Claim, lease: Duration) {
        // Outside of a runtime nothing can be tried, and the claim lapses.
        let Ok(runtime) = Handle::try_current() else { return };
        let now = Instant::now();
        let lapses = now.checked_add(lease).unwrap_or(now);
        let mut waiting = self.shared.waiting();
        if waiting.claims.len() >= MAX_WAITING {
            waiting.claims.pop_front();
        }
        waiting.claims.push_back((claim, lapses));
        let needs_worker = !std::mem::replace(&mut waiting.has_worker, true);
        // A runtime that ends drops the worker at once, and that takes the lock.
        drop(waiting);
        if needs_worker {
            let worker = Worker { shared: Arc::clone(&self.shared), is_done: false };
            runtime.spawn(worker.work());
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the next claim that has not lapsed. `None` ends the worker.
    fn next(&self) -> Option<(Claim, Instant)> {
        let now = Instant::now();
        let mut waiting = self.waiting();
        waiting.claims.retain(|(_, lapses)| *lapses > now);
        let next = waiting.claims.pop_front();
        waiting.has_worker = next.is_some();
        next
    }
}

struct Worker {
    shared: Arc<Shared>,
    is_done: bool,
}

impl Worker {
    async fn work(mut self) {
        while let Some((claim, lapses)) = self.shared.next() {
            if self.shared.store.abandon(claim).await.is_err() {
                self.shared.waiting().claims.push_back((claim, lapses));
                time::sleep(PAUSE).await;
            }
        }
        self.is_done = true;
    }
}

/// A runtime that ends drops its tasks: the next claim then needs a new worker.
impl Drop for Worker {
    fn drop(&mut self) {
        if !self.is_done {
            self.shared.waiting().has_worker = false;
        }
    }
}

/// About 200 KB.
const MAX_WAITING: usize = 1024;
const PAUSE: Duration = Duration::from_secs(1);
