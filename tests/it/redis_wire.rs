//! The store on Redis: what cargo-mutants found that no other test asked, against a server of the
//! test's own, without Redis.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::{
    error::Error,
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tests_support::redis_command::command;
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinSet,
    time::timeout,
};
use tower_eventbridge::idempotency::{
    BodyDigest, Claim, Claimed, Committed, IdempotencyKey, IdempotencyStore, RedisStore,
};

const LEASE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(20);
const READONLY: &str = "-READONLY You can't write against a read only replica.\r\n";

type Commands = Arc<Mutex<Vec<(usize, Vec<Vec<u8>>)>>>;

/// A server that keeps each command with the number of its connection, the first being 0.
#[derive(Clone, Default)]
struct Fake {
    commands: Commands,
    connections: Arc<AtomicUsize>,
}

impl Fake {
    /// `None` is silence.
    async fn start(
        answer: impl Fn(usize, &str) -> Option<String> + Send + Sync + 'static,
    ) -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (fake, answer) = (Self::default(), Arc::new(answer));
        let server = fake.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = server.connections.fetch_add(1, Ordering::SeqCst);
                let (server, answer) = (server.clone(), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(command) = command(&mut stream).await {
                        let name = String::from_utf8_lossy(&command[0]).to_uppercase();
                        server.commands.lock().unwrap().push((number, command));
                        let Some(line) = answer(number, &name) else { continue };
                        if stream.write_all(line.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        (fake, address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The commands that begin with this word, as text where they are.
    fn sent(&self, name: &str) -> Vec<Vec<String>> {
        let commands = self.commands.lock().unwrap();
        let of_name = commands.iter().filter(|(_, command)| command[0] == name.as_bytes());
        let text = |part: &Vec<u8>| String::from_utf8_lossy(part).into_owned();
        of_name.map(|(_, command)| command.iter().map(text).collect()).collect()
    }
}

fn is_script(name: &str) -> bool {
    name.starts_with("EVAL")
}

fn scripts(answer: &'static str) -> impl Fn(usize, &str) -> Option<String> + Send + Sync {
    move |_, name| Some(if is_script(name) { answer } else { "+OK\r\n" }.to_owned())
}

fn store(url: &str, limit: Duration) -> RedisStore {
    RedisStore::builder(url).unwrap().timeout(limit).build().unwrap()
}

fn claim(name: &str) -> Claim {
    Claim::new(IdempotencyKey::of([name.as_bytes()]), BodyDigest::of(b"")).unwrap()
}

#[tokio::test]
async fn an_operation_is_one_script_of_one_key() {
    let (fake, address) = Fake::start(scripts(":0\r\n")).await;
    let url = format!("redis://{address}");
    let store = store(&url, PATIENCE);
    let claim = claim("a");
    for lease in [LEASE, Duration::ZERO, Duration::from_micros(1_999), Duration::MAX] {
        assert_eq!(store.claim(claim, lease).await.unwrap(), Claimed::Owned);
    }
    store.commit(claim, LEASE).await.unwrap();
    store.abandon(claim).await.unwrap();
    let builder = RedisStore::builder(&url).unwrap().prefix("other:").timeout(PATIENCE);
    builder.build().unwrap().abandon(claim).await.unwrap();

    let name: String = claim.key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let sent = fake.sent("EVALSHA");
    let of = |script: usize, prefix: &str, millis: Option<&str>| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut command = vec!["EVALSHA".into(), sent[script][1].clone(), "1".into()];
        command.push(format!("{prefix}{{{name}}}"));
        command.extend([text(claim.owner.as_bytes()), text(claim.body.as_bytes())]);
        command.extend(millis.map(str::to_owned));
        command
    };
    let prefix = "tower-eventbridge:";
    let expected = [
        of(0, prefix, Some("60000")),
        of(0, prefix, Some("1")),
        of(0, prefix, Some("1")),
        of(0, prefix, Some("315360000000")),
        of(4, prefix, Some("60000")),
        of(5, prefix, None),
        of(5, "other:", None),
    ];
    assert_eq!(sent, expected);
    assert!(sent[0][1] != sent[4][1] && sent[4][1] != sent[5][1] && sent[5][1] != sent[0][1]);
}

#[tokio::test]
async fn what_the_scripts_answer() {
    for (answer, claimed, committed) in [
        (":0\r\n", Some(Claimed::Owned), Committed::Lost),
        (":1\r\n", Some(Claimed::InFlight), Committed::Done),
        (":2\r\n", Some(Claimed::Done), Committed::Lost),
        (":3\r\n", Some(Claimed::OwnedWithOtherBody), Committed::Lost),
        (":4\r\n", None, Committed::Lost),
        (":-1\r\n", None, Committed::Lost),
    ] {
        let (_, address) = Fake::start(scripts(answer)).await;
        let store = store(&format!("redis://{address}"), PATIENCE);
        match (store.claim(claim("a"), LEASE).await, claimed) {
            (Ok(got), Some(expected)) => assert_eq!(got, expected, "{answer}"),
            (Err(error), None) => assert!(format!("{error:?}").contains("answered"), "{error:?}"),
            (got, expected) => panic!("{answer}: {got:?} and not {expected:?}"),
        }
        assert_eq!(store.commit(claim("a"), LEASE).await.unwrap(), committed, "{answer}");
    }
    let (_, address) = Fake::start(scripts(READONLY)).await;
    let store = store(&format!("redis://{address}"), PATIENCE);
    store.abandon(claim("a")).await.unwrap_err();
}

/// The driver's error is the cause, so its code can be asked for.
#[tokio::test]
async fn the_cause_of_an_error_is_what_the_server_said() {
    for (answer, code) in [(READONLY, "READONLY"), ("-MOVED 3999 127.0.0.1:1\r\n", "MOVED")] {
        let (_, address) = Fake::start(scripts(answer)).await;
        let store = store(&format!("redis://{address}"), PATIENCE);
        let error = store.claim(claim("a"), LEASE).await.unwrap_err();
        assert_eq!(error.to_string(), "the store is unavailable");
        let mut cause = error.source();
        while let Some(error) = cause.filter(|error| !error.is::<redis::RedisError>()) {
            cause = error.source();
        }
        let driver = cause.and_then(|error| error.downcast_ref::<redis::RedisError>()).unwrap();
        assert_eq!(driver.code(), Some(code));
    }
}

/// The operator hears the cure where the URL is that of one server and the server is of a cluster.
#[tokio::test]
async fn a_clusters_node_under_the_url_of_one_server_is_named_as_such() {
    let cure = "begin its URL with redis+cluster:// or rediss+cluster://";
    for (answer, of_cluster) in [
        ("-MOVED 3999 127.0.0.1:1\r\n", true),
        ("-ASK 3999 127.0.0.1:1\r\n", true),
        (READONLY, false),
    ] {
        let (_, address) = Fake::start(scripts(answer)).await;
        let store = store(&format!("redis://{address}"), PATIENCE);
        let error = store.claim(claim("a"), LEASE).await.unwrap_err();
        let cause = error.source().unwrap().to_string();
        assert_eq!(cause.contains(cure), of_cluster, "{cause}");
        assert!(cause.len() > 10 && !cause.contains("xyzzy"), "{cause}");
    }
}

/// Credentials do not become right by trying again; a server that is loading becomes ready.
#[tokio::test]
async fn only_a_connection_that_can_come_to_stand_is_tried_again() {
    let (fake, address) = Fake::start(|_, name| {
        Some(
            match name {
                "AUTH" => "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
                _ => "+OK\r\n",
            }
            .to_owned(),
        )
    })
    .await;
    let store_with = |url: &str| store(url, PATIENCE);
    let store = store_with(&format!("redis://user:password@{address}"));
    let error = store.claim(claim("a"), LEASE).await.unwrap_err();
    assert_eq!(fake.connections(), 1, "{error}");

    let (fake, address) = Fake::start(|number, name| {
        Some(
            match name {
                "SELECT" if number == 0 => "-LOADING Redis is loading the dataset in memory\r\n",
                name if is_script(name) => ":0\r\n",
                _ => "+OK\r\n",
            }
            .to_owned(),
        )
    })
    .await;
    let store = store_with(&format!("redis://{address}/1"));
    assert_eq!(store.claim(claim("a"), LEASE).await.unwrap(), Claimed::Owned);
    assert_eq!(fake.connections(), 2);
}

/// The time limit of an operation and that of an answer end together here. The connection is kept
/// until another one stands, and none can.
#[tokio::test]
async fn an_answer_that_comes_too_late_does_not_cost_the_connection() {
    let asked = AtomicUsize::new(0);
    let (fake, address) = Fake::start(move |number, name| match (number, is_script(name)) {
        (0, true) => match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Some(":0\r\n".to_owned()),
            1 => None,
            // The late answer comes before the next one.
            2 => Some(":0\r\n:0\r\n".to_owned()),
            _ => Some(":0\r\n".to_owned()),
        },
        (0, false) => Some("+OK\r\n".to_owned()),
        (_, _) => None,
    })
    .await;
    let store = store(&format!("redis://{address}/1"), PATIENCE);
    store.claim(claim("a"), LEASE).await.unwrap();
    // The time passes as soon as nothing else is to be done.
    tokio::time::pause();
    let error = store.claim(claim("b"), LEASE).await.unwrap_err();
    tokio::time::resume();
    let cause = error.source().unwrap();
    assert!(cause.is::<redis::RedisError>(), "the limit of the answer came first: {cause}");
    for name in ["c", "d"] {
        assert_eq!(store.claim(claim(name), LEASE).await.unwrap(), Claimed::Owned, "{name}");
    }
    let asked_first = |(number, command): &&(usize, Vec<Vec<u8>>)| {
        *number == 0 && command[0].starts_with(b"EVAL")
    };
    assert_eq!(fake.commands.lock().unwrap().iter().filter(asked_first).count(), 4);
}

/// A cluster's client waits for each node that the URL names, so one that is silent must not take
/// the time of all.
#[tokio::test]
async fn a_silent_node_of_a_cluster_does_not_hold_the_others_up() {
    let (silent, silent_address) = Fake::start(|_, _| None).await;
    let itself = Arc::new(OnceLock::<SocketAddr>::new());
    let (_, address) = Fake::start({
        let itself = Arc::clone(&itself);
        move |_, name| {
            Some(match name {
                "CLUSTER" => {
                    let (ip, port) = (bulk("127.0.0.1"), itself.get().unwrap().port());
                    format!("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n{ip}:{port}\r\n")
                }
                name if is_script(name) => ":0\r\n".to_owned(),
                _ => "+OK\r\n".to_owned(),
            })
        }
    })
    .await;
    itself.set(address).unwrap();
    let url = format!("redis+cluster://{silent_address},{address}");
    let store = store(&url, Duration::from_secs(2));
    let claimed = async { while store.claim(claim("a"), LEASE).await.is_err() {} };
    timeout(PATIENCE, claimed).await.expect("the node that answers is enough");
    assert!(silent.connections() > 0, "the silent one was asked");
}

/// Ten operations without an answer want another connection; one is made.
#[tokio::test]
async fn a_silent_connection_has_one_successor() {
    let (fake, address) = Fake::start(|number, name| match (number, is_script(name)) {
        (0, true) => None,
        (_, true) => Some(":0\r\n".to_owned()),
        (_, false) => Some("+OK\r\n".to_owned()),
    })
    .await;
    let store = store(&format!("redis://{address}"), Duration::from_secs(1));
    let mut claims = JoinSet::new();
    for number in 0..10 {
        claims.spawn(store.claim(claim(&number.to_string()), LEASE));
    }
    assert!(claims.join_all().await.iter().all(Result::is_err));
    let again = async { while store.claim(claim("a"), LEASE).await.is_err() {} };
    timeout(PATIENCE, again).await.expect("the successor is used");
    for number in 0..1_000 {
        store.claim(claim(&number.to_string()), LEASE).await.unwrap();
    }
    assert_eq!(fake.connections(), 2);
}

/// The first successor comes to nothing, and another is made.
#[tokio::test]
async fn a_successor_that_fails_is_not_the_last() {
    let (_, address) = Fake::start(|number, name| match (number, name) {
        (0, name) if is_script(name) => None,
        (1, "SELECT") => Some("-LOADING Redis is loading the dataset in memory\r\n".to_owned()),
        (_, name) if is_script(name) => Some(":0\r\n".to_owned()),
        _ => Some("+OK\r\n".to_owned()),
    })
    .await;
    let store = store(&format!("redis://{address}/1"), Duration::from_millis(300));
    store.claim(claim("a"), LEASE).await.unwrap_err();
    let again = async { while store.claim(claim("a"), LEASE).await.is_err() {} };
    timeout(PATIENCE, again).await.expect("the second successor is used");
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

/// Sentinels have credentials of their own; user, password and database are the primary's.
#[tokio::test]
async fn credentials_go_to_whom_they_are_for() {
    let (primary, address) = Fake::start(|_, name| {
        Some(match name {
            "ROLE" => format!("*3\r\n{}:0\r\n*0\r\n", bulk("master")),
            name if is_script(name) => ":0\r\n".to_owned(),
            _ => "+OK\r\n".to_owned(),
        })
    })
    .await;
    let (sentinel, asked) = Fake::start(move |_, name| {
        Some(match name {
            "ROLE" => format!("*2\r\n{}*1\r\n{}", bulk("sentinel"), bulk("ma/in")),
            "SENTINEL" => {
                let port = address.port().to_string();
                let fields = ["name", "ma/in", "ip", "127.0.0.1", "port", &port, "flags", "master"];
                format!("*1\r\n*8\r\n{}", fields.map(bulk).concat())
            }
            _ => "+OK\r\n".to_owned(),
        })
    })
    .await;
    let parameters = "sentinel_username=of%20it&sentinel_password=p%26w";
    let url = format!("redis+sentinel://user:pass@{asked}/ma%2Fin/3?{parameters}");
    let store = store(&url, PATIENCE);
    assert_eq!(store.claim(claim("a"), LEASE).await.unwrap(), Claimed::Owned);
    assert_eq!(sentinel.sent("AUTH")[0], ["AUTH", "of it", "p&w"]);
    assert!(sentinel.sent("SELECT").is_empty());
    assert_eq!(primary.sent("AUTH")[0], ["AUTH", "user", "pass"]);
    assert_eq!(primary.sent("SELECT")[0], ["SELECT", "3"]);
}
