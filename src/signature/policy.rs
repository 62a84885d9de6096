//! What is trusted, as plain data, and each check on it by itself. Made by the builder only, so a policy that exists is
//! one that makes sense. The order of the checks is not known here.

use std::{sync::Arc, time::SystemTime};

use http::{HeaderMap, Method, request::Parts};

use super::{
    candidate::{Candidate, SentToken},
    endpoint::CompiledEndpoint,
    facts::{Excerpt, Query},
    head::{self, SignatureHead, SingleHeaders, V1Policy},
    reason::Reason,
    scheme::{Form, TokenLine},
    timestamp::{Outside, Timestamp, Window},
    token::TokenSet,
};
use crate::certificate::{
    AllowedUrl, Certificate, Fingerprint, PinnedCertificates, PublicKey, UrlPolicy,
};

/// Whether a certificate must be valid now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValidityPolicy {
    /// Refuse a certificate before its first and after its last second.
    #[default]
    Enforce,
    /// Do not look at the validity period.
    Ignore,
}

#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) methods: Vec<Method>,
    pub(crate) v1: V1Policy,
    /// Tried in this order.
    pub(crate) forms: Vec<Form>,
    /// In v2, with a token. Tried in this order.
    pub(crate) token_lines: Vec<TokenLine>,
    pub(crate) window: Window,
    /// Empty: pushes of any tenant are accepted, and a token is refused.
    pub(crate) tokens: TokenSet,
    pub(crate) endpoints: Vec<CompiledEndpoint>,
    pub(crate) certificate_urls: UrlPolicy,
    pub(crate) pinned: PinnedCertificates,
    pub(crate) validity: ValidityPolicy,
    pub(crate) min_key_bits: u32,
    /// Empty: any key.
    pub(crate) public_key_pins: Vec<Fingerprint>,
    pub(crate) max_body_bytes: u64,
}

impl Policy {
    pub(crate) fn check_method(&self, method: &Method) -> Result<(), Reason> {
        if self.methods.contains(method) {
            return Ok(());
        }
        Err(Reason::HttpMethod { got: Excerpt::of(method.as_str().as_bytes()) })
    }

    pub(crate) fn check_age(&self, timestamp: Timestamp, age_millis: i128) -> Result<(), Reason> {
        let timestamp = timestamp.as_millis();
        self.window.check(age_millis).map_err(|outside| match outside {
            Outside::Stale => {
                let limit_millis = self.window.max_age.as_millis();
                Reason::StaleTimestamp { timestamp, age_millis, limit_millis }
            }
            Outside::Future => {
                let limit_millis = self.window.max_future.as_millis();
                Reason::FutureTimestamp { timestamp, age_millis, limit_millis }
            }
        })
    }

    /// `None` if no token is configured and none was sent.
    pub(crate) fn check_token(
        &self,
        headers: &SingleHeaders<'_>,
    ) -> Result<Option<SentToken>, Reason> {
        if self.tokens.is_empty() {
            head::no_token(headers)?;
            return Ok(None);
        }
        let received = head::required_token(headers)?;
        let known = self.tokens.find(received.as_bytes()).ok_or(Reason::UnknownToken)?;
        Ok(Some(SentToken { known, text: received.clone() }))
    }

    /// The endpoints that are seen at this path and query, and at which the token is right. Never empty.
    pub(crate) fn candidates(
        &self,
        parts: &Parts,
        token: Option<&SentToken>,
    ) -> Result<Vec<Candidate>, Reason> {
        let seen = self.endpoints.iter().enumerate().filter_map(|(index, endpoint)| {
            let url = endpoint.signed_url(parts)?;
            Some((index, endpoint, url))
        });
        let seen: Vec<_> = seen.collect();
        let mut candidates = Vec::new();
        for (index, endpoint, url) in &seen {
            // One URL is one endpoint, or a token of the wider one would pass at the narrower.
            if seen.iter().any(|(_, other, same)| same == url && other.rank() < endpoint.rank()) {
                continue;
            }
            let token = match token {
                None => None,
                Some(sent) => match sent.known.at(*index, &self.tokens) {
                    Some(matched) => Some(matched),
                    None => continue,
                },
            };
            let (endpoint, url) = (Arc::clone(&endpoint.label), Arc::clone(url));
            candidates.push(Candidate { endpoint, url, token });
        }
        if !candidates.is_empty() {
            return Ok(candidates);
        }
        if !seen.is_empty() {
            return Err(Reason::TokenOfOtherEndpoint);
        }
        let path = Excerpt::of(parts.uri.path().as_bytes());
        let query = match parts.uri.query() {
            Some(query) => Query::Present { bytes: query.len() },
            None => Query::Absent,
        };
        Err(Reason::Endpoint { path, query })
    }

    pub(crate) fn check_certificate_url(&self, head: &SignatureHead) -> Result<AllowedUrl, Reason> {
        let raw = head.certificate_url.as_bytes();
        self.certificate_urls
            .allow(raw)
            .map_err(|refusal| Reason::CertificateUrl { got: Excerpt::of(raw), refusal })
    }

    pub(crate) fn check_declared_length(&self, headers: &HeaderMap) -> Result<Option<u64>, Reason> {
        let declared_length = head::declared_length(headers)?;
        match declared_length {
            Some(declared) if declared > self.max_body_bytes => {
                Err(Reason::DeclaredTooLarge { declared, limit: self.max_body_bytes })
            }
            _ => Ok(declared_length),
        }
    }

    /// The key, if it is within the limits, its certificate valid now, and either is pinned where one is pinned.
    pub(crate) fn check_certificate(
        &self,
        url: &AllowedUrl,
        certificate: &Certificate,
        now: SystemTime,
    ) -> Result<Arc<PublicKey>, Reason> {
        let unusable = |error| Reason::CertificateKey { error };
        let key = certificate.shared_public_key().map_err(unusable)?;
        key.check_min_bits(self.min_key_bits).map_err(unusable)?;
        if self.validity == ValidityPolicy::Enforce && !certificate.is_valid_at(now) {
            return Err(Reason::CertificateExpired {
                not_before: certificate.not_before().into(),
                not_after: certificate.not_after().into(),
                now: now.into(),
            });
        }
        let fingerprint = certificate.public_key_fingerprint();
        if !self.public_key_pins.is_empty() && !self.public_key_pins.contains(&fingerprint) {
            return Err(Reason::CertificateNotPinned { fingerprint });
        }
        let fingerprint = certificate.fingerprint();
        let other = |pinned: &Certificate| pinned.fingerprint() != fingerprint;
        if self.pinned.get(url).is_some_and(other) {
            return Err(Reason::CertificateNotGiven { fingerprint });
        }
        Ok(Arc::clone(key))
    }
}
