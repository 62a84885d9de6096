//! A wall clock for tests whose time is paused.

use std::time::SystemTime;

use tests_support::pushes;
use tokio::time::Instant;
use tower_eventbridge::idempotency::MemoryStore;

/// Starts at [`pushes::now`] and goes with tokio's time.
#[derive(Clone, Copy)]
pub(crate) struct Wall(Instant);

impl Wall {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> SystemTime {
        pushes::now() + self.0.elapsed()
    }

    pub(crate) fn store(self) -> MemoryStore {
        MemoryStore::builder().clock(move || self.now()).build()
    }
}
