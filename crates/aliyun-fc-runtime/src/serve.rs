//! The server that the platform expects.

use std::{env, io, net::Ipv4Addr, pin::pin, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, time};
use tower_service::Service;

use crate::BoxError;

/// Serves a [`CustomRuntime`](crate::CustomRuntime) at the port where the platform calls it, until
/// SIGTERM or SIGINT. Then no new connection is taken, and invocations under way have 30 s to
/// finish. Needs a tokio runtime.
///
/// # Errors
///
/// Fails as [`listen`] and [`stop_signal`] do.
pub async fn run<S, B>(service: S) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let listener = listen().await?;
    let stop = stop_signal()?;
    serve(listener, service, stop).await;
    Ok(())
}

/// Listens on every address of the instance, at the port that `FC_SERVER_PORT` names. The platform
/// does not reach 127.0.0.1. Default: 9000 (docs/wire-facts.md section 4.3), also if the variable
/// is blank.
///
/// # Errors
///
/// Fails if `FC_SERVER_PORT` is not a port, or the port cannot be listened on.
pub async fn listen() -> io::Result<TcpListener> {
    let port = port_of(env::var("FC_SERVER_PORT"))?;
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await.map_err(|error| {
        io::Error::new(error.kind(), format!("FC_SERVER_PORT: 0.0.0.0:{port}: {error}"))
    })
}

fn port_of(variable: Result<String, env::VarError>) -> io::Result<u16> {
    match variable {
        Err(env::VarError::NotPresent) => Ok(DEFAULT_PORT),
        // Templates of manifests write a missing value like this.
        Ok(text) if text.trim().is_empty() => Ok(DEFAULT_PORT),
        text => text.ok().and_then(|text| text.parse().ok()).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "FC_SERVER_PORT: is not a port (0 to 65535)",
            )
        }),
    }
}

/// Serves HTTP/1.1 until `stop` ends. Then invocations under way have 30 s to finish. Upgraded
/// connections are not waited for. Connections stay open until the platform closes them.
pub async fn serve<S, B>(listener: TcpListener, service: S, stop: impl Future<Output = ()>)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let connections = GracefulShutdown::new();
    let server = auto::Builder::new(TokioExecutor::new()).http1_only();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, for example: the next one may work.
            time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Answers are short and awaited.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(service.clone());
        let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let connection = connections.watch(connection.into_owned());
        tokio::spawn(async move {
            // The log has the errors of invocations.
            let _ = connection.await;
        });
    }
    drop(listener);
    // A connection that stays half open must not keep the process.
    let _ = time::timeout(DRAIN_TIMEOUT, connections.shutdown()).await;
}

/// Returns a future that ends at SIGTERM, which the platform sends, or SIGINT. Signals count from
/// the call on.
///
/// # Errors
///
/// Fails if the signals cannot be waited for.
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Returns a future that ends at Ctrl-C.
///
/// # Errors
///
/// Never fails.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

const DEFAULT_PORT: u16 = 9000;
/// Longer than the default time limit of a handler.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_port_is_not_given() {
        for blank in ["", " ", "\t\n"] {
            assert_eq!(port_of(Ok(blank.to_owned())).unwrap(), 9000, "{blank:?}");
        }
        assert_eq!(port_of(Err(env::VarError::NotPresent)).unwrap(), 9000);
        assert_eq!(port_of(Ok("0".to_owned())).unwrap(), 0);
        for wrong in ["x", "65536", "-1"] {
            assert!(port_of(Ok(wrong.to_owned())).is_err(), "{wrong}");
        }
    }
}
