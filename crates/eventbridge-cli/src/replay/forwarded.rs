//! `--as-forwarded`: the request that `receive --forward` would send for a capture.
//!
//! Its facts are those of a proof. So the body is signed with the key of `--dev` for the URL that
//! was signed, and verified here: key fingerprint and timestamp are those of this replay.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, header};
use tower_eventbridge::{
    Authentic, Verifier,
    certificate::Certificate,
    clock::{Clock, SystemClock},
    signer::SignWith,
};

use super::captures::Capture;
use crate::{
    arguments::EndpointArg,
    dev::DevKey,
    receive::forward::{Head, Secret, as_forwarded},
    usage::UsageError,
};

/// Makes requests as the proxy does.
pub struct Forwarded {
    key: DevKey,
    secrets: Vec<Secret>,
    /// The URL that is signed whatever the capture says.
    url: Option<String>,
    to: String,
    clock: SystemClock,
}

impl Forwarded {
    pub fn new(key: DevKey, secrets: Vec<Secret>, url: Option<String>, to: String) -> Self {
        Self { key, secrets, url, to, clock: SystemClock::new() }
    }

    /// Headers and body of a capture as they go on.
    pub fn request(
        &self,
        capture: &Capture,
        body: Bytes,
    ) -> Result<(HeaderMap, Bytes), UsageError> {
        let proof = self.proof(capture, body.clone())?;
        let mut arrived = Request::new(());
        *arrived.method_mut() = http::Method::POST;
        let json = HeaderValue::from_static("application/json");
        let content_type = match capture.has_head() {
            true => capture.content_type().cloned(),
            false => Some(json),
        };
        if let Some(content_type) = content_type {
            arrived.headers_mut().insert(header::CONTENT_TYPE, content_type);
        }
        let now = self.clock.now();
        let request = as_forwarded(&Head::of(&arrived), &proof.into(), &self.secrets, now);
        Ok((request.into_parts().0.headers, body))
    }

    fn proof(&self, capture: &Capture, body: Bytes) -> Result<Authentic, UsageError> {
        let captured = capture.lines.url.as_ref();
        let (url, endpoint) = match (&self.url, captured) {
            (None, Some(url)) => (url, capture.lines.endpoint.as_ref().unwrap_or(url)),
            (Some(url), _) => (url, url),
            (None, None) => (&self.to, &self.to),
        };
        let wrong = |error: &dyn std::fmt::Display| {
            UsageError::new("--sign-as", format_args!("{}: {url:?}: {error}", capture.name))
        };
        let signer = &self.key.signer;
        let mut push = signer.push(url).body(body);
        let mut verifier = Verifier::builder()
            .endpoint(EndpointArg::new(endpoint).seen_anywhere().endpoint())
            .certificate(signer.certificate_url(), signer.certificate_pem())
            .max_body_bytes(u64::MAX);
        // A capture without a token was accepted by --any-tenant.
        if capture.has_head() && capture.header("x-eventbridge-signature-token").is_none() {
            verifier = verifier.dangerous_accept_any_tenant();
        } else {
            verifier = verifier.token(self.key.token.as_str());
            push = push.token(&self.key.token);
            let v2 = capture.header("x-eventbridge-signature-v2").is_some();
            push = push.with(if v2 || !capture.has_head() { SignWith::V2 } else { SignWith::V1 });
        }
        let now = self.clock.now();
        let (parts, body) = push.sign(now).map_err(|error| wrong(&error))?.into_parts();
        let verifier = verifier.build().map_err(|error| wrong(&error))?;
        let certificate = Certificate::from_pem_or_der(signer.certificate_pem().as_bytes());
        let certificate = certificate.map_err(|error| wrong(&error))?;
        verifier
            .verify_with_certificate(&parts, body, &certificate, now)
            .map_err(|error| wrong(&error))
    }
}
