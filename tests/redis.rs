//! The store on a real redis-server, and two receivers that share one through everything that goes wrong.
//!
//! Ignored unless asked for, because they need `redis-server`: `cargo test --test redis -- --ignored`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

#[path = "support/process.rs"]
mod process;

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use process::{PATIENCE, Server, free_address, page, temporary_file};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    idempotency::{
        BodyDigest, Claim, Claimed, Committed, IdempotencyKey, IdempotencyStore, RedisStore,
    },
    signer::Signer,
};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "token-secret-0123456789";
const PASSWORD: &str = "redis-password-secret";

/// A server that keeps what it acknowledged, with a password, on loopback.
struct Redis {
    process: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl Redis {
    async fn start() -> Self {
        let address = free_address();
        let name = format!("redis-{}", address.port());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self { process: Self::run(address, &folder).await, address, folder }
    }

    async fn run(address: SocketAddr, folder: &PathBuf) -> Child {
        let port = address.port().to_string();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port, "--requirepass", PASSWORD])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--dir"])
            .arg(folder)
            .kill_on_drop(true)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let up = async { while TcpStream::connect(address).await.is_err() {} };
        timeout(PATIENCE, up).await.expect("redis-server listens");
        process
    }

    async fn signal(&self, signal: &str) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
    }

    async fn stop(&mut self) {
        self.signal("-TERM").await;
        timeout(PATIENCE, self.process.wait()).await.unwrap().unwrap();
    }

    async fn start_again(&mut self) {
        self.process = Self::run(self.address, &self.folder).await;
    }

    fn url(&self) -> String {
        format!("redis://:{PASSWORD}@{}/1", self.address)
    }

    fn store(&self) -> RedisStore {
        RedisStore::new(&self.url()).unwrap()
    }
}

fn claim(name: &str, body: &str) -> Claim {
    Claim::new(IdempotencyKey::of([name.as_bytes()]), BodyDigest::of(body.as_bytes())).unwrap()
}

