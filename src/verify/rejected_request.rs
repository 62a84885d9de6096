//! A rejected request and its answer, which holds the status and nothing that helps an attacker.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::config::Config;
use crate::signature::Rejection;

/// Describes a request that the layer rejects: holds the rejection and the response that the layer
/// gives.
pub struct RejectedRequest {
    rejection: Rejection,
    connection: Connection,
    config: Arc<Config>,
}

/// What the response says about the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connection {
    Keep,
    /// HTTP/1 only: the rest of the body is not read, so no other request can follow.
    Close,
}

impl RejectedRequest {
    pub(super) fn new(rejection: Rejection, connection: Connection, config: Arc<Config>) -> Self {
        Self { rejection, connection, config }
    }

    /// Returns the rejection, for the operator.
    #[must_use]
    pub fn rejection(&self) -> &Rejection {
        &self.rejection
    }

    /// Returns what the layer would answer: [`rejection_response`](super::rejection_response) or
    /// what the builder's `response` makes. A 405 gets `Allow`, and `Connection: close` is added
    /// where the connection cannot be used again. The [`Rejection`] is in the response's
    /// extensions.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = (self.config.respond)(&self.rejection);
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            let allow = || self.config.allow.clone();
            response.headers_mut().entry(header::ALLOW).or_insert_with(allow);
        }
        if self.connection == Connection::Close {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(self.rejection);
        response
    }
}

/// The response that the layer gives.
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
impl axum::response::IntoResponse for RejectedRequest {
    fn into_response(self) -> axum::response::Response {
        Self::into_response(self).map(axum::body::Body::from)
    }
}

impl fmt::Debug for RejectedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RejectedRequest")
            .field("rejection", &self.rejection)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for RejectedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rejection.fmt(formatter)
    }
}

impl std::error::Error for RejectedRequest {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.rejection.source()
    }
}

/// Makes the response to a rejection, unless the builder's `response` makes another. It has the
/// status of the kind and the body `{"status":"rejected"}`.
///
/// Bytes and headers are the same for every rejection of one status. A 401 names the scheme that is
/// expected. A 503 asks the sender to come back in 5 s. The layer adds `Allow` to a 405.
#[must_use]
pub fn rejection_response(rejection: &Rejection) -> Response<Bytes> {
    let status = rejection.kind().status();
    let mut response = answer(status, "{\"status\":\"rejected\"}");
    if status == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("EventBridge-Signature");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

/// Makes an answer with a short JSON body. A 503 says when to come back.
pub(crate) fn answer(status: StatusCode, json: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(json.as_bytes()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
