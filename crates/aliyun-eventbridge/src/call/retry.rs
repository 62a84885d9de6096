//! How often and how soon a request is sent again.

use std::time::Duration;

use crate::{
    error::CallErrorReason,
    random::{self, Random, RandomError},
};

/// Says how often and how soon a request is sent again: exponential backoff with full jitter.
///
/// Before attempt *n*+1 the wait is random between nothing and `base` doubled *n*-1 times, at most
/// `cap`. Where the service asks for a wait, it is that and a random part of `base` more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    most_attempts: u32,
    base: Duration,
    cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { most_attempts: 4, base: Duration::from_millis(200), cap: Duration::from_secs(10) }
    }
}

impl RetryPolicy {
    /// Returns the policy that sends each request once.
    #[must_use]
    pub fn never() -> Self {
        Self::default().attempts(1)
    }

    /// Sets how often a request is sent, the first time included; at least once. Default: 4.
    #[must_use]
    pub fn attempts(mut self, most: u32) -> Self {
        self.most_attempts = most.max(1);
        self
    }

    /// Sets the most that the first wait can be. Default: 200 ms.
    #[must_use]
    pub const fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// Sets the most that any wait of ours can be. Default: 10 s.
    #[must_use]
    pub const fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    pub(crate) const fn most_attempts(&self) -> u32 {
        self.most_attempts
    }

    /// Returns the wait after `sent` attempts, of which the last failed for `reason`.
    pub(crate) fn wait(
        &self,
        sent: u32,
        reason: &CallErrorReason,
        random: &dyn Random,
    ) -> Result<Duration, RandomError> {
        if let CallErrorReason::Service(error) = reason
            && let Some(asked) = error.retry_after
        {
            return Ok(asked.saturating_add(random::jitter(random, self.base)?));
        }
        self.backoff(sent, random)
    }

    /// Returns the random wait after `sent` attempts.
    pub(crate) fn backoff(&self, sent: u32, random: &dyn Random) -> Result<Duration, RandomError> {
        let doublings = sent.saturating_sub(1).min(31);
        random::jitter(random, self.base.saturating_mul(1 << doublings).min(self.cap))
    }
}
