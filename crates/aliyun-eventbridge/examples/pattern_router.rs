//! Hands each event of a push to the handler whose pattern it matches.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com/eventbridge EVENTBRIDGE_TOKEN=... \
//!     EVENTBRIDGE_REGION=cn-hangzhou cargo run -p aliyun-eventbridge --example pattern_router \
//!     --features tower
//! ```
//!
//! `LISTEN` is the address to listen on (default 127.0.0.1:8080). `EVENTBRIDGE_CERTIFICATE` gives a
//! certificate as URL=FILE in place of a region: then nothing is fetched.

use std::{env, error::Error};

use aliyun_eventbridge::router::PatternRouter;
use axum::{
    Router,
    http::StatusCode,
    routing::{MethodRouter, any},
};
use tokio::net::TcpListener;
use tower_eventbridge::{
    Verifier, VerifyLayer, each_event::EachEventLayer, envelope::CloudEvent, extract::Verified,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = app(VerifyLayer::new(verifier()?)?)?;
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// The routes, apart from where they are served.
fn app(verify: VerifyLayer) -> Result<Router, Box<dyn Error>> {
    // The first pattern that an event matches names its handler.
    let images = r#"{"source": ["acs.oss"], "subject": [{"suffix": ".jpg"}]}"#.parse()?;
    let objects = r#"{"source": ["acs.oss"]}"#.parse()?;
    let events: PatternRouter<MethodRouter> = PatternRouter::new()
        .on("images", images, any(on_image))
        .on("objects", objects, any(on_object));
    // The layer that is added last is the outermost.
    let router = Router::new().route_service("/eventbridge", events);
    Ok(router.route_layer(EachEventLayer::new()).route_layer(verify))
}

async fn on_image(event: Verified<CloudEvent>) -> String {
    format!("image {}\n", event.attributes().subject().unwrap_or_default())
}

/// Handles one event. A 2xx answer tells EventBridge that the event is safe.
async fn on_object(event: Verified<CloudEvent>) -> StatusCode {
    println!("{} of {}", event.attributes().event_type(), event.attributes().source());
    StatusCode::NO_CONTENT
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
