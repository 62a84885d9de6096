//! Answers of the router's own.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use tower_eventbridge::verify::ResponseBody;

use super::telemetry;
use crate::EventError;

/// Why no handler gets the request.
#[derive(Debug)]
pub(super) enum NotRouted {
    /// No pattern matches, and this is configured.
    Unmatched(StatusCode),
    Unreadable(EventError),
    UnsplitBatch,
    MissingProof,
}

impl NotRouted {
    pub(super) fn report(&self) {
        match self {
            Self::Unmatched(status) => telemetry::unmatched(*status),
            Self::Unreadable(error) => telemetry::unreadable(error),
            Self::UnsplitBatch => telemetry::unsplit_batch(),
            Self::MissingProof => telemetry::missing_proof(),
        }
    }

    pub(super) fn into_response<B>(self) -> Response<ResponseBody<B>> {
        let (status, json) = match &self {
            Self::Unmatched(StatusCode::OK) => (StatusCode::OK, "{\"status\":\"accepted\"}"),
            Self::Unmatched(status) => (*status, "{\"status\":\"unmatched\"}"),
            Self::Unreadable(_) | Self::UnsplitBatch => {
                (StatusCode::UNPROCESSABLE_ENTITY, "{\"status\":\"unreadable\"}")
            }
            Self::MissingProof => (StatusCode::INTERNAL_SERVER_ERROR, "{\"status\":\"failed\"}"),
        };
        let mut response = Response::new(ResponseBody::own(Bytes::from_static(json.as_bytes())));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if let Self::Unreadable(error) = self {
            response.extensions_mut().insert(error);
        }
        response
    }
}
