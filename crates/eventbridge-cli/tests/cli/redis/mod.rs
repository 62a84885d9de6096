//! Redis servers, receivers that share one, and clients that push events to them.

mod failover;
mod store;

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
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
    idempotency::RedisStore,
};

use crate::{
    process::{PATIENCE, Server, free_address, page},
    sender::{TOKEN, URL, certificate_argument, signer},
};

pub(super) const PASSWORD: &str = "redis-password-secret";

/// A server that keeps what it acknowledged, with a password, on loopback.
pub(super) struct Redis {
    pub(super) process: Child,
    pub(super) address: SocketAddr,
    folder: PathBuf,
    options: Vec<String>,
}

impl Redis {
    pub(super) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same, with more options.
    pub(super) async fn start_with(options: &[&str]) -> Self {
        let address = free_address();
        let name = format!("redis-{}", address.port());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        Self { process: Self::run(address, &folder, &options).await, address, folder, options }
    }

    async fn run(address: SocketAddr, folder: &PathBuf, options: &[String]) -> Child {
        let port = address.port().to_string();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port, "--requirepass", PASSWORD])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--dir"])
            .arg(folder)
            .args(["--masterauth", PASSWORD])
            .args(options)
            .kill_on_drop(true)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let up = async { while TcpStream::connect(address).await.is_err() {} };
        timeout(PATIENCE, up).await.expect("redis-server listens");
        process
    }

    pub(super) async fn signal(&self, signal: &str) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
    }

    pub(super) async fn stop(&mut self) {
        self.signal("-TERM").await;
        timeout(PATIENCE, self.process.wait()).await.unwrap().unwrap();
    }

    pub(super) async fn start_again(&mut self) {
        self.process = Self::run(self.address, &self.folder, &self.options).await;
    }

    pub(super) fn url(&self) -> String {
        format!("redis://:{PASSWORD}@{}/1", self.address)
    }

    pub(super) fn store(&self) -> RedisStore {
        RedisStore::new(&self.url()).unwrap()
    }

    /// What redis-cli says to a command.
    pub(super) async fn cli(&self, arguments: &[&str]) -> String {
        cli(self.address, PASSWORD, arguments).await
    }

    /// Waits until what redis-cli says to a command contains a text.
    pub(super) async fn says(&self, arguments: &[&str], text: &str) {
        says(self.address, PASSWORD, arguments, text).await;
    }
}

pub(super) async fn cli(address: SocketAddr, password: &str, arguments: &[&str]) -> String {
    let output = Command::new("redis-cli")
        .args(["--no-auth-warning", "-a", password, "-p", &address.port().to_string()])
        .args(arguments)
        .output()
        .await
        .expect("redis-cli is installed");
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub(super) async fn says(address: SocketAddr, password: &str, arguments: &[&str], text: &str) {
    let said = async { while !cli(address, password, arguments).await.contains(text) {} };
    if timeout(PATIENCE, said).await.is_err() {
        panic!("not {text:?}: {}", cli(address, password, arguments).await);
    }
}

pub(super) fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// The effects that the handlers had: each counts. One request in five fails before it has any.
#[derive(Clone, Default)]
pub(super) struct Effects(Arc<Mutex<HashMap<String, u32>>>);

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

    pub(super) fn of(&self, id: &str) -> u32 {
        self.0.lock().unwrap().get(id).copied().unwrap_or_default()
    }
}

/// A receiver that shares the store at this URL.
pub(super) async fn receiver(url: &str, effects: &Effects) -> Server {
    let forward = format!("http://{}", effects.serve().await);
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
    let more = [
        "--certificate",
        certificate_argument(),
        "--forward-requests",
        &forward,
        "--handler-timeout",
        "2",
    ];
    Server::start("receive", &[&base[..], &more, &["--dedupe", url]].concat()).await
}

/// How many events ended so, as the metric counts them.
pub(super) async fn counted(admin: &str, outcome: &str) -> usize {
    let text = page(admin, "/metrics").await;
    assert!(text.contains("outcome=\"handled\""), "{text}");
    let name =
        format!("eventbridge_idempotency_total{{layer=\"idempotency\",outcome=\"{outcome}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
}

/// One try: whether it was answered 2xx.
pub(super) async fn push(address: SocketAddr, id: &str) -> bool {
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

/// Clients that deliver each of so many events three times, in any order, to any of the receivers,
/// and what fails again.
pub(super) struct Delivery {
    clients: JoinSet<usize>,
    delivered: watch::Receiver<usize>,
    answered: Arc<Mutex<HashSet<(usize, String)>>>,
}

impl Delivery {
    pub(super) fn start(events: usize, addresses: &[SocketAddr]) -> Self {
        const CLIENTS: usize = 32;
        let mut deliveries: Vec<_> =
            (0..events).flat_map(|event| [event; 3]).map(|event| format!("e{event}")).collect();
        deliveries.sort_by_cached_key(|_| random());
        let deliveries = Arc::new(Mutex::new(deliveries));
        let sender = Arc::new(watch::Sender::new(0_usize));
        let delivered = sender.subscribe();
        let answered = Arc::new(Mutex::new(HashSet::new()));
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let (deliveries, sender) = (deliveries.clone(), sender.clone());
            let (answered, addresses) = (answered.clone(), addresses.to_vec());
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
                    let to = usize::try_from(random()).unwrap() % addresses.len();
                    if push(addresses[to], &id).await {
                        answered.lock().unwrap().insert((to, id));
                        sender.send_modify(|delivered| *delivered += 1);
                    } else {
                        let pause = Duration::from_millis(100 + random() % 400);
                        waiting.push((Instant::now() + pause, id));
                    }
                }
            });
        }
        Self { clients, delivered, answered }
    }

    /// Waits until so many deliveries were answered 2xx.
    pub(super) async fn at(&mut self, count: usize) {
        let wait = self.delivered.wait_for(|delivered| *delivered >= count);
        timeout(PATIENCE * 3, wait).await.expect("deliveries go on").unwrap();
    }

    /// Waits until all were; how many tries it took.
    pub(super) async fn end(&mut self) -> usize {
        let mut tries = 0;
        while let Some(ended) = timeout(PATIENCE * 3, self.clients.join_next()).await.unwrap() {
            tries += ended.unwrap();
        }
        tries
    }

    /// Whether this receiver answered 2xx to a delivery of this event.
    pub(super) fn was_answered(&self, receiver: usize, id: &str) -> bool {
        self.answered.lock().unwrap().contains(&(receiver, id.to_owned()))
    }
}

/// How many events had no effect, and how many effects there were too many.
pub(super) fn lost_and_twice(events: usize, effects: &[&Effects]) -> (usize, usize) {
    let counts = (0..events).map(|event| {
        let count: u32 = effects.iter().map(|effects| effects.of(&format!("e{event}"))).sum();
        usize::try_from(count).unwrap()
    });
    counts.fold((0, 0), |(lost, twice), count| {
        (lost + usize::from(count == 0), twice + count.saturating_sub(1))
    })
}
