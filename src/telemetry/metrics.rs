//! Every measurement, through the `metrics` facade. `docs/metrics.md` is the reference.
//!
//! Labels are words of our own and keys that the policy trusts, never text of a request.

use std::time::Duration;
#[cfg(feature = "cache")]
use std::{fmt::Display, time::SystemTime};

only_with! { "metrics":
    #[cfg(feature = "layer")]
    pub(crate) fn accepted(
        took: Duration,
        scheme: &'static str,
        form: &'static str,
        assurance: &'static str,
        age_millis: Option<i64>,
        token_index: Option<usize>,
    ) {
        metrics::histogram!("eventbridge_verdict_seconds").record(took);
        metrics::counter!(
            "eventbridge_pushes_total",
            "kind" => "accepted",
            "scheme" => scheme,
            "form" => form,
            "assurance" => assurance,
        )
        .increment(1);
        age("accepted", age_millis);
        if let Some(index) = token_index {
            let token = index.to_string();
            metrics::counter!("eventbridge_token_pushes_total", "token" => token).increment(1);
        }
    }

    /// Counts a rejection. `age_millis` is that of a push rejected for its age: it shows a wrong
    /// clock when nothing is accepted any more.
    #[cfg(feature = "layer")]
    pub(crate) fn rejected(
        took: Duration,
        kind: &'static str,
        scheme: Option<&'static str>,
        age_millis: Option<i64>,
    ) {
        metrics::histogram!("eventbridge_verdict_seconds").record(took);
        age("rejected", age_millis);
        metrics::counter!(
            "eventbridge_pushes_total",
            "kind" => kind,
            "scheme" => scheme.unwrap_or("none"),
            "form" => "none",
            "assurance" => "none",
        )
        .increment(1);
    }

    #[cfg(feature = "layer")]
    pub(crate) fn body_bytes_held(more: u64) {
        // Added and not set, so that concurrent changes add up. A body has less than 4 GiB.
        let more = f64::from(u32::try_from(more).unwrap_or(u32::MAX));
        metrics::gauge!("eventbridge_body_bytes_in_flight").increment(more);
    }

    #[cfg(feature = "layer")]
    pub(crate) fn body_bytes_given_back(fewer: u64) {
        let fewer = f64::from(u32::try_from(fewer).unwrap_or(u32::MAX));
        metrics::gauge!("eventbridge_body_bytes_in_flight").decrement(fewer);
    }

    #[cfg(feature = "cache")]
    pub(crate) fn certificate_lookup(result: &'static str, host: &'static str) {
        metrics::counter!(
            "eventbridge_certificate_lookups_total", "result" => result, "host" => host
        )
        .increment(1);
    }

    #[cfg(feature = "cache")]
    pub(crate) fn certificate_fetch(outcome: &'static str, host: &'static str, took: Duration) {
        metrics::counter!(
            "eventbridge_certificate_fetches_total", "outcome" => outcome, "host" => host
        )
        .increment(1);
        metrics::histogram!("eventbridge_certificate_fetch_seconds").record(took);
    }

    #[cfg(feature = "cache")]
    pub(crate) fn certificates_kept(kept: u64) {
        let kept = f64::from(u32::try_from(kept).unwrap_or(u32::MAX));
        metrics::gauge!("eventbridge_certificates_kept").set(kept);
    }

    #[cfg(feature = "cache")]
    pub(crate) fn new_key(key: &dyn Display, not_after: SystemTime) {
        let key: String = key.to_string().chars().take(16).collect();
        metrics::counter!("eventbridge_new_keys_total", "key" => key.clone()).increment(1);
        let until = not_after.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        metrics::gauge!("eventbridge_certificate_not_after_seconds", "key" => key)
            .set(until.as_secs_f64());
    }

    #[cfg(feature = "idempotency")]
    pub(crate) fn idempotency(layer: &'static str, outcome: &'static str) {
        metrics::counter!(
            "eventbridge_idempotency_total", "layer" => layer, "outcome" => outcome
        )
        .increment(1);
    }
}

/// Records seconds; an age beyond 24 days is cut.
#[cfg(all(feature = "layer", feature = "metrics"))]
fn age(verdict: &'static str, millis: Option<i64>) {
    let Some(millis) = millis else { return };
    let most = if millis < 0 { i32::MIN } else { i32::MAX };
    let seconds = f64::from(i32::try_from(millis).unwrap_or(most)) / 1000.0;
    metrics::histogram!("eventbridge_push_age_seconds", "verdict" => verdict).record(seconds);
}
