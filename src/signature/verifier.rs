//! The walk of a push through the rules: read [`Verifier::check_head`],
//! [`CheckedHead::check_certificate`] and [`BodyCheck::finish`] from top to bottom.
//!
//! The order of the checks is decided here and nowhere else. [`Stage`](super::rejection::Stage)
//! lists it for users; a test below holds the two together.

use std::{sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderValue, request::Parts};

use super::{
    authentic::{Authentic, Facts},
    body_buffer::BodyBuffer,
    candidate::Candidate,
    header::SingleHeaders,
    policy::Policy,
    rejection::{Known, Reason, Rejection},
    rules::{
        body, certificate, endpoint, headers, request, signature, timestamp::Timestamp, token,
    },
    scheme::{Claim, Digests, Scheme, SignedParts, TokenLine},
};
use crate::{
    certificate::{AllowedUrl, Certificate, Fingerprint},
    telemetry,
};

/// Decides whether pushes are authentic. It is cheap to clone, needs no runtime, and does no input
/// or output.
///
/// The checks are made in three steps. Each step returns the input of the next one:
///
/// 1. [`check_head`](Self::check_head) takes the request head and names the certificate's URL,
/// 2. [`CheckedHead::check_certificate`] takes the certificate from there,
/// 3. [`BodyCheck::update`] takes the body as it arrives, and [`BodyCheck::finish`] gives the
///    proof.
///
/// [`verify_with_certificate`](Self::verify_with_certificate) makes all three if certificate and
/// body are at hand.
#[derive(Clone, Debug)]
pub struct Verifier {
    policy: Arc<Policy>,
}

