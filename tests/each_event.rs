//! Events one at a time: what names an event, batches of which some events fail, and what a store that is down is asked.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{Router, routing::any};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceExt, layer::util::Stack};
use tower_eventbridge::{
    Authentic, Endpoint, ForwardedHeaders, Token, Verifier, VerifyLayer,
    each_event::{EachEvent, EachEventLayer, EventStatuses, PushedEvent},
    envelope::{CloudEvent, EnvelopeError},
    extract::Verified,
    forward::Forward,
    idempotency::{
        Claim, Claimed, Committed, IdempotencyLayer, IdempotencyStore, MemoryStore, ReplayLayer,
        StoreError, StoreFuture,
    },
    signer::{SignWith, Signer},
};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";
const OTHER_TOKEN: &str = "a-token-of-another-tenant";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_796_083_200) // 2026-12-01T00:00:00Z
}

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

fn verify(endpoint: Endpoint) -> VerifyLayer {
    let verifier = Verifier::builder()
        .endpoint(endpoint)
        .token(TOKEN)
        .token(Token::new(OTHER_TOKEN).tenant("other"))
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .build()
        .unwrap();
    VerifyLayer::builder(verifier).clock(now).build().unwrap()
}

fn event(id: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"acs.test","type":"t","id":"{id}","data":1}}"#)
}

fn sign(url: &str, token: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    signer().push(url).token(token).body(body).sign(now()).unwrap()
}

/// What ran, in order: path and id of each event. Fails for the ids that it is told to.
#[derive(Clone, Default)]
struct Ran {
    events: Arc<Mutex<Vec<String>>>,
    fails: Arc<Mutex<BTreeMap<String, u16>>>,
}

impl Ran {
    fn router(&self) -> Router {
        let ran = self.clone();
        let handler = async move |uri: Uri, event: Verified<CloudEvent>| {
            let id = event.attributes().id().unwrap_or_default().to_owned();
            let push = str::from_utf8(event.proof().body()).unwrap();
            assert!(push.contains(&format!("\"{id}\"")), "the proof is that of the push");
            ran.events.lock().unwrap().push(format!("{} {id}", uri.path()));
            let status = ran.fails.lock().unwrap().get(&id).copied().unwrap_or(200);
            StatusCode::from_u16(status).unwrap()
        };
        Router::new().fallback(any(handler))
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }

    fn fail(&self, id: &str, status: u16) {
        self.fails.lock().unwrap().insert(id.to_owned(), status);
    }
}

fn once() -> IdempotencyLayer {
    IdempotencyLayer::new(MemoryStore::builder().clock(now).build())
}

/// A router behind a verifier, and behind it the layer.
fn behind<L>(endpoint: Endpoint, layer: L, router: &Router) -> Router
where
    L: Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
    L::Service: Service<
            axum::extract::Request,
            Response: axum::response::IntoResponse,
            Error: Into<std::convert::Infallible>,
            Future: Send,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    router.clone().layer(layer).layer(verify(endpoint))
}

fn each_once() -> Stack<IdempotencyLayer, EachEventLayer> {
    Stack::new(once(), EachEventLayer::new())
}

async fn send(app: &Router, request: Request<Bytes>) -> Response<axum::body::Body> {
    app.clone().oneshot(request.map(axum::body::Body::from)).await.unwrap()
}

async fn push(app: &Router, body: impl Into<Bytes>) -> u16 {
    send(app, sign(URL, TOKEN, body)).await.status().as_u16()
}

/// Two targets of one rule get the same event.
#[tokio::test]
async fn targets_under_one_endpoint_are_told_apart_by_the_signed_url() {
    let ran = Ran::default();
    let app = behind(Endpoint::origin("https://hooks.example.com"), once(), &ran.router());
    for path in ["/billing", "/audit", "/billing", "/audit?a=1", "/audit?a=2"] {
        let url = format!("https://hooks.example.com{path}");
        assert_eq!(send(&app, sign(&url, TOKEN, event("1"))).await.status(), 200);
    }
    assert_eq!(ran.take(), ["/billing 1", "/audit 1", "/audit 1", "/audit 1"]);

    let forwarded = ForwardedHeaders::XForwarded;
    let app = behind(Endpoint::dangerous_forwarded_headers(forwarded), once(), &ran.router());
    for host in ["a.example.com", "b.example.com", "a.example.com"] {
        let mut request = sign(&format!("https://{host}/x"), TOKEN, event("1"));
        let headers: &mut HeaderMap = request.headers_mut();
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        headers.insert("x-forwarded-host", host.parse().unwrap());
        headers.insert("host", host.parse().unwrap());
        assert_eq!(send(&app, request).await.status(), 200, "{host}");
    }
    assert_eq!(ran.take().len(), 2);
}

