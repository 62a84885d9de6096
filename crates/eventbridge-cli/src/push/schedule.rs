//! When EventBridge tries again (docs/wire-facts.md section 2).

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

#[derive(Clone, Copy)]
pub struct Schedule {
    pub retries: Retries,
    /// How many times faster it runs.
    pub time_scale: f64,
}

#[derive(Clone, Copy)]
pub enum Retries {
    None,
    Backoff,
    Exponential,
}

impl Schedule {
    /// How long it waits after so many retries; `None` to give up.
    pub fn wait(self, retries: u32) -> Option<Duration> {
        let seconds = match self.retries {
            Retries::Backoff if retries < 3 => 10.0 + 10.0 * random(),
            Retries::Exponential if retries < 176 => f64::from(2_u32.pow(retries.min(9))),
            Retries::None | Retries::Backoff | Retries::Exponential => return None,
        };
        Some(Duration::from_secs_f64(seconds / self.time_scale))
    }
}

/// From 0 to 1.
fn random() -> f64 {
    let parts = RandomState::new().hash_one(0) % 1_000;
    f64::from(u32::try_from(parts).unwrap_or_default()) / 1_000.0
}
