//! A receiver on plain hyper, without tower: `VerifyLayer::verify` proves each request, HTTP/1.1 or HTTP/2. A server on the
//! open network also needs limits on connections, as `examples/receiver` has them.
//!
//! ```text
//! EVENTBRIDGE_ENDPOINT=https://hooks.example.com/eventbridge EVENTBRIDGE_TOKEN=... EVENTBRIDGE_REGION=cn-hangzhou \
//!     cargo run --example hyper_server
//! ```

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
    let verifier = Verifier::builder()
        .endpoint(env::var("EVENTBRIDGE_ENDPOINT")?)
        .token(env::var("EVENTBRIDGE_TOKEN")?)
        .region(env::var("EVENTBRIDGE_REGION")?)
        .build()?;
    let layer = VerifyLayer::new(verifier)?;
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on {}", listener.local_addr()?);
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

/// A refusal is a response, never an error: an error would end the connection without one.
async fn answer(
    layer: VerifyLayer,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let response = match layer.verify(request).await {
        Ok((event, _request)) => {
            println!("{} bytes for {:?}", event.body().len(), event.tenant());
            Response::new(Bytes::new())
        }
        Err(refusal) => refusal.into_response(),
    };
    Ok(response.map(Full::new))
}
