//! The default client.

use std::time::Duration;

use ::http::{Request, Response};
use bytes::{Bytes, BytesMut};

use super::{AnswerBounds, HttpClient, HttpError, HttpErrorKind, HttpFuture};

/// Sends requests with reqwest: rustls with the system's roots, no redirects, no decompression.
#[derive(Clone, Debug)]
pub struct ReqwestClient {
    client: reqwest::Client,
}

impl ReqwestClient {
    /// Returns a client that waits 5 s for a connection. Proxies are the environment's.
    ///
    /// # Errors
    ///
    /// Fails if TLS cannot be set up.
    pub fn new() -> Result<Self, HttpError> {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .build()
            .map(|client| Self { client })
            .map_err(|error| HttpError::new(HttpErrorKind::Connect, error))
    }

    /// Returns a client of the caller's making. It must not follow redirects.
    #[must_use]
    pub const fn from_client(client: reqwest::Client) -> Self {
        Self { client }
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        bounds: AnswerBounds,
    ) -> Result<Response<Bytes>, HttpError> {
        let mut request = reqwest::Request::try_from(request.map(reqwest::Body::from))
            .map_err(|error| HttpError::new(HttpErrorKind::Connect, error.without_url()))?;
        // The caller's own timer comes first, and says that it was the deadline.
        *request.timeout_mut() = Some(bounds.time.saturating_add(AFTER_DEADLINE));
        let failed = |error: reqwest::Error| {
            let connect = error.is_connect() || error.is_builder();
            let kind = if connect { HttpErrorKind::Connect } else { HttpErrorKind::Broken };
            HttpError::new(kind, error.without_url())
        };
        let mut answer = self.client.execute(request).await.map_err(failed)?;
        let mut body = BytesMut::new();
        while let Some(part) = answer.chunk().await.map_err(failed)? {
            if body.len().saturating_add(part.len()) > bounds.most_bytes {
                return Err(HttpError::too_large(bounds.most_bytes));
            }
            body.extend_from_slice(&part);
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl HttpClient for ReqwestClient {
    fn send(&self, request: Request<Bytes>, bounds: AnswerBounds) -> HttpFuture<'_> {
        Box::pin(self.exchange(request, bounds))
    }
}

/// How long after the deadline a request ends whose caller does not drop it.
const AFTER_DEADLINE: Duration = Duration::from_secs(1);
