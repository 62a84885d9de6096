//! The server: connections taken in, drained at the end, and the pages of the admin address.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use hyper_util::server::graceful::GracefulShutdown;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{Signal, SignalKind, signal},
    time,
};
use tower::{BoxError, Layer, Service, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_eventbridge::{
    VerifyLayer,
    each_event::{EachEventLayer, PushedEvent},
    idempotency::{IdempotencyLayer, RejectReplaysLayer},
    verify::{VerifiedBody, Verify, WholeBody},
};
use tracing::Instrument;

use super::{
    answer::Received,
    capture::{CaptureDir, capturing, noting_proof},
    connection,
    events::Shows,
    forward::{Head, MAX_EVENTS, Pushes, Requests},
    printer::{Print, Printer},
    request_id::request_id,
    room::{Room, RoomLimits},
    watch::{Watch, noting_handler, telling_proof, watching},
    workers::Workers,
};

#[derive(Clone, Copy)]
pub struct Limits {
    /// How long an event may take to be forwarded and printed.
    pub handler_timeout: Duration,
    /// How long requests may take to end once the program is told to stop.
    pub drain_timeout: Duration,
    /// How many connections and requests there may be.
    pub room: RoomLimits,
}

/// What stands between a verified push and its handling.
pub struct Steps {
    /// Where pushes go whole.
    pub whole: Option<Pushes>,
    /// Where events go one by one.
    pub each: Option<Pushes>,
    /// Where enclosed requests go.
    pub requests: Option<Requests>,
    /// Whether events have somewhere to go without being printed.
    pub taken: bool,
    pub print: Print,
    /// Of events.
    pub dedupe: Option<IdempotencyLayer>,
    /// Of whole pushes, which may be sent while one of their events fails.
    pub dedupe_whole: Option<IdempotencyLayer>,
    pub replay_protection: Option<RejectReplaysLayer>,
    pub capture: Option<CaptureDir>,
    pub watch: Option<Watch>,
}

/// Serves until `stop`, then lets what was accepted end.
pub async fn serve(
    listener: TcpListener,
    layer: VerifyLayer,
    steps: Steps,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let Steps {
        whole,
        each,
        requests,
        taken,
        print,
        dedupe,
        dedupe_whole,
        replay_protection,
        capture,
        watch,
    } = steps;
    // Then all of a push is done once it was sent whole.
    let whole_is_all = whole.is_some() && requests.is_none() && print == Print::Never;
    let printer = Printer::to_stdout();
    let handler = Arc::new(Handler { each, requests, taken, print, printer });
    let limit = limits.handler_timeout;
    let handle = service_fn(move |request: Request<WholeBody>| {
        let handler = Arc::clone(&handler);
        within(limit, request, async move |head, event| handler.accept(&head, event).await)
    });
    let mut each = boxed(handle);
    if let Some(dedupe) = &dedupe {
        each = boxed(dedupe.layer(each));
    }
    let mut service: Boxed<VerifiedBody> =
        boxed(EachEventLayer::new().max_events(MAX_EVENTS).layer(each));
    if let Some(whole) = whole {
        let send = service_fn(move |request: Request<WholeBody>| {
            let whole = whole.clone();
            within(limit, request, async move |head, push| whole.send(&head, &push).await)
        });
        let send = match &dedupe_whole {
            Some(dedupe) => boxed(dedupe.layer(send)),
            None => boxed(send),
        };
        // Behind one pointer: a service is cloned for every request, and boxes are copied.
        let services = Arc::new((send, (!whole_is_all).then_some(service)));
        service = boxed(service_fn(move |request| whole_first(Arc::clone(&services), request)));
    }
    let capture = capture.map(Arc::new);
    if capture.is_some() {
        service = boxed(service_fn(move |request| noting_proof(service.clone(), request)));
    }
    if watch.is_some() {
        service = boxed(service_fn(move |request| noting_handler(service.clone(), request)));
    }
    // Outermost: a replay is rejected before it is asked whether the event is done.
    if let Some(replay_protection) = &replay_protection {
        service = boxed(replay_protection.layer(service));
    }
    if watch.is_some() {
        service = boxed(service_fn(move |request| telling_proof(service.clone(), request)));
    }
    let service = Arc::new(layer.layer(service));
    let service = service_fn(move |request: Request<Received<Incoming>>| {
        // The layer records the trace of an event once it is verified.
        let trace = tracing::field::Empty;
        let span = tracing::error_span!("request", id = %request_id(&request), traceparent = trace);
        let (verify, capture) = (Verify::clone(&service), capture.clone());
        let captured =
            service_fn(move |request| capturing(verify.clone(), capture.clone(), request));
        watching(captured, watch.clone(), request).instrument(span)
    });
    let graceful = GracefulShutdown::new();
    let room = Room::new(limits.room);
    let workers = Workers::start().unwrap_or_else(|error| {
        tracing::warn!("connections share the threads of the program: {error}");
        Workers::default()
    });
    tokio::select! {
        () = stop => {}
        () = accept(listener, service, &room, &graceful, &workers) => {}
    }
    let ended = async {
        // A peer that asks nothing, or does not take its answers, holds nobody up.
        tokio::select! {
            () = graceful.shutdown() => {}
            () = room.close_what_does_nothing() => {}
        }
        // Handlers are detached from their connections.
        for dedupe in [&dedupe, &dedupe_whole].into_iter().flatten() {
            dedupe.drained().await;
        }
        if let Some(replay_protection) = &replay_protection {
            replay_protection.drained().await;
        }
    };
    if time::timeout(limits.drain_timeout, ended).await.is_err() {
        tracing::warn!("not every request ended within the drain timeout");
    }
}

type Boxed<B> =
    BoxCloneSyncService<Request<B>, Response<UnsyncBoxBody<Bytes, Infallible>>, Infallible>;

/// One type, whichever layers are there.
fn boxed<S, R, B>(service: S) -> Boxed<R>
where
    S: Service<Request<R>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
    R: 'static,
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    BoxCloneSyncService::new(service.map_response(|response| response.map(BodyExt::boxed_unsync)))
}

