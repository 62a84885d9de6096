//! When a push is tried again: the schedules of the library, sped up.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use aliyun_eventbridge::targets::PushRetryStrategy;

#[derive(Clone)]
pub struct Schedule {
    /// `None` does not try again.
    pub retries: Option<PushRetryStrategy>,
    /// How many times faster it runs.
    pub time_scale: f64,
}

impl Schedule {
    /// How long it waits after so many retries; `None` to give up.
    pub fn wait(&self, retries: u32) -> Option<Duration> {
        let wait = self.retries.as_ref()?.wait(retries, random())?;
        Some(Duration::from_secs_f64(wait.as_secs_f64() / self.time_scale))
    }
}

/// From 0 to 1.
fn random() -> f64 {
    let parts = RandomState::new().hash_one(0) % 1_000;
    f64::from(u32::try_from(parts).unwrap_or_default()) / 1_000.0
}