impl Verifier {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy: Arc::new(policy) }
    }

    /// Returns the certificate URLs that are configured exactly, with a certificate
    /// ([`UrlBasis::Given`](crate::certificate::UrlBasis::Given)) or without. They can be fetched
    /// before a push names them.
    pub fn exact_certificate_urls(&self) -> impl Iterator<Item = &AllowedUrl> {
        self.policy.certificates.urls.exact.iter()
    }

    /// Returns whether a push can name a certificate that is not given in the configuration.
    #[must_use]
    pub fn fetches_certificates(&self) -> bool {
        self.policy.certificates.urls.names_more_than_given()
    }

    /// Returns whether the certificate at every exact URL, given or `fetched`, would pass now.
    #[cfg(feature = "layer")]
    pub(crate) fn accepts_certificates(
        &self,
        now: SystemTime,
        fetched: impl Fn(&AllowedUrl) -> Option<Certificate>,
    ) -> bool {
        let policy = &self.policy.certificates;
        self.exact_certificate_urls().all(|url| {
            let certificate = policy.given.get(url).cloned().or_else(|| fetched(url));
            certificate.is_some_and(|certificate| {
                certificate::usable_key(&certificate, url, now, policy).is_ok()
            })
        })
    }

    /// Returns the most bytes that one body may have.
    #[cfg(feature = "layer")]
    pub(crate) fn max_body_bytes(&self) -> u64 {
        self.policy.max_body_bytes
    }

    /// Returns the names of the methods that are accepted.
    #[cfg(feature = "layer")]
    pub(crate) fn allowed_methods(&self) -> Vec<&str> {
        self.policy.methods.iter().map(http::Method::as_str).collect()
    }

    /// Makes step 1 of 3: every check that needs only the request head. No body byte is needed and
    /// nothing is fetched.
    ///
    /// `now` is when the request was received; `parts` may be of any HTTP version.
    ///
    /// # Errors
    ///
    /// Fails with the first check that fails, from the method to the declared length.
    pub fn check_head(&self, parts: &Parts, now: SystemTime) -> Result<CheckedHead, Rejection> {
        let mut known = Known::default();
        self.head_checks(parts, now, &mut known).map_err(|reason| Rejection::new(reason, known))
    }

    fn head_checks(
        &self,
        parts: &Parts,
        now: SystemTime,
        known: &mut Known,
    ) -> Result<CheckedHead, Reason> {
        let policy = &self.policy;

        // 1. The method is allowed. It is not signed.
        request::check_method(&parts.method, &policy.methods)?;

        // 2. The body is not encoded.
        request::check_encoding(&parts.headers)?;

        // 3. The signature headers are single. A v2 signature decides if there is one. The headers
        //    of the deciding scheme are there and well-formed, and name a supported method and
        //    version.
        let single = SingleHeaders::of(&parts.headers).map_err(headers::malformed)?;
        let scheme = headers::choose_scheme(&single, &policy.schemes)?;
        known.scheme = Some(scheme);
        let head = headers::read(&single, scheme)?;

        // 4. The timestamp lies in the window.
        let age_millis = head.timestamp.age_millis(now);
        known.age_millis = Some(age_millis);
        policy.window.check(head.timestamp, age_millis)?;

        // 5. The token is a configured one. If none is configured, the push carries none.
        let token = token::check(&single, &policy.tokens)?;

        // 6. There is an endpoint that is seen at this path and query, and the token is right
        //    there.
        let candidates =
            endpoint::candidates(parts, token.as_ref(), &policy.endpoints, &policy.tokens)?;

        // 7. The certificate's URL is allowed.
        let certificate_url =
            certificate::allow_url(&head.certificate_url, &policy.certificates.urls)?;

        // 8. The declared length is within the limit.
        let declared_length = body::declared_length(&parts.headers, policy.max_body_bytes)?;

        Ok(CheckedHead {
            claim: head.claim,
            push: Push {
                policy: Arc::clone(policy),
                scheme,
                timestamp: head.timestamp,
                timestamp_text: head.timestamp_text,
                token: token.map(|sent| sent.text),
                candidates,
                certificate_url,
                declared_length,
                received_at: now,
                known: *known,
            },
        })
    }

    /// Makes all three steps for a whole request, with the certificate of the URL that it names.
    ///
    /// # Errors
    ///
    /// Fails with the first check that fails.
    #[cfg_attr(feature = "signer", doc = "```")]
    #[cfg_attr(not(feature = "signer"), doc = "```ignore")]
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use tower_eventbridge::{Verifier, certificate::Certificate, signer::Signer};
    ///
    /// // Stands for EventBridge, with a key of its own.
    /// let signer = Signer::generate()?;
    /// let now = UNIX_EPOCH + Duration::from_secs(1_796_083_200); // 2026-12-01T00:00:00Z
    /// let (parts, body) = signer
    ///     .push("https://hooks.example.com/events")
    ///     .token("a-token-of-16-characters-or-more")
    ///     .body("{}")
    ///     .sign(now)?
    ///     .into_parts();
    ///
    /// let verifier = Verifier::builder()
    ///     .endpoint("https://hooks.example.com/events")
    ///     .token("a-token-of-16-characters-or-more")
    ///     .region("cn-hangzhou")
    ///     .build()?;
    /// let certificate = Certificate::from_pem_or_der(signer.certificate_pem().as_bytes())?;
    /// let authentic = verifier.verify_with_certificate(&parts, body, &certificate, now)?;
    /// assert_eq!(authentic.body(), "{}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn verify_with_certificate(
        &self,
        parts: &Parts,
        body: impl Into<Bytes>,
        certificate: &Certificate,
        now: SystemTime,
    ) -> Result<Authentic, Rejection> {
        let mut check = self.check_head(parts, now)?.check_certificate(certificate, now)?;
        check.update(body.into())?;
        check.finish()
    }
}

/// The results of the checks of the head that later checks need.
pub(super) struct Push {
    pub(super) policy: Arc<Policy>,
    pub(super) scheme: Scheme,
    pub(super) timestamp: Timestamp,
    pub(super) timestamp_text: HeaderValue,
    pub(super) token: Option<HeaderValue>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) certificate_url: AllowedUrl,
    declared_length: Option<u64>,
    pub(super) received_at: SystemTime,
    pub(super) known: Known,
}

/// Holds a request head that passed every check that needs neither certificate nor body.
#[must_use = "a checked head proves nothing yet"]
pub struct CheckedHead {
    pub(super) push: Push,
    claim: Claim,
}

impl CheckedHead {
    /// Makes step 2 of 3: judges the certificate that [`certificate_url`](Self::certificate_url)
    /// names, at `now`.
    ///
    /// # Errors
    ///
    /// Fails if the certificate does not satisfy the policy. Under v1, also if it cannot recover
    /// the temporary secret.
    pub fn check_certificate(
        mut self,
        certificate: &Certificate,
        now: SystemTime,
    ) -> Result<BodyCheck, Rejection> {
        self.push.known.public_key_fingerprint = Some(certificate.public_key_fingerprint());
        let known = self.push.known;
        self.certificate_checks(certificate, now).map_err(|reason| Rejection::new(reason, known))
    }

