//! The events of the feature `tracing`: one for each verdict, and one where fetching a certificate
//! changes for better or worse.

use std::fmt::Display;

/// An accepted push.
#[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "only the log reads it"))]
pub(crate) struct Accepted<'a> {
    pub(crate) scheme: &'static str,
    pub(crate) form: &'static str,
    pub(crate) assurance: &'static str,
    pub(crate) key: &'a dyn Display,
    pub(crate) certificate_host: &'static str,
    pub(crate) age_millis: Option<i64>,
}

/// A rejected push.
#[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "only the log reads it"))]
pub(crate) struct Rejected<'a> {
    pub(crate) kind: &'static str,
    pub(crate) stage: &'static str,
    /// Nothing shows that the sender knows a token.
    pub(crate) by_stranger: bool,
    pub(crate) header: Option<&'static str>,
    pub(crate) scheme: Option<&'static str>,
    pub(crate) key: Option<&'a dyn Display>,
    pub(crate) age_millis: Option<i64>,
    pub(crate) text: &'a dyn Display,
}

only_with! { "tracing":
    pub(crate) fn accepted(push: &Accepted<'_>) {
        tracing::info!(
            target: "tower_eventbridge::verdict",
            kind = "accepted",
            scheme = push.scheme,
            form = push.form,
            assurance = push.assurance,
            key = %push.key,
            certificate_host = push.certificate_host,
            age_ms = push.age_millis,
            "push accepted"
        );
    }

    /// Warns if the sender knows a token or we are at fault; else informs.
    pub(crate) fn rejected(push: &Rejected<'_>) {
        macro_rules! event {
            ($level:ident) => {
                tracing::$level!(
                    target: "tower_eventbridge::verdict",
                    kind = push.kind,
                    stage = push.stage,
                    header = push.header,
                    scheme = push.scheme,
                    key = push.key.map(tracing::field::display),
                    age_ms = push.age_millis,
                    "push rejected: {}",
                    push.text
                )
            };
        }
        if push.by_stranger {
            event!(info);
        } else {
            event!(warn);
        }
    }

    /// Reports the first failure in a row: a certificate that is kept hides it from the verdicts
    /// for a day.
    #[cfg(feature = "cache")]
    pub(crate) fn certificate_unavailable(url: &str, host: &'static str, cause: &dyn Display) {
        tracing::warn!(
            target: "tower_eventbridge::certificate",
            url,
            host,
            "certificate cannot be fetched: {cause}"
        );
    }

    /// Reports a key that was not there before, or another than was.
    #[cfg(feature = "cache")]
    pub(crate) fn new_key(url: &str, host: &'static str, key: &dyn Display) {
        tracing::info!(
            target: "tower_eventbridge::certificate",
            url,
            host,
            key = %key,
            "certificate fetched with a new key"
        );
    }

    /// Reports the first success after failures.
    #[cfg(feature = "cache")]
    pub(crate) fn certificate_recovered(url: &str, host: &'static str) {
        tracing::info!(
            target: "tower_eventbridge::certificate",
            url,
            host,
            "certificate can be fetched again"
        );
    }
}
