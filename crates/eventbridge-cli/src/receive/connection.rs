//! One connection: served until it ends, or until it has to go.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body::Body;
use http_body_util::{Either, Full};
use hyper::{body::Incoming, rt::Executor};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::{conn::auto, graceful::Watcher},
    service::TowerToHyperService,
};
use tokio::net::TcpStream;
use tower::{BoxError, Service, ServiceExt, service_fn};

use super::{
    answer::{Answer, Received},
    room::{HEADER_TIMEOUT, Seat},
};

/// HTTP/1.1, and HTTP/2 by prior knowledge, within limits.
pub fn server() -> auto::Builder<PollsAtOnce> {
    let mut server = auto::Builder::new(PollsAtOnce);
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
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(128 * 1024)
        .max_send_buf_size(16 * 1024)
        .keep_alive_interval(Duration::from_secs(20));
    server
}

/// Serves a connection as long as it has its seat.
pub async fn serve<S, B>(
    server: auto::Builder<PollsAtOnce>,
    stream: TcpStream,
    service: S,
    watcher: Watcher,
    seat: Seat,
) where
    S: Service<Request<Received<Incoming>>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let service = TowerToHyperService::new(service_fn(answering(service, &seat)));
    let stream = TokioIo::new(stream);
    let connection = server.serve_connection(stream, service).into_owned();
    tokio::select! {
        served = watcher.watch(connection) => {
            if let Err(error) = served {
                tracing::debug!("connection: {error}");
            }
        }
        () = seat.closed() => tracing::debug!("connection closed: idle, or its answers were not \
             taken"),
    }
}

type Answering<B> = Pin<
    Box<dyn Future<Output = Result<Response<Answer<Either<B, Full<Bytes>>>>, BoxError>> + Send>,
>;

/// Hands requests on for which there is room. Boxed, so that one that is refused costs next to
/// nothing.
fn answering<S, B>(
    service: S,
    seat: &Seat,
) -> impl FnMut(Request<Incoming>) -> Answering<B> + Clone + use<S, B>
where
    S: Service<Request<Received<Incoming>>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Send + 'static,
{
    let (room, activity) = (Arc::clone(seat.room()), Arc::clone(&seat.activity));
    move |request| {
        let Some(handling) = Seat::begin(&room, &activity, head_bytes(&request)) else {
            let refused = no_room(request.version());
            let refused =
                refused.map(|response| response.map(Either::Right).map(Answer::of_nobody));
            return Box::pin(std::future::ready(refused));
        };
        let request = request.map(|body| Received::new(body, handling.under_way()));
        let response = service.clone().oneshot(request);
        Box::pin(async move {
            let response = response.await.map_err(Into::into);
            let accepted = response.as_ref().is_ok_and(|response| response.status().is_success());
            let unsent = handling.answered(accepted);
            response.map(|response| response.map(|body| Answer::new(Either::Left(body), unsent)))
        })
    }
}

/// 503, or over HTTP/2 a reset that says that the request was not looked at: such resets hold no
/// answer.
fn no_room(version: Version) -> Result<Response<Full<Bytes>>, BoxError> {
    if version == Version::HTTP_2 {
        return Err(h2::Error::from(h2::Reason::REFUSED_STREAM).into());
    }
    let mut response = Response::new(Full::from(r#"{"status":"rejected"}"#));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    Ok(response)
}

/// About what a head takes, as HTTP/2 counts it (RFC 9113 section 6.5.2).
fn head_bytes<B>(request: &Request<B>) -> usize {
    let fields = request.headers().iter();
    let fields = fields.map(|(name, value)| name.as_str().len() + value.len() + 32);
    fields.sum::<usize>() + request.uri().path().len() + request.uri().query().map_or(0, str::len)
}

/// Runs futures on tokio, but begins at once: a burst of requests that are refused does not pile
/// up.
#[derive(Clone, Copy)]
pub struct PollsAtOnce;

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for PollsAtOnce {
    fn execute(&self, future: F) {
        let mut future = Box::pin(future);
        // Polled again by its own task, which then has its own waker.
        if future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            tokio::spawn(future);
        }
    }
}

const MAX_STREAMS: u32 = 100;
