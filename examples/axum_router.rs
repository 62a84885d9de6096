//! One axum router answers requests that come directly and those that API Gateway enclosed in an
//! event; another handles any other event. Every path of the endpoint is signed: it is an origin.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com EVENTBRIDGE_TOKEN=... \
//!     EVENTBRIDGE_REGION=cn-hangzhou cargo run --example axum_router
//! ```
//!
//! `LISTEN` is the address to listen on (default 127.0.0.1:8080). `EVENTBRIDGE_CERTIFICATE` gives a
//! certificate as URL=FILE in place of a region: then nothing is fetched.

use std::{env, error::Error};

use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use tokio::net::TcpListener;
use tower::Layer;
use tower_eventbridge::{
    Authentic, Endpoint, Verifier, VerifyLayer, envelope::CloudEvent, forward::Forward,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = app(&VerifyLayer::new(verifier()?)?);
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// The routes, apart from where they are served.
pub fn app(verify: &VerifyLayer) -> Router {
    // Knows nothing of events.
    let api = Router::new().route("/test/eb/{id}", get(test));
    let events = Router::new().route("/events", post(on_event)).route_layer(verify.clone());
    Router::new()
        .route_service("/api-gateway", verify.layer(Forward::new(api.clone())))
        .merge(events)
        .merge(api)
}

async fn test(Path(id): Path<u32>) -> String {
    format!("test {id}\n")
}

/// Handles one event. A 2xx answer tells EventBridge that the event is safe.
async fn on_event(event: CloudEvent, authentic: Authentic) {
    let attributes = event.attributes();
    println!(
        "{} of {}, worth: {}",
        attributes.event_type(),
        attributes.source(),
        authentic.assurance()
    );
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
