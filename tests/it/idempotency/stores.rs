//! The store in memory, and stores that fail.

use super::setup::*;
use crate::wall::Wall;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;
use tower::{Layer, ServiceExt};
use tower_eventbridge::idempotency::{
    BodyDigest, Claim, Claimed, Committed, IdempotencyKey, IdempotencyLayer, IdempotencyStore,
    MemoryStore, StoreError, StoreFuture,
};

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
    /// 0: nothing fails, 1: claims, 2: commits, 3: commits find the claim lapsed, 4: giving back,
    /// 5: claims are made and their
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

    // The work is done, so the sender hears so; should it come again, it is done again once the
    // claim has lapsed.
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

    // A claim whose answer was lost holds nobody up until it lapses: EventBridge may have given up
    // by then.
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
