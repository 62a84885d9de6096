//! A receiver on axum: pushes under `/eventbridge`, another route beside them that is not verified.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com/eventbridge EVENTBRIDGE_TOKEN=... EVENTBRIDGE_REGION=cn-hangzhou \
//!     cargo run --example axum_router
//! ```

use std::{env, error::Error};

use axum::{
    Extension, Router,
    routing::{get, post},
};
use tokio::net::TcpListener;
use tower_eventbridge::{Authentic, Verifier, VerifyLayer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let verifier = Verifier::builder()
        .endpoint(env::var("EVENTBRIDGE_ENDPOINT")?)
        .token(env::var("EVENTBRIDGE_TOKEN")?)
        .region(env::var("EVENTBRIDGE_REGION")?)
        .build()?;
    let pushes =
        Router::new().route("/eventbridge", post(on_event)).layer(VerifyLayer::new(verifier)?);
    let app = Router::new().merge(pushes).route("/", get(|| async { "up" }));
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// 2xx tells EventBridge that the event is safe: answer it only then.
async fn on_event(Extension(event): Extension<Authentic>) {
    println!("{} bytes for {:?}", event.body().len(), event.tenant());
}
