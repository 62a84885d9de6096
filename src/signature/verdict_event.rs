//! One tracing event for each verdict. Without the feature `tracing`, nothing.

use super::{authentic::Authentic, error::Rejection};

#[cfg(feature = "tracing")]
pub(crate) fn accepted(authentic: &Authentic) {
    tracing::info!(
        target: "tower_eventbridge::verdict",
        kind = "accepted",
        scheme = authentic.scheme().as_str(),
        form = authentic.form().as_str(),
        assurance = authentic.assurance().as_str(),
        key = %authentic.public_key_fingerprint(),
        certificate_host = authentic.certificate_url().host_label(),
        age_ms = authentic.age_millis(),
        "push accepted"
    );
}

/// A warning if somebody got as far as the token, or we are at fault; before that it may be any stranger's request, of
/// which there can be many.
#[cfg(feature = "tracing")]
pub(crate) fn rejected(rejection: &Rejection) {
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(
                target: "tower_eventbridge::verdict",
                kind = rejection.kind().as_str(),
                stage = rejection.stage().as_str(),
                header = rejection.header(),
                scheme = rejection.scheme().map(super::scheme::Scheme::as_str),
                key = rejection.public_key_fingerprint().map(tracing::field::display),
                age_ms = rejection.age_millis(),
                "push rejected: {rejection}"
            )
        };
    }
    if rejection.stage() >= super::kind::Stage::Token {
        event!(warn);
    } else {
        event!(info);
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn accepted(_: &Authentic) {}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn rejected(_: &Rejection) {}
