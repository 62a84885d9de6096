//! Accessors of [`CheckedHead`] and [`BodyCheck`], and rejections for outside causes: no
//! certificate, a broken body, overload.

use std::{fmt, time::SystemTime};

use http::HeaderValue;

use super::{
    excerpt::Excerpt,
    rejection::{Reason, Rejection},
    rules::timestamp::Timestamp,
    scheme::{Scheme, SignedHead},
    verifier::{BodyCheck, CheckedHead},
};
use crate::certificate::{AllowedUrl, Certificate, Fingerprint};

impl CheckedHead {
    /// Returns where the certificate for [`check_certificate`](Self::check_certificate) must come
    /// from.
    #[must_use]
    pub fn certificate_url(&self) -> &AllowedUrl {
        &self.push.certificate_url
    }

    /// Returns the certificate itself if the configuration gives one for this URL: then nothing is
    /// to be fetched.
    #[must_use]
    pub fn given_certificate(&self) -> Option<&Certificate> {
        self.push.policy.certificates.given.get(&self.push.certificate_url)
    }

    /// Returns the scheme that decides.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.push.scheme
    }

    /// Returns when the push was signed, by its own account.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.push.timestamp
    }

    /// Returns the time by which the timestamp was judged.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        self.push.received_at
    }

    /// Returns the URLs for which the push may have been signed, at most 8. Each endpoint that is
    /// seen at this path and query, and has the token, gives one.
    pub fn candidate_urls(&self) -> impl Iterator<Item = &str> {
        self.push.candidates.iter().map(|candidate| &*candidate.url)
    }

    /// Returns what stands before the body in the string to sign, if the push was signed for `url`:
    /// a line for the URL and one for each signed header, each with its line feed. The token is one
    /// of the lines, so show it to nobody as it is.
    #[must_use]
    pub fn signed_head(&self, url: &str) -> Vec<u8> {
        let push = &self.push;
        let mut text = Vec::new();
        let head = SignedHead {
            url,
            method: push.scheme.method(),
            timestamp: push.timestamp_text.as_bytes(),
            certificate_url: push.certificate_url.as_str().as_bytes(),
            token: push.token.as_ref().map(HeaderValue::as_bytes),
        };
        head.feed(&mut text);
        text
    }

    /// Rejects the push because the certificate is unavailable now
    /// ([`certificate-unavailable`](crate::signature::RejectionKind::CertificateUnavailable)).
    /// `cause` is for the operator; it must hold no secret.
    #[must_use]
    pub fn certificate_unavailable(self, cause: impl fmt::Display) -> Rejection {
        let url = Excerpt::of_text(self.push.certificate_url.redacted());
        let cause = Excerpt::of_text(cause);
        Rejection::new(Reason::CertificateUnavailable { url, cause }, self.push.known)
    }
}

impl BodyCheck {
    /// Returns where the certificate came from.
    #[must_use]
    pub fn certificate_url(&self) -> &AllowedUrl {
        &self.push.certificate_url
    }

    /// Returns the SHA-256 of the public key by which the push is judged, as SubjectPublicKeyInfo.
    #[must_use]
    pub fn public_key_fingerprint(&self) -> Fingerprint {
        self.public_key_fingerprint
    }

    /// Returns how many bytes of the body have come so far.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.body.len()
    }

    /// Returns the bytes of memory held after [`update`](Self::update) with a frame of so many
    /// bytes; 0 if the frame would be dropped.
    #[cfg(feature = "layer")]
    pub(crate) fn held_with(&self, frame: usize) -> u64 {
        self.body.held_with(frame)
    }

    /// Rejects the push because the body broke off with an error
    /// ([`body-incomplete`](crate::signature::RejectionKind::BodyIncomplete)). `cause` is for the
    /// operator.
    #[must_use]
    pub fn interrupted(self, cause: impl fmt::Display) -> Rejection {
        let (got, cause) = (self.body.len(), Excerpt::of_text(cause));
        self.give_up(Reason::BodyInterrupted { got, cause })
    }

    /// Rejects the push because the body did not end in time
    /// ([`body-timeout`](crate::signature::RejectionKind::BodyTimeout)).
    #[must_use]
    pub fn timed_out(self) -> Rejection {
        let got = self.body.len();
        self.give_up(Reason::BodyTimeout { got })
    }

    /// Rejects the push because the memory for bodies is full
    /// ([`overloaded`](crate::signature::RejectionKind::Overloaded)).
    #[must_use]
    pub fn overloaded(self) -> Rejection {
        self.give_up(Reason::Overloaded)
    }

    /// Rejects the push for this reason, or for the earlier one if the body is rejected already.
    fn give_up(self, reason: Reason) -> Rejection {
        let known = self.push.known;
        self.failed.unwrap_or_else(|| Rejection::new(reason, known))
    }
}

impl fmt::Debug for CheckedHead {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CheckedHead")
            .field("scheme", &self.scheme())
            .field("timestamp", &self.timestamp())
            .field("certificate_url", &self.push.certificate_url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for BodyCheck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BodyCheck")
            .field("scheme", &self.push.scheme)
            .field("timestamp", &self.push.timestamp)
            .field("certificate_url", &self.push.certificate_url)
            .field("received_bytes", &self.received_bytes())
            .finish_non_exhaustive()
    }
}