/// The test that the store in memory is put to, by the server's clock.
#[tokio::test]
#[ignore = "needs redis-server"]
async fn claims_lapse_and_belong_to_their_owner() {
    const LEASE: Duration = Duration::from_millis(500);
    let redis = Redis::start().await;
    let store = redis.store();
    let (first, second) = (claim("a", "1"), claim("a", "1"));
    assert_eq!(store.claim(first, LEASE).await.unwrap(), Claimed::Owned);
    assert_eq!(store.claim(second, LEASE).await.unwrap(), Claimed::InFlight);
    assert_eq!(store.claim(claim("a", "2"), LEASE).await.unwrap(), Claimed::OwnedWithOtherBody);
    assert_eq!(store.commit(second, LEASE).await.unwrap(), Committed::Lost, "not its owner");
    store.abandon(second).await.unwrap();
    assert_eq!(store.claim(second, LEASE).await.unwrap(), Claimed::InFlight, "not its owner");

    let lapsed = async {
        while store.claim(second, LEASE).await.unwrap() != Claimed::Owned {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, lapsed).await.expect("the first lapses");
    assert_eq!(store.commit(first, LEASE).await.unwrap(), Committed::Lost);
    store.abandon(first).await.unwrap();
    assert_eq!(store.commit(second, Duration::from_secs(60)).await.unwrap(), Committed::Done);
    assert_eq!(store.claim(claim("a", "1"), LEASE).await.unwrap(), Claimed::Done);
    assert_eq!(store.claim(claim("a", "2"), LEASE).await.unwrap(), Claimed::OwnedWithOtherBody);
    assert_eq!(store.commit(second, LEASE).await.unwrap(), Committed::Lost, "once");
    let endless = claim("endless", "");
    assert_eq!(store.claim(endless, Duration::MAX).await.unwrap(), Claimed::Owned);
    assert_eq!(store.commit(endless, Duration::MAX).await.unwrap(), Committed::Done);
    let third = claim("b", "");
    assert_eq!(store.claim(third, LEASE).await.unwrap(), Claimed::Owned);
    store.abandon(third).await.unwrap();
    assert_eq!(store.claim(claim("b", ""), LEASE).await.unwrap(), Claimed::Owned, "given back");

    // Another prefix is another store; a hundred at once have one owner.
    let apart = RedisStore::builder(&redis.url()).unwrap().prefix("other:").build().unwrap();
    assert_eq!(apart.claim(claim("a", "1"), LEASE).await.unwrap(), Claimed::Owned);
    let mut claims = JoinSet::new();
    for _ in 0..100 {
        claims.spawn(store.claim(claim("together", ""), Duration::from_secs(60)));
    }
    let owned = claims
        .join_all()
        .await
        .into_iter()
        .filter(|claimed| *claimed.as_ref().unwrap() == Claimed::Owned);
    assert_eq!(owned.count(), 1);
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_server_that_is_down_or_slow_is_an_error_and_then_over() {
    let mut redis = Redis::start().await;
    let store = redis.store();
    let lease = Duration::from_secs(60);
    let done = claim("done", "");
    assert_eq!(store.claim(done, lease).await.unwrap(), Claimed::Owned);
    assert_eq!(store.commit(done, lease).await.unwrap(), Committed::Done);

    redis.signal("-STOP").await;
    let error = store.claim(claim("a", ""), lease).await.unwrap_err();
    assert!(!error.is_full() && !error.to_string().contains(PASSWORD), "{error}");
    redis.signal("-CONT").await;
    recovers(&store).await;

    redis.stop().await;
    let error = store.claim(claim("b", ""), lease).await.unwrap_err();
    assert!(!error.to_string().contains(PASSWORD), "{error}");
    redis.start_again().await;
    recovers(&store).await;
    assert_eq!(
        store.claim(done, lease).await.unwrap(),
        Claimed::Done,
        "it kept what it acknowledged"
    );

    let wrong = RedisStore::new(&format!("redis://:wrong-secret@{}", redis.address)).unwrap();
    let error = wrong.claim(claim("c", ""), lease).await.unwrap_err();
    assert!(!error.to_string().contains("wrong-secret"), "{error}");
    let error = RedisStore::new("redis://:p-secret@[::1").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("p-secret"), "{error:?}");
    assert!(!format!("{store:?}").contains(PASSWORD), "{store:?}");
}

/// Over TLS, verified: this process again, for which a root of the test's own is the system's.
#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "needs redis-server"]
async fn the_store_over_tls() {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    if let Ok(url) = std::env::var("TEST_REDIS_TLS_URL") {
        let store = RedisStore::new(&url).unwrap();
        let lease = Duration::from_secs(60);
        let claimed = store.claim(claim("a", ""), lease).await;
        match std::env::var("TEST_REDIS_TRUSTED").as_deref() {
            Ok("yes") => assert_eq!(claimed.unwrap(), Claimed::Owned),
            _ => assert!(claimed.is_err(), "under a root that is not trusted"),
        }
        return;
    }
    let mut root = CertificateParams::new(vec![]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &root).unwrap();
    let root_file = temporary_file("root.pem", root.pem().as_bytes());
    let certificate_file = temporary_file("redis-tls.pem", certificate.pem().as_bytes());
    let key_file = temporary_file("redis-tls.key", key.serialize_pem().as_bytes());
    let address = free_address();
    let _server = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", "0", "--save", "", "--tls-auth-clients", "no"])
        .args(["--requirepass", PASSWORD, "--tls-port", &address.port().to_string()])
        .arg("--tls-cert-file")
        .arg(certificate_file)
        .arg("--tls-key-file")
        .arg(key_file)
        .arg("--tls-ca-cert-file")
        .arg(&root_file)
        .kill_on_drop(true)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let up = async { while TcpStream::connect(address).await.is_err() {} };
    timeout(PATIENCE, up).await.expect("redis-server listens");
    let other_root = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/push/test_root.pem");
    for (trusted, roots) in [("yes", root_file.to_str().unwrap()), ("no", other_root)] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_store_over_tls", "--ignored"])
            .env("TEST_REDIS_TLS_URL", format!("rediss://:{PASSWORD}@localhost:{}", address.port()))
            .env("TEST_REDIS_TRUSTED", trusted)
            .env("SSL_CERT_FILE", roots)
            .env_remove("SSL_CERT_DIR")
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "trusted: {trusted}: {text}");
    }
}

