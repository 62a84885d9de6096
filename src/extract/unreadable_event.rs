//! Why an event cannot be given to a handler.

use std::{error::Error, fmt};

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::{
    answer::{answer, log_error},
    proof::MissingProof,
};
use crate::envelope::EnvelopeError;

/// Says why a handler could not get a [`Verified`](super::Verified).
///
/// An authentic push that cannot be read is answered 422. EventBridge tries it again and in the end
/// dead-letters it, so nothing is lost while the handler is mended. The log and the response's
/// extensions have the [`EnvelopeError`]. To answer otherwise, ask for
/// `Result<Verified<CloudEvent<D>>, UnreadableEvent>` in the handler.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum UnreadableEvent {
    /// No layer proved the push: 500.
    MissingProof(MissingProof),
    /// The push is authentic and cannot be read: 422.
    Envelope(EnvelopeError),
}

impl fmt::Display for UnreadableEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingProof(error) => error.fmt(formatter),
            Self::Envelope(error) => write!(formatter, "an authentic push cannot be read: {error}"),
        }
    }
}

impl Error for UnreadableEvent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::MissingProof(_) => None,
            Self::Envelope(error) => error.source(),
        }
    }
}

impl IntoResponse for UnreadableEvent {
    fn into_response(self) -> Response {
        match self {
            Self::MissingProof(error) => error.into_response(),
            Self::Envelope(ref error) => {
                log_error(&self);
                let unreadable = "{\"status\":\"unreadable\"}";
                let mut response = answer(StatusCode::UNPROCESSABLE_ENTITY, unreadable);
                response.extensions_mut().insert(error.clone());
                response
            }
        }
    }
}
