//! Nonces of signed requests: one that was used is not taken again.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// Remembers nonces for a time, up to a number. Beyond, the oldest is forgotten.
#[derive(Debug)]
pub(crate) struct Nonces {
    most: usize,
    lifetime: Duration,
    /// Keyed at random: nobody can choose nonces that collide.
    hasher: RandomState,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    used: HashSet<u64>,
    /// In the order of their use.
    order: VecDeque<(SystemTime, u64)>,
}

impl Nonces {
    pub(crate) fn new(most: usize, lifetime: Duration) -> Self {
        Self { most, lifetime, hasher: RandomState::new(), kept: Mutex::default() }
    }

    /// Uses a nonce of an AccessKey. `false` if it was used within the lifetime.
    pub(crate) fn first_use(&self, access_key_id: &str, nonce: &str, now: SystemTime) -> bool {
        let hash = self.hasher.hash_one((access_key_id, nonce));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { used, order } = &mut *kept;
        while let Some((at, oldest)) = order.front() {
            // Not one that lies in the future, after the clock was set back.
            if now.duration_since(*at).unwrap_or_default() <= self.lifetime {
                break;
            }
            used.remove(oldest);
            order.pop_front();
        }
        if !used.insert(hash) {
            return false;
        }
        order.push_back((now, hash));
        while order.len() > self.most {
            if let Some((_, oldest)) = order.pop_front() {
                used.remove(&oldest);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(1_800);

    #[test]
    fn a_nonce_is_used_once_by_each_key_until_its_time_is_over() {
        let nonces = Nonces::new(10, LIFETIME);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert!(nonces.first_use("a", "1", now));
        assert!(nonces.first_use("b", "1", now));
        assert!(nonces.first_use("a", "2", now));
        assert!(!nonces.first_use("a", "1", now));
        assert!(!nonces.first_use("a", "1", now - LIFETIME), "the clock was set back");
        assert!(!nonces.first_use("a", "1", now + LIFETIME));
        let later = now + LIFETIME + Duration::from_secs(1);
        assert!(nonces.first_use("a", "1", later));
        assert_eq!(nonces.kept.lock().unwrap().order.len(), 1, "the others are forgotten");
        assert_eq!(nonces.kept.lock().unwrap().used.len(), 1);
    }

    #[test]
    fn the_oldest_is_forgotten_when_there_are_too_many() {
        let nonces = Nonces::new(1_000, LIFETIME);
        let now = SystemTime::UNIX_EPOCH;
        for number in 0..5_000 {
            assert!(nonces.first_use("a", &number.to_string(), now));
        }
        assert_eq!(nonces.kept.lock().unwrap().order.len(), 1_000);
        assert_eq!(nonces.kept.lock().unwrap().used.len(), 1_000);
        assert!(!nonces.first_use("a", "4000", now));
        assert!(nonces.first_use("a", "3999", now));
    }
}