async fn recovers(store: &RedisStore) {
    let again = async {
        while store.claim(claim("again", ""), Duration::from_millis(1)).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, again).await.expect("it is used again");
}

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// The effects that the handlers had: each counts. One request in five fails before it has any.
#[derive(Clone, Default)]
struct Effects(Arc<Mutex<HashMap<String, u32>>>);

impl Effects {
    /// A server that a receiver forwards to.
    async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let effects = self.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let effects = effects.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let effects = effects.clone();
                    async move {
                        let id = request.uri().path().trim_start_matches('/').to_owned();
                        let mut response = Response::new(Full::<Bytes>::default());
                        if random().is_multiple_of(5) {
                            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                        } else {
                            *effects.0.lock().unwrap().entry(id).or_default() += 1;
                        }
                        Ok::<_, std::convert::Infallible>(response)
                    }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        address
    }

    fn of(&self, id: &str) -> u32 {
        self.0.lock().unwrap().get(id).copied().unwrap_or_default()
    }
}

async fn receiver(redis: &Redis, effects: &Effects) -> Server {
    static FILE: OnceLock<String> = OnceLock::new();
    let certificate = FILE.get_or_init(|| {
        let file = temporary_file("redis.pem", signer().certificate_pem().as_bytes());
        format!("{}={}", signer().certificate_url(), file.display())
    });
    let forward = format!("http://{}", effects.serve().await);
    let url = redis.url();
    let base = [
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
        "--endpoint",
        URL,
        "--token",
        TOKEN,
    ];
    let more = ["--certificate", certificate, "--forward", &forward, "--handler-timeout", "5"];
    Server::start("receiver", &[&base[..], &more, &["--dedupe", &url]].concat()).await
}

