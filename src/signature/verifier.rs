//! The order of the checks: read [`Verifier::check_head`], [`CheckedHead::with_certificate`] and
//! [`BodyCheck::finish`] from top to bottom. No other file knows it.

use std::{sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderValue, request::Parts};

use super::{
    authentic::{Authentic, Facts},
    body_buffer::BodyBuffer,
    candidate::Candidate,
    digests::{Digests, NoMatch, Shared, begins_like_a_token_line},
    error::{Known, Rejection},
    head::{self, Proof, SignatureHead},
    names::SignatureHeader,
    policy::Policy,
    reason::Reason,
    scheme::{Scheme, TokenLine},
    secret::TemporarySecret,
    steps::reject,
    verdict_event,
};
use crate::certificate::{AllowedUrl, Certificate, Fingerprint};

/// Decides whether pushes are authentic. Cheap to clone; needs no runtime and does no input or output.
///
/// The checks are made in three steps, each of which hands out what the next one needs:
///
/// 1. [`check_head`](Self::check_head) takes the request head and names the certificate's URL,
/// 2. [`CheckedHead::with_certificate`] takes the certificate from there,
/// 3. [`BodyCheck::update`] takes the body as it arrives, and [`BodyCheck::finish`] gives the proof.
///
/// [`verify_with_certificate`](Self::verify_with_certificate) makes all three where everything is at hand.
#[derive(Clone, Debug)]
pub struct Verifier {
    policy: Arc<Policy>,
}

impl Verifier {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy: Arc::new(policy) }
    }

    /// The certificate URLs that are configured exactly, with a certificate
    /// ([`UrlBasis::Pinned`](crate::certificate::UrlBasis::Pinned)) or without: those that can be fetched before any
    /// push names them.
    pub fn exact_certificate_urls(&self) -> impl Iterator<Item = &AllowedUrl> {
        self.policy.certificate_urls.exact.iter()
    }

    /// Whether a push can name a certificate that is not given in the configuration.
    #[must_use]
    pub fn fetches_certificates(&self) -> bool {
        self.policy.certificate_urls.names_more_than_given()
    }

    /// Whether the certificate at every exact URL, given or `fetched`, would pass now.
    #[cfg(feature = "layer")]
    pub(crate) fn accepts_certificates(
        &self,
        now: SystemTime,
        fetched: impl Fn(&AllowedUrl) -> Option<Certificate>,
    ) -> bool {
        self.exact_certificate_urls().all(|url| {
            let certificate = self.policy.pinned.get(url).cloned().or_else(|| fetched(url));
            certificate.is_some_and(|certificate| {
                self.policy.check_certificate(url, &certificate, now).is_ok()
            })
        })
    }

    /// The most bytes that one body may have.
    #[cfg(feature = "layer")]
    pub(crate) fn max_body_bytes(&self) -> u64 {
        self.policy.max_body_bytes
    }

    /// The names of the methods that are accepted.
    #[cfg(feature = "layer")]
    pub(crate) fn allowed_methods(&self) -> Vec<&str> {
        self.policy.methods.iter().map(http::Method::as_str).collect()
    }

    /// Step 1 of 3: everything that the request head can show. No body byte is needed and nothing is fetched.
    ///
    /// `now` is when the request was received; `parts` may be of any HTTP version.
    ///
    /// # Errors
    ///
    /// The first check that fails, from the method to the declared length.
    pub fn check_head(&self, parts: &Parts, now: SystemTime) -> Result<CheckedHead, Rejection> {
        let mut known = Known::default();
        self.head_checks(parts, now, &mut known).map_err(|reason| reject(reason, known))
    }

    fn head_checks(
        &self,
        parts: &Parts,
        now: SystemTime,
        known: &mut Known,
    ) -> Result<CheckedHead, Reason> {
        let policy = &self.policy;
        let headers = &parts.headers;

        // 1. The method is allowed. It is not signed.
        policy.check_method(&parts.method)?;

        // 2. The body is not encoded.
        head::check_encoding(headers)?;

        // 3. The signature headers are single; a v2 signature decides if there is one; the headers of the deciding
        //    scheme are there, well-formed, and of the method and version that are supported.
        let single = head::SingleHeaders::of(headers)?;
        let scheme = head::choose_scheme(&single, policy.v1)?;
        known.scheme = Some(scheme);
        let head = head::read(&single, scheme)?;

        // 4. The timestamp lies in the window.
        let age_millis = head.timestamp.age_millis(now);
        known.age_millis = Some(age_millis);
        policy.check_age(head.timestamp, age_millis)?;

        // 5. The token is a configured one; or none is configured, and there is none.
        let token = policy.check_token(&single)?;

        // 6. There is an endpoint that is seen at this path and query, and the token is right there.
        let candidates = policy.candidates(parts, token.as_ref())?;

        // 7. The certificate's URL is allowed.
        let certificate_url = policy.check_certificate_url(&head)?;

        // 8. The declared length is within the limit.
        let declared_length = policy.check_declared_length(headers)?;

        Ok(CheckedHead {
            policy: Arc::clone(policy),
            head,
            token: token.map(|sent| sent.text),
            candidates,
            certificate_url,
            declared_length,
            received_at: now,
            known: *known,
        })
    }

    /// All three steps for a request that is there as a whole, with the certificate of the URL that it names.
    ///
    /// # Errors
    ///
    /// The first check that fails.
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
        let mut check = self.check_head(parts, now)?.with_certificate(certificate, now)?;
        check.update(body.into())?;
        check.finish()
    }
}

