//! `--forward`: the requests that are enclosed in events go on to another server.

use std::{error::Error, fmt, time::Duration};

use http::{StatusCode, Uri, uri::Authority};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tower_eventbridge::{each_event::PushedEvent, forward::forwarded_request, verify::WholeBody};

use super::events::{self, Shows};
use crate::usage::UsageError;

/// An HTTP server, and the connections to it.
#[derive(Clone)]
pub struct Upstream {
    client: Client<HttpConnector, WholeBody>,
    authority: Authority,
}

impl Upstream {
    /// The server of an `http` URL without a path.
    pub fn new(url: &str) -> Result<Self, UsageError> {
        let problem = |reason: &str| UsageError::new("--forward", reason);
        let uri: Uri = url.parse().map_err(|_| problem("is not a URL"))?;
        let parts = uri.into_parts();
        if parts.scheme.as_ref().is_none_or(|scheme| scheme.as_str() != "http") {
            return Err(problem("must begin with http://"));
        }
        if parts.path_and_query.is_some_and(|target| target != "/") {
            return Err(problem("must have no path: that of the enclosed request is used"));
        }
        let authority = parts.authority.filter(|authority| !authority.as_str().contains('@'));
        let authority = authority.ok_or_else(|| problem("must name a host, and no user"))?;
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        Ok(Self { client, authority })
    }

    /// Sends the request that is enclosed in an event, and says how much of the event is to be printed. `Err` is the status that
    /// EventBridge hears.
    pub async fn send(&self, event: &PushedEvent) -> Result<Shows, StatusCode> {
        let enclosed = events::enclosed(event.body());
        let request = enclosed.and_then(|request| request.map(forwarded_request).transpose());
        let request = request.map_err(|error| unforwardable(event, &WithCauses(&error)))?;
        let Some(mut request) = request else { return Ok(Shows::Event) };
        let mut target = std::mem::take(request.uri_mut()).into_parts();
        target.scheme = Some(http::uri::Scheme::HTTP);
        target.authority = Some(self.authority.clone());
        *request.uri_mut() =
            Uri::from_parts(target).map_err(|error| unforwardable(event, &error))?;
        let status = self.exchange(request).await.map_err(|error| {
            tracing::error!("--forward: {}", WithCauses(&error));
            StatusCode::SERVICE_UNAVAILABLE
        })?;
        if !status.is_success() {
            tracing::warn!("--forward: the upstream answered {status}");
            // A redirect is no success to EventBridge, and a body that is waited for is none to us.
            let heard = status.is_client_error() || status.is_server_error();
            return Err(if heard { status } else { StatusCode::BAD_GATEWAY });
        }
        Ok(Shows::Attributes)
    }

    /// The status decides, and not what becomes of the answer's body.
    async fn exchange(
        &self,
        request: http::Request<WholeBody>,
    ) -> Result<StatusCode, hyper_util::client::legacy::Error> {
        // A pooled connection that turns out to be closed before anything was sent is replaced by the client itself.
        let response = self.client.request(request).await?;
        let status = response.status();
        // Read to its end, so that the connection is used again; but not for ever.
        let mut body = http_body_util::Limited::new(response.into_body(), MAX_ANSWER);
        let rest = async { while let Some(Ok(_)) = body.frame().await {} };
        let _ = tokio::time::timeout(LONGEST_ANSWER, rest).await;
        Ok(status)
    }
}

/// Nothing that has nowhere to go is acknowledged: EventBridge dead-letters it in the end.
fn unforwardable(event: &PushedEvent, reason: &dyn fmt::Display) -> StatusCode {
    let place = event.place().unwrap_or_default();
    tracing::warn!(place, "an authentic event cannot be forwarded, and is answered 422: {reason}");
    StatusCode::UNPROCESSABLE_ENTITY
}

/// An error with its causes.
struct WithCauses<'a>(&'a dyn Error);

impl fmt::Display for WithCauses<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than servers keep connections: Node.js does so for 5 s by default.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
const MAX_ANSWER: usize = 1024 * 1024;
const LONGEST_ANSWER: Duration = Duration::from_secs(2);
