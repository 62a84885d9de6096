//! The trace of an event, in the span of its request.

use eventbridge_envelope::TraceContext;

/// Records the trace of a push of one event in the current span, if the span has the fields for it.
pub(super) fn record(body: &[u8]) {
    let span = tracing::Span::current();
    if !span.has_field("traceparent") {
        return;
    }
    if let Some(trace) = TraceContext::found_in(body) {
        span.record("traceparent", tracing::field::display(&trace));
        if let Some(tracestate) = trace.tracestate() {
            span.record("tracestate", tracestate);
        }
    }
}
