//! The endpoints that one request may be for.

use std::sync::Arc;

use http::HeaderValue;

use super::token::{KnownToken, MatchedToken};

/// An endpoint that the push may have been signed for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Candidate {
    /// The endpoint as configured.
    pub(crate) endpoint: Arc<str>,
    /// The URL that was signed if this is the endpoint.
    pub(crate) url: Arc<str>,
    /// The token as it is known at this endpoint; `None` if no token is configured.
    pub(crate) token: Option<MatchedToken>,
}

/// The token that a push carries: known, and as received.
pub(crate) struct SentToken {
    pub(crate) known: KnownToken,
    pub(crate) text: HeaderValue,
}
