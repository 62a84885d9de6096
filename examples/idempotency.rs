//! Each event handled once: EventBridge delivers at least once and signs each try anew. With
//! `RedisStore` in place of `MemoryStore` several processes share which events are done.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com/eventbridge EVENTBRIDGE_TOKEN=... \
//!     EVENTBRIDGE_REGION=cn-hangzhou cargo run --example idempotency
//! ```
//!
//! `LISTEN` is the address to listen on (default 127.0.0.1:8080). `EVENTBRIDGE_CERTIFICATE` gives a
//! certificate as URL=FILE in place of a region: then nothing is fetched.

use std::{
    env,
    error::Error,
    sync::atomic::{AtomicU32, Ordering},
};

use axum::{Router, routing::post};
use tokio::net::TcpListener;
use tower_eventbridge::{
    Verifier, VerifyLayer,
    each_event::EachEventLayer,
    envelope::CloudEvent,
    idempotency::{IdempotencyLayer, MemoryStore},
};

static HANDLED: AtomicU32 = AtomicU32::new(0);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/eventbridge", post(on_event))
        .route_layer(IdempotencyLayer::new(MemoryStore::new()))
        // Takes batches apart, so that each event of one is claimed alone.
        .route_layer(EachEventLayer::new())
        // Added last, so outermost: the key is made of signed facts.
        .route_layer(VerifyLayer::new(verifier()?)?);
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// Runs once for each event, unless it fails: then it runs again at the next try.
async fn on_event(event: CloudEvent) {
    let number = HANDLED.fetch_add(1, Ordering::Relaxed) + 1;
    println!("event {number}: {:?}", event.attributes().id());
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
