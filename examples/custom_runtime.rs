//! One router as a function of Function Compute, behind API Gateway, an HTTP trigger or both. How
//! to deploy it: docs/function-compute.md.
//!
//! ```text
//! FC_SERVER_PORT=9000 cargo run --example custom_runtime
//! ```
//!
//! With `EVENTBRIDGE_ENDPOINT` (an origin), `EVENTBRIDGE_TOKEN` and `EVENTBRIDGE_REGION` it also
//! receives pushes of EventBridge. `EVENTBRIDGE_CERTIFICATE` gives a certificate as URL=FILE in
//! place of a region: then nothing is fetched.

use std::{convert::Infallible, env, error::Error};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, header},
    response::IntoResponse,
    routing::{get, post},
};
use tower::Layer;
use tower_eventbridge::{
    Authentic, Endpoint, Verifier, VerifyLayer,
    custom_runtime::{self, CustomRuntime, FunctionContext},
    envelope::CloudEvent,
    forward::Forward,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Set and empty is left out: so a template of the platform's leaves a setting out.
    let endpoint = env::var("EVENTBRIDGE_ENDPOINT").ok().filter(|url| !url.is_empty());
    let verify =
        endpoint.is_some().then(verifier).transpose()?.map(VerifyLayer::new).transpose()?;
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let stop = custom_runtime::stop_signal()?;
    let listener = custom_runtime::listen().await?;
    eprintln!("listening on {}", listener.local_addr()?);
    let function = CustomRuntime::new(app(verify.as_ref())).on_event(on_trigger);
    custom_runtime::serve(listener, function, stop).await;
    Ok(())
}

/// The routes. They know nothing of who serves them.
fn app(verify: Option<&VerifyLayer>) -> Router {
    let api = Router::new().route("/test/eb/{id}", get(test)).route("/api/{id}", post(echo));
    let Some(verify) = verify else { return api };
    let events = Router::new().route("/events", post(on_event)).route_layer(verify.clone());
    let enclosed = verify.layer(Forward::new(api.clone()));
    Router::new().route_service("/api-gateway", enclosed).merge(events).merge(api)
}

async fn test(Path(id): Path<u32>) -> String {
    format!("test {id}\n")
}

async fn echo(Path(id): Path<u32>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let content_type = headers.get(header::CONTENT_TYPE).cloned();
    let content_type = content_type.map(|content_type| [(header::CONTENT_TYPE, content_type)]);
    ([("x-id", id.to_string())], content_type, body)
}

/// Handles a push. A 2xx answer tells EventBridge that the event is safe.
async fn on_event(event: CloudEvent, authentic: Authentic) {
    let attributes = event.attributes();
    let worth = authentic.assurance();
    // Quoted: these lines are the function's log, and a publisher chooses the text.
    println!("{:?} of {:?}, worth: {worth}", attributes.event_type(), attributes.source());
}

/// Handles an event of a trigger: permissions, not signatures, decide who may send it.
async fn on_trigger(event: CloudEvent, context: FunctionContext) -> Result<(), Infallible> {
    let attributes = event.attributes();
    let region = context.region().unwrap_or("nowhere");
    println!("{:?} of {:?} in {region:?}", attributes.event_type(), attributes.source());
    Ok(())
}

/// The verifier that the environment describes.
fn verifier() -> Result<Verifier, Box<dyn Error>> {
    let setting = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
    let builder = Verifier::builder()
        .endpoint(Endpoint::origin(setting("EVENTBRIDGE_ENDPOINT")?))
        .token(setting("EVENTBRIDGE_TOKEN")?);
    let Ok(given) = env::var("EVENTBRIDGE_CERTIFICATE") else {
        return Ok(builder.region(setting("EVENTBRIDGE_REGION")?).build()?);
    };
    let (url, file) = given.split_once('=').ok_or("EVENTBRIDGE_CERTIFICATE: is not URL=FILE")?;
    Ok(builder.certificate(url, std::fs::read(file)?).build()?)
}
