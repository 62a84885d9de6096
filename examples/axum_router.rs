//! A receiver on axum. One router answers requests that come directly and those that API Gateway enclosed in an event; another
//! handles any other event.
//!
//! ```text
//! EVENTBRIDGE_ORIGIN=https://hooks.example.com EVENTBRIDGE_TOKEN=... EVENTBRIDGE_REGION=cn-hangzhou \
//!     cargo run --example axum_router
//! ```

use std::{env, error::Error};

use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};
use tokio::net::TcpListener;
use tower::Layer;
use tower_eventbridge::{
    Endpoint, Verifier, VerifyLayer, envelope::CloudEvent, extract::Verified, forward::Forward,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
    let verifier = Verifier::builder()
        .endpoint(Endpoint::origin(setting("EVENTBRIDGE_ORIGIN")?))
        .token(setting("EVENTBRIDGE_TOKEN")?)
        .region(setting("EVENTBRIDGE_REGION")?)
        .build()?;
    let app = app(&VerifyLayer::new(verifier)?);
    let given = env::var("LISTEN").ok().filter(|address| !address.trim().is_empty());
    let address = given.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
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

/// 2xx tells EventBridge that the event is safe: answer it only then.
async fn on_event(event: Verified<CloudEvent>) {
    let attributes = event.attributes();
    println!(
        "{} of {}, worth: {}",
        attributes.event_type(),
        attributes.source(),
        event.proof().assurance()
    );
}
