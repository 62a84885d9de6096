//! The response and the log line of an extractor that fails.

use axum::{body::Body, response::Response};
use http::StatusCode;

pub(super) fn answer(status: StatusCode, json: &'static str) -> Response {
    crate::verify::answer(status, json).map(Body::from)
}

pub(super) fn log_error(error: &dyn std::error::Error) {
    #[cfg(feature = "tracing")]
    {
        let error = crate::error_chain::WithCauses(error);
        tracing::error!(target: "tower_eventbridge::event", "{error}");
    }
    let _ = error;
}
