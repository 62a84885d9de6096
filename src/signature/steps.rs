//! What a verification under way tells about itself, and the ways in which it ends without a verdict of its own: the
//! certificate cannot be had, the body breaks off, there is no room for it.

use std::{fmt, time::SystemTime};

use super::{
    error::{Known, Rejection},
    facts::Excerpt,
    reason::Reason,
    scheme::Scheme,
    timestamp::Timestamp,
    verdict_event,
    verifier::{BodyCheck, CheckedHead},
};
use crate::certificate::{AllowedUrl, Certificate, Fingerprint};

impl CheckedHead {
    /// Where the certificate for [`with_certificate`](Self::with_certificate) must come from.
    #[must_use]
    pub fn certificate_url(&self) -> &AllowedUrl {
        &self.certificate_url
    }

    /// The certificate itself, if the configuration gives one for this URL: then nothing is to be fetched.
    #[must_use]
    pub fn pinned_certificate(&self) -> Option<&Certificate> {
        self.policy.pinned.get(&self.certificate_url)
    }

    /// The scheme that decides.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.head.proof.scheme()
    }

    /// When the push was signed, by its own account.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.head.timestamp
    }

    /// The time by which the timestamp was judged.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        self.received_at
    }

    /// The URLs for which the push may have been signed: one for each endpoint that is seen at this path and query and
    /// knows the token, at most 8.
    pub fn candidate_urls(&self) -> impl Iterator<Item = &str> {
        self.candidates.iter().map(|candidate| &*candidate.url)
    }

    /// Gives up, because the certificate cannot be had now
    /// ([`certificate-unavailable`](crate::RejectionKind::CertificateUnavailable)). `cause` is for the operator; it must
    /// hold no secret.
    #[must_use]
    pub fn certificate_unavailable(self, cause: impl fmt::Display) -> Rejection {
        let url = Excerpt::of_text(self.certificate_url.redacted());
        reject(Reason::CertificateUnavailable { url, cause: Excerpt::of_text(cause) }, self.known)
    }
}

impl BodyCheck {
    /// Where the certificate came from.
    #[must_use]
    pub fn certificate_url(&self) -> &AllowedUrl {
        &self.head.certificate_url
    }

    /// The SHA-256 of the public key by which the push is judged, as SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_key_fingerprint(&self) -> Fingerprint {
        self.public_key_fingerprint
    }

    /// How many bytes of the body have come so far.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.body.len()
    }

    /// The memory that the body takes once a frame of so many bytes was given to [`update`](Self::update); 0, which is no more
    /// than now, if that keeps nothing of it.
    #[cfg(feature = "layer")]
    pub(crate) fn held_with(&self, frame: usize) -> u64 {
        self.body.held_with(frame)
    }

    /// Gives up, because the body broke off with an error
    /// ([`body-incomplete`](crate::RejectionKind::BodyIncomplete)). `cause` is for the operator.
    #[must_use]
    pub fn interrupted(self, cause: impl fmt::Display) -> Rejection {
        let (got, cause) = (self.body.len(), Excerpt::of_text(cause));
        self.give_up(Reason::BodyInterrupted { got, cause })
    }

    /// Gives up, because the body did not end in time ([`body-timeout`](crate::RejectionKind::BodyTimeout)).
    #[must_use]
    pub fn timed_out(self) -> Rejection {
        let got = self.body.len();
        self.give_up(Reason::BodyTimeout { got })
    }

    /// Gives up, because there is no room for the body ([`overloaded`](crate::RejectionKind::Overloaded)).
    #[must_use]
    pub fn overloaded(self) -> Rejection {
        self.give_up(Reason::Overloaded)
    }

    /// A body that was refused already stays refused for that reason.
    fn give_up(self, reason: Reason) -> Rejection {
        let known = self.head.known;
        self.failed.unwrap_or_else(|| reject(reason, known))
    }
}

impl fmt::Debug for CheckedHead {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CheckedHead")
            .field("scheme", &self.scheme())
            .field("timestamp", &self.timestamp())
            .field("certificate_url", &self.certificate_url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for BodyCheck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BodyCheck")
            .field("head", &self.head)
            .field("received_bytes", &self.received_bytes())
            .finish_non_exhaustive()
    }
}

/// The one way to a rejection: every verdict is an event.
pub(super) fn reject(reason: Reason, known: Known) -> Rejection {
    let rejection = Rejection::new(reason, known);
    verdict_event::rejected(&rejection);
    rejection
}