/// Whoever sees a push can move its last line feed from the form into the body, or back.
#[tokio::test]
async fn a_line_feed_that_is_moved_makes_no_other_event() {
    for layered in [false, true] {
        let ran = Ran::default();
        let app = match layered {
            true => behind(Endpoint::exact(URL), each_once(), &ran.router()),
            false => behind(Endpoint::exact(URL), once(), &ran.router()),
        };
        for with in [SignWith::V1, SignWith::V2, SignWith::Both] {
            let push = signer().push(URL).token(TOKEN).with(with).body(event(with_name(with)));
            let captured = push.sign(now()).unwrap();
            let mut moved = captured.clone();
            *moved.body_mut() = [captured.body().as_ref(), b"\n"].concat().into();
            assert_eq!(send(&app, captured).await.status(), 200);
            assert_eq!(send(&app, moved).await.status(), 200);
        }
        assert_eq!(ran.take(), ["/events v1", "/events v2", "/events both"]);
    }
}

fn with_name(with: SignWith) -> &'static str {
    match with {
        SignWith::V1 => "v1",
        SignWith::V2 => "v2",
        _ => "both",
    }
}

#[tokio::test]
async fn replays_of_one_tenant_are_no_matter_of_another() {
    let ran = Ran::default();
    let store = MemoryStore::builder().clock(now).build();
    let app = behind(Endpoint::exact(URL), ReplayLayer::new(store), &ran.router());
    for (token, status) in [(TOKEN, 200), (OTHER_TOKEN, 200), (TOKEN, 409), (OTHER_TOKEN, 409)] {
        assert_eq!(send(&app, sign(URL, token, event("1"))).await.status(), status, "{token}");
    }
    assert_eq!(ran.take().len(), 2);
}

/// Behind an `EachEvent` the events of one signed request are not replays of each other.
#[tokio::test]
async fn replay_protection_of_each_event_knows_its_place() {
    let ran = Ran::default();
    let store = MemoryStore::builder().clock(now).build();
    let layer = Stack::new(ReplayLayer::new(store), EachEventLayer::new());
    let app = behind(Endpoint::exact(URL), layer, &ran.router());
    let batch = format!("[{},{}]", event("1"), event("1"));
    assert_eq!(push(&app, batch.clone()).await, 200);
    assert_eq!(ran.take().len(), 2);
    assert_eq!(push(&app, batch).await, 409);
    assert_eq!(ran.take().len(), 0);
}

