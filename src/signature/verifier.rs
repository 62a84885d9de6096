//! The order of the checks. Read [`Verifier::check_head`], [`CheckedHead::with_certificate`] and [`BodyCheck::finish`]
//! from top to bottom: this file is the only one that knows it.

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::request::Parts;

use super::{
    authentic::{Authentic, Facts},
    body_buffer::BodyBuffer,
    builder::VerifierBuilder,
    digests::{Digests, NoMatch, Variant, begins_like_a_token_line},
    error::Rejection,
    head::{self, Proof, SignatureHead},
    hmac_sha1::HmacSha1,
    names::SignatureHeader,
    policy::{Policy, ValidityPolicy},
    reason::{Excerpt, Query, Reason},
    rsa_sha256::RsaSha256,
    scheme::{Scheme, TokenLine},
    secret::TemporarySecret,
    string_to_sign::{SignedHead, Sink},
    timestamp::{Outside, Timestamp},
    token::{KnownToken, MatchedToken},
    verdict_event::{self, Known},
};
use crate::{
    certificate::{AllowedUrl, Certificate, PublicKey},
    clock::unix_millis,
};

/// Decides whether pushes are authentic. Cheap to clone; needs no runtime and does no input or output.
///
/// The checks are made in three steps, each of which hands out what the next one needs:
///
/// 1. [`check_head`](Self::check_head) takes the request head and names the certificate's URL,
/// 2. [`CheckedHead::with_certificate`] takes the certificate from there,
/// 3. [`BodyCheck::update`] takes the body as it arrives, and [`BodyCheck::finish`] gives the proof.
///
/// [`verify_with_certificate`](Self::verify_with_certificate) makes all three where everything is at hand.
#[derive(Clone)]
pub struct Verifier {
    policy: Arc<Policy>,
}

impl Verifier {
    /// Starts the configuration of a verifier.
    #[must_use]
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
        let mut scheme = None;
        let mut known = Known::default();
        self.head_checks(parts, now, &mut scheme, &mut known).map_err(|reason| reject(reason, scheme, known))
    }

    fn head_checks(
        &self,
        parts: &Parts,
        now: SystemTime,
        scheme: &mut Option<Scheme>,
        known: &mut Known,
    ) -> Result<CheckedHead, Reason> {
        let policy = &self.policy;
        let headers = &parts.headers;

        // 1. The method is allowed. It is not signed.
        if !policy.methods.contains(&parts.method) {
            return Err(Reason::HttpMethod { got: Excerpt::of(parts.method.as_str().as_bytes()) });
        }

        // 2. The body is not encoded.
        head::check_encoding(headers)?;

        // 3. The signature headers are single; a v2 signature decides if there is one; the scheme's headers are there,
        //    well-formed and of the method and version that are supported.
        head::check_single(headers)?;
        let deciding = head::choose_scheme(headers, policy.v1)?;
        *scheme = Some(deciding);
        let head = head::read(headers, deciding)?;

        // 4. The timestamp lies in the window.
        let age_millis = head.timestamp.age_millis(now);
        known.age_millis = Some(age_millis);
        check_age(policy, head.timestamp, age_millis)?;

        // 5. The token is a configured one; or none is configured, and there is none.
        let token = self.check_token(parts)?;

        // 6. There is an endpoint that is seen at this path and query, and the token is right there.
        let candidates = self.candidates(parts, token.as_ref())?;

        // 7. The certificate's URL is allowed.
        let certificate_url = check_certificate_url(policy, &head)?;

        // 8. The declared length is within the limit.
        let declared_length = head::declared_length(headers)?;
        if let Some(declared) = declared_length.filter(|declared| *declared > policy.max_body_bytes) {
            return Err(Reason::DeclaredTooLarge { declared, limit: policy.max_body_bytes });
        }

        Ok(CheckedHead {
            verifier: self.clone(),
            head,
            token_text: token.map(|(_, text)| text),
            candidates,
            certificate_url,
            declared_length,
            received_at: now,
            known: *known,
        })
    }

    fn check_token(&self, parts: &Parts) -> Result<Option<(KnownToken, http::HeaderValue)>, Reason> {
        if self.policy.tokens.is_empty() {
            head::no_token(&parts.headers)?;
            return Ok(None);
        }
        let received = head::required_token(&parts.headers)?;
        let unknown = || Reason::UnknownToken { header: SignatureHeader::Token.as_str() };
        let token = self.policy.tokens.find(received.as_bytes()).ok_or_else(unknown)?;
        Ok(Some((token, received.clone())))
    }

    fn candidates(
        &self,
        parts: &Parts,
        token: Option<&(KnownToken, http::HeaderValue)>,
    ) -> Result<Vec<Candidate>, Reason> {
        let mut seen_here = false;
        let mut candidates = Vec::new();
        for (index, endpoint) in self.policy.endpoints.iter().enumerate() {
            let Some(url) = endpoint.signed_url(parts) else { continue };
            seen_here = true;
            let token = match token {
                None => None,
                Some((known, _)) => match known.at(index, &self.policy.tokens) {
                    Some(matched) => Some(matched),
                    None => continue,
                },
            };
            candidates.push(Candidate { endpoint: Arc::clone(&endpoint.label), url, token });
        }
        if !candidates.is_empty() {
            return Ok(candidates);
        }
        if seen_here {
            return Err(Reason::TokenOfOtherEndpoint { header: SignatureHeader::Token.as_str() });
        }
        let path = Excerpt::of(parts.uri.path().as_bytes());
        let query = parts.uri.query().map_or(Query::Absent, |query| Query::Present { bytes: query.len() });
        Err(Reason::Endpoint { path, query })
    }

    /// All three steps for a request that is there as a whole, with the certificate of the URL that it names.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    ///
    /// ```
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

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Verifier").field("policy", &self.policy).finish()
    }
}