/// Takes connections in, as many as there is room for: the others wait in the system's queue.
async fn accept<S, B>(
    listener: TcpListener,
    service: S,
    room: &Arc<Room>,
    graceful: &GracefulShutdown,
    workers: &Workers,
) where
    S: Service<Request<Received<Incoming>>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let server = connection::server();
    let accepting = async {
        loop {
            let Ok((stream, peer)) = listener.accept().await else {
                // Out of file descriptors, say: come back a little later.
                time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Some(seat) = room.admit(peer.ip()).await else {
                tracing::debug!("a connection is not admitted: its peer has its share");
                continue;
            };
            // Events of a socket go to the thread that registers it.
            let Ok(stream) = stream.into_std() else { continue };
            let (server, service, watcher) = (server.clone(), service.clone(), graceful.watcher());
            workers.spawn(async move {
                match TcpStream::from_std(stream) {
                    Ok(stream) => connection::serve(server, stream, service, watcher, seat).await,
                    Err(error) => tracing::warn!("a connection is not served: {error}"),
                }
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = room.close_the_idle() => {}
    }
}

/// Sends a push whole, and then handles its events, if there is anything to do. The answer is that
/// of the service, unless an event fails.
async fn whole_first(
    services: Arc<(Boxed<WholeBody>, Option<Boxed<VerifiedBody>>)>,
    request: Request<VerifiedBody>,
) -> Result<Response<UnsyncBoxBody<Bytes, Infallible>>, Infallible> {
    let (send, events) = &*services;
    let Some(events) = events else {
        // It takes the body from the proof. What is charged for it is charged until the answer.
        let (head, _charged) = request.into_parts();
        return send.clone().oneshot(Request::from_parts(head, nothing())).await;
    };
    let (head, body) = request.into_parts();
    let sent = send.clone().oneshot(Request::from_parts(head.clone(), nothing())).await?;
    if !sent.status().is_success() {
        return Ok(sent);
    }
    let handled = events.clone().oneshot(Request::from_parts(head, body)).await?;
    Ok(if handled.status().is_success() { sent } else { handled })
}

fn nothing() -> WholeBody {
    WholeBody::from(Bytes::new())
}

/// Does something with an event that belongs to it.
struct Handler {
    each: Option<Pushes>,
    requests: Option<Requests>,
    taken: bool,
    print: Print,
    printer: Printer,
}

impl Handler {
    /// An event that could not be forwarded or printed is not accepted: EventBridge brings it
    /// again.
    async fn accept(&self, head: &Head, event: PushedEvent) -> Result<StatusCode, StatusCode> {
        let mut status = StatusCode::OK;
        let mut arrives = self.taken;
        if let Some(each) = &self.each {
            status = each.send(head, &event).await?;
        }
        if let Some(requests) = &self.requests
            && requests.send(&event).await?.is_some()
        {
            arrives = true;
        }
        let shows = match self.print {
            Print::Auto if arrives => Shows::Attributes,
            Print::Auto | Print::Always => Shows::Event,
            Print::Never if arrives => return Ok(status),
            Print::Never => {
                tracing::warn!(
                    "--print never: an event encloses no request, so it has nowhere to go, and is \
                     answered 422"
                );
                return Err(StatusCode::UNPROCESSABLE_ENTITY);
            }
        };
        if !self.printer.print(event, shows).await {
            tracing::error!("an event could not be printed: stdout is closed or full");
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        Ok(status)
    }
}

async fn within(
    limit: Duration,
    request: Request<WholeBody>,
    handle: impl AsyncFnOnce(Head, PushedEvent) -> Result<StatusCode, StatusCode>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let Some(event) = PushedEvent::of(request.extensions()) else {
        tracing::error!("a request without a proof came past the layer");
        return Ok(failed(StatusCode::INTERNAL_SERVER_ERROR));
    };
    Ok(match time::timeout(limit, handle(Head::of(&request), event)).await {
        Ok(Ok(status)) => accepted(status),
        Ok(Err(status)) => failed(status),
        Err(_) => {
            tracing::error!("an event could not be handled within {} s", limit.as_secs());
            failed(StatusCode::SERVICE_UNAVAILABLE)
        }
    })
}

/// The status of the service that got the event; those that have no body get none.
fn accepted(status: StatusCode) -> Response<Full<Bytes>> {
    match status {
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => {
            let mut response = Response::new(Full::default());
            *response.status_mut() = status;
            response
        }
        _ => answer(status, r#"{"status":"accepted"}"#),
    }
}

fn failed(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = answer(status, r#"{"status":"failed"}"#);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

fn answer(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// `/healthz` says that the program is alive, `/readyz` that pushes can be verified and are wanted,
/// `/metrics` what was measured.
pub async fn admin(
    listener: TcpListener,
    layer: VerifyLayer,
    metrics: PrometheusHandle,
    stopping: Arc<AtomicBool>,
) {
    let ready = async move || match layer.is_ready() && !stopping.load(Ordering::Relaxed) {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    };
    let pages = axum::Router::new()
        .route("/healthz", axum::routing::get(|| async { "ok\n" }))
        .route("/readyz", axum::routing::get(ready))
        .route("/metrics", axum::routing::get(async move || metrics.render()));
    accept(listener, pages, &Room::new(ADMIN_ROOM), &GracefulShutdown::new(), &Workers::default())
        .await;
}

/// SIGTERM and SIGINT, which end the program only from here on as they should.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Room of its own, in which no stranger's connection counts. One that has not asked for a page for
/// a while goes.
pub const ADMIN_ROOM: RoomLimits =
    RoomLimits { connections: 16, connections_per_peer: 16, requests: 64 };
