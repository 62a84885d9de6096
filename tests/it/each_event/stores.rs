//! Stores that are down, and what they are asked.

use super::setup::*;
use axum::{Router, routing::any};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tests_support::pushes::{URL, now};
use tower_eventbridge::{
    Endpoint,
    envelope::CloudEvent,
    extract::Verified,
    idempotency::{
        Claim, Claimed, Committed, IdempotencyLayer, IdempotencyStore, MemoryStore, StoreError,
        StoreFuture,
    },
};

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

/// However many pushes meet a store that is down, it is asked once a second to take claims back,
/// and gets them all back when it is up again.
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
