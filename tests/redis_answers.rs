//! What the store does about the answers of servers that cannot serve: against a server of the
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
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tests_support::redis_command::command;
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
    time::timeout,
};
use tower_eventbridge::idempotency::{
    BodyDigest, Claim, Claimed, IdempotencyKey, IdempotencyStore, RedisStore,
};

/// The longest that a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(20);
const LEASE: Duration = Duration::from_secs(60);

/// A server whose answer to a script depends on which connection asks, the first being 0.
#[derive(Clone)]
struct Fake {
    connections: Arc<AtomicUsize>,
    scripts: Arc<AtomicUsize>,
    answer: Arc<dyn Fn(usize) -> String + Send + Sync>,
}

impl Fake {
    async fn start(answer: impl Fn(usize) -> String + Send + Sync + 'static) -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let fake =
            Self { connections: Arc::default(), scripts: Arc::default(), answer: Arc::new(answer) };
        let server = fake.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = server.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(server.clone().serve(stream, number));
            }
        });
        (fake, address)
    }

    async fn serve(self, stream: TcpStream, number: usize) {
        let mut stream = BufReader::new(stream);
        while let Some(command) = command(&mut stream).await {
            let answer = match command[0].as_slice() {
                b"EVALSHA" | b"EVAL" => {
                    self.scripts.fetch_add(1, Ordering::SeqCst);
                    (self.answer)(number)
                }
                _ => "+OK".to_owned(),
            };
            // Nothing: the connection ends without an answer.
            if answer.is_empty() {
                return;
            }
            if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn store(address: SocketAddr) -> RedisStore {
    RedisStore::builder(&format!("redis://{address}")).unwrap().timeout(PATIENCE).build().unwrap()
}

fn claim(name: &str) -> Claim {
    Claim::new(IdempotencyKey::of([name.as_bytes()]), BodyDigest::of(b"")).unwrap()
}

const FORGET: [&str; 16] = [
    "-READONLY You can't write against a read only replica.",
    "-READONLY You can't write against a read only replica. script: 5f3c, on @user_script:16.",
    "-ERR Error running script (call to f_5f3c): @user_script:16: @user_script: 16: -READONLY You \
     can't write against a read only replica. ",
    "-ERR Error running script (call to f_5f3c): @user_script:16: @user_script: 16: -NOREPLICAS \
     Not enough good replicas to write. ",
    "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "-LOADING Redis is loading the dataset in memory",
    "-MOVED 3999 127.0.0.1:1",
    "-CLUSTERDOWN The cluster is down",
    "-CLUSTERDOWN Hash slot not served",
    "-NOAUTH Authentication required.",
    "-NOREPLICAS Not enough good replicas to write.",
    "-MISCONF Errors writing to the AOF file: No space left on device",
    "-ERR unknown command 'EVALSHA', with args beginning with: '5f3c' ",
    "-upstream failure",
    "?not RESP",
    "",
];

#[tokio::test]
async fn an_answer_of_a_wrong_server_is_tried_once_more_over_a_new_connection() {
    for line in FORGET {
        let (fake, address) = Fake::start(move |number| match number {
            0 => line.to_owned(),
            _ => ":0".to_owned(),
        })
        .await;
        let store = store(address);
        let claimed = store.claim(claim("a"), LEASE).await;
        assert_eq!(claimed.unwrap_or_else(|error| panic!("{line}: {error}")), Claimed::Owned);
        assert_eq!(store.claim(claim("b"), LEASE).await.unwrap(), Claimed::Owned, "{line}");
        assert_eq!(fake.connections(), 2, "the new connection is kept: {line}");
    }
}

#[tokio::test]
async fn two_tries_are_all_and_the_next_operation_tries_again() {
    let readonly = "-READONLY You can't write against a read only replica.";
    let (fake, address) = Fake::start(move |number| match number {
        0 | 1 => readonly.to_owned(),
        _ => ":0".to_owned(),
    })
    .await;
    let store = store(address);
    let error = store.claim(claim("a"), LEASE).await.unwrap_err();
    assert!(format!("{error:?}").contains("read only"), "{error:?}");
    assert_eq!((fake.connections(), fake.scripts.load(Ordering::SeqCst)), (2, 2));
    assert_eq!(store.claim(claim("a"), LEASE).await.unwrap(), Claimed::Owned);
}

#[tokio::test]
async fn an_answer_about_the_request_keeps_the_connection() {
    for line in [
        "-WRONGTYPE Operation against a key holding the wrong kind of value",
        "-OOM command not allowed when used memory > 'maxmemory'.",
        "-ERR Error running script (call to f_5f3c): @user_script:16: @user_script: 16: -OOM \
         command not allowed when used memory > 'maxmemory'. ",
        "-ERR value is not an integer or out of range",
    ] {
        let (fake, address) = Fake::start(move |_| line.to_owned()).await;
        let store = store(address);
        for _ in 0..3 {
            store.claim(claim("a"), LEASE).await.unwrap_err();
        }
        assert_eq!((fake.connections(), fake.scripts.load(Ordering::SeqCst)), (1, 3), "{line}");
    }
}

/// A hundred operations meet the demoted server at once: they share the next connection, and none
/// forgets it for what the first one said.
#[tokio::test]
async fn operations_at_once_share_one_new_connection() {
    let (fake, address) = Fake::start(|number| match number {
        0 => "-READONLY You can't write against a read only replica.".to_owned(),
        _ => ":0".to_owned(),
    })
    .await;
    let store = store(address);
    let mut claims = JoinSet::new();
    for number in 0..100 {
        claims.spawn(store.claim(claim(&number.to_string()), LEASE));
    }
    assert!(claims.join_all().await.into_iter().all(|claimed| claimed.is_ok()));
    assert_eq!(fake.connections(), 2);
}

/// An old connection's late answer comes when the new connection serves already: that one is kept.
#[tokio::test]
async fn a_late_answer_of_an_old_connection_leaves_the_new_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = store(listener.local_addr().unwrap());
    let readonly = b"-READONLY You can't write against a read only replica.\r\n";
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        let (mut old, mut pending, served) = (None, 0, Arc::new(Notify::new()));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            if count.fetch_add(1, Ordering::SeqCst) == 0 {
                // Both operations are sent before the first is answered.
                while pending < 2 {
                    let command = command(&mut stream).await.unwrap();
                    if command[0].starts_with(b"EVAL") {
                        pending += 1;
                    } else {
                        stream.write_all(b"+OK\r\n").await.unwrap();
                    }
                }
                stream.write_all(readonly).await.unwrap();
                old = Some(stream);
                continue;
            }
            let served_by_new = Arc::clone(&served);
            tokio::spawn(async move {
                while let Some(command) = command(&mut stream).await {
                    let script = command[0].starts_with(b"EVAL");
                    let answer: &[u8] = if script { b":0\r\n" } else { b"+OK\r\n" };
                    stream.write_all(answer).await.unwrap();
                    if script {
                        served_by_new.notify_one();
                    }
                }
            });
            served.notified().await;
            if let Some(mut old) = old.take() {
                old.write_all(readonly).await.unwrap();
            }
        }
    });
    let (first, second) =
        tokio::join!(store.claim(claim("a"), LEASE), store.claim(claim("b"), LEASE));
    assert_eq!((first.unwrap(), second.unwrap()), (Claimed::Owned, Claimed::Owned));
    assert_eq!(store.claim(claim("c"), LEASE).await.unwrap(), Claimed::Owned);
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_server_without_the_script_is_sent_its_text() {
    let asked = Arc::new(AtomicUsize::new(0));
    let (fake, address) = Fake::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => "-NOSCRIPT No matching script. Please use EVAL.".to_owned(),
        _ => ":0".to_owned(),
    })
    .await;
    assert_eq!(store(address).claim(claim("a"), LEASE).await.unwrap(), Claimed::Owned);
    assert_eq!(fake.connections(), 1);
}

