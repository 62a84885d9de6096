//! A receiver on plain hyper, without tower: `VerifyLayer::verify` proves each request, over
//! HTTP/1.1 or HTTP/2. A server on the open network also limits connections, as the program
//! `eventbridge receive` does.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com/eventbridge EVENTBRIDGE_TOKEN=... \
//!     EVENTBRIDGE_REGION=cn-hangzhou cargo run --example hyper_server
//! ```
//!
//! `LISTEN` is the address to listen on (default 127.0.0.1:8080). `EVENTBRIDGE_CERTIFICATE` gives a
//! certificate as URL=FILE in place of a region: then nothing is fetched.

use std::{env, error::Error, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::net::TcpListener;
use tower_eventbridge::{Verifier, VerifyLayer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let layer = VerifyLayer::new(verifier()?)?;
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, say: come back a little later.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let layer = layer.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(layer.clone(), request));
            let mut connection = auto::Builder::new(TokioExecutor::new());
            connection
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(10));
            if let Err(error) = connection.serve_connection(TokioIo::new(stream), service).await {
                eprintln!("connection: {error}");
            }
        });
    }
}

/// Answers one request. A rejection is a response: an error would end the connection without one.
async fn answer(
    layer: VerifyLayer,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let response = match layer.verify(request).await {
        Ok((event, _request)) => {
            println!("{} bytes for {:?}", event.body().len(), event.tenant());
            Response::new(Bytes::new())
        }
        Err(rejected) => rejected.into_response(),
    };
    Ok(response.map(Full::new))
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
