//! Every measurement, through the `metrics` facade. Without the feature `metrics`, nothing. No label comes from what a request
//! says, but for values of our own and keys that the policy trusts. `docs/metrics.md` is the reference.

macro_rules! measurements {
    ($($(#[$cfg:meta])* fn $name:ident($($argument:ident: $kind:ty),*) $body:block)*) => {$(
        #[cfg(feature = "metrics")]
        $(#[$cfg])*
        pub(crate) fn $name($($argument: $kind),*) $body

        #[cfg(not(feature = "metrics"))]
        $(#[$cfg])*
        pub(crate) fn $name($($argument: $kind),*) {
            $(let _ = $argument;)*
        }
    )*};
}

use std::time::Duration;

#[cfg(all(feature = "layer", feature = "metrics"))]
use crate::RejectionKind;
#[cfg(feature = "cache")]
use crate::certificate::Certificate;
#[cfg(feature = "layer")]
use crate::{Authentic, Rejection};

measurements! {
    #[cfg(feature = "layer")]
    fn verdict(verdict: Result<&Authentic, &Rejection>, took: Duration) {
        metrics::histogram!("eventbridge_verdict_seconds").record(took);
        match verdict {
            Ok(push) => {
                metrics::counter!(
                    "eventbridge_pushes_total",
                    "kind" => "accepted",
                    "scheme" => push.scheme().as_str(),
                    "form" => push.form().as_str(),
                    "assurance" => push.assurance().as_str(),
                )
                .increment(1);
                age("accepted", push.age_millis());
                if let Some(index) = push.token_index() {
                    let token = index.to_string();
                    metrics::counter!("eventbridge_token_pushes_total", "token" => token).increment(1);
                }
            }
            Err(rejection) => {
                // Of those that were refused for it, so that a clock that is off shows when nothing is accepted any more.
                if matches!(rejection.kind(), RejectionKind::StaleTimestamp | RejectionKind::FutureTimestamp) {
                    age("refused", rejection.age_millis());
                }
                metrics::counter!(
                    "eventbridge_pushes_total",
                    "kind" => rejection.kind().as_str(),
                    "scheme" => rejection.scheme().map_or("none", crate::Scheme::as_str),
                    "form" => "none",
                    "assurance" => "none",
                )
                .increment(1);
            }
        }
    }

    #[cfg(feature = "layer")]
    fn body_bytes_held(more: u64) {
        // Added and not set, so that what happens at the same time adds up. A body has less than 4 GiB.
        let more = f64::from(u32::try_from(more).unwrap_or(u32::MAX));
        metrics::gauge!("eventbridge_body_bytes_in_flight").increment(more);
    }

    #[cfg(feature = "layer")]
    fn body_bytes_given_back(fewer: u64) {
        let fewer = f64::from(u32::try_from(fewer).unwrap_or(u32::MAX));
        metrics::gauge!("eventbridge_body_bytes_in_flight").decrement(fewer);
    }

    #[cfg(feature = "cache")]
    fn certificate_lookup(result: &'static str, host: &'static str) {
        metrics::counter!("eventbridge_certificate_lookups_total", "result" => result, "host" => host).increment(1);
    }

    #[cfg(feature = "cache")]
    fn certificate_fetch(outcome: &'static str, host: &'static str, took: Duration) {
        metrics::counter!("eventbridge_certificate_fetches_total", "outcome" => outcome, "host" => host).increment(1);
        metrics::histogram!("eventbridge_certificate_fetch_seconds").record(took);
    }

    #[cfg(feature = "cache")]
    fn certificates_kept(kept: u64) {
        metrics::gauge!("eventbridge_certificates_kept").set(f64::from(u32::try_from(kept).unwrap_or(u32::MAX)));
    }

    #[cfg(feature = "cache")]
    fn new_key(certificate: &Certificate) {
        let key: String = certificate.public_key_fingerprint().to_string().chars().take(16).collect();
        metrics::counter!("eventbridge_new_keys_total", "key" => key.clone()).increment(1);
        let until = certificate.not_after().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        metrics::gauge!("eventbridge_certificate_not_after_seconds", "key" => key).set(until.as_secs_f64());
    }

    #[cfg(feature = "idempotency")]
    fn idempotency(layer: &'static str, outcome: &'static str) {
        metrics::counter!("eventbridge_idempotency_total", "layer" => layer, "outcome" => outcome).increment(1);
    }
}

/// In seconds; what does not fit into 24 days is cut.
#[cfg(all(feature = "layer", feature = "metrics"))]
fn age(verdict: &'static str, millis: Option<i64>) {
    let Some(millis) = millis else { return };
    let most = if millis < 0 { i32::MIN } else { i32::MAX };
    let seconds = f64::from(i32::try_from(millis).unwrap_or(most)) / 1000.0;
    metrics::histogram!("eventbridge_push_age_seconds", "verdict" => verdict).record(seconds);
}
