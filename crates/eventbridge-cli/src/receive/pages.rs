//! Serves the page of `--ui`, with room of its own.

use std::{sync::Arc, time::Duration};

use axum::{Router, middleware::map_response, response::Response};
use http::{HeaderValue, header};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore, time};

use super::room::HEADER_TIMEOUT;

/// Serves for ever. Connections beyond the room wait in the system's queue.
pub async fn serve(listener: TcpListener, pages: Router) {
    let mut server = http1::Builder::new();
    // From the start of a connection: one that asks nothing goes.
    server.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let pages = pages.layer(map_response(closing));
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(seat) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, say: come back a little later.
            time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let service = TowerToHyperService::new(pages.clone());
        let connection = server.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("connection of the page: {error}");
            }
            drop(seat);
        });
    }
}

/// Ends the connection of whoever asks for what he does not get: pages of other sites, for one.
async fn closing(mut response: Response) -> Response {
    if !response.status().is_success() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// More than there can be streams, so that an open page can ask for more.
pub const CONNECTIONS: usize = 64;
