//! The certificate: the URL that a push may name, and the certificate from there.

use std::{sync::Arc, time::SystemTime};

use http::HeaderValue;

use crate::{
    certificate::{AllowedUrl, Certificate, Fingerprint, GivenCertificates, PublicKey, UrlPolicy},
    signature::{excerpt::Excerpt, rejection::Reason},
};

/// Tells whether a certificate must be valid now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValidityPolicy {
    /// Rejects a certificate before its first and after its last second.
    #[default]
    Enforce,
    /// Does not look at the validity period.
    Ignore,
}

/// Which certificates are trusted.
#[derive(Debug)]
pub(crate) struct CertificatePolicy {
    pub(crate) urls: UrlPolicy,
    pub(crate) given: GivenCertificates,
    pub(crate) validity: ValidityPolicy,
    pub(crate) min_key_bits: u32,
    /// Empty: any key.
    pub(crate) public_key_pins: Vec<Fingerprint>,
}

/// Accepts a URL that the policy allows.
pub(crate) fn allow_url(named: &HeaderValue, policy: &UrlPolicy) -> Result<AllowedUrl, Reason> {
    let raw = named.as_bytes();
    policy.allow(raw).map_err(|problem| Reason::CertificateUrl { got: Excerpt::of(raw), problem })
}

/// Returns the key if size, validity and pins are satisfied, and the certificate is the one that is
/// given for its URL, if one is.
pub(crate) fn usable_key(
    certificate: &Certificate,
    url: &AllowedUrl,
    now: SystemTime,
    policy: &CertificatePolicy,
) -> Result<Arc<PublicKey>, Reason> {
    let unusable = |error| Reason::CertificateKey { error };
    let key = certificate.shared_public_key().map_err(unusable)?;
    key.check_min_bits(policy.min_key_bits).map_err(unusable)?;
    if policy.validity == ValidityPolicy::Enforce && !certificate.is_valid_at(now) {
        return Err(Reason::CertificateExpired {
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            now,
        });
    }
    let fingerprint = certificate.public_key_fingerprint();
    if !policy.public_key_pins.is_empty() && !policy.public_key_pins.contains(&fingerprint) {
        return Err(Reason::CertificateNotPinned { fingerprint });
    }
    let fingerprint = certificate.fingerprint();
    let is_other = |given: &Certificate| given.fingerprint() != fingerprint;
    if policy.given.get(url).is_some_and(is_other) {
        return Err(Reason::CertificateNotGiven { fingerprint });
    }
    Ok(Arc::clone(key))
}
