//! Events of object storage, with the struct that the library has for them. Data that does not fit
//! the type is answered 422, which EventBridge tries again and then dead-letters.
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
use tokio::net::TcpListener;
use tower_eventbridge::{
    Verifier, VerifyLayer,
    envelope::CloudEvent,
    events::{AnyEvent, OssObjectEvent},
    extract::Verified,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let layer = VerifyLayer::new(verifier()?)?;
    let app = Router::new()
        .route("/eventbridge", post(on_event))
        .route("/eventbridge/any", post(on_any))
        .route_layer(layer);
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// Gets events of object storage only: any other is answered 422.
async fn on_event(event: Verified<CloudEvent<OssObjectEvent>>) -> String {
    let oss = &event.data().oss;
    println!("{} for {:?}", event.attributes().event_type(), event.proof().tenant());
    // Every sample of a created object has its size. No event of a removed one is published.
    let size = oss.object.size.map_or_else(|| "?".to_owned(), |size| size.to_string());
    format!("{}/{}: {size} bytes\n", oss.bucket.name, oss.object.key)
}

/// Gets events of every type.
#[allow(clippy::wildcard_enum_match_arm, reason = "later versions may have more variants")]
async fn on_any(event: Verified<CloudEvent<AnyEvent>>) -> String {
    match event.data() {
        AnyEvent::OssObject(data) => format!("object {}\n", data.oss.object.key),
        AnyEvent::DirectMailDelivery(data) => format!("mail {:?}\n", data.msg_id),
        AnyEvent::Other => format!("not known: {}\n", event.attributes().event_type()),
        other => format!("not handled: {}\n", other.name()),
    }
}

/// The verifier that the environment describes.
fn verifier() -> Result<Verifier, Box<dyn Error>> {
    let setting = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
    let builder = Verifier::builder()
        .endpoint(setting("EVENTBRIDGE_ENDPOINT")?)
        .endpoint(format!("{}/any", setting("EVENTBRIDGE_ENDPOINT")?))
        .token(setting("EVENTBRIDGE_TOKEN")?);
    let Ok(given) = env::var("EVENTBRIDGE_CERTIFICATE") else {
        return Ok(builder.region(setting("EVENTBRIDGE_REGION")?).build()?);
    };
    let (url, file) = given.split_once('=').ok_or("EVENTBRIDGE_CERTIFICATE: is not URL=FILE")?;
    Ok(builder.certificate(url, std::fs::read(file)?).build()?)
}
