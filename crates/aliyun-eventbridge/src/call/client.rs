//! The client: what all clones share.

use std::{fmt, sync::Arc, time::Duration};

use super::retry::RetryPolicy;
use crate::{
    clock::Clock, credentials::CredentialsProvider, endpoint::Endpoint, http::HttpClient,
    operation::Protocol, random::Random,
};

/// Calls EventBridge. Clones share connections and credentials.
///
/// ```
/// use aliyun_eventbridge::{
///     call::Client, credentials::Credentials, endpoint::Endpoint, operation::Protocol,
/// };
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
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) protocol: Protocol,
    pub(super) endpoint: Endpoint,
    pub(super) credentials: Arc<dyn CredentialsProvider>,
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) retry: RetryPolicy,
    pub(super) deadline: Duration,
    pub(super) attempt_time: Duration,
    pub(super) most_answer_bytes: usize,
    pub(super) user_agent: String,
    pub(super) region: Option<String>,
}

impl Client {
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
