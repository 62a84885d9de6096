//! Events with a type of your own. Data that does not fit the type is answered 422, which
//! EventBridge tries again and then dead-letters.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com/eventbridge EVENTBRIDGE_TOKEN=... \
//!     EVENTBRIDGE_REGION=cn-hangzhou cargo run --example typed_events
//! ```
//!
//! `LISTEN` is the address to listen on (default 127.0.0.1:8080). `EVENTBRIDGE_CERTIFICATE` gives a
//! certificate as URL=FILE in place of a region: then nothing is fetched.

use std::{env, error::Error};

use axum::{Router, routing::post};
use serde::Deserialize;
use tokio::net::TcpListener;
use tower_eventbridge::{Authentic, Verifier, VerifyLayer, envelope::CloudEvent};

/// The data of an event of object storage, as far as it is used here.
#[derive(Deserialize)]
struct ObjectEvent {
    oss: Oss,
}

#[derive(Deserialize)]
struct Oss {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
    size: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let layer = VerifyLayer::new(verifier()?)?;
    let app = Router::new().route("/eventbridge", post(on_event)).route_layer(layer);
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn on_event(event: CloudEvent<ObjectEvent>, proof: Authentic) -> String {
    let Oss { bucket, object } = &event.data().oss;
    println!("{} for {:?}", event.attributes().event_type(), proof.tenant());
    format!("{}/{}: {} bytes\n", bucket.name, object.key, object.size)
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