/// A request head that passed every check that needs neither certificate nor body.
#[must_use = "a checked head proves nothing yet"]
pub struct CheckedHead {
    verifier: Verifier,
    head: SignatureHead,
    token_text: Option<http::HeaderValue>,
    candidates: Vec<Candidate>,
    certificate_url: AllowedUrl,
    declared_length: Option<u64>,
    received_at: SystemTime,
    known: Known,
}

/// An endpoint that the push may have been signed for.
struct Candidate {
    endpoint: Arc<str>,
    url: Arc<str>,
    token: Option<MatchedToken>,
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
        self.verifier.policy.pinned.get(&self.certificate_url)
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

    /// The URLs for which the push may have been signed, at most 8.
    pub fn candidate_urls(&self) -> impl Iterator<Item = &str> {
        self.candidates.iter().map(|candidate| &*candidate.url)
    }

    /// Gives up, because the certificate cannot be had now; `cause` is for the operator and should hold no secret.
    #[must_use]
    pub fn certificate_unavailable(self, cause: impl fmt::Display) -> Rejection {
        let url = Excerpt::of(self.certificate_url.as_str().as_bytes());
        let reason = Reason::CertificateUnavailable { url, cause: cause.to_string().into() };
        reject(reason, Some(self.scheme()), self.known)
    }

    /// Step 2 of 3: the certificate that [`certificate_url`](Self::certificate_url) names, judged at `now`.
    ///
    /// # Errors
    ///
    /// If the certificate does not satisfy the policy, or under v1, if no temporary secret can be recovered with it.
    pub fn with_certificate(mut self, certificate: &Certificate, now: SystemTime) -> Result<BodyCheck, Rejection> {
        let scheme = Some(self.scheme());
        self.known.public_key_fingerprint = Some(certificate.public_key_fingerprint());
        let known = self.known;
        self.certificate_checks(certificate, now).map_err(|reason| reject(reason, scheme, known))
    }