#[tokio::test]
async fn what_is_done_of_a_batch_stays_done() {
    let ran = Ran::default();
    let app = behind(Endpoint::exact(URL), each_once(), &ran.router());
    let batch = |ids: &[&str]| {
        let events: Vec<_> = ids.iter().map(|id| event(id)).collect();
        format!("[{}]", events.join(","))
    };
    ran.fail("b", 500);
    assert_eq!(push(&app, batch(&["a", "b", "c"])).await, 500);
    assert_eq!(ran.take(), ["/events a", "/events b", "/events c"]);
    assert_eq!(push(&app, batch(&["a", "b", "c"])).await, 500);
    assert_eq!(ran.take(), ["/events b"]);
    ran.fail("b", 204);
    assert_eq!(push(&app, batch(&["a", "b", "c"])).await, 200);
    assert_eq!(ran.take(), ["/events b"]);

    // However the events are put together, in any published form of a batch, and alone.
    assert_eq!(push(&app, batch(&["d", "e"])).await, 200);
    assert_eq!(ran.take(), ["/events d", "/events e"]);
    let strings = serde_json::to_string(&[event("e"), event("d")]).unwrap();
    let listed = format!("{{\"EventList\": {}}}", batch(&["d", "a"]));
    let spaced = format!(" [ {} ,\n{} ] ", event("e"), event("d"));
    for again in [event("d"), batch(&["e", "d"]), strings, listed, spaced, batch(&["d"])] {
        assert_eq!(push(&app, again.clone()).await, 200, "{again}");
        assert_eq!(push(&app, format!("\n{again}\n")).await, 200, "{again}");
    }
    assert_eq!(ran.take(), [""; 0]);
    for again in [event("d"), batch(&["d", "e"])] {
        assert_eq!(push(&app, format!("\u{feff}{again}")).await, 200, "with a byte order mark");
        assert_eq!(push(&app, format!("\n\u{feff}\n\u{feff}{again} ")).await, 200);
    }
    assert_eq!(ran.take(), [""; 0]);
    // Another body is another event.
    assert_eq!(push(&app, format!("[{}]", event("d").replace("1}", "2}"))).await, 200);
    assert_eq!(ran.take(), ["/events d"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_reported_by_its_place_and_stops_nothing() {
    let ran = Ran::default();
    let app = behind(Endpoint::exact(URL), each_once(), &ran.router());
    let bad = r#"{"specversion":"1.0","type":"t","id":"x"}"#;
    for bad in [bad, "5", "null", "[]", "\"no JSON\"", r#""\ud800""#, "{\"a\":1,\"a\":2}"] {
        let response =
            send(&app, sign(URL, TOKEN, format!("[{},{bad},{}]", event("1"), event("2")))).await;
        assert_eq!(response.status(), 422, "{bad}");
        let statuses = response.extensions().get::<EventStatuses>().unwrap();
        assert_eq!(
            statuses.as_slice(),
            [200, 422, 200].map(|code| StatusCode::from_u16(code).unwrap())
        );
    }
    assert_eq!(ran.take(), ["/events 1", "/events 2"]);
    let response = send(&app, sign(URL, TOKEN, format!("[{},\"\\udfff\"]", event("3")))).await;
    assert!(response.extensions().get::<EnvelopeError>().is_some());
    let statuses = response.extensions().get::<EventStatuses>().unwrap();
    assert_eq!(statuses.as_slice()[1], 422, "half of a surrogate pair");
    // As a whole: the inner service says what is wrong.
    for body in ["no JSON", "{\"EventList\": 5}", "[]", "[", "{}", ""] {
        assert_eq!(push(&app, body).await, 422, "{body}");
    }
    assert_eq!(ran.take(), ["/events 3"]);
}

#[tokio::test]
async fn the_worst_answer_is_that_of_the_push() {
    let ran = Ran::default();
    let app = behind(Endpoint::exact(URL), EachEventLayer::new(), &ran.router());
    for (id, status) in [("302", 302), ("404", 404), ("410", 410), ("500", 500), ("503", 503)] {
        ran.fail(id, status);
    }
    for (ids, status) in [
        (&["1", "2"][..], 200),
        (&["1", "302", "2"], 302),
        (&["302", "404", "1"], 404),
        (&["410", "404"], 410),
        (&["404", "503", "500", "410"], 503),
        (&["500", "503"], 500),
        (&["404"], 404),
    ] {
        let events: Vec<_> = ids.iter().map(|id| event(id)).collect();
        assert_eq!(push(&app, format!("[{}]", events.join(","))).await, status, "{ids:?}");
    }
    // An event that is alone is answered as the handler does.
    ran.fail("1", 204);
    assert_eq!(push(&app, event("1")).await, 204);
    assert_eq!(push(&app, format!("[{}]", event("1"))).await, 204);
}

#[tokio::test]
async fn a_push_has_a_limit_of_events() {
    let ran = Ran::default();
    let layer = EachEventLayer::new().max_events(3);
    let app = behind(Endpoint::exact(URL), layer, &ran.router());
    let batch = |events: usize| format!("[{}]", vec![event("1"); events].join(","));
    assert_eq!(push(&app, batch(4)).await, 422);
    assert_eq!(ran.take().len(), 0);
    assert_eq!(push(&app, batch(3)).await, 200);
    assert_eq!(ran.take().len(), 3);
    let app = behind(Endpoint::exact(URL), EachEventLayer::new(), &ran.router());
    assert_eq!(push(&app, batch(10_001)).await, 422);
    assert_eq!(ran.take().len(), 0);
}

/// So many events of one push run at once, and they begin in order.
#[tokio::test]
async fn events_begin_in_order_and_no_more_than_allowed_run_at_once() {
    for limit in [1, 2, 5] {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let begun = Arc::new(Mutex::new(Vec::new()));
        let (in_handler, seen) = (Arc::clone(&most), Arc::clone(&begun));
        let handler = async move |event: Verified<CloudEvent>| {
            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
            in_handler.fetch_max(now, Ordering::SeqCst);
            let id: usize = event.attributes().id().unwrap().parse().unwrap();
            seen.lock().unwrap().push(id);
            for _ in 0..(5 + id % 3) {
                tokio::task::yield_now().await;
            }
            running.fetch_sub(1, Ordering::SeqCst);
        };
        let router = Router::new().fallback(any(handler));
        let layer = EachEventLayer::new().concurrency(NonZeroUsize::new(limit).unwrap());
        let app = behind(Endpoint::exact(URL), layer, &router);
        let events: Vec<_> = (0..20).map(|id| event(&id.to_string())).collect();
        assert_eq!(push(&app, format!("[{}]", events.join(","))).await, 200);
        assert_eq!(*begun.lock().unwrap(), (0..20).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), limit);
    }
}

/// Each request has the one event, and the proof of the push around it.
#[tokio::test]
async fn a_request_is_of_one_event_and_has_the_proof_of_the_push() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let inner = tower::service_fn(move |request: Request<tower_eventbridge::verify::WholeBody>| {
        let log = Arc::clone(&log);
        async move {
            let event = PushedEvent::of(request.extensions()).unwrap();
            let proof = request.extensions().get::<Authentic>().unwrap().clone();
            assert_eq!(event.proof().body(), proof.body());
            let length = request.headers()["content-length"].to_str().unwrap().to_owned();
            let place = event.place();
            let text = event.body().clone();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            assert_eq!((&body, body.len().to_string()), (&text, length));
            // What is a part of the push is not copied.
            assert!(proof.body().as_ptr_range().contains(&text.as_ptr()));
            log.lock().unwrap().push((place, text));
            Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
        }
    });
    let service = verify(Endpoint::exact(URL)).layer(EachEvent::new(inner));
    let mut request = sign(URL, TOKEN, format!("[{}, {}]", event("1"), event("2")));
    let length = request.body().len().into();
    request.headers_mut().insert("content-length", length);
    let response = service.oneshot(request.map(Full::new)).await.unwrap();
    assert_eq!(response.status(), 200);
    let expected = [(Some(0), Bytes::from(event("1"))), (Some(1), Bytes::from(event("2")))];
    assert_eq!(*seen.lock().unwrap(), expected);

    let without_proof = EachEvent::new(Router::new());
    let response = without_proof.oneshot(Request::new(())).await.unwrap();
    assert_eq!(response.status(), 500);
}

#[tokio::test]
async fn enclosed_requests_of_a_batch_are_forwarded_one_by_one() {
    let paths = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&paths);
    let api = Router::new().fallback(any(async move |uri: Uri| {
        log.lock().unwrap().push(uri.to_string());
    }));
    let enclosing = |path: &str| {
        format!(
            r#"{{"specversion":"1.0","source":"s","type":"eventbridge:Events:ApiGateway","id":"{path}","data":{{"method":"GET","path":"{path}"}}}}"#
        )
    };
    let service = EachEventLayer::new().layer(once().layer(Forward::new(api)));
    let service = verify(Endpoint::exact(URL)).layer(service);
    let batch = format!("[{},{},{}]", enclosing("/a"), event("plain"), enclosing("/b"));
    for _ in 0..2 {
        let request = sign(URL, TOKEN, batch.clone()).map(Full::new);
        assert_eq!(service.clone().oneshot(request).await.unwrap().status(), 422);
    }
    assert_eq!(*paths.lock().unwrap(), ["/a", "/b"]);
}

