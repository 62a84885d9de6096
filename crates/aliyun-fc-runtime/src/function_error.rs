//! The answer to the platform for an invocation that failed.

use bytes::Bytes;
use eventbridge_envelope::EnvelopeError;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::{BoxError, error_chain::WithCauses};

/// Why an invocation failed. The platform gets the kind, and the log the reason.
#[derive(Debug)]
pub(crate) enum FunctionError {
    /// The event is longer than the limit, in bytes.
    EventTooLarge(usize),
    /// The event broke off.
    EventIncomplete(BoxError),
    /// The event did not arrive in time.
    EventTimedOut(std::time::Duration),
    /// The event cannot be read as the type that the handler takes.
    EventUnreadable(EnvelopeError),
    /// The handler returned an error.
    Failed(BoxError),
    /// The handler panicked.
    Panicked(String),
    /// The handler did not end in time.
    TimedOut(std::time::Duration),
    /// The answer is longer than the limit, in bytes.
    ResponseTooLarge(usize),
    /// The body of the answer broke off.
    ResponseIncomplete(BoxError),
    /// The answer cannot be written as the gateway reads it.
    ResponseUnwritable(EnvelopeError),
}

impl FunctionError {
    /// Returns the kind, as the platform gets it.
    pub(crate) const fn error_type(&self) -> &'static str {
        match self {
            Self::EventTooLarge(_) => "EventTooLarge",
            Self::EventIncomplete(_) => "EventIncomplete",
            Self::EventTimedOut(_) => "EventTimedOut",
            Self::EventUnreadable(_) => "EventUnreadable",
            Self::Failed(_) => "HandlerFailed",
            Self::Panicked(_) => "HandlerPanicked",
            Self::TimedOut(_) => "HandlerTimedOut",
            Self::ResponseTooLarge(_) => "ResponseTooLarge",
            Self::ResponseIncomplete(_) => "ResponseIncomplete",
            Self::ResponseUnwritable(_) => "ResponseUnwritable",
        }
    }

    /// Makes a function error (docs/wire-facts.md section 4.3). The text of the handler's error
    /// stays in the log, because the caller of a function may not be its owner.
    pub(crate) fn into_response(self) -> Response<Bytes> {
        let body = format!(
            "{{\"errorType\":\"{}\",\"errorMessage\":\"the log of the function says why\"}}",
            self.error_type()
        );
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = StatusCode::NOT_FOUND;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        set_status(response.headers_mut(), "404");
        if let Self::EventUnreadable(error) | Self::ResponseUnwritable(error) = self {
            response.extensions_mut().insert(error);
        }
        response
    }
}

impl std::fmt::Display for FunctionError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EventTooLarge(limit) => {
                write!(formatter, "the event is longer than {limit} bytes")
            }
            Self::EventIncomplete(error) => {
                write!(formatter, "the event broke off: {}", WithCauses(&**error))
            }
            Self::EventTimedOut(limit) => {
                write!(formatter, "the event was not complete within {limit:?}")
            }
            Self::EventUnreadable(error) => {
                write!(formatter, "the event cannot be read: {}", WithCauses(error))
            }
            Self::Failed(error) => {
                write!(formatter, "the handler failed: {}", WithCauses(&**error))
            }
            Self::Panicked(message) => write!(formatter, "the handler panicked: {message}"),
            Self::TimedOut(limit) => {
                write!(formatter, "the handler did not end within {limit:?}")
            }
            Self::ResponseTooLarge(limit) => {
                write!(formatter, "the answer is longer than {limit} bytes as it is written")
            }
            Self::ResponseIncomplete(error) => {
                write!(formatter, "the answer broke off: {}", WithCauses(&**error))
            }
            Self::ResponseUnwritable(error) => {
                write!(formatter, "the answer cannot be written: {}", WithCauses(error))
            }
        }
    }
}

/// Sets `x-fc-status`, which tells the platform how the invocation went.
pub(crate) fn set_status(headers: &mut HeaderMap, status: &'static str) {
    headers.insert(HeaderName::from_static("x-fc-status"), HeaderValue::from_static(status));
}
