//! Why a push is rejected: for the operator in full, for the sender as a status and nothing more.

mod kind;
mod stage;

mod reason;

mod details;
mod text;

use std::{fmt, sync::Arc};

use super::scheme::Scheme;
use crate::{certificate::Fingerprint, telemetry};

pub use details::RejectionDetails;
pub use kind::RejectionKind;
pub(crate) use reason::{Query, Reason};
pub use stage::Stage;

/// Describes a rejected push for the operator: stage, header, limit and value. Cheap to clone.
///
/// Holds neither token, secret nor body. Do not send it to the caller: a caller may see only
/// [`RejectionKind::status`].
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    inner: Arc<Inner>,
}

#[derive(PartialEq, Eq)]
struct Inner {
    reason: Reason,
    known: Known,
}

/// The facts of a push that were known at its verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) scheme: Option<Scheme>,
    pub(crate) age_millis: Option<i128>,
    pub(crate) public_key_fingerprint: Option<Fingerprint>,
}

impl Known {
    /// Returns the age if it fits. One that does not fit is beyond every limit.
    pub(crate) fn age(&self) -> Option<i64> {
        self.age_millis.and_then(|age| i64::try_from(age).ok())
    }
}

impl Rejection {
    /// Makes a rejection and logs it. Every rejection is made here, so every verdict is an event.
    pub(crate) fn new(reason: Reason, known: Known) -> Self {
        let rejection = Self { inner: Arc::new(Inner { reason, known }) };
        let key = rejection.public_key_fingerprint();
        telemetry::rejected(&telemetry::Rejected {
            kind: rejection.kind().as_str(),
            stage: rejection.stage().as_str(),
            // Before the token it may be any stranger's request, of which there can be many.
            by_stranger: rejection.stage() < Stage::Token,
            header: rejection.header(),
            scheme: rejection.scheme().map(Scheme::as_str),
            key: key.as_ref().map(|key| -> &dyn fmt::Display { key }),
            age_millis: rejection.age_millis(),
            text: &rejection.inner.reason,
        });
        rejection
    }

    /// Returns the kind of rejection.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.inner.reason.class().kind
    }

    /// Returns the check that failed.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.inner.reason.class().stage
    }

    /// Returns the header at fault, in lower case, where it is one header's fault.
    #[must_use]
    pub fn header(&self) -> Option<&'static str> {
        self.inner.reason.class().header
    }

    /// Returns the facts behind the rejection, where there are any: limits, values, times.
    #[must_use]
    pub fn details(&self) -> Option<RejectionDetails<'_>> {
        self.inner.reason.details()
    }

    /// Returns the scheme that decided, once it was known.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        self.inner.known.scheme
    }

    /// Returns how long before its receipt the push was signed, by its own account, in
    /// milliseconds; negative if after. `None` before the timestamp was read.
    #[must_use]
    pub fn age_millis(&self) -> Option<i64> {
        self.inner.known.age()
    }

    /// Returns the SHA-256 of the public key by which the push was judged, as
    /// SubjectPublicKeyInfo, if it got that far.
    #[must_use]
    pub fn public_key_fingerprint(&self) -> Option<Fingerprint> {
        self.inner.known.public_key_fingerprint
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.reason.fmt(formatter)
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Rejection({} at {}: {self})", self.kind(), self.stage())
    }
}

impl std::error::Error for Rejection {}