    fn certificate_checks(
        self,
        certificate: &Certificate,
        now: SystemTime,
    ) -> Result<BodyCheck, Reason> {
        let push = self.push;
        let policy = &push.policy;

        // 9. The certificate has a key within the limits and is valid now. It is the given one if
        //    one is given. Its key is pinned if any key is pinned.
        let url = &push.certificate_url;
        let key = certificate::usable_key(certificate, url, now, &policy.certificates)?;

        // 10. v1: a temporary secret comes out of the wrapped one.
        let parts = SignedParts {
            timestamp: push.timestamp_text.as_bytes(),
            certificate_url: url.as_str().as_bytes(),
            token: push.token.as_ref().map(HeaderValue::as_bytes),
            candidates: &push.candidates,
            token_lines: &policy.token_lines,
        };
        let digests = signature::begin(self.claim, &parts, key)?;

        Ok(BodyCheck {
            public_key_fingerprint: certificate.public_key_fingerprint(),
            body: BodyBuffer::new(push.declared_length, policy.max_body_bytes),
            push,
            digests,
            failed: None,
        })
    }
}

/// Checks a body under way: it is hashed and kept as it arrives.
#[must_use = "nothing is proved before `finish`"]
pub struct BodyCheck {
    pub(super) push: Push,
    pub(super) public_key_fingerprint: Fingerprint,
    digests: Digests,
    pub(super) body: BodyBuffer,
    pub(super) failed: Option<Rejection>,
}

impl BodyCheck {
    /// Makes the first half of step 3 of 3: takes the next frame of the body. How the body is split
    /// does not matter.
    ///
    /// # Errors
    ///
    /// Fails once the body has more bytes than allowed, and each time after that. Bytes over the
    /// limit are not kept.
    pub fn update(&mut self, frame: Bytes) -> Result<(), Rejection> {
        self.check_room(frame.len())?;
        self.digests.update(&frame);
        self.body.push(frame);
        Ok(())
    }

    /// Accepts a frame of so many bytes if it may follow.
    pub(crate) fn check_room(&mut self, frame: usize) -> Result<(), Rejection> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        // 11. The body does not exceed the limit.
        body::check_room(self.body.len(), frame, self.push.policy.max_body_bytes)
            .map_err(|reason| self.failed.insert(Rejection::new(reason, self.push.known)).clone())
    }

    /// Makes the second half of step 3 of 3: takes the end of the body, and gives the verdict.
    ///
    /// # Errors
    ///
    /// Fails if the body is not the signed one.
    pub fn finish(mut self) -> Result<Authentic, Rejection> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let known = self.push.known;
        let authentic = self.body_checks().map_err(|reason| Rejection::new(reason, known))?;
        telemetry::accepted(&telemetry::Accepted {
            scheme: authentic.scheme().as_str(),
            form: authentic.body_ending().as_str(),
            assurance: authentic.assurance().as_str(),
            key: &authentic.public_key_fingerprint(),
            certificate_host: authentic.certificate_url().host_label(),
            age_millis: authentic.age_millis(),
        });
        Ok(authentic)
    }

    fn body_checks(self) -> Result<Authentic, Reason> {
        let push = self.push;

        // 11. (continued) It has as many bytes as declared, if a length was declared. Where no
        //     token is signed, it cannot be read as a token line.
        body::check_complete(self.body.len(), push.declared_length)?;
        let body = self.body.into_bytes();
        body::check_unambiguous(&body, push.token.is_some())?;

        // 12. The signature is that of one of the strings to sign.
        let header = push.scheme.signature_header();
        let candidates = push.candidates.len();
        let body_endings = &push.policy.body_endings;
        let matched = signature::verify(&self.digests, body_endings, header, candidates)?;
        body::check_unambiguous(&body, matched.token_line == TokenLine::Signed)?;

        Ok(Authentic::new(Facts {
            body,
            url: matched.candidate.url,
            endpoint: matched.candidate.endpoint,
            token: matched.candidate.token,
            scheme: push.scheme,
            body_ending: matched.body_ending,
            token_line: matched.token_line,
            timestamp: push.timestamp,
            public_key_fingerprint: self.public_key_fingerprint,
            received_at: push.received_at,
            age_millis: push.known.age(),
            certificate_url: push.certificate_url,
        }))
    }
}

#[cfg(test)]
mod tests;
