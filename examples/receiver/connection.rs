//! One connection: served until it ends, or until nothing has happened on it for too long.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::Watcher},
    service::TowerToHyperService,
};
use tokio::{net::TcpStream, sync::watch, time};
use tower::{BoxError, Service, ServiceExt, service_fn};

/// HTTP/1.1, and HTTP/2 by prior knowledge, within limits.
pub fn server() -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(16 * 1024);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(16 * 1024)
        .keep_alive_interval(Duration::from_secs(20));
    server
}

pub async fn serve<S, B>(
    server: auto::Builder<TokioExecutor>,
    stream: TcpStream,
    service: S,
    watcher: Watcher,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let activity = watch::Sender::new(Activity::default());
    let idle = idle(activity.subscribe());
    let counted = service_fn(move |request| {
        let under_way = UnderWay::new(&activity);
        let response = service.clone().oneshot(request);
        async move {
            let response = response.await;
            drop(under_way);
            response
        }
    });
    let service = TowerToHyperService::new(counted);
    let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
    tokio::select! {
        served = watcher.watch(connection) => {
            if let Err(error) = served {
                tracing::debug!("connection: {error}");
            }
        }
        () = idle => tracing::debug!("connection closed: no request"),
    }
}

#[derive(Clone, Copy, Default)]
struct Activity {
    /// Requests under way.
    under_way: usize,
    /// Whether there ever was one.
    any: bool,
}

struct UnderWay(watch::Sender<Activity>);

impl UnderWay {
    fn new(activity: &watch::Sender<Activity>) -> Self {
        activity.send_modify(|activity| {
            activity.under_way += 1;
            activity.any = true;
        });
        Self(activity.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|activity| activity.under_way -= 1);
    }
}

/// Ends when no request has been under way for too long. The server's own limits begin with a request's first bytes.
async fn idle(mut activity: watch::Receiver<Activity>) {
    loop {
        let Activity { under_way, any } = *activity.borrow_and_update();
        let limit = match (under_way, any) {
            (0, false) => HEADER_TIMEOUT,
            (0, true) => IDLE_TIMEOUT,
            _ => Duration::MAX,
        };
        match time::timeout(limit, activity.changed()).await {
            Ok(Ok(())) => {}
            // The service is gone, and the connection with it.
            Ok(Err(_)) => std::future::pending().await,
            Err(_) => return,
        }
    }
}

const MAX_STREAMS: u32 = 200;
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
