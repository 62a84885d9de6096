//! The order of the checks: read [`Verifier::check_head`], [`CheckedHead::with_certificate`] and
//! [`BodyCheck::finish`] from top to bottom. No other file knows it.

use std::{fmt, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderValue, request::Parts};

use super::{
    authentic::{Authentic, Facts},
    body_buffer::BodyBuffer,
    builder::VerifierBuilder,
    candidate::{Candidate, digest_each},
    digests::{Digests, NoMatch, begins_like_a_token_line},
    error::Rejection,
    facts::Excerpt,
    head::{self, Proof, SignatureHead},
    hmac_sha1::HmacSha1,
    names::SignatureHeader,
    policy::Policy,
    reason::Reason,
    rsa_sha256::RsaSha256,
    scheme::{Scheme, TokenLine},
    secret::TemporarySecret,
    timestamp::Timestamp,
    verdict_event::{self, Known},
};
use crate::certificate::{AllowedUrl, Certificate};

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
    /// Starts the configuration of a verifier.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::default()
    }

    pub(super) fn new(policy: Policy) -> Self {
        Self { policy: Arc::new(policy) }
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
        head::check_single(headers)?;
        let scheme = head::choose_scheme(headers, policy.v1)?;
        known.scheme = Some(scheme);
        let head = head::read(headers, scheme)?;

        // 4. The timestamp lies in the window.
        let age_millis = head.timestamp.age_millis(now);
        known.age_millis = Some(age_millis);
        policy.check_age(head.timestamp, age_millis)?;

        // 5. The token is a configured one; or none is configured, and there is none.
        let token = policy.check_token(headers)?;

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
    policy: Arc<Policy>,
    head: SignatureHead,
    token: Option<HeaderValue>,
    candidates: Vec<Candidate>,
    certificate_url: AllowedUrl,
    declared_length: Option<u64>,
    received_at: SystemTime,
    known: Known,
}

impl CheckedHead {
    /// Where the certificate for [`with_certificate`](Self::with_certificate) must come from.
    #[must_use]
    pub fn certificate_url(&self) -> &AllowedUrl {
        &self.certificate_url
    }

    /// The certificate itself, if the configuration pins one for this URL.
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

    /// The URLs for which the push may have been signed: one for each endpoint that is seen at this path and query and
    /// knows the token, at most 8.
    pub fn candidate_urls(&self) -> impl Iterator<Item = &str> {
        self.candidates.iter().map(|candidate| &*candidate.url)
    }

    /// Gives up, because the certificate cannot be had now. `cause` is for the operator; it must hold no secret.
    #[must_use]
    pub fn certificate_unavailable(self, cause: impl fmt::Display) -> Rejection {
        let url = Excerpt::of(self.certificate_url.as_str().as_bytes());
        let cause = cause.to_string().into();
        reject(Reason::CertificateUnavailable { url, cause }, self.known)
    }

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
        let (candidates, head, token) = (&self.candidates, &self.head, self.token.as_ref());
        let digests = match &head.proof {
            Proof::V1 { wrapped_secret, mac } => {
                let secret = TemporarySecret::recover(wrapped_secret, key).map_err(|problem| {
                    Reason::Secret { header: SignatureHeader::Secret.as_str(), problem }
                })?;
                let keyed = HmacSha1::new(&secret);
                let token_lines = &[TokenLine::Signed];
                let macs = digest_each(candidates, token_lines, head, token, || keyed.clone());
                Digests::V1 { macs, mac: *mac }
            }
            Proof::V2 { signature } => {
                let token_lines = match token {
                    Some(_) => self.policy.token_lines.as_slice(),
                    None => &[TokenLine::Signed],
                };
                let hashes = digest_each(candidates, token_lines, head, token, RsaSha256::new);
                Digests::V2 { hashes, signature: signature.clone() }
            }
        };

        Ok(BodyCheck {
            head: self,
            certificate: certificate.clone(),
            digests,
            body: BodyBuffer::default(),
            failed: None,
        })
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

/// A body under way: hashed and kept as it arrives.
#[must_use = "nothing is proved before `finish`"]
pub struct BodyCheck {
    head: CheckedHead,
    certificate: Certificate,
    digests: Digests,
    body: BodyBuffer,
    failed: Option<Rejection>,
}

impl BodyCheck {
    /// Step 3 of 3, first half: the next frame of the body. How the body is split does not matter.
    ///
    /// # Errors
    ///
    /// Once the body has more bytes than allowed, and every time from then on. What is over the limit is not kept.
    pub fn update(&mut self, frame: Bytes) -> Result<(), Rejection> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        // 11. The body has no more bytes than allowed.
        let limit = self.head.policy.max_body_bytes;
        let frame_bytes = u64::try_from(frame.len()).unwrap_or(u64::MAX);
        if self.body.len().saturating_add(frame_bytes) > limit {
            let rejection = reject(Reason::BodyTooLarge { limit }, self.head.known);
            return Err(self.failed.insert(rejection).clone());
        }
        self.digests.update(&frame);
        self.body.push(frame);
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
        verdict_event::accepted(&authentic, known);
        Ok(authentic)
    }

    fn body_checks(self) -> Result<Authentic, Reason> {
        let head = self.head;
        let scheme = head.scheme();

        // 11. (continued) It has no fewer bytes than declared, and cannot be read as a token line where none is signed.
        let got = self.body.len();
        if let Some(declared) = head.declared_length.filter(|declared| got < *declared) {
            return Err(Reason::BodyIncomplete { declared, got });
        }
        let body = self.body.into_bytes();
        let token_line_in_body = begins_like_a_token_line(&body);
        if head.token.is_none() && token_line_in_body {
            return Err(Reason::BodyAmbiguous);
        }

        // 12. The signature is that of one of the strings to sign.
        let header = match scheme {
            Scheme::V1 => SignatureHeader::Signature.as_str(),
            Scheme::V2 => SignatureHeader::SignatureV2.as_str(),
        };
        let mismatch = Reason::Signature { header, candidates: head.candidates.len() };
        let matched = match self.digests.verify(&self.certificate, &head.policy.forms) {
            Ok(matched) => matched,
            Err(NoMatch::Different) => return Err(mismatch),
            Err(NoMatch::Representative(problem)) => {
                return Err(Reason::SignatureRepresentative { header, problem });
            }
        };
        let token_line = matched.variant.token_line;
        if token_line == TokenLine::Unsigned && token_line_in_body {
            return Err(Reason::BodyAmbiguous);
        }

        let Some(candidate) = head.candidates.into_iter().nth(matched.variant.candidate) else {
            return Err(mismatch);
        };
        Ok(Authentic::new(Facts {
            body,
            url: candidate.url,
            endpoint: candidate.endpoint,
            token: candidate.token,
            scheme,
            form: matched.form,
            token_line,
            timestamp: head.head.timestamp,
            certificate_url: head.certificate_url,
            public_key_fingerprint: self.certificate.public_key_fingerprint(),
            received_at: head.received_at,
        }))
    }
}

impl fmt::Debug for BodyCheck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BodyCheck")
            .field("head", &self.head)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The one way to a rejection: every verdict is an event.
fn reject(reason: Reason, known: Known) -> Rejection {
    let rejection = Rejection::new(reason, known.scheme);
    verdict_event::rejected(&rejection, known);
    rejection
}
