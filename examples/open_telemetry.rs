//! OpenTelemetry: the work on an event continues the trace that the event belongs to.
//!
//! The library knows no exporter. It reads the CloudEvents extension `traceparent`, and this
//! program gives it to the subscriber that it chose.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com/eventbridge EVENTBRIDGE_TOKEN=... \
//!     EVENTBRIDGE_REGION=cn-hangzhou cargo run --example open_telemetry
//! ```
//!
//! `LISTEN` is the address to listen on (default 127.0.0.1:8080). `EVENTBRIDGE_CERTIFICATE` gives a
//! certificate as URL=FILE in place of a region: then nothing is fetched.

use std::{env, error::Error};

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
    routing::post,
};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TracerProvider},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use tokio::net::TcpListener;
use tower_eventbridge::{
    Verifier, VerifyLayer,
    each_event::PushedEvent,
    envelope::{CloudEvent, EventAttributes},
    extract::Verified,
};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let provider = SdkTracerProvider::builder().with_simple_exporter(Printed).build();
    let telemetry = tracing_opentelemetry::layer().with_tracer(provider.tracer("receiver"));
    tracing_subscriber::registry().with(telemetry).init();

    let app = Router::new()
        .route("/eventbridge", post(on_event))
        .route_layer(middleware::from_fn(continue_trace))
        // The last one is the first to see a request: no trace is read before the proof.
        .route_layer(VerifyLayer::new(verifier()?)?);
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    provider.shutdown()?;
    Ok(())
}

async fn on_event(event: Verified<CloudEvent>) -> String {
    format!("{}\n", event.attributes().event_type())
}

/// Runs the handler in a span below the one that published the event.
async fn continue_trace(request: Request, next: Next) -> Response {
    let span = tracing::info_span!("push", otel.kind = "consumer");
    if let Some(parent) = PushedEvent::of(request.extensions()).and_then(|event| parent(&event)) {
        // It fails only in a span that has begun, and this one has not.
        let _ = span.set_parent(parent);
    }
    next.run(request).instrument(span).await
}

fn parent(event: &PushedEvent) -> Option<Context> {
    let trace = EventAttributes::found_in(event.body()).ok()?.trace_context()?;
    let state = trace.tracestate().and_then(|state| state.parse().ok()).unwrap_or_default();
    Some(Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from_bytes(trace.trace_id()),
        SpanId::from_bytes(trace.parent_id()),
        TraceFlags::new(trace.flags()),
        true,
        state,
    )))
}

/// Prints spans. In production `opentelemetry-otlp` sends them.
#[derive(Debug)]
struct Printed;

impl SpanExporter for Printed {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        for span in spans {
            let trace = span.span_context.trace_id();
            println!("span {} in trace {trace} below {}", span.name, span.parent_span_id);
        }
        Ok(())
    }
}

/// The verifier that the environment describes.
fn verifier() -> Result<Verifier, Box<dyn Error>> {
    let setting = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
    let builder = Verifier::builder()
        .endpoint(setting("EVENTBRIDGE_ENDPOINT")?)
        .token(setting("EVENTBRIDGE_TOKEN")?);
    let Ok(given) = env::var("EVENTBRIDGE_CERTIFICATE") else {
        return Ok(builder.region(setting("EVENTBRIDGE_REGION")?).build()?);
    };
    let (url, file) = given.split_once('=').ok_or("EVENTBRIDGE_CERTIFICATE: is not URL=FILE")?;
    Ok(builder.certificate(url, std::fs::read(file)?).build()?)
}
