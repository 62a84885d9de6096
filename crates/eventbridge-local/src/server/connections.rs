//! Connections: plain HTTP and TLS on one port, bounded in number and time.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use crate::limits::Bounds;

/// How long requests may take to end once the server stops.
const DRAIN: Duration = Duration::from_secs(5);
/// The first byte of a TLS connection (RFC 8446, section 5.1): the content type `handshake`.
const TLS_HANDSHAKE: u8 = 22;
/// The head of a request has this many bytes at most.
const MOST_HEAD_BYTES: usize = 256 * 1024;

/// Serves until the server stops.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: TlsAcceptor,
    routes: Router,
    bounds: Bounds,
    stopping: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let mut stopped = stopping.clone();
    let accepting = async {
        loop {
            // More connections wait in the system's queue.
            let Ok(seat) = Arc::clone(&room).acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else {
                // Out of file descriptors, say: come back a little later.
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (tls, routes, stopping) = (tls.clone(), routes.clone(), stopping.clone());
            let time = bounds.request_timeout;
            tokio::spawn(async move {
                // A connection that breaks concerns its client only.
                let _ = connection(stream, tls, routes, time, stopping).await;
                drop(seat);
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        _ = stopped.wait_for(|stopping| *stopping) => {}
    }
    drop(listener);
    let all = u32::try_from(bounds.connections).unwrap_or(u32::MAX);
    let _ = timeout(DRAIN, room.acquire_many(all)).await;
}

async fn connection(
    stream: TcpStream,
    tls: TlsAcceptor,
    routes: Router,
    time: Duration,
    stopping: watch::Receiver<bool>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    stream.set_nodelay(true)?;
    let mut first = [0];
    if timeout(time, stream.peek(&mut first)).await?? == 0 {
        return Ok(());
    }
    if first == [TLS_HANDSHAKE] {
        let stream = timeout(time, tls.accept(stream)).await??;
        return Ok(requests(stream, routes, time, stopping).await?);
    }
    Ok(requests(stream, routes, time, stopping).await?)
}

async fn requests<S>(
    stream: S,
    routes: Router,
    time: Duration,
    mut stopping: watch::Receiver<bool>,
) -> Result<(), hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(time).max_buf_size(MOST_HEAD_BYTES);
    let service = TowerToHyperService::new(routes);
    let connection = server.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let stopped = async {
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = stopped => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}