    fn certificate_checks(self, certificate: &Certificate, now: SystemTime) -> Result<BodyCheck, Reason> {
        // 9. The certificate has a key within the limits, is valid, and is the pinned one if one is pinned.
        let key = check_certificate(&self.verifier.policy, certificate, now)?;
        let other = |pinned: &Certificate| pinned.fingerprint() != certificate.fingerprint();
        if self.pinned_certificate().is_some_and(other) {
            return Err(Reason::CertificatePin { fingerprint: certificate.public_key_fingerprint() });
        }

        // 10. v1: a temporary secret comes out of the wrapped one.
        let digests = match &self.head.proof {
            Proof::V1 { wrapped_secret, mac } => {
                let secret = TemporarySecret::recover(wrapped_secret, key)
                    .map_err(|problem| Reason::Secret { header: SignatureHeader::Secret.as_str(), problem })?;
                let mac_state = HmacSha1::new(&secret);
                Digests::V1 { macs: self.fed(&[TokenLine::Signed], || mac_state.clone()), mac: *mac }
            }
            Proof::V2 { signature } => {
                let token_lines: &[TokenLine] = match self.token_text {
                    Some(_) => &self.verifier.policy.token_lines,
                    None => &[TokenLine::Signed],
                };
                Digests::V2 { hashes: self.fed(token_lines, RsaSha256::new), signature: signature.clone() }
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

    /// One digest for each candidate and token line, fed with everything that stands before the body.
    fn fed<S: Sink>(&self, token_lines: &[TokenLine], new: impl Fn() -> S) -> Vec<(Variant, S)> {
        // The likelier token line of every candidate comes before the other one of any.
        let variants = token_lines.iter().flat_map(|&token_line| {
            self.candidates.iter().enumerate().map(move |(index, candidate)| (index, candidate, token_line))
        });
        let digest_of = |(index, candidate, token_line): (usize, &Candidate, TokenLine)| {
            let mut digest = new();
            let signed_token = match token_line {
                TokenLine::Signed => self.token_text.as_ref(),
                TokenLine::Unsigned => None,
            };
            let head = SignedHead {
                url: &candidate.url,
                scheme: self.scheme(),
                timestamp: self.head.timestamp_text.as_bytes(),
                certificate_url: self.head.certificate_url.as_bytes(),
                token: signed_token.map(http::HeaderValue::as_bytes),
            };
            head.feed(&mut digest);
            (Variant { candidate: index, token_line }, digest)
        };
        variants.map(digest_of).collect()
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
    /// Once the body has more bytes than allowed, every time from then on; what is over the limit is not kept.
    pub fn update(&mut self, frame: Bytes) -> Result<(), Rejection> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        // 11. The body has no more bytes than allowed.
        let limit = self.head.verifier.policy.max_body_bytes;
        let frame_bytes = u64::try_from(frame.len()).unwrap_or(u64::MAX);
        if self.body.len().saturating_add(frame_bytes) > limit {
            let rejection = reject(Reason::BodyTooLarge { limit }, Some(self.head.scheme()), self.head.known);
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
    pub fn finish(self) -> Result<Authentic, Rejection> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let (scheme, known) = (Some(self.head.scheme()), self.head.known);
        let authentic = self.body_checks().map_err(|reason| reject(reason, scheme, known))?;
        verdict_event::accepted(&authentic, known);
        Ok(authentic)
    }

    fn body_checks(self) -> Result<Authentic, Reason> {
        let Self { head, certificate, digests, body, failed: _ } = self;
        let CheckedHead { verifier, head, token_text, mut candidates, certificate_url, declared_length, received_at, .. } =
            head;
        let scheme = head.proof.scheme();

        // 11. (continued) It has no fewer bytes than declared, and cannot be read as a token line where none is signed.
        let got = body.len();
        if let Some(declared) = declared_length.filter(|declared| got < *declared) {
            return Err(Reason::BodyIncomplete { declared, got });
        }
        let body = body.into_bytes();
        let token_line_in_body = begins_like_a_token_line(&body);
        if token_text.is_none() && token_line_in_body {
            return Err(Reason::BodyAmbiguous);
        }

        // 12. The signature is that of one of the strings to sign.
        let header = match scheme {
            Scheme::V1 => SignatureHeader::Signature.as_str(),
            Scheme::V2 => SignatureHeader::SignatureV2.as_str(),
        };
        let mismatch = Reason::Signature { header, candidates: candidates.len() };
        let matched = digests.verify(&certificate, &verifier.policy.forms).map_err(|error| match error {
            NoMatch::Representative(problem) => Reason::SignatureRepresentative { header, problem },
            NoMatch::Different => mismatch.clone(),
        })?;
        if matched.variant.token_line == TokenLine::Unsigned && token_line_in_body {
            return Err(Reason::BodyAmbiguous);
        }

        if matched.variant.candidate >= candidates.len() {
            return Err(mismatch);
        }
        let candidate = candidates.swap_remove(matched.variant.candidate);
        Ok(Authentic::new(Facts {
            body,
            url: candidate.url,
            endpoint: candidate.endpoint,
            token: candidate.token,
            scheme,
            form: matched.form,
            token_line: matched.variant.token_line,
            timestamp: head.timestamp,
            certificate_url,
            public_key_fingerprint: certificate.public_key_fingerprint(),
            received_at,
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

fn check_age(policy: &Policy, timestamp: Timestamp, age_millis: i128) -> Result<(), Reason> {
    let timestamp = timestamp.as_millis();
    policy.window.check(age_millis).map_err(|outside| match outside {
        Outside::Stale => {
            Reason::StaleTimestamp { timestamp, age_millis, limit_millis: policy.window.max_age.as_millis() }
        }
        Outside::Future => {
            Reason::FutureTimestamp { timestamp, age_millis, limit_millis: policy.window.max_future.as_millis() }
        }
    })
}

fn check_certificate_url(policy: &Policy, head: &SignatureHead) -> Result<AllowedUrl, Reason> {
    let raw = head.certificate_url.as_bytes();
    policy.certificate_urls.allow(raw).map_err(|refusal| Reason::CertificateUrl {
        header: SignatureHeader::CertificateUrl.as_str(),
        got: Excerpt::of(raw),
        refusal,
    })
}

fn check_certificate<'a>(
    policy: &Policy,
    certificate: &'a Certificate,
    now: SystemTime,
) -> Result<&'a PublicKey, Reason> {
    let key = certificate.public_key().map_err(|error| Reason::CertificateKey { error: error.clone() })?;
    key.check_min_bits(policy.min_key_bits).map_err(|error| Reason::CertificateKey { error })?;
    if policy.validity == ValidityPolicy::Enforce && !certificate.is_valid_at(now) {
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        return Err(Reason::CertificateExpired {
            not_before: seconds(certificate.not_before()),
            not_after: seconds(certificate.not_after()),
            now_millis: unix_millis(now),
        });
    }
    let fingerprint = certificate.public_key_fingerprint();
    if !policy.public_key_pins.is_empty() && !policy.public_key_pins.contains(&fingerprint) {
        return Err(Reason::CertificatePin { fingerprint });
    }
    Ok(key)
}

/// The one way to a rejection: every verdict is an event.
fn reject(reason: Reason, scheme: Option<Scheme>, known: Known) -> Rejection {
    let rejection = Rejection::new(reason, scheme);
    verdict_event::rejected(&rejection, known);
    rejection
}