/// A store that can be down, and counts what it is asked.
#[derive(Clone)]
struct Store {
    memory: MemoryStore,
    is_down: Arc<AtomicBool>,
    claims_before_failing: Arc<AtomicBool>,
    abandons: Arc<AtomicUsize>,
}

impl Store {
    fn unless_down<T: Send + 'static>(&self, answer: StoreFuture<T>) -> StoreFuture<T> {
        if self.is_down.load(Ordering::SeqCst) {
            return Box::pin(async { Err(StoreError::unavailable("is down")) });
        }
        answer
    }
}

impl IdempotencyStore for Store {
    fn claim(&self, claim: Claim, lease: Duration) -> StoreFuture<Claimed> {
        let claimed = self.memory.claim(claim, lease);
        match self.claims_before_failing.load(Ordering::SeqCst) {
            true => Box::pin(async { Err(StoreError::unavailable("the answer was lost")) }),
            false => claimed,
        }
    }

    fn commit(&self, claim: Claim, keep: Duration) -> StoreFuture<Committed> {
        self.unless_down(self.memory.commit(claim, keep))
    }

    fn abandon(&self, claim: Claim) -> StoreFuture<()> {
        self.abandons.fetch_add(1, Ordering::SeqCst);
        match self.is_down.load(Ordering::SeqCst) {
            true => Box::pin(async { Err(StoreError::unavailable("is down")) }),
            false => self.memory.abandon(claim),
        }
    }
}

