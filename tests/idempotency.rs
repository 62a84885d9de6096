//! Each event once: what a handler sees of tries that come again, together, after failures, and while the store fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tokio::{sync::Notify, time::sleep};
use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};
use tower_eventbridge::{
    Endpoint, Token, Verifier, VerifyLayer,
    idempotency::{
        BodyDigest, Claim, Claimed, Committed, IdempotencyKey, IdempotencyLayer, IdempotencyStore,
        MemoryStore, Once, RejectReplaysLayer, StoreError, StoreFuture,
    },
    signer::{SignWith, Signer},
    verify::VerifiedBody,
};

const URL: &str = "https://hooks.example.com/events";
const OTHER_URL: &str = "https://hooks.example.com/others";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";
const OTHER_TOKEN: &str = "a-token-of-another-tenant";

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

/// A wall clock that goes with tokio's time, which is paused.
#[derive(Clone, Copy)]
struct Wall(tokio::time::Instant);

impl Wall {
    fn new() -> Self {
        Self(tokio::time::Instant::now())
    }

    fn now(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_796_083_200) + self.0.elapsed() // 2026-12-01T00:00:00Z and on
    }

    fn store(self) -> MemoryStore {
        MemoryStore::builder().clock(move || self.now()).build()
    }
}

fn verify(wall: Wall) -> VerifyLayer {
    let verifier = Verifier::builder()
        .endpoint(Endpoint::exact(URL))
        .endpoint(Endpoint::exact(OTHER_URL))
        .token(TOKEN)
        .token(Token::new(OTHER_TOKEN).tenant("other"))
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .build()
        .unwrap();
    VerifyLayer::builder(verifier).clock(move || wall.now()).build().unwrap()
}

fn event(id: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"acs.test","type":"t","id":"{id}","data":1}}"#)
}

/// What a handler does; counts how often.
#[derive(Clone)]
struct Handler {
    runs: Arc<AtomicUsize>,
    does: Arc<Mutex<Does>>,
    gate: Arc<Notify>,
}

#[derive(Clone, Copy)]
enum Does {
    Answer(StatusCode),
    Err,
    Panic,
    Hang,
    Wait,
}

/// What a handler fails with.
#[derive(Clone, Copy, Debug)]
struct Failure;

type Answer = Result<Response<Full<Bytes>>, Failure>;

impl Handler {
    fn new() -> Self {
        let does = Arc::new(Mutex::new(Does::Answer(StatusCode::OK)));
        Self { runs: Arc::default(), does, gate: Arc::default() }
    }

    fn now(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    fn service(
        &self,
    ) -> impl Service<
        Request<VerifiedBody>,
        Response = Response<Full<Bytes>>,
        Error = Failure,
        Future: Send,
    > + Clone
    + Send
    + Sync
    + 'static {
        let handler = self.clone();
        tower::service_fn(move |_: Request<VerifiedBody>| handler.clone().handle())
    }

    async fn handle(self) -> Answer {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let does = *self.does.lock().unwrap();
        let status = match does {
            Does::Answer(status) => status,
            Does::Err => return Err(Failure),
            Does::Panic => panic!("a handler of somebody's own"),
            Does::Hang => std::future::pending().await,
            Does::Wait => {
                self.gate.notified().await;
                StatusCode::OK
            }
        };
        let mut response = Response::new(Full::from("handled"));
        *response.status_mut() = status;
        Ok(response)
    }
}

/// One who pushes to a service behind both layers.
#[derive(Clone)]
struct World {
    wall: Wall,
    service: BoxCloneSyncService<Request<Full<Bytes>>, Response<Bytes>, Failure>,
}

impl World {
    fn new(
        wall: Wall,
        layer: &impl Layer<Inner, Service = Once<Inner>>,
        handler: &Handler,
    ) -> Self {
        let inner = BoxCloneSyncService::new(handler.service());
        let service = verify(wall).layer(layer.layer(inner));
        let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
            let service = service.clone();
            async move {
                let (parts, body) = service.oneshot(request).await?.into_parts();
                let Ok(body) = body.collect().await;
                Ok(Response::from_parts(parts, body.to_bytes()))
            }
        });
        Self { wall, service: BoxCloneSyncService::new(service) }
    }

    fn sign(&self, url: &str, token: &str, body: String) -> Request<Full<Bytes>> {
        signer().push(url).token(token).body(body).sign(self.wall.now()).unwrap().map(Full::new)
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> (u16, String) {
        match self.service.clone().oneshot(request).await {
            Ok(response) => {
                if response.status() == 503 {
                    assert_eq!(response.headers()["retry-after"], "5");
                }
                let body = String::from_utf8(response.body().to_vec()).unwrap();
                (response.status().as_u16(), body)
            }
            Err(Failure) => (0, String::new()),
        }
    }

    /// A new try of an event: signed anew.
    async fn push(&self, id: &str) -> u16 {
        self.send(self.sign(URL, TOKEN, event(id))).await.0
    }
}