/// A request head that passed every check that needs neither certificate nor body.
#[must_use = "a checked head proves nothing yet"]
pub struct CheckedHead {
    pub(super) policy: Arc<Policy>,
    pub(super) head: SignatureHead,
    token: Option<HeaderValue>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) certificate_url: AllowedUrl,
    declared_length: Option<u64>,
    pub(super) received_at: SystemTime,
    pub(super) known: Known,
}

impl CheckedHead {
    /// Step 2 of 3: the certificate that [`certificate_url`](Self::certificate_url) names, judged at `now`.
    ///
    /// # Errors
    ///
    /// If the certificate does not satisfy the policy, or under v1, if no temporary secret can be recovered with it.
    pub fn with_certificate(
        mut self,
        certificate: &Certificate,
        now: SystemTime,
    ) -> Result<BodyCheck, Rejection> {
        self.known.public_key_fingerprint = Some(certificate.public_key_fingerprint());
        let known = self.known;
        self.certificate_checks(certificate, now).map_err(|reason| reject(reason, known))
    }

    fn certificate_checks(
        self,
        certificate: &Certificate,
        now: SystemTime,
    ) -> Result<BodyCheck, Reason> {
        // 9. The certificate has a key within the limits, is valid now, and is the pinned one if one is pinned.
        let key = self.policy.check_certificate(&self.certificate_url, certificate, now)?;

        // 10. v1: a temporary secret comes out of the wrapped one.
        let shared =
            Shared { head: &self.head, token: self.token.as_ref(), candidates: &self.candidates };
        let digests = match &self.head.proof {
            Proof::V1 { wrapped_secret, mac } => {
                let secret = TemporarySecret::recover(wrapped_secret, &key)
                    .map_err(|problem| Reason::Secret { problem })?;
                Digests::v1(&shared, &secret, *mac)
            }
            Proof::V2 { signature } => {
                Digests::v2(&shared, &self.policy.token_lines, signature.clone(), key)
            }
        };

        Ok(BodyCheck {
            public_key_fingerprint: certificate.public_key_fingerprint(),
            body: BodyBuffer::new(self.declared_length, self.policy.max_body_bytes),
            head: self,
            digests,
            failed: None,
        })
    }
}

/// A body under way: hashed and kept as it arrives.
#[must_use = "nothing is proved before `finish`"]
pub struct BodyCheck {
    pub(super) head: CheckedHead,
    pub(super) public_key_fingerprint: Fingerprint,
    digests: Digests,
    pub(super) body: BodyBuffer,
    pub(super) failed: Option<Rejection>,
}

impl BodyCheck {
    /// Step 3 of 3, first half: the next frame of the body. How the body is split does not matter.
    ///
    /// # Errors
    ///
    /// Once the body has more bytes than allowed, and every time from then on. What is over the limit is not kept.
    pub fn update(&mut self, frame: Bytes) -> Result<(), Rejection> {
        self.check_room(frame.len())?;
        self.digests.update(&frame);
        self.body.push(frame);
        Ok(())
    }

    /// Whether a frame of so many bytes may follow.
    pub(crate) fn check_room(&mut self, frame: usize) -> Result<(), Rejection> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        // 11. The body has no more bytes than allowed.
        let limit = self.head.policy.max_body_bytes;
        let frame = u64::try_from(frame).unwrap_or(u64::MAX);
        if self.body.len().saturating_add(frame) > limit {
            let rejection = reject(Reason::BodyTooLarge { limit }, self.head.known);
            return Err(self.failed.insert(rejection).clone());
        }
        Ok(())
    }

    /// Step 3 of 3, second half: the end of the body, and the verdict.
    ///
    /// # Errors
    ///
    /// If the body is not the one that was signed.
    pub fn finish(mut self) -> Result<Authentic, Rejection> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let known = self.head.known;
        let authentic = self.body_checks().map_err(|reason| reject(reason, known))?;
        verdict_event::accepted(&authentic);
        Ok(authentic)
    }

    fn body_checks(self) -> Result<Authentic, Reason> {
        let head = self.head;

        // 11. (continued) It has as many bytes as declared, if that was declared, and cannot be read as a token line
        //     where none is signed.
        let got = self.body.len();
        if let Some(declared) = head.declared_length.filter(|declared| got != *declared) {
            return Err(Reason::BodyIncomplete { declared, got });
        }
        let body = self.body.into_bytes();
        let token_line_in_body = begins_like_a_token_line(&body);
        if head.token.is_none() && token_line_in_body {
            return Err(Reason::BodyAmbiguous);
        }

        // 12. The signature is that of one of the strings to sign.
        let header = match head.scheme() {
            Scheme::V1 => SignatureHeader::Signature,
            Scheme::V2 => SignatureHeader::SignatureV2,
        };
        let matched = self.digests.verify(&head.policy.forms).map_err(|error| match error {
            NoMatch::Representative(problem) => Reason::SignatureRepresentative { header, problem },
            NoMatch::Different => Reason::Signature { header, candidates: head.candidates.len() },
        })?;
        if matched.token_line == TokenLine::Unsigned && token_line_in_body {
            return Err(Reason::BodyAmbiguous);
        }

        Ok(Authentic::new(Facts {
            body,
            url: matched.candidate.url,
            endpoint: matched.candidate.endpoint,
            token: matched.candidate.token,
            scheme: head.scheme(),
            form: matched.form,
            token_line: matched.token_line,
            timestamp: head.head.timestamp,
            public_key_fingerprint: self.public_key_fingerprint,
            received_at: head.received_at,
            age_millis: head.known.age(),
            certificate_url: head.certificate_url,
        }))
    }
}
