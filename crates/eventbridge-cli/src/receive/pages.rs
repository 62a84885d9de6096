//! Serves the page of `--ui`, with room of its own.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{net::TcpListener, sync::Semaphore, time};

use super::connection;

/// Serves for ever. Connections beyond the room wait in the system's queue.
pub async fn serve(listener: TcpListener, pages: Router) {
    let server = connection::server();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(seat) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, say: come back a little later.
            time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let service = TowerToHyperService::new(pages.clone());
        let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("connection of the page: {error}");
            }
            drop(seat);
        });
    }
}

/// More than there can be streams, so that an open page can ask for more.
pub const CONNECTIONS: usize = 64;
