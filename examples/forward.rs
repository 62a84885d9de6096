//! Requests that API Gateway enclosed in events go to another service in this process, here one
//! that is not written with axum. Each arrives with its own method, path, headers and body.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com/eventbridge EVENTBRIDGE_TOKEN=... \
//!     EVENTBRIDGE_REGION=cn-hangzhou cargo run --example forward
//! ```
//!
//! `LISTEN` is the address to listen on (default 127.0.0.1:8080). `EVENTBRIDGE_CERTIFICATE` gives a
//! certificate as URL=FILE in place of a region: then nothing is fetched.

use std::{convert::Infallible, env, error::Error};

use axum::Router;
use http::{Request, Response};
use tokio::net::TcpListener;
use tower::{Layer, service_fn};
use tower_eventbridge::{
    Verifier, VerifyLayer, envelope::EventAttributes, forward::ForwardLayer, verify::WholeBody,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let verify = VerifyLayer::new(verifier()?)?;
    // A 4xx answer for the enclosed request is final: EventBridge must not try the event again.
    let forward = ForwardLayer::new().acknowledge_client_errors();
    let app =
        Router::new().route_service("/eventbridge", verify.layer(forward.layer(service_fn(serve))));
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// The service behind: it sees the enclosed request, and the event around it as an extension.
async fn serve(request: Request<WholeBody>) -> Result<Response<String>, Infallible> {
    let event = request.extensions().get::<EventAttributes>();
    println!("by the event {:?}", event.and_then(EventAttributes::id));
    Ok(Response::new(format!("{} {}\n", request.method(), request.uri())))
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
