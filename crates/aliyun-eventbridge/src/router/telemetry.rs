//! Log lines and measurements of the router. `docs/metrics.md` is the reference.

use std::sync::Arc;

use crate::EventError;

/// Counts an event that goes to a handler. The name comes from the configuration.
pub(super) fn routed(handler: &Arc<str>) {
    #[cfg(feature = "metrics")]
    metrics::counter!("eventbridge_routed_events_total", "handler" => Arc::clone(handler))
        .increment(1);
    let _ = handler;
}

/// Counts an event that no pattern matches.
pub(super) fn unmatched(status: http::StatusCode) {
    #[cfg(feature = "metrics")]
    metrics::counter!("eventbridge_unmatched_events_total").increment(1);
    #[cfg(feature = "tracing")]
    tracing::info!(
        target: "aliyun_eventbridge::router",
        status = status.as_u16(),
        "an event matches no pattern of the PatternRouter"
    );
    let _ = status;
}

pub(super) fn unreadable(error: &EventError) {
    #[cfg(feature = "tracing")]
    tracing::error!(
        target: "aliyun_eventbridge::router",
        "an authentic push cannot be routed: {error}"
    );
    let _ = error;
}

pub(super) fn unsplit_batch() {
    #[cfg(feature = "tracing")]
    tracing::error!(
        target: "aliyun_eventbridge::router",
        "an authentic push is a batch: put an EachEventLayer in front of the PatternRouter"
    );
}

pub(super) fn missing_proof() {
    #[cfg(feature = "tracing")]
    tracing::error!(
        target: "aliyun_eventbridge::router",
        "no VerifyLayer is in front of a PatternRouter"
    );
}
