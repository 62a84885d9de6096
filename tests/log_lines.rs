//! What the log says of events and of enclosed requests: what cargo-mutants found that no other
//! test asked. One test, because another that logs beside it in the same process may turn lines
//! off.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "test code")]

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tower::{Layer, Service, ServiceExt};
use tower_eventbridge::{
    Verifier, VerifyLayer,
    forward::Forward,
    idempotency::{
        Claim, Claimed, Committed, IdempotencyLayer, IdempotencyStore, Once, RejectReplaysLayer,
        StoreError, StoreFuture,
    },
    signer::Signer,
    verify::{VerifiedBody, WholeBody},
};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";
const EVENT: &str = r#"{"specversion":"1.0","source":"acs.test","type":"t","id":"1","data":1}"#;
const NO_EVENT: &str = "no JSON";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_796_083_200) // 2026-12-01T00:00:00Z
}

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

fn verify() -> VerifyLayer {
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem());
    VerifyLayer::builder(verifier.build().unwrap()).clock(now).build().unwrap()
}

fn push(body: &'static str) -> Request<Full<Bytes>> {
    signer().push(URL).token(TOKEN).body(body).sign(now()).unwrap().map(Full::new)
}

/// A writer that keeps what tracing prints.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        let writer = self.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .without_time()
            .with_writer(move || writer.clone())
            .finish()
    }

    /// The lines since the last call, of the layers behind the proof.
    fn lines(&self) -> Vec<String> {
        let text = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(text).unwrap();
        let ours = |line: &&str| {
            ["::idempotency:", "::event:", "it was sent before"]
                .iter()
                .any(|part| line.contains(part))
        };
        text.lines().filter(ours).map(|line| line.trim().to_owned()).collect()
    }
}

/// A store that answers as it is told to.
#[derive(Clone)]
struct Told {
    claims: Result<Claimed, StoreError>,
    commits: Result<Committed, StoreError>,
    abandons: Result<(), StoreError>,
}

impl Told {
    fn new() -> Self {
        Self { claims: Ok(Claimed::Owned), commits: Ok(Committed::Done), abandons: Ok(()) }
    }
}

impl IdempotencyStore for Told {
    fn claim(&self, _: Claim, _: Duration) -> StoreFuture<Claimed> {
        Box::pin(std::future::ready(self.claims.clone()))
    }

    fn commit(&self, _: Claim, _: Duration) -> StoreFuture<Committed> {
        Box::pin(std::future::ready(self.commits.clone()))
    }

    fn abandon(&self, _: Claim) -> StoreFuture<()> {
        Box::pin(std::future::ready(self.abandons.clone()))
    }
}

#[derive(Clone, Copy)]
enum Does {
    Answer(u16),
    Panic,
    Hang,
}

fn handler(
    does: Does,
) -> impl Service<
    Request<VerifiedBody>,
    Response = Response<Full<Bytes>>,
    Error = Infallible,
    Future: Send,
> + Clone
+ Send {
    tower::service_fn(move |_| async move {
        let mut response = Response::new(Full::default());
        match does {
            Does::Answer(status) => *response.status_mut() = StatusCode::from_u16(status).unwrap(),
            Does::Panic => panic!("a handler of somebody's own"),
            Does::Hang => std::future::pending().await,
        }
        Ok(response)
    })
}