type Inner = BoxCloneSyncService<Request<VerifiedBody>, Response<Full<Bytes>>, Failure>;

fn idempotent(handler: &Handler) -> World {
    let wall = Wall::new();
    World::new(wall, &IdempotencyLayer::new(wall.store()), handler)
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_done_is_acknowledged_for_a_day() {
    let handler = Handler::new();
    let world = idempotent(&handler);
    assert_eq!(world.send(world.sign(URL, TOKEN, event("a"))).await, (200, "handled".to_owned()));
    for _ in 0..3 {
        sleep(Duration::from_secs(8 * 3_600)).await;
        let again = world.send(world.sign(URL, TOKEN, event("a"))).await;
        assert_eq!(again, (200, "{\"status\":\"accepted\"}".to_owned()));
    }
    assert_eq!(handler.runs(), 1);
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(world.push("a").await, 200);
    assert_eq!(handler.runs(), 2, "25 h after it was done it is forgotten");
}

#[tokio::test(start_paused = true)]
async fn tries_that_come_together_run_one_handler() {
    let handler = Handler::new();
    handler.now(Does::Wait);
    let world = idempotent(&handler);
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let world = world.clone();
        tries.spawn(async move { world.push("a").await });
    }
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    handler.gate.notify_one();
    let mut statuses = tries.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1], statuses[49]), (200, 503, 503));
    assert_eq!(world.push("a").await, 200);
    assert_eq!(handler.runs(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_failed_runs_again() {
    let handler = Handler::new();
    let world = idempotent(&handler);
    let started = tokio::time::Instant::now();
    for (does, status) in [
        (Does::Answer(StatusCode::INTERNAL_SERVER_ERROR), 500),
        (Does::Answer(StatusCode::NOT_FOUND), 404),
        (Does::Err, 0),
        (Does::Panic, 500),
        (Does::Hang, 503),
        (Does::Answer(StatusCode::NO_CONTENT), 204),
    ] {
        handler.now(does);
        assert_eq!(world.push("a").await, status);
        tokio::task::yield_now().await;
    }
    assert_eq!(
        started.elapsed(),
        Duration::from_secs(30),
        "the time limit of the handler that hung"
    );
    assert_eq!(world.push("a").await, 200);
    assert_eq!(handler.runs(), 6);
}

/// The handler belongs to the event and not to the connection.
#[tokio::test(start_paused = true)]
async fn a_sender_that_hangs_up_finds_the_work_done() {
    let handler = Handler::new();
    handler.now(Does::Wait);
    let wall = Wall::new();
    let layer = IdempotencyLayer::new(wall.store());
    let world = World::new(wall, &layer, &handler);
    let early = tokio::time::timeout(Duration::from_secs(1), world.push("a")).await;
    assert!(early.is_err());
    assert_eq!(world.push("a").await, 503, "it goes on");
    let drained = tokio::spawn({
        let layer = layer.clone();
        async move { layer.drained().await }
    });
    tokio::task::yield_now().await;
    assert!(!drained.is_finished());
    handler.gate.notify_one();
    drained.await.unwrap();
    assert_eq!(world.push("a").await, 200);
    assert_eq!(handler.runs(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_makes_another_event() {
    let handler = Handler::new();
    let world = idempotent(&handler);
    let send = async |url: &str, token: &str, body: String| {
        assert_eq!(world.send(world.sign(url, token, body)).await.0, 200);
        handler.runs.swap(0, Ordering::SeqCst)
    };
    assert_eq!(send(URL, TOKEN, event("a")).await, 1);
    assert_eq!(send(URL, TOKEN, event("a")).await, 0);
    assert_eq!(send(URL, TOKEN, event("b")).await, 1, "another id");
    assert_eq!(send(URL, TOKEN, event("a").replace("acs.test", "acs.other")).await, 1, "source");
    assert_eq!(send(URL, OTHER_TOKEN, event("a")).await, 1, "another tenant");
    assert_eq!(send(OTHER_URL, TOKEN, event("a")).await, 1, "another URL");
    // Parts do not run into each other.
    let key = |parts: [&[u8]; 2]| IdempotencyKey::of(parts);
    assert_ne!(key([b"acs.testx", b"y"]), key([b"acs.test", b"xy"]));

    // The same name with another body is handled, once too.
    let other_body = event("a").replace("\"data\":1", "\"data\":2");
    assert_eq!(send(URL, TOKEN, other_body.clone()).await, 1);
    assert_eq!(send(URL, TOKEN, other_body).await, 0);
    assert_eq!(send(URL, TOKEN, event("a")).await, 0);

    // Without an id there is nothing to tell it by; nor is there for what is no event.
    for body in [event(""), "no JSON".to_owned(), "[]".to_owned()] {
        assert_eq!(send(URL, TOKEN, body.clone()).await, 1, "{body}");
        assert_eq!(send(URL, TOKEN, body.clone()).await, 1, "{body}");
    }

    // A batch is one unit.
    let batch = format!("[{},{}]", event("1"), event("2"));
    assert_eq!(send(URL, TOKEN, batch.clone()).await, 1);
    assert_eq!(send(URL, TOKEN, batch).await, 0);
    assert_eq!(send(URL, TOKEN, format!("[{},{}]", event("1"), event("3"))).await, 1);
    assert_eq!(send(URL, TOKEN, format!("[{},{}]", event("1"), event(""))).await, 1);
    assert_eq!(send(URL, TOKEN, event("1")).await, 1, "alone it is told apart from the batch");
}

/// Two bodies under one name have nothing to do with each other, whatever becomes of the first.
#[tokio::test(start_paused = true)]
async fn another_body_is_handled_once_whatever_becomes_of_the_first() {
    let handler = Handler::new();
    let world = idempotent(&handler);
    let other = || world.sign(URL, TOKEN, event("a").replace("\"data\":1", "\"data\":2"));
    handler.now(Does::Wait);
    let first = tokio::spawn({
        let world = world.clone();
        async move { world.push("a").await }
    });
    while handler.runs() < 1 {
        tokio::task::yield_now().await;
    }
    handler.now(Does::Answer(StatusCode::OK));
    assert_eq!(world.send(other()).await.0, 200);
    assert_eq!(world.send(other()).await.0, 200);
    assert_eq!(handler.runs(), 2, "once beside the first");
    first.abort();
    sleep(Duration::from_secs(41)).await;
    assert_eq!(world.send(other()).await.0, 200);
    assert_eq!(handler.runs(), 2, "and not again when the first has failed");
    assert_eq!(world.push("a").await, 200);
    assert_eq!(handler.runs(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_key_can_be_replaced() {
    let handler = Handler::new();
    let wall = Wall::new();
    let layer = IdempotencyLayer::new(wall.store()).key(|push| {
        push.body().starts_with(b"{").then(|| IdempotencyKey::of([push.body().as_ref()]))
    });
    let world = World::new(wall, &layer, &handler);
    for (body, runs) in [("{1", 1), ("{1", 1), ("{2", 2), ("x", 3), ("x", 4)] {
        assert_eq!(world.send(world.sign(URL, TOKEN, body.to_owned())).await.0, 200);
        assert_eq!(handler.runs(), runs, "{body}");
    }
}

fn claim(name: &str, body: &str) -> Claim {
    Claim::new(IdempotencyKey::of([name.as_bytes()]), BodyDigest::of(body.as_bytes())).unwrap()
}

const LEASE: Duration = Duration::from_secs(40);
const KEEP: Duration = Duration::from_secs(100);

/// What every store does; the one on Redis is put to the same test.
#[tokio::test(start_paused = true)]
async fn claims_lapse_and_belong_to_their_owner() {
    let store = Wall::new().store();
    let (first, second) = (claim("a", "1"), claim("a", "1"));
    assert_eq!(store.claim(first, LEASE).await.unwrap(), Claimed::Owned);
    assert_eq!(store.claim(second, LEASE).await.unwrap(), Claimed::InFlight);
    assert_eq!(store.claim(first, LEASE).await.unwrap(), Claimed::Owned, "said again");
    assert_eq!(store.claim(claim("a", "2"), LEASE).await.unwrap(), Claimed::OwnedWithOtherBody);
    assert_eq!(store.commit(second, KEEP).await.unwrap(), Committed::Lost, "not its owner");
    store.abandon(second).await.unwrap();
    assert_eq!(store.claim(second, LEASE).await.unwrap(), Claimed::InFlight, "not its owner");

    sleep(LEASE).await;
    assert_eq!(store.claim(second, LEASE).await.unwrap(), Claimed::Owned, "the first has lapsed");
    assert_eq!(store.commit(first, KEEP).await.unwrap(), Committed::Lost);
    store.abandon(first).await.unwrap();
    assert_eq!(store.commit(second, KEEP).await.unwrap(), Committed::Done);
    assert_eq!(store.claim(claim("a", "1"), LEASE).await.unwrap(), Claimed::Done);
    assert_eq!(store.commit(second, KEEP).await.unwrap(), Committed::Done, "said again");
    assert_eq!(store.commit(first, KEEP).await.unwrap(), Committed::Lost, "not its owner");
    sleep(KEEP).await;
    let third = claim("a", "1");
    assert_eq!(store.claim(third, LEASE).await.unwrap(), Claimed::Owned, "forgotten");
    store.abandon(third).await.unwrap();
    assert_eq!(store.claim(claim("a", "1"), LEASE).await.unwrap(), Claimed::Owned, "given back");

    // No end is an end that is far off, and not one that has come.
    let endless = claim("endless", "");
    assert_eq!(store.claim(endless, Duration::MAX).await.unwrap(), Claimed::Owned);
    sleep(KEEP).await;
    assert_eq!(store.claim(claim("endless", ""), LEASE).await.unwrap(), Claimed::InFlight);
    assert_eq!(store.commit(endless, Duration::MAX).await.unwrap(), Committed::Done);
    sleep(KEEP).await;
    assert_eq!(store.claim(claim("endless", ""), LEASE).await.unwrap(), Claimed::Done);
}

#[tokio::test(start_paused = true)]
async fn the_memory_store_is_bounded_and_keeps_claims_apart() {
    let wall = Wall::new();
    let store = MemoryStore::builder().clock(move || wall.now()).max_claims(2).max_done(10).build();
    let held = claim("held", "");
    assert_eq!(store.claim(held, LEASE).await.unwrap(), Claimed::Owned);
    for number in 0..1_000 {
        let claim = claim(&number.to_string(), "");
        assert_eq!(store.claim(claim, LEASE).await.unwrap(), Claimed::Owned);
        assert_eq!(store.commit(claim, KEEP).await.unwrap(), Committed::Done);
    }
    assert_eq!(
        store.claim(claim("held", ""), LEASE).await.unwrap(),
        Claimed::InFlight,
        "a flood pushes no claim out"
    );
    assert_eq!(store.claim(claim("second", ""), LEASE).await.unwrap(), Claimed::Owned);
    assert!(store.claim(claim("third", ""), LEASE).await.unwrap_err().is_full());
    sleep(LEASE).await;
    assert_eq!(
        store.claim(claim("third", ""), LEASE).await.unwrap(),
        Claimed::Owned,
        "those have lapsed"
    );
}

/// A store that fails as it is told to.
#[derive(Clone)]
struct Failing {
    inner: MemoryStore,
    /// 0: nothing fails, 1: claims, 2: commits, 3: commits find the claim lapsed, 4: giving back, 5: claims are made and their
    /// answer is lost, and giving back fails too.
    fails: Arc<AtomicU64>,
}

impl Failing {
    fn does(&self, what: u64) -> bool {
        self.fails.load(Ordering::SeqCst) == what
    }
}

fn down<T: Send + 'static>() -> StoreFuture<T> {
    Box::pin(async { Err(StoreError::unavailable("down")) })
}

impl IdempotencyStore for Failing {
    fn claim(&self, claim: Claim, lease: Duration) -> StoreFuture<Claimed> {
        match self.fails.load(Ordering::SeqCst) {
            1 => down(),
            5 => {
                drop(self.inner.claim(claim, lease));
                down()
            }
            _ => self.inner.claim(claim, lease),
        }
    }

    fn commit(&self, claim: Claim, keep: Duration) -> StoreFuture<Committed> {
        match self.fails.load(Ordering::SeqCst) {
            2 => down(),
            3 => Box::pin(async { Ok(Committed::Lost) }),
            _ => self.inner.commit(claim, keep),
        }
    }

    fn abandon(&self, claim: Claim) -> StoreFuture<()> {
        if self.does(4) || self.does(5) { down() } else { self.inner.abandon(claim) }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_while_the_store_fails() {
    let handler = Handler::new();
    let wall = Wall::new();
    let store = Failing { inner: wall.store(), fails: Arc::default() };
    let world = World::new(wall, &IdempotencyLayer::new(store.clone()), &handler);
    let failing = |what| store.fails.store(what, Ordering::SeqCst);

    failing(1);
    assert_eq!(world.push("a").await, 503);
    assert_eq!(handler.runs(), 0, "it cannot be told whether it is done");
    failing(0);
    assert_eq!(world.push("a").await, 200);

    // The work is done, so the sender hears so; should it come again, it is done again once the claim has lapsed.
    for (what, id) in [(2, "b"), (3, "c")] {
        handler.runs.store(0, Ordering::SeqCst);
        failing(what);
        assert_eq!(world.push(id).await, 200);
        failing(0);
        assert_eq!(world.push(id).await, 503, "the claim holds");
        sleep(Duration::from_secs(41)).await;
        assert_eq!(world.push(id).await, 200);
        assert_eq!(world.push(id).await, 200);
        assert_eq!(handler.runs(), 2);
    }

    handler.runs.store(0, Ordering::SeqCst);
    handler.now(Does::Answer(StatusCode::INTERNAL_SERVER_ERROR));
    failing(4);
    assert_eq!(world.push("d").await, 500);
    failing(0);
    handler.now(Does::Answer(StatusCode::OK));
    sleep(Duration::from_secs(2)).await;
    assert_eq!(world.push("d").await, 200);
    assert_eq!(handler.runs(), 2, "the claim was given back as soon as that could be");

    // A claim whose answer was lost holds nobody up until it lapses: EventBridge may have given up by then.
    failing(5);
    assert_eq!(world.push("e").await, 503);
    failing(0);
    assert_eq!(world.push("e").await, 503, "it was made");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(world.push("e").await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_full_store_is_503() {
    let handler = Handler::new();
    handler.now(Does::Wait);
    let wall = Wall::new();
    let store = MemoryStore::builder().clock(move || wall.now()).max_claims(1).build();
    let world = World::new(wall, &IdempotencyLayer::new(store), &handler);
    let first = tokio::spawn({
        let world = world.clone();
        async move { world.push("a").await }
    });
    tokio::task::yield_now().await;
    assert_eq!(world.push("b").await, 503);
    handler.gate.notify_one();
    assert_eq!(first.await.unwrap(), 200);
    handler.gate.notify_one();
    assert_eq!(world.push("b").await, 200);
}

#[tokio::test]
async fn without_the_verify_layer_it_is_our_fault() {
    let inner = tower::service_fn(async |_: Request<()>| {
        Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let service = IdempotencyLayer::new(MemoryStore::new()).layer(inner);
    assert_eq!(service.oneshot(Request::new(())).await.unwrap().status(), 500);
}

/// The same signed request again, with whatever is not signed changed.
#[tokio::test(start_paused = true)]
async fn replays_are_refused_while_they_would_be_accepted() {
    let handler = Handler::new();
    let wall = Wall::new();
    let world = World::new(wall, &RejectReplaysLayer::new(wall.store()), &handler);
    let push = signer().push(URL).token(TOKEN).with(SignWith::Both).body("{}");
    let both = push.sign(wall.now()).unwrap();
    let send = async |request: &Request<Bytes>| world.send(request.clone().map(Full::new)).await;
    assert_eq!(send(&both).await, (200, "handled".to_owned()));
    let refused = (409, "{\"status\":\"rejected\"}".to_owned());
    assert_eq!(send(&both).await, refused);

    let mut other_headers = both.clone();
    other_headers.headers_mut().insert("x-other", "1".parse().unwrap());
    assert_eq!(send(&other_headers).await, refused);
    // The other signature is of the same request.
    let mut v1_only = both.clone();
    for name in ["x-eventbridge-signature-v2", "x-eventbridge-hash-method"] {
        assert!(v1_only.headers_mut().remove(name).is_some());
    }
    assert_eq!(send(&v1_only).await, refused);
    // The line feed of the reference form, moved into the body, makes the documented form of the same text.
    let mut moved = both.clone();
    *moved.body_mut() = Bytes::from("{}\n");
    assert_eq!(send(&moved).await, refused);
    assert_eq!(handler.runs(), 1);

    // A new try is signed anew.
    sleep(Duration::from_millis(1)).await;
    assert_eq!(send(&push.sign(wall.now()).unwrap()).await.0, 200);
    // Two minutes later it is too old anyway.
    sleep(Duration::from_secs(120)).await;
    assert_eq!(send(&both).await.0, 401);

    // What failed is not swallowed.
    handler.now(Does::Answer(StatusCode::INTERNAL_SERVER_ERROR));
    let failing = push.sign(wall.now()).unwrap();
    assert_eq!(send(&failing).await.0, 500);
    handler.now(Does::Answer(StatusCode::OK));
    assert_eq!(send(&failing).await.0, 200);
    assert_eq!(send(&failing).await.0, 409);
}