const BAD_URLS: [(&str, &str); 15] = [
    ("redis+cluster://", "names no node"),
    ("redis+cluster://user:pw-secret@", "names no node"),
    ("redis+cluster://a:1,", "no host"),
    ("redis+cluster://a:1,,b:2", "no host"),
    ("redis+cluster://a:pw-secret", "port"),
    ("redis+cluster://a:1,rediss+cluster://b:2", "scheme more than once"),
    ("redis://a:1,rediss://b:2", "scheme more than once"),
    ("redis://a:1,b:2", "redis+cluster://"),
    ("redis+cluster://a:1/3", "no database but 0"),
    ("redis+cluster://u:pw-secret@a:1,u:pw-secret@b:2", "before the first node"),
    ("rediss+cluster://a:1#insecure", "fragment"),
    ("redis+sentinel://a:1,b:2", "names no service"),
    ("redis+sentinel:///main", "names no node"),
    ("redis+sentinel://a:1/main/x", "database is not a number"),
    ("redis+sentinel://a:1/main?sentinel_pasword=pw-secret", "parameters are"),
];

#[test]
fn a_url_that_cannot_be_used_is_an_error_without_its_password() {
    for (url, reason) in BAD_URLS {
        let error = RedisStore::new(url).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(reason) && !text.contains("pw-secret"), "{url}: {text}");
    }
}

#[tokio::test]
async fn urls_of_clusters_and_sentinels_are_taken() {
    for url in [
        "redis+cluster://127.0.0.1:7000,127.0.0.1:7001",
        "REDIS+CLUSTER://a,b,[::1]:7002/0",
        "rediss+cluster://user:p%40ss@a:1,b:2",
        "redis+sentinel://a,b:26380/main",
        "rediss+sentinel://user:password@a:1,b:2/main/3?sentinel_username=u&sentinel_password=p%26",
        "redis://:password@[::1]:6379/1",
        "valkey://a:1",
    ] {
        RedisStore::new(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    }
    // Nothing is connected to yet, and a node that is not there is an error within the limit.
    let store = RedisStore::new("redis+cluster://127.0.0.1:1").unwrap();
    timeout(PATIENCE, store.claim(claim("a"), LEASE)).await.unwrap().unwrap_err();
}
