//! The proof.

use std::{fmt, sync::Arc, time::SystemTime};

use bytes::Bytes;

use super::{
    candidate::MatchedToken,
    rules::timestamp::Timestamp,
    scheme::{Assurance, BodyEnding, Scheme, TokenLine},
};
use crate::certificate::{AllowedUrl, Fingerprint};

/// Proves that a push passed every check: the body and the signed facts. It is cheap to clone, and
/// can be queued and decoded later.
///
/// It holds the signed parts and nothing else: no method, no other header, no content type. A
/// decoder of the event should decode [`body`](Self::body), by its content.
///
/// [`assurance`](Self::assurance) tells how much it proves. Only a verifier makes one, and not
/// without the body:
///
/// ```compile_fail
/// let head: tower_eventbridge::signature::CheckedHead = unimplemented!();
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
    pub(super) body_ending: BodyEnding,
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

    /// Returns the body, byte for byte as it was signed.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.facts.body
    }

    /// Returns the URL that was signed.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.facts.url
    }

    /// Returns the endpoint that the push was for, as configured: an exact URL or an origin.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.facts.endpoint
    }

    /// Returns the label of the tenant whose token the push carried; `None` if no token is
    /// configured. Not signed where [`token_line`](Self::token_line) is [`TokenLine::Unsigned`],
    /// which takes an opt-in.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.facts.token.as_ref().map(|token| &*token.tenant)
    }

    /// Returns which token the push carried, counted from 0. The tokens given to the builder come
    /// first, then those given to the endpoints, each in the order given. `None` if no token is
    /// configured.
    #[must_use]
    pub fn token_index(&self) -> Option<usize> {
        self.facts.token.as_ref().map(|token| token.index)
    }

    /// Returns the scheme that decided.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.facts.scheme
    }

    /// Returns the ending of the string to sign that matched.
    #[must_use]
    pub fn body_ending(&self) -> BodyEnding {
        self.facts.body_ending
    }

    /// Returns whether the token was a signed line; also [`TokenLine::Signed`] without a token.
    #[must_use]
    pub fn token_line(&self) -> TokenLine {
        self.facts.token_line
    }

    /// Returns how much the proof is worth.
    #[must_use]
    pub fn assurance(&self) -> Assurance {
        self.facts.scheme.assurance(self.facts.token.is_some())
    }

    /// Returns when the push was signed, by its own account.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.facts.timestamp
    }

    /// Returns how long before its receipt the push was signed, in milliseconds; negative if after.
    /// `None` on overflow of `i64`.
    #[must_use]
    pub fn age_millis(&self) -> Option<i64> {
        self.facts.age_millis
    }

    /// Returns where the certificate is from.
    #[must_use]
    pub fn certificate_url(&self) -> &AllowedUrl {
        &self.facts.certificate_url
    }

    /// Returns the SHA-256 of the public key that verified the push, as SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_key_fingerprint(&self) -> Fingerprint {
        self.facts.public_key_fingerprint
    }

    /// Returns the time by which the timestamp was judged.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        self.facts.received_at
    }
}

/// The body.
impl AsRef<[u8]> for Authentic {
    fn as_ref(&self) -> &[u8] {
        self.body()
    }
}

impl fmt::Debug for Authentic {
    /// Leaves out the body and the query of the URL: both may hold credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Authentic")
            .field("scheme", &self.scheme())
            .field("body_ending", &self.body_ending())
            .field("assurance", &self.assurance())
            .field("tenant", &self.tenant())
            .field("timestamp", &self.timestamp())
            .field("body_bytes", &self.body().len())
            .finish_non_exhaustive()
    }
}
