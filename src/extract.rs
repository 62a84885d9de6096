//! Extractors for axum 0.8: the types themselves.

use axum::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use crate::Authentic;

/// The proof that the layer left in the request. Any number of extractors can be in one handler, in any order.
impl<S: Sync> FromRequestParts<S> for Authentic {
    type Rejection = MissingProof;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingProof> {
        parts.extensions.get::<Self>().cloned().ok_or(MissingProof { _private: () })
    }
}

/// A handler asked for a proof, and no [`VerifyLayer`](crate::VerifyLayer) is in front of it: 500, and an error in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingProof {
    _private: (),
}

impl std::fmt::Display for MissingProof {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("no VerifyLayer is in front of a handler that asks for a verified push")
    }
}

impl std::error::Error for MissingProof {}

impl IntoResponse for MissingProof {
    fn into_response(self) -> Response {
        log_error(&self);
        answer(StatusCode::INTERNAL_SERVER_ERROR, "{\"status\":\"failed\"}")
    }
}

fn answer(status: StatusCode, json: &'static str) -> Response {
    crate::verify::answer(status, json).map(Body::from)
}

fn log_error(error: &dyn std::error::Error) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "tower_eventbridge::event", "{}", crate::error_chain::WithCauses(error));
    let _ = error;
}

#[cfg(feature = "envelope")]
#[cfg_attr(docsrs, doc(cfg(feature = "envelope")))]
pub use events::UnreadableEvent;

#[cfg(feature = "envelope")]
mod events {
    use serde::de::DeserializeOwned;

    use super::{
        FromRequestParts, IntoResponse, MissingProof, Parts, Response, StatusCode, answer,
        log_error,
    };
    use crate::{
        each_event::PushedEvent,
        envelope::{ApiGatewayRequest, CloudEvent, CloudEventBatch, EnvelopeError},
    };

    /// Why an event could not be given to a handler.
    ///
    /// An authentic push that cannot be read is answered 422: EventBridge tries it again and in the end dead-letters it, so
    /// nothing is lost while the handler is mended. The log and the response's extensions have the
    /// [`EnvelopeError`]. To answer otherwise, ask for
    /// `Result<CloudEvent<D>, UnreadableEvent>` in the handler.
    #[derive(Clone, Debug)]
    #[non_exhaustive]
    pub enum UnreadableEvent {
        /// No layer proved the push: 500.
        MissingProof(MissingProof),
        /// It is authentic and cannot be read: 422.
        Envelope(EnvelopeError),
    }

    impl std::fmt::Display for UnreadableEvent {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            match self {
                Self::MissingProof(error) => error.fmt(formatter),
                Self::Envelope(error) => {
                    write!(formatter, "an authentic push cannot be read: {error}")
                }
            }
        }
    }

    impl std::error::Error for UnreadableEvent {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
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

    /// Behind an `EachEvent` it is the one event that is read, else the whole push.
    fn read<T>(
        parts: &Parts,
        read: impl FnOnce(&[u8]) -> Result<T, EnvelopeError>,
    ) -> Result<T, UnreadableEvent> {
        let event = PushedEvent::of(&parts.extensions);
        let missing = UnreadableEvent::MissingProof(MissingProof { _private: () });
        read(event.ok_or(missing)?.body()).map_err(UnreadableEvent::Envelope)
    }

    impl<D: DeserializeOwned, S: Sync> FromRequestParts<S> for CloudEvent<D> {
        type Rejection = UnreadableEvent;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, UnreadableEvent> {
            read(parts, Self::from_slice)
        }
    }

    impl<D: DeserializeOwned, S: Sync> FromRequestParts<S> for CloudEventBatch<D> {
        type Rejection = UnreadableEvent;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, UnreadableEvent> {
            read(parts, Self::from_slice)
        }
    }

    impl<S: Sync> FromRequestParts<S> for ApiGatewayRequest {
        type Rejection = UnreadableEvent;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, UnreadableEvent> {
            read(parts, Self::from_slice)
        }
    }
}
