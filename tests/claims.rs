//! What tells one signed request from another, and how long a claim on an event holds.

#![allow(clippy::unwrap_used, missing_docs, reason = "test code")]

use std::{
    convert::Infallible,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tokio::time::{Instant, sleep};
use tower::{Layer, Service, ServiceExt};
use tower_eventbridge::{
    Endpoint, Verifier, VerifyLayer,
    idempotency::{
        Claim, Claimed, Committed, IdempotencyLayer, IdempotencyStore, MemoryStore, Once,
        RejectReplaysLayer, StoreFuture,
    },
    signer::{SignWith, Signer},
    verify::VerifiedBody,
};

const URL: &str = "https://hooks.example.com/events";
const OTHER_URL: &str = "https://hooks.example.com/others";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";
const EVENT: &str = r#"{"specversion":"1.0","source":"acs.test","type":"t","id":"1","data":1}"#;

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

/// A wall clock that goes with tokio's time, which is paused.
#[derive(Clone, Copy)]
struct Wall(Instant);

impl Wall {
    fn now(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_796_083_200) + self.0.elapsed() // 2026-12-01T00:00:00Z and on
    }

    fn store(self) -> MemoryStore {
        MemoryStore::builder().clock(move || self.now()).build()
    }

    fn verify(self) -> VerifyLayer {
        let verifier = Verifier::builder()
            .endpoint(Endpoint::exact(URL))
            .endpoint(Endpoint::exact(OTHER_URL))
            .token(TOKEN)
            .certificate(signer().certificate_url(), signer().certificate_pem());
        VerifyLayer::builder(verifier.build().unwrap()).clock(move || self.now()).build().unwrap()
    }

    fn push(self, url: &str, with: SignWith) -> Request<Full<Bytes>> {
        let push = signer().push(url).token(TOKEN).with(with).body(EVENT);
        push.sign(self.now()).unwrap().map(Full::new)
    }
}

/// A handler that takes so long, and counts how often it runs.
fn handler(
    takes: Duration,
    runs: &Arc<AtomicUsize>,
) -> impl Service<
    Request<VerifiedBody>,
    Response = Response<Full<Bytes>>,
    Error = Infallible,
    Future: Send,
> + Clone
+ Send
+ use<> {
    let runs = Arc::clone(runs);
    tower::service_fn(move |_| {
        let runs = Arc::clone(&runs);
        async move {
            runs.fetch_add(1, Ordering::SeqCst);
            sleep(takes).await;
            Ok(Response::new(Full::default()))
        }
    })
}

/// One body goes to two endpoints at the same millisecond: a fan-out, and no replay.
#[tokio::test(start_paused = true)]
async fn a_push_to_another_endpoint_is_another_request() {
    for with in [SignWith::V1, SignWith::V2, SignWith::Both] {
        let (wall, runs) = (Wall(Instant::now()), Arc::default());
        let layer: RejectReplaysLayer = RejectReplaysLayer::new(wall.store());
        let inner: Once<_> = layer.layer(handler(Duration::ZERO, &runs));
        let service = wall.verify().layer(inner);
        for (url, status) in [(URL, 200), (OTHER_URL, 200), (URL, 409), (OTHER_URL, 409)] {
            let response = service.clone().oneshot(wall.push(url, with)).await.unwrap();
            assert_eq!(response.status(), status, "{url} {with:?}");
        }
        assert_eq!(runs.load(Ordering::SeqCst), 2);
    }
}

/// A store whose commits take a while to arrive.
struct SlowCommits(MemoryStore, Duration);

impl IdempotencyStore for SlowCommits {
    fn claim(&self, claim: Claim, lease: Duration) -> StoreFuture<Claimed> {
        self.0.claim(claim, lease)
    }

    fn commit(&self, claim: Claim, keep: Duration) -> StoreFuture<Committed> {
        let (store, after) = (self.0.clone(), self.1);
        Box::pin(async move {
            sleep(after).await;
            store.commit(claim, keep).await
        })
    }

    fn abandon(&self, claim: Claim) -> StoreFuture<()> {
        self.0.abandon(claim)
    }
}

/// A handler that ends just in time has its claim until the store knows: a try that comes meanwhile runs no second one.
#[tokio::test(start_paused = true)]
async fn a_claim_outlives_the_time_limit_of_its_handler() {
    let (wall, runs) = (Wall(Instant::now()), Arc::default());
    let store = SlowCommits(wall.store(), Duration::from_secs(8));
    let limit = Duration::from_secs(5);
    let layer = IdempotencyLayer::new(store).handler_timeout(limit);
    let in_time = limit - Duration::from_millis(1);
    let service = wall.verify().layer(layer.layer(handler(in_time, &runs)));
    let push = || service.clone().oneshot(wall.push(URL, SignWith::V2));

    let first = tokio::spawn(push());
    for seconds in [1, 4, 6, 9, 12] {
        tokio::time::sleep_until(wall.0 + Duration::from_secs(seconds)).await;
        assert_eq!(push().await.unwrap().status(), 503, "after {seconds} s");
    }
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(push().await.unwrap().status(), 200);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}
