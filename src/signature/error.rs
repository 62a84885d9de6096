//! Why a push is refused: for the operator in full, for the sender as a status and nothing more.

use std::{fmt, sync::Arc};

use super::{
    kind::{RejectionKind, Stage},
    reason::Reason,
    scheme::Scheme,
};
use crate::certificate::Fingerprint;

/// A refused push, told for the operator: the stage, the header, the limit and what was got. Cheap to clone.
///
/// Holds neither token, secret nor body. Do not send it to the caller: [`RejectionKind::status`] is all that he may
/// see.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    inner: Arc<Inner>,
}

#[derive(PartialEq, Eq)]
struct Inner {
    reason: Reason,
    known: Known,
}

/// What was known of a push when the verdict fell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) scheme: Option<Scheme>,
    pub(crate) age_millis: Option<i128>,
    pub(crate) public_key_fingerprint: Option<Fingerprint>,
}

impl Known {
    /// The age as far as it fits; one that does not is beyond every limit.
    pub(crate) fn age(&self) -> Option<i64> {
        self.age_millis.and_then(|age| i64::try_from(age).ok())
    }
}

impl Rejection {
    pub(crate) fn new(reason: Reason, known: Known) -> Self {
        Self { inner: Arc::new(Inner { reason, known }) }
    }

    /// What kind of refusal it is.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.inner.reason.kind()
    }

    /// The check that refused.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.inner.reason.stage()
    }

    /// The header at fault, in lower case, where it is one header's fault.
    #[must_use]
    pub fn header(&self) -> Option<&'static str> {
        self.inner.reason.header()
    }

    /// The scheme that decided, once it was known.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        self.inner.known.scheme
    }

    /// How long before its receipt the push was signed, by its own account, in milliseconds; negative if after. `None`
    /// before the timestamp was read.
    #[must_use]
    pub fn age_millis(&self) -> Option<i64> {
        self.inner.known.age()
    }

    /// The SHA-256 of the public key by which the push was judged, as SubjectPublicKeyInfo, if it got that far.
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