/// However many pushes meet a store that is down, it is asked once a second to take claims back, and gets them all back
/// when it is up again.
#[tokio::test(start_paused = true)]
async fn claims_are_given_back_by_all_pushes_together() {
    let ran = Ran::default();
    let store = Store {
        memory: MemoryStore::builder().clock(now).build(),
        is_down: Arc::new(AtomicBool::new(true)),
        claims_before_failing: Arc::new(AtomicBool::new(true)),
        abandons: Arc::default(),
    };
    let layer = IdempotencyLayer::new(store.clone());
    let app = behind(Endpoint::exact(URL), layer, &ran.router());
    for id in 0..300 {
        assert_eq!(push(&app, event(&id.to_string())).await, 503);
    }
    tokio::time::sleep(Duration::from_millis(20_500)).await;
    let tries = store.abandons.swap(0, Ordering::SeqCst);
    assert!((15..=25).contains(&tries), "{tries} tries in 20 s");
    store.claims_before_failing.store(false, Ordering::SeqCst);
    store.is_down.store(false, Ordering::SeqCst);
    assert_eq!(push(&app, event("0")).await, 503, "nobody works under the claim, and it is held");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(store.abandons.load(Ordering::SeqCst), 300);
    for id in 0..300 {
        assert_eq!(push(&app, event(&id.to_string())).await, 200);
    }
    assert_eq!(ran.take().len(), 300);

    // A claim that lapsed by itself is not given back any more, and what waits has a bound.
    store.claims_before_failing.store(true, Ordering::SeqCst);
    store.is_down.store(true, Ordering::SeqCst);
    for id in 0..2000 {
        assert_eq!(push(&app, event(&format!("more-{id}"))).await, 503);
    }
    store.is_down.store(false, Ordering::SeqCst);
    store.abandons.store(0, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let given_back = store.abandons.load(Ordering::SeqCst);
    assert!((1000..=1025).contains(&given_back), "{given_back} of 2000");
    store.is_down.store(true, Ordering::SeqCst);
    assert_eq!(push(&app, event("last")).await, 503);
    tokio::time::sleep(Duration::from_secs(41)).await;
    store.abandons.store(0, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(store.abandons.load(Ordering::SeqCst), 0);
}

/// A runtime that ends while a handler works under a claim ends all the same.
#[test]
fn a_runtime_ends_while_claims_are_held() {
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for threads in [1, 2] {
            let mut builder = match threads {
                1 => tokio::runtime::Builder::new_current_thread(),
                _ => tokio::runtime::Builder::new_multi_thread(),
            };
            let runtime = builder.enable_all().build().unwrap();
            runtime.block_on(async {
                let begun = Arc::new(tokio::sync::Notify::new());
                let in_handler = Arc::clone(&begun);
                let handler = async move |_: Verified<CloudEvent>| {
                    in_handler.notify_one();
                    std::future::pending::<()>().await;
                };
                let router = Router::new().fallback(any(handler));
                let app = behind(Endpoint::exact(URL), each_once(), &router);
                tokio::spawn(async move { push(&app, event("1")).await });
                begun.notified().await;
            });
            drop(runtime);
        }
        ended.send(()).unwrap();
    });
    end.recv_timeout(Duration::from_secs(20)).expect("the runtime ends");
}

/// Events that are handled at once do not hold the thread that others need.
#[tokio::test]
async fn a_long_batch_lets_others_run() {
    let ran = Ran::default();
    let app = behind(Endpoint::exact(URL), EachEventLayer::new(), &ran.router());
    let others = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&others);
    let other = tokio::spawn(async move {
        loop {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(push(&app, format!("[{}]", vec!["5"; 5000].join(","))).await, 422);
    assert!(others.load(Ordering::SeqCst) > 50, "{others:?}");
    other.abort();
}
