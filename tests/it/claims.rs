//! What tells one signed request from another, and how long a claim on an event holds.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tests_support::pushes::{OTHER_URL, TOKEN, URL, signer};

use crate::wall::Wall;
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
    signer::SignWith,
    verify::VerifiedBody,
};

const EVENT: &str = r#"{"specversion":"1.0","source":"acs.test","type":"t","id":"1","data":1}"#;

/// The wall clock, and what a receiver and a sender do by it.
#[derive(Clone, Copy)]
struct World(Wall);

impl World {
    fn new() -> Self {
        Self(Wall::new())
    }

    fn verify(self) -> VerifyLayer {
        let verifier = Verifier::builder()
            .endpoint(Endpoint::exact(URL))
            .endpoint(Endpoint::exact(OTHER_URL))
            .token(TOKEN)
            .certificate(signer().certificate_url(), signer().certificate_pem());
        VerifyLayer::builder(verifier.build().unwrap()).clock(move || self.0.now()).build().unwrap()
    }

    fn push(self, url: &str, with: SignWith) -> Request<Full<Bytes>> {
        let push = signer().push(url).token(TOKEN).with(with).body(EVENT);
        push.sign(self.0.now()).unwrap().map(Full::new)
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
        let (world, runs) = (World::new(), Arc::default());
        let layer: RejectReplaysLayer = RejectReplaysLayer::new(world.0.store());
        let inner: Once<_> = layer.layer(handler(Duration::ZERO, &runs));
        let service = world.verify().layer(inner);
        for (url, status) in [(URL, 200), (OTHER_URL, 200), (URL, 409), (OTHER_URL, 409)] {
            let response = service.clone().oneshot(world.push(url, with)).await.unwrap();
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

/// A handler that ends just in time has its claim until the store knows: a try that comes meanwhile
/// runs no second one.
#[tokio::test(start_paused = true)]
async fn a_claim_outlives_the_time_limit_of_its_handler() {
    let (world, runs) = (World::new(), Arc::default());
    let store = SlowCommits(world.0.store(), Duration::from_secs(8));
    let limit = Duration::from_secs(5);
    let layer = IdempotencyLayer::new(store).handler_timeout(limit);
    let in_time = limit - Duration::from_millis(1);
    let service = world.verify().layer(layer.layer(handler(in_time, &runs)));
    let push = || service.clone().oneshot(world.push(URL, SignWith::V2));

    let start = Instant::now();
    let first = tokio::spawn(push());
    for seconds in [1, 4, 6, 9, 12] {
        tokio::time::sleep_until(start + Duration::from_secs(seconds)).await;
        assert_eq!(push().await.unwrap().status(), 503, "after {seconds} s");
    }
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(push().await.unwrap().status(), 200);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}
