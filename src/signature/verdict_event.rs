//! One tracing event for each verdict. Without the feature `tracing`, nothing.

use super::{authentic::Authentic, error::Rejection, scheme::Scheme};
use crate::certificate::Fingerprint;

/// What was known when the verdict fell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    pub(crate) scheme: Option<Scheme>,
    pub(crate) age_millis: Option<i128>,
    pub(crate) public_key_fingerprint: Option<Fingerprint>,
}

#[cfg(feature = "tracing")]
pub(crate) fn accepted(authentic: &Authentic, known: Known) {
    tracing::info!(
        target: "tower_eventbridge::verdict",
        kind = "accepted",
        scheme = authentic.scheme().as_str(),
        form = authentic.form().as_str(),
        assurance = authentic.assurance().as_str(),
        key = %authentic.public_key_fingerprint(),
        age_ms = known.age_millis.and_then(|age| i64::try_from(age).ok()),
        "push accepted"
    );
}

#[cfg(feature = "tracing")]
pub(crate) fn rejected(rejection: &Rejection, known: Known) {
    tracing::warn!(
        target: "tower_eventbridge::verdict",
        kind = rejection.kind().as_str(),
        stage = rejection.stage().as_str(),
        header = rejection.header(),
        scheme = known.scheme.map(Scheme::as_str),
        key = known.public_key_fingerprint.map(tracing::field::display),
        age_ms = known.age_millis.and_then(|age| i64::try_from(age).ok()),
        "push rejected: {rejection}"
    );
}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn accepted(_: &Authentic, _: Known) {}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn rejected(_: &Rejection, _: Known) {}
