//! One request to one answer: deadline, retry, typed errors.
//!
//! A [`Client`] belongs to one endpoint, one protocol and one provider of credentials. Each attempt
//! has a date, a nonce and a signature of its own. What is worth another attempt is sent again with
//! exponential backoff and full jitter, never sooner than the service asks, and never after the
//! deadline.

mod answer;
mod retry;

mod client;

mod attempt;
mod builder;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    error::{CallError, CallErrorReason},
    http::AnswerBounds,
    operation::{Answer, Operation, unsigned},
};

pub use builder::{ClientBuilder, ConfigError};
pub use client::Client;
pub use retry::RetryPolicy;

impl Client {
    /// Calls an operation within the client's deadline.
    ///
    /// # Errors
    ///
    /// Fails if a check fails, the service refuses, or there is no readable answer within the
    /// deadline.
    pub async fn call<O: Operation>(&self, operation: &O) -> Result<Answer<O::Answer>, CallError> {
        self.call_until(operation, in_time(self.inner.deadline)).await
    }

    /// Calls an operation until an instant.
    pub(crate) async fn call_until<O: Operation>(
        &self,
        operation: &O,
        deadline: Instant,
    ) -> Result<Answer<O::Answer>, CallError> {
        let inner = &*self.inner;
        let name = operation.name();
        let request =
            unsigned(operation, inner.protocol).map_err(|field| CallError::invalid(name, field))?;
        let allowed = deadline.saturating_duration_since(Instant::now());
        let mut last: Option<CallErrorReason> = None;
        let mut repeat: Option<attempt::Repeat> = None;
        let mut sent = 0_u32;
        loop {
            let failed = |reason, sent| CallError::new(name, sent, reason);
            let late = |last: Option<CallErrorReason>| CallErrorReason::Deadline {
                allowed,
                last: last.map(Arc::new),
            };
            let now = Instant::now();
            if now >= deadline {
                return Err(failed(late(last), sent));
            }
            let until = deadline.min(in_time(inner.attempt_time));
            let bounds = AnswerBounds::new(inner.most_answer_bytes, until - now);
            let attempt = async {
                let ready = inner.sign(name, &request, repeat).await?;
                let answer = inner.http.send(ready, bounds).await;
                answer::read::<O>(inner.protocol, &answer.map_err(CallErrorReason::Http)?)
            };
            let reason = match timeout_at(until, attempt).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(reason)) => reason,
                Err(_) => CallErrorReason::Deadline {
                    allowed: if until == deadline { allowed } else { inner.attempt_time },
                    last: last.take().map(Arc::new),
                },
            };
            let was_sent = !matches!(
                reason,
                CallErrorReason::Credentials(_)
                    | CallErrorReason::Random(_)
                    | CallErrorReason::Invalid(_)
            );
            sent = sent.saturating_add(u32::from(was_sent));
            if !reason.is_transient() || sent >= inner.retry.most_attempts() {
                return Err(failed(reason, sent));
            }
            let wait = match inner.retry.wait(sent, &reason, inner.random.as_ref()) {
                Ok(wait) => wait,
                Err(error) => return Err(failed(CallErrorReason::Random(error), sent)),
            };
            // To wait past the deadline would only hide the reason.
            if in_time(wait) >= deadline {
                return Err(failed(reason, sent));
            }
            sleep(wait).await;
            repeat = Some(attempt::Repeat { attempts: sent, wait });
            last = Some(reason);
        }
    }
}

/// Returns the instant after a time; a time that no timer can hold counts as ten years.
pub(crate) fn in_time(time: Duration) -> Instant {
    const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
    let now = Instant::now();
    now.checked_add(time.min(TEN_YEARS)).unwrap_or(now)
}
