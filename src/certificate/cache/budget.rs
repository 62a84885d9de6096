//! Limits how many novel certificate URLs are fetched in a minute.
//!
//! An allowed region's host has room for 10¹⁴ well-formed names, so a stranger could cause endless
//! fetches. Half of the budget goes to the first URLs that are asked for. The other half goes only
//! to URLs that are asked for repeatedly, as a real new certificate's is. So a rotation gets
//! through a flood of names that are each made up once.
//!
//! An attacker who makes up a few names and repeats them can exhaust both halves. The cure is an
//! exact URL or a token: without the right token no push gets this far.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    time::{Duration, SystemTime},
};

use crate::certificate::url::AllowedUrl;

pub(super) struct Budget<H = RandomState> {
    window_start: Option<SystemTime>,
    first_come: u32,
    repeated: u32,
    /// How often each URL was asked for in the last minutes. Each URL has two hashes, of which the
    /// lower count is taken (a count-min sketch). The memory is constant. A flood hardly ever
    /// counts for another URL.
    asked: [Vec<u8>; 2],
    hasher: H,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }
}

impl<H: BuildHasher> Budget<H> {
    fn with_hasher(hasher: H) -> Self {
        Self {
            window_start: None,
            first_come: 0,
            repeated: 0,
            asked: [vec![0; COUNTERS], vec![0; COUNTERS]],
            hasher,
        }
    }

    /// Takes a fetch of `url` out of the budget, if there is one left for it.
    pub(super) fn take(&mut self, url: &AllowedUrl, now: SystemTime) -> Result<(), BudgetSpent> {
        self.turn_window(now);
        let times_asked = self.count(url);
        let share = if self.first_come < FIRST_COME_PER_WINDOW {
            &mut self.first_come
        } else if self.repeated < REPEATED_PER_WINDOW && times_asked >= MANY_TIMES {
            &mut self.repeated
        } else {
            return Err(BudgetSpent);
        };
        *share += 1;
        Ok(())
    }

    fn turn_window(&mut self, now: SystemTime) {
        // A clock that was set back opens a new window too.
        let current = self.window_start.and_then(|start| now.duration_since(start).ok());
        if current.is_none_or(|age| age >= WINDOW) {
            self.window_start = Some(now);
            self.first_come = 0;
            self.repeated = 0;
            self.asked.iter_mut().flatten().for_each(|count| *count /= 2);
        }
    }

    fn count(&mut self, url: &AllowedUrl) -> u8 {
        let hash = self.hasher.hash_one(url);
        let mut lowest = u8::MAX;
        for (row, hash) in self.asked.iter_mut().zip([hash, hash.rotate_right(32)]) {
            let index = usize::try_from(hash & COUNTER_MASK).unwrap_or_default();
            let Some(count) = row.get_mut(index) else { continue };
            *count = count.saturating_add(1);
            lowest = lowest.min(*count);
        }
        lowest
    }
}

/// No fetch is left for this URL in this minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BudgetSpent;

const WINDOW: Duration = Duration::from_secs(60);
const FIRST_COME_PER_WINDOW: u32 = 4;
const REPEATED_PER_WINDOW: u32 = 4;
const MANY_TIMES: u8 = 4;
const COUNTERS: usize = 64 * 1024;
const COUNTER_MASK: u64 = 0xFFFF;

#[cfg(test)]
mod tests;
