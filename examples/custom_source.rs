//! Certificates from a source of your own: here a folder that something else keeps up to date, for
//! networks without a way out. The file's name is the last part of the certificate's URL.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com/eventbridge EVENTBRIDGE_TOKEN=... \
//!     EVENTBRIDGE_REGION=cn-hangzhou CERTIFICATES=/etc/eventbridge \
//!     cargo run --example custom_source
//! ```
//!
//! `LISTEN` is the address to listen on (default 127.0.0.1:8080).

use std::{env, error::Error, path::PathBuf};

use axum::{Extension, Router, routing::post};
use bytes::Bytes;
use tokio::net::TcpListener;
use tower_eventbridge::{
    Authentic, Verifier, VerifyLayer,
    certificate::{AllowedUrl, CertificateSource, FetchError, FetchFuture},
};

/// A folder of certificates. The cache in front of it asks at most once an hour for each.
struct Folder(PathBuf);

impl CertificateSource for Folder {
    fn fetch(&self, url: AllowedUrl) -> FetchFuture {
        // The URL is one of the regions that are allowed, but its path is the sender's.
        let name = url.as_str().rsplit('/').next().unwrap_or_default();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let stem = name.strip_suffix(".pem").filter(|stem| stem.bytes().all(fits));
        let file = stem.map(|stem| self.0.join(format!("{stem}.pem")));
        Box::pin(async move {
            let file = file.ok_or_else(|| FetchError::gone("not the name of a certificate"))?;
            let read = tokio::task::spawn_blocking(move || std::fs::read(file)).await;
            let bytes = read.map_err(FetchError::unavailable)?;
            bytes.map(Bytes::from).map_err(FetchError::unavailable)
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
    let verifier = Verifier::builder()
        .endpoint(setting("EVENTBRIDGE_ENDPOINT")?)
        .token(setting("EVENTBRIDGE_TOKEN")?)
        .region(setting("EVENTBRIDGE_REGION")?)
        .build()?;
    let source = Folder(setting("CERTIFICATES")?.into());
    let layer = VerifyLayer::builder(verifier).source(source).build()?;
    let app = Router::new().route("/eventbridge", post(on_event)).route_layer(layer);
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn on_event(Extension(push): Extension<Authentic>) {
    println!("{} bytes, worth: {}", push.body().len(), push.assurance());
}
