//! Each event once: what cargo-mutants found that no other test asked. When the memory of the
//! store, the tries in the background and the handlers end.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "test code")]

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tokio::{sync::Notify, time::sleep};
use tower::{Layer, Service, ServiceExt};
use tower_eventbridge::{
    Verifier, VerifyLayer,
    idempotency::{
        BodyDigest, Claim, Claimed, Committed, IdempotencyKey, IdempotencyLayer, IdempotencyStore,
        MemoryStore, Once, RejectReplaysLayer, StoreError, StoreFuture,
    },
    signer::Signer,
    verify::VerifiedBody,
};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";
const EVENT: &str = r#"{"specversion":"1.0","source":"acs.test","type":"t","id":"1","data":1}"#;

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

fn push() -> Request<Full<Bytes>> {
    signer().push(URL).token(TOKEN).body(EVENT).sign(now()).unwrap().map(Full::new)
}

fn claim(name: &str) -> Claim {
    Claim::new(IdempotencyKey::of([name.as_bytes()]), BodyDigest::of(b"")).unwrap()
}

/// A store of which giving back fails, and is counted.
#[derive(Clone, Default)]
struct NeverGivesBack(Arc<AtomicUsize>);

impl IdempotencyStore for NeverGivesBack {
    fn claim(&self, _: Claim, _: Duration) -> StoreFuture<Claimed> {
        Box::pin(std::future::ready(Ok(Claimed::Owned)))
    }

    fn commit(&self, _: Claim, _: Duration) -> StoreFuture<Committed> {
        Box::pin(std::future::ready(Ok(Committed::Done)))
    }

    fn abandon(&self, _: Claim) -> StoreFuture<()> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(Err(StoreError::unavailable("down"))))
    }
}

async fn status<S>(layer: &impl Layer<S, Service = Once<S>>, inner: S) -> u16
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
    service.oneshot(push()).await.unwrap().status().as_u16()
}

async fn fails(_: Request<VerifiedBody>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    Ok(response)
}

/// The handler's 30 s and 10 s more: then the claim has lapsed by itself.
#[tokio::test(start_paused = true)]
async fn a_claim_is_given_back_once_a_second_until_it_has_lapsed() {
    let store = NeverGivesBack::default();
    let layer = IdempotencyLayer::new(store.clone());
    assert_eq!(status(&layer, tower::service_fn(fails)).await, 500);
    sleep(Duration::from_millis(500)).await;
    let tried = || store.0.load(Ordering::SeqCst);
    assert_eq!(tried(), 2, "at once, and in the background");
    sleep(Duration::from_secs(38)).await;
    assert_eq!(tried(), 40);
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(tried(), 41, "40 in the background");
}

/// Keeps how long each claim and each memory lasts.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<Duration>>>);

impl IdempotencyStore for Asked {
    fn claim(&self, _: Claim, lease: Duration) -> StoreFuture<Claimed> {
        self.0.lock().unwrap().push(lease);
        Box::pin(std::future::ready(Ok(Claimed::Owned)))
    }

    fn commit(&self, _: Claim, keep: Duration) -> StoreFuture<Committed> {
        self.0.lock().unwrap().push(keep);
        Box::pin(std::future::ready(Ok(Committed::Done)))
    }

    fn abandon(&self, _: Claim) -> StoreFuture<()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[tokio::test]
async fn the_store_is_asked_for_what_the_documentation_says() {
    let inner = || {
        tower::service_fn(async |_: Request<VerifiedBody>| {
            Ok::<_, Infallible>(Response::new(Full::default()))
        })
    };
    let asked = Asked::default();
    assert_eq!(status(&IdempotencyLayer::new(asked.clone()), inner()).await, 200);
    assert_eq!(status(&RejectReplaysLayer::new(asked.clone()), inner()).await, 200);
    // The handler's 30 s and 10 s more; 25 h; the same, and 3 min.
    assert_eq!(*asked.0.lock().unwrap(), [40, 90_000, 40, 180].map(Duration::from_secs));
}

/// What tries in the background ends with its runtime; the next claim has another.
#[test]
fn claims_are_given_back_in_whatever_runtime_serves() {
    let store = NeverGivesBack::default();
    let layer = IdempotencyLayer::new(store.clone());
    for tried in [2, 4] {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            assert_eq!(status(&layer, tower::service_fn(fails)).await, 500);
            sleep(Duration::from_millis(500)).await;
        });
        assert!(store.0.load(Ordering::SeqCst) >= tried, "at once, and in the background");
    }
}

#[tokio::test(start_paused = true)]
async fn replay_protection_is_drained_when_no_handler_runs() {
    let (gate, begun) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let layer = RejectReplaysLayer::new(MemoryStore::new());
    let inner = tower::service_fn({
        let (gate, begun) = (Arc::clone(&gate), Arc::clone(&begun));
        move |_: Request<VerifiedBody>| {
            let (gate, begun) = (Arc::clone(&gate), Arc::clone(&begun));
            async move {
                begun.notify_one();
                gate.notified().await;
                Ok::<_, Infallible>(Response::new(Full::default()))
            }
        }
    });
    tokio::time::timeout(Duration::from_secs(1), layer.drained()).await.expect("none runs yet");
    let answer = tokio::spawn({
        let layer = layer.clone();
        async move { status(&layer, inner).await }
    });
    begun.notified().await;
    tokio::time::timeout(Duration::from_secs(1), layer.drained()).await.expect_err("one runs");
    gate.notify_one();
    tokio::time::timeout(Duration::from_secs(1), layer.drained())
        .await
        .expect("none runs any more");
    assert_eq!(answer.await.unwrap(), 200);
}

#[tokio::test]
async fn the_store_in_memory_remembers_ten_years_at_most() {
    const TEN_YEARS: u64 = 315_360_000;
    let passed = Arc::new(AtomicU64::new(0));
    let clock = {
        let passed = Arc::clone(&passed);
        move || now() + Duration::from_secs(passed.load(Ordering::SeqCst))
    };
    let store = MemoryStore::builder().clock(clock).build();
    let (held, done) = (claim("held"), claim("done"));
    for claim in [held, done] {
        assert_eq!(store.claim(claim, Duration::MAX).await.unwrap(), Claimed::Owned);
    }
    assert_eq!(store.commit(done, Duration::MAX).await.unwrap(), Committed::Done);
    for (seconds, of_held, of_done) in [
        (TEN_YEARS - 1, Claimed::InFlight, Claimed::Done),
        (TEN_YEARS, Claimed::Owned, Claimed::Owned),
    ] {
        passed.store(seconds, Ordering::SeqCst);
        assert_eq!(store.claim(claim("held"), Duration::MAX).await.unwrap(), of_held, "{seconds}");
        assert_eq!(store.claim(claim("done"), Duration::MAX).await.unwrap(), of_done, "{seconds}");
    }
    assert_eq!(MemoryStore::default().claim(held, Duration::MAX).await.unwrap(), Claimed::Owned);
}
