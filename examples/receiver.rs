//! A receiver to begin a service with: settings from the environment, a log, `/healthz`, and a stop
//! that lets requests end.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com/eventbridge EVENTBRIDGE_TOKEN=... \
//!     EVENTBRIDGE_REGION=cn-hangzhou cargo run --example receiver
//! ```
//!
//! `LISTEN` is the address to listen on (default 127.0.0.1:8080). `EVENTBRIDGE_CERTIFICATE` gives a
//! certificate as URL=FILE in place of a region: then nothing is fetched.

use std::{env, error::Error};

use axum::{
    Extension, Router,
    routing::{get, post},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tower_eventbridge::{Authentic, Verifier, VerifyLayer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Why a push is rejected is in the log only: the sender learns a status.
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let layer = VerifyLayer::new(verifier()?)?;
    let events = Router::new().route("/eventbridge", post(on_event)).route_layer(layer);
    // Outside of the layer, which covers every route of its router.
    let health = Router::new().route("/healthz", get(async || "ok\n"));
    // From here on SIGTERM no longer ends the program at once.
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("stopping: requests under way are finished");
    };
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, events.merge(health)).with_graceful_shutdown(stop).await?;
    Ok(())
}

/// Handles one authentic push. A 2xx answer tells EventBridge that the event is safe.
async fn on_event(Extension(push): Extension<Authentic>) {
    tracing::info!(bytes = push.body().len(), assurance = %push.assurance(), "received");
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
