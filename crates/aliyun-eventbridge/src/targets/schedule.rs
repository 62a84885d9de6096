//! When a push is tried again.

use std::time::Duration;

use super::PushRetryStrategy;

/// EXPONENTIAL_DECAY_RETRY waits this many seconds at most, 2 to the power of 9.
const MOST_EXPONENT: u32 = 9;

impl PushRetryStrategy {
    /// Returns how often a push is tried again; a strategy that this crate does not know is taken
    /// for the service's default.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        match self {
            Self::Backoff | Self::Other(_) => 3,
            Self::ExponentialDecay => 176,
        }
    }

    /// Returns how long it waits before the next try after so many retries; `None` to give up.
    ///
    /// BACKOFF_RETRY waits 10 to 20 s at random: `part` says how far between, from 0 to 1. Other
    /// numbers count as the nearest of these. EXPONENTIAL_DECAY_RETRY does not need it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use aliyun_eventbridge::targets::PushRetryStrategy;
    ///
    /// let backoff = PushRetryStrategy::Backoff;
    /// assert_eq!(backoff.wait(0, 0.5), Some(Duration::from_secs(15)));
    /// assert_eq!(backoff.wait(3, 0.5), None);
    /// let decay = PushRetryStrategy::ExponentialDecay;
    /// assert_eq!(decay.wait(3, 0.0), Some(Duration::from_secs(8)));
    /// assert_eq!(decay.wait(175, 0.0), Some(Duration::from_secs(512)));
    /// assert_eq!(decay.wait(176, 0.0), None);
    /// ```
    #[must_use]
    pub fn wait(&self, retries: u32, part: f64) -> Option<Duration> {
        if retries >= self.retries() {
            return None;
        }
        Some(match self {
            Self::Backoff | Self::Other(_) => {
                // `max` takes the other number if one is none.
                let part = part.clamp(0.0, 1.0);
                Duration::from_secs(10).saturating_add(Duration::from_secs(10).mul_f64(part))
            }
            Self::ExponentialDecay => {
                Duration::from_secs(2_u64.saturating_pow(retries.min(MOST_EXPONENT)))
            }
        })
    }
}
