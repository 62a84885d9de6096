//! The trace of an event, in the span of its request.

use eventbridge_envelope::{EventAttributes, TraceContext, batch_texts};

/// Records the trace of a push of one event in the current span, if the span has the fields for it.
pub(super) fn record(body: &[u8]) {
    let span = tracing::Span::current();
    if !span.has_field("traceparent") {
        return;
    }
    if let Some(trace) = trace_of(body) {
        span.record("traceparent", tracing::field::display(&trace));
        if let Some(tracestate) = trace.tracestate() {
            span.record("tracestate", tracestate);
        }
    }
}

fn trace_of(body: &[u8]) -> Option<TraceContext> {
    let attributes = match batch_texts(body) {
        None => EventAttributes::found_in(body),
        Some(mut texts) if texts.len() == 1 => {
            EventAttributes::found_in(texts.next()?.ok()?.as_bytes())
        }
        Some(_) => return None,
    };
    attributes.ok()?.trace_context()
}
