//! The proof as an extractor.

use std::{convert::Infallible, error::Error, fmt};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use super::answer::{answer, log_error};
use crate::Authentic;

/// Gives the proof that the layer left in the request.
impl<S: Sync> FromRequestParts<S> for Authentic {
    type Rejection = MissingProof;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingProof> {
        parts.extensions.get::<Self>().cloned().ok_or(MissingProof::NEW)
    }
}

/// Gives the proof if a [`VerifyLayer`](crate::VerifyLayer) is in front of the handler, else
/// `None`: for a handler that serves pushes and other requests.
impl<S: Sync> OptionalFromRequestParts<S> for Authentic {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// Says that a handler asks for a proof without a [`VerifyLayer`](crate::VerifyLayer) in front of
/// it.
///
/// As a response it is a 500, and an error in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingProof {
    _private: (),
}

impl MissingProof {
    pub(super) const NEW: Self = Self { _private: () };
}

impl fmt::Display for MissingProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no VerifyLayer is in front of a handler that asks for a verified push")
    }
}

impl Error for MissingProof {}

impl IntoResponse for MissingProof {
    fn into_response(self) -> Response {
        log_error(&self);
        answer(StatusCode::INTERNAL_SERVER_ERROR, "{\"status\":\"failed\"}")
    }
}
