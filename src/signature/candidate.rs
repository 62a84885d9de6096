//! The endpoints that one push may be for.

use std::sync::Arc;

/// An endpoint that the push may have been signed for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Candidate {
    /// The endpoint as configured.
    pub(crate) endpoint: Arc<str>,
    /// The URL that was signed if this is the endpoint.
    pub(crate) url: Arc<str>,
    /// The token that the push carried; `None` if no token is configured.
    pub(crate) token: Option<MatchedToken>,
}

/// A configured token that a push carried, without its value.
#[derive(Clone, Debug)]
pub(crate) struct MatchedToken {
    pub(crate) index: usize,
    pub(crate) tenant: Arc<str>,
}
