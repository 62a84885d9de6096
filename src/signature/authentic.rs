//! The proof.

use std::{fmt, sync::Arc, time::SystemTime};

use bytes::Bytes;

use super::{
    scheme::{Assurance, Form, Scheme, TokenLine},
    timestamp::Timestamp,
    token::MatchedToken,
};
use crate::certificate::{AllowedUrl, Fingerprint};

/// Proof that a push passed every check: the body and the signed facts. Only a verifier makes one. Cheap to clone,
/// can be queued and decoded later.
///
/// It holds what was signed and nothing else: no method, no other header, no content type. Whatever decodes the event
/// should decode [`body`](Self::body), by its content.
///
/// How much it proves is [`assurance`](Self::assurance). It cannot be made by hand, nor without the body:
///
/// ```compile_fail
/// let head: tower_eventbridge::CheckedHead = unimplemented!();
/// let proof: tower_eventbridge::Authentic = head.finish(); // only a body check finishes
/// ```
///
/// ```compile_fail
/// let proof = tower_eventbridge::Authentic { facts: unimplemented!() };
/// ```
#[derive(Clone)]
pub struct Authentic {
    facts: Arc<Facts>,
}

pub(super) struct Facts {
    pub(super) body: Bytes,
    pub(super) url: Arc<str>,
    pub(super) endpoint: Arc<str>,
    pub(super) token: Option<MatchedToken>,
    pub(super) scheme: Scheme,
    pub(super) form: Form,
    pub(super) token_line: TokenLine,
    pub(super) timestamp: Timestamp,
    pub(super) certificate_url: AllowedUrl,
    pub(super) public_key_fingerprint: Fingerprint,
    pub(super) received_at: SystemTime,
    pub(super) age_millis: Option<i64>,
}

impl Authentic {
    pub(super) fn new(facts: Facts) -> Self {
        Self { facts: Arc::new(facts) }
    }

    /// The body, byte for byte as it was signed.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.facts.body
    }

    /// The URL that was signed.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.facts.url
    }

    /// The endpoint that the push was for, as configured: an exact URL or an origin.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.facts.endpoint
    }

    /// The label of the tenant whose token the push carried; `None` if no token is configured. Not signed where
    /// [`token_line`](Self::token_line) is [`TokenLine::Unsigned`], which takes an opt-in.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.facts.token.as_ref().map(|token| &*token.tenant)
    }

    /// Which token the push carried, counted from 0: first the tokens given to the builder, then those given to the
    /// endpoints, each in the order given. `None` if no token is configured.
    #[must_use]
    pub fn token_index(&self) -> Option<usize> {
        self.facts.token.as_ref().map(|token| token.index)
    }

    /// The scheme that decided.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.facts.scheme
    }

    /// The form of the string to sign that matched.
    #[must_use]
    pub fn form(&self) -> Form {
        self.facts.form
    }

    /// Whether the token was a signed line; also [`TokenLine::Signed`] where there is no token.
    #[must_use]
    pub fn token_line(&self) -> TokenLine {
        self.facts.token_line
    }

    /// What all this is worth.
    #[must_use]
    pub fn assurance(&self) -> Assurance {
        match (self.facts.scheme, &self.facts.token) {
            (Scheme::V2, _) => Assurance::Signed,
            (Scheme::V1, Some(_)) => Assurance::TokenOnly,
            (Scheme::V1, None) => Assurance::None,
        }
    }

    /// When the push was signed, by its own account.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.facts.timestamp
    }

    /// How long before its receipt the push was signed, in milliseconds; negative if after. `None` if that does not fit,
    /// which takes a window of ages of the universe.
    #[must_use]
    pub fn age_millis(&self) -> Option<i64> {
        self.facts.age_millis
    }

    /// Where the certificate is from.
    #[must_use]
    pub fn certificate_url(&self) -> &AllowedUrl {
        &self.facts.certificate_url
    }

    /// The SHA-256 of the public key that verified the push, as SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_key_fingerprint(&self) -> Fingerprint {
        self.facts.public_key_fingerprint
    }

    /// The time by which the timestamp was judged.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        self.facts.received_at
    }
}

impl fmt::Debug for Authentic {
    /// Without the body, and without the query of the URL: both may hold credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Authentic")
            .field("scheme", &self.scheme())
            .field("form", &self.form())
            .field("assurance", &self.assurance())
            .field("tenant", &self.tenant())
            .field("timestamp", &self.timestamp())
            .field("body_bytes", &self.body().len())
            .finish_non_exhaustive()
    }
}