async fn status<S>(layer: &impl Layer<S, Service = Once<S>>, inner: S, body: &'static str) -> u16
where
    S: Service<
            Request<VerifiedBody>,
            Response = Response<Full<Bytes>>,
            Error = Infallible,
            Future: Send,
        > + Clone
        + Send
        + 'static,
{
    let service = verify().layer(layer.layer(inner));
    service.oneshot(push(body)).await.unwrap().status().as_u16()
}

#[tokio::test(start_paused = true)]
async fn the_log_says_what_became_of_each_event() {
    let captured = Captured::default();
    let _guard = tracing::subscriber::set_default(captured.subscriber());
    events_once(&captured).await;
    enclosed_requests(&captured).await;
    traces(&captured).await;
}

/// The span of a request gets the trace of its event, after the proof and if it has a field for it.
async fn traces(captured: &Captured) {
    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let line = async |push: Request<Full<Bytes>>, span: tracing::Span| {
        let handler = tower::service_fn(async |_: Request<VerifiedBody>| {
            tracing::info!(target: "handler::event", "handled");
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let answer = verify().layer(handler).oneshot(push);
        let answer = tracing::Instrument::instrument(answer, span).await.unwrap();
        assert_eq!(answer.status(), 200);
        captured.lines().join("\n").replace("INFO ", "").replace("handler::event: handled", "")
    };
    let event = |more: &str| EVENT.replace("\"data\"", &format!("{more}\"data\""));
    let parent = format!(r#""traceparent":"{TRACE}","#);
    let both = format!(r#"{parent}"tracestate":"vendor=1","#);
    let signed = |body: String| {
        signer().push(URL).token(TOKEN).body(body).sign(now()).unwrap().map(Full::new)
    };
    let empty = tracing::field::Empty;
    for (name, body, recorded) in [
        ("both", event(&both), format!("{{traceparent={TRACE} tracestate=\"vendor=1\"}}")),
        ("parent", event(&parent), format!("{{traceparent={TRACE}}}")),
        ("a batch of one", format!("[{}]", event(&parent)), format!("{{traceparent={TRACE}}}")),
        ("a batch", format!("[{0},{0}]", event(&parent)), String::new()),
        ("not valid", event(&both.replace("-01", "-1")), String::new()),
        ("no extension", EVENT.to_owned(), String::new()),
        ("no event", NO_EVENT.to_owned(), String::new()),
    ] {
        let mut push = signed(body);
        push.headers_mut().insert("traceparent", TRACE.parse().unwrap());
        push.headers_mut().insert("tracestate", "forged=1".parse().unwrap());
        let span = tracing::info_span!("request", traceparent = empty, tracestate = empty);
        assert_eq!(line(push, span).await, format!("request{recorded}: "), "{name}");
    }
    let without_state = tracing::info_span!("request", traceparent = empty);
    let recorded = format!("request{{traceparent={TRACE}}}: ");
    assert_eq!(line(signed(event(&both)), without_state).await, recorded);
    let other = tracing::info_span!("request", id = 7);
    assert_eq!(line(signed(event(&both)), other).await, "request{id=7}: ");
}

async fn enclosed_requests(captured: &Captured) {
    const TARGET: &str = "tower_eventbridge::event:";
    const ENCLOSING: &str = r#"{"specversion":"1.0","source":"s",
        "type":"eventbridge:Events:ApiGateway","data":{"method":"GET","path":"/"}}"#;
    let inner = tower::service_fn(async |_: Request<WholeBody>| {
        let mut response = Response::new(Full::<Bytes>::default());
        *response.status_mut() = StatusCode::NOT_FOUND;
        Ok::<_, Infallible>(response)
    });
    let forward = Forward::new(inner);
    let service = verify().layer(forward.clone());
    let status = async |body| {
        let response = service.clone().oneshot(push(body)).await.unwrap();
        response.status().as_u16()
    };
    assert_eq!(status(ENCLOSING).await, 404);
    assert_eq!(captured.lines(), [""; 0], "it is passed on");
    assert_eq!(status(EVENT).await, 422);
    let lines = captured.lines().join("\n");
    let unreadable = format!("ERROR {TARGET} an authentic push cannot be forwarded: ");
    assert!(lines.starts_with(&unreadable) && lines.len() > unreadable.len(), "{lines}");
    let response = forward.clone().oneshot(Request::new(())).await.unwrap();
    assert_eq!(response.status(), 500);
    let missing = "no VerifyLayer is in front of a Forward";
    assert_eq!(captured.lines(), [format!("ERROR {TARGET} {missing}")]);

    let service = verify().layer(forward.acknowledge_client_errors());
    assert_eq!(service.oneshot(push(ENCLOSING)).await.unwrap().status(), 200);
    let acknowledged = "the inner service answered an enclosed request with a client error, \
                        and the event is acknowledged";
    assert_eq!(captured.lines(), [format!("WARN {TARGET} {acknowledged} status=404")]);
}

async fn events_once(captured: &Captured) {
    const TARGET: &str = "tower_eventbridge::idempotency:";
    const NO_ROOM: &str = "the store has no room for another claim";
    let (told, down) = (Told::new(), || StoreError::unavailable("down"));
    let full = StoreError::full("2 events are being handled");
    let fails = Does::Answer(500);
    let done = Does::Answer(200);
    let claims = |claims| Told { claims, ..told.clone() };
    let commits = |commits| Told { commits, ..told.clone() };
    let abandons = |abandons| Told { abandons, ..told.clone() };
    let debug = |outcome: &str| vec![format!("DEBUG {TARGET} event outcome=\"{outcome}\"")];
    let warn = |outcome: &str| vec![format!("WARN {TARGET} event outcome=\"{outcome}\"")];
    let failed = |outcome: &str| {
        [vec![format!("WARN {TARGET} the store is unavailable: down")], warn(outcome)].concat()
    };
    let other_body = "an event came with another body under the same source and id: \
                      it is handled as another event";
    for (name, store, does, body, expected, lines) in [
        ("handled", told.clone(), done, EVENT, 200, debug("handled")),
        ("no key", told.clone(), done, NO_EVENT, 200, debug("no-key")),
        ("no key, failed", told.clone(), fails, NO_EVENT, 500, warn("failed")),
        ("failed", told.clone(), fails, EVENT, 500, warn("failed")),
        ("panicked", told.clone(), Does::Panic, EVENT, 500, warn("panicked")),
        ("timed out", told.clone(), Does::Hang, EVENT, 503, warn("timed-out")),
        ("duplicate", claims(Ok(Claimed::Done)), done, EVENT, 200, debug("duplicate")),
        ("in flight", claims(Ok(Claimed::InFlight)), done, EVENT, 503, debug("in-flight")),
        (
            "other body",
            claims(Ok(Claimed::OwnedWithOtherBody)),
            done,
            EVENT,
            200,
            [vec![format!("WARN {TARGET} {other_body}")], debug("handled")].concat(),
        ),
        ("down", claims(Err(down())), done, EVENT, 503, failed("store-unavailable")),
        (
            "full",
            claims(Err(full)),
            done,
            EVENT,
            503,
            [
                vec![format!("WARN {TARGET} {NO_ROOM}: 2 events are being handled")],
                warn("store-full"),
            ]
            .concat(),
        ),
        ("lost", commits(Ok(Committed::Lost)), done, EVENT, 200, warn("commit-lost")),
        ("not committed", commits(Err(down())), done, EVENT, 200, failed("commit-lost")),
        (
            "not given back",
            abandons(Err(down())),
            fails,
            EVENT,
            500,
            failed("failed").into_iter().rev().collect(),
        ),
    ] {
        let layer = IdempotencyLayer::new(store);
        assert_eq!(status(&layer, handler(does), body).await, expected, "{name}");
        layer.drained().await;
        assert_eq!(captured.lines(), lines, "{name}");
    }

    let layer = RejectReplaysLayer::new(claims(Ok(Claimed::Done)));
    assert_eq!(status(&layer, handler(done), EVENT).await, 409);
    let replayed =
        "WARN tower_eventbridge::verdict: push rejected: it was sent before kind=\"replayed\"";
    assert_eq!(captured.lines(), [replayed]);
    // The events of one signed request share its key.
    let layer = RejectReplaysLayer::new(claims(Ok(Claimed::OwnedWithOtherBody)));
    assert_eq!(status(&layer, handler(done), EVENT).await, 200);
    assert_eq!(captured.lines(), debug("handled"));

    let service = IdempotencyLayer::new(told).layer(tower::service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    assert_eq!(service.oneshot(Request::new(())).await.unwrap().status(), 500);
    let missing = "no VerifyLayer is in front of an IdempotencyLayer or RejectReplaysLayer";
    assert_eq!(captured.lines(), [format!("ERROR {TARGET} {missing}")]);
}