/// How many events ended so, as the metric counts them.
async fn counted(admin: &str, outcome: &str) -> usize {
    let text = page(admin, "/metrics").await;
    assert!(text.contains("outcome=\"handled\""), "{text}");
    let name =
        format!("eventbridge_idempotency_total{{layer=\"idempotency\",outcome=\"{outcome}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
}

/// One try: whether it was answered 2xx.
async fn push(address: SocketAddr, id: &str) -> bool {
    let event = json!({
        "specversion": "1.0", "source": "s", "type": "eventbridge:Events:ApiGateway", "id": id,
        "data": {"method": "POST", "path": format!("/{id}")},
    });
    let push = signer().push(URL).token(TOKEN).body(event.to_string());
    let request = push.sign(SystemClock::new().now()).unwrap().map(Full::new);
    let exchange = async {
        let stream = TokioIo::new(TcpStream::connect(address).await.ok()?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.ok()?;
        tokio::spawn(connection);
        let response = sender.send_request(request).await.ok()?;
        let status = response.status();
        response.into_body().collect().await.ok()?;
        Some(status.is_success())
    };
    timeout(PATIENCE, exchange).await.ok().flatten().unwrap_or(false)
}

/// 2,000 events, each delivered three times to either of two receivers; one handler in five fails; the server is restarted and
/// paused, a receiver is killed. None is lost, and what ran twice is accounted for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server"]
async fn two_receivers_on_one_redis_through_everything() {
    const EVENTS: usize = 2_000;
    const CLIENTS: usize = 32;
    let mut redis = Redis::start().await;
    let (effects_a, effects_b) = (Effects::default(), Effects::default());
    let mut survivor = receiver(&redis, &effects_a).await;
    let mut killed = receiver(&redis, &effects_b).await;
    let admin_a = survivor.log.line_that_begins("admin listening on ").await;
    let admin_b = killed.log.line_that_begins("admin listening on ").await;
    let addresses = [survivor.address, killed.address];
    let deliveries = Arc::new(Mutex::new(
        (0..EVENTS)
            .flat_map(|event| [event; 3])
            .map(|event| format!("e{event}"))
            .collect::<Vec<_>>(),
    ));
    // In any order.
    deliveries.lock().unwrap().sort_by_cached_key(|_| random());
    let delivered = Arc::new(watch::Sender::new(0_usize));
    let answered_by_b = Arc::new(Mutex::new(HashSet::new()));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (deliveries, delivered) = (deliveries.clone(), delivered.clone());
        let answered_by_b = answered_by_b.clone();
        clients.spawn(async move {
            let mut tries = 0_usize;
            let mut waiting: Vec<(Instant, String)> = Vec::new();
            loop {
                // What failed comes again a little later, as EventBridge does.
                let due = waiting.iter().position(|(at, _)| *at <= Instant::now());
                let id = match due {
                    Some(index) => waiting.swap_remove(index).1,
                    None => match deliveries.lock().unwrap().pop() {
                        Some(id) => id,
                        None if waiting.is_empty() => return tries,
                        None => String::new(),
                    },
                };
                if id.is_empty() {
                    sleep(Duration::from_millis(20)).await;
                    continue;
                }
                tries += 1;
                let to = usize::from(random().is_multiple_of(2));
                if push(addresses[to], &id).await {
                    if to == 1 {
                        answered_by_b.lock().unwrap().insert(id);
                    }
                    delivered.send_modify(|delivered| *delivered += 1);
                } else {
                    let pause = Duration::from_millis(100 + random() % 400);
                    waiting.push((Instant::now() + pause, id));
                }
            }
        });
    }
    let mut progress = delivered.subscribe();
    let mut at = async |count: usize| {
        timeout(PATIENCE * 3, progress.wait_for(|delivered| *delivered >= count))
            .await
            .unwrap()
            .unwrap();
    };
    at(EVENTS).await;
    redis.stop().await;
    redis.start_again().await;
    at(EVENTS * 3 / 2).await;
    let lost_by_killed = counted(&admin_b, "commit-lost").await;
    let log_of_killed = killed.kill().await;
    at(EVENTS * 2).await;
    // Paused for longer than the time limit: until the receiver says that it cannot reach the store.
    let before = counted(&admin_a, "store-unavailable").await;
    redis.signal("-STOP").await;
    let noticed = async {
        while counted(&admin_a, "store-unavailable").await == before {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, noticed).await.expect("a push meets the paused store");
    redis.signal("-CONT").await;
    at(EVENTS * 3).await;
    let tries: usize = clients.join_all().await.into_iter().sum();
    let commits_lost = counted(&admin_a, "commit-lost").await + lost_by_killed;
    let (code, printed, log) = survivor.stop().await;
    assert_eq!(code, 0);

    let ids: Vec<_> = (0..EVENTS).map(|event| format!("e{event}")).collect();
    let effects = |id: &String| effects_a.of(id) + effects_b.of(id);
    let lost = ids.iter().filter(|id| effects(id) == 0).count();
    let duplicates: u32 = ids.iter().map(|id| effects(id).saturating_sub(1)).sum();
    let answered_by_b = answered_by_b.lock().unwrap();
    let died_before_the_answer =
        ids.iter().filter(|id| effects_b.of(id) > 0 && !answered_by_b.contains(*id)).count();
    println!(
        "{EVENTS} events, {tries} tries: {lost} lost, {duplicates} ran twice; {commits_lost} commits lost, \
         {died_before_the_answer} effects of the killed receiver unanswered; {} lines printed",
        printed.lines().count()
    );
    assert_eq!(lost, 0);
    assert!(usize::try_from(duplicates).unwrap() <= commits_lost + died_before_the_answer);
    for log in [log, log_of_killed] {
        assert!(!log.contains(PASSWORD) && !log.contains(TOKEN), "{log}");
    }
}
