//! One tracing event where fetching a certificate changes for better or worse. Without the feature `tracing`, nothing.

use super::store::CertificateUnavailable;
use crate::certificate::{parse::Certificate, url::AllowedUrl};

/// The first failure in a row: a certificate that is kept hides it from the verdicts for a day.
#[cfg(feature = "tracing")]
pub(super) fn began_to_fail(url: &AllowedUrl, error: &CertificateUnavailable) {
    tracing::warn!(
        target: "tower_eventbridge::certificate",
        url = url.redacted(),
        host = url.host_label(),
        "certificate cannot be fetched: {error}"
    );
}

/// A key that was not there before, or another than was.
#[cfg(feature = "tracing")]
pub(super) fn new_key(url: &AllowedUrl, certificate: &Certificate) {
    tracing::info!(
        target: "tower_eventbridge::certificate",
        url = url.redacted(),
        host = url.host_label(),
        key = %certificate.public_key_fingerprint(),
        "certificate fetched with a new key"
    );
}

/// The first success after failures.
#[cfg(feature = "tracing")]
pub(super) fn recovered(url: &AllowedUrl) {
    tracing::info!(
        target: "tower_eventbridge::certificate",
        url = url.redacted(),
        host = url.host_label(),
        "certificate can be fetched again"
    );
}

#[cfg(not(feature = "tracing"))]
pub(super) const fn began_to_fail(_: &AllowedUrl, _: &CertificateUnavailable) {}

#[cfg(not(feature = "tracing"))]
pub(super) const fn new_key(_: &AllowedUrl, _: &Certificate) {}

#[cfg(not(feature = "tracing"))]
pub(super) const fn recovered(_: &AllowedUrl) {}
