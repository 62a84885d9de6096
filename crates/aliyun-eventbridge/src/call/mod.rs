//! One request to one answer: deadline, retry, typed errors.
//!
//! A [`Client`] belongs to one endpoint, one protocol and one provider of credentials. Each attempt
//! has a date, a nonce and a signature of its own. What is worth another attempt is sent again with
//! exponential backoff and full jitter, never sooner than the service asks, and never after the
//! deadline.

mod answer;
mod attempt;
mod builder;
mod retry;

use std::{fmt, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    clock::Clock,
    credentials::CredentialsProvider,
    endpoint::Endpoint,
    error::{CallError, CallErrorReason},
    http::{AnswerBounds, HttpClient},
    operation::{Answer, Operation, Protocol, unsigned},
    random::Random,
};

pub use builder::{ClientBuilder, ConfigError};
pub use retry::RetryPolicy;

/// Calls EventBridge. Clones share connections and credentials.
///
/// ```
/// use aliyun_eventbridge::{call::Client, credentials::Credentials, endpoint::Endpoint, operation::Protocol};
/// # use aliyun_eventbridge::http::{AnswerBounds, HttpFuture};
/// use bytes::Bytes;
/// use http::{Request, Response};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Instead of a network: `reqwest` is the default.
/// let fake = |_: Request<Bytes>, _: AnswerBounds| -> HttpFuture<'static> {
///     Box::pin(async {
///         Ok(Response::new(Bytes::from_static(br#"{"RequestId":"R","EventBusName":"orders"}"#)))
///     })
/// };
/// let client = Client::builder(
///     Protocol::OpenApi,
///     Endpoint::public("123456789098", "cn-hangzhou")?,
///     Credentials::new("LTAIexample", "s3cret")?,
/// )
/// .http_client(fake)
/// .build()?;
/// let bus = client.get_event_bus("orders").await?;
/// assert_eq!(bus.event_bus_name.as_deref(), Some("orders"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    protocol: Protocol,
    endpoint: Endpoint,
    credentials: Arc<dyn CredentialsProvider>,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    retry: RetryPolicy,
    deadline: Duration,
    attempt_time: Duration,
    most_answer_bytes: usize,
    user_agent: String,
    region: Option<String>,
}

impl Client {
    /// Begins a client.
    pub fn builder(
        protocol: Protocol,
        endpoint: Endpoint,
        credentials: impl CredentialsProvider,
    ) -> ClientBuilder {
        ClientBuilder::new(protocol, endpoint, Arc::new(credentials))
    }

    /// Returns the protocol that the client speaks.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.inner.protocol
    }

    pub(crate) fn retry(&self) -> RetryPolicy {
        self.inner.retry
    }

    pub(crate) fn random(&self) -> &dyn Random {
        self.inner.random.as_ref()
    }

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

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("protocol", &self.inner.protocol)
            .field("endpoint", &self.inner.endpoint)
            .field("retry", &self.inner.retry)
            .field("deadline", &self.inner.deadline)
            .finish_non_exhaustive()
    }
}
