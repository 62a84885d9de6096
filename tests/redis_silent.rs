//! What the store does about servers and sentinels that are silent: against servers of the test's
//! own, without Redis.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
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

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tower_eventbridge::idempotency::{
    BodyDigest, Claim, Claimed, IdempotencyKey, IdempotencyStore, RedisStore,
};

const LEASE: Duration = Duration::from_secs(60);

/// Answers commands by their name and the number of the connection; `None` is silence.
async fn server(
    answer: impl Fn(usize, &str) -> Option<String> + Send + Sync + 'static,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let (counter, answer) = (Arc::clone(&connections), Arc::new(answer));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let number = counter.fetch_add(1, Ordering::SeqCst);
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                while let Some(name) = command(&mut stream).await {
                    if let Some(line) = answer(number, &name) {
                        stream.write_all(line.as_bytes()).await.unwrap();
                    }
                }
            });
        }
    });
    (address, connections)
}

/// The first word of a command.
async fn command(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
    let count: usize = line.trim().strip_prefix('*')?.parse().ok()?;
    let mut first = None;
    for _ in 0..count {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let length: usize = line.trim().strip_prefix('$')?.parse().ok()?;
        let mut part = vec![0; length + 2];
        stream.read_exact(&mut part).await.ok()?;
        part.truncate(length);
        first = first.or_else(|| String::from_utf8(part).ok());
    }
    first
}

fn is_script(name: &str) -> bool {
    name.starts_with("EVAL")
}

fn claim(name: &str) -> Claim {
    Claim::new(IdempotencyKey::of([name.as_bytes()]), BodyDigest::of(b"")).unwrap()
}

fn store(url: &str) -> RedisStore {
    RedisStore::builder(url).unwrap().timeout(Duration::from_millis(300)).build().unwrap()
}

/// A new connection takes the place of one that is silent, if there is one to be had.
#[tokio::test]
async fn a_silent_connection_is_replaced() {
    let (address, _) = server(|number, name| match (number, is_script(name)) {
        (0, true) => None,
        (_, true) => Some(":0\r\n".to_owned()),
        (_, false) => Some("+OK\r\n".to_owned()),
    })
    .await;
    let store = store(&format!("redis://{address}"));
    let error = store.claim(claim("a"), LEASE).await.unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("300 ms") || text.contains("timed out"), "{text}");
    let again = async { while store.claim(claim("a"), LEASE).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(20), again)
        .await
        .expect("the next connection is used");
}

/// One of a cluster's nodes may be silent where the others answer: a connection is not given up for
/// one that cannot be made.
#[tokio::test]
async fn a_connection_is_kept_until_its_successor_stands() {
    let asked = AtomicUsize::new(0);
    let (address, connections) = server(move |number, name| match (number, is_script(name)) {
        // The first answer comes late, before the second.
        (0, true) => match asked.fetch_add(1, Ordering::SeqCst) {
            0 => None,
            1 => Some(":0\r\n:0\r\n".to_owned()),
            _ => Some(":0\r\n".to_owned()),
        },
        (0, false) => Some("+OK\r\n".to_owned()),
        _ => None,
    })
    .await;
    let store = store(&format!("redis://{address}/1"));
    store.claim(claim("a"), LEASE).await.unwrap_err();
    for name in ["b", "c", "d"] {
        assert_eq!(store.claim(claim(name), LEASE).await.unwrap(), Claimed::Owned, "{name}");
    }
    let tried = async {
        while connections.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await
        }
    };
    tokio::time::timeout(Duration::from_secs(20), tried).await.expect("a successor is tried");
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

/// The first of two sentinels takes connections and says nothing; the second knows the primary.
#[tokio::test]
async fn a_silent_sentinel_does_not_hold_the_others_up() {
    let (primary, _) = server(|_, name| match name {
        "ROLE" => Some(format!("*3\r\n{}:0\r\n*0\r\n", bulk("master"))),
        name if is_script(name) => Some(":0\r\n".to_owned()),
        _ => Some("+OK\r\n".to_owned()),
    })
    .await;
    let (sentinel, _) = server(move |_, name| match name {
        "ROLE" => Some(format!("*2\r\n{}*1\r\n{}", bulk("sentinel"), bulk("main"))),
        "SENTINEL" => {
            let port = primary.port().to_string();
            let fields = ["name", "main", "ip", "127.0.0.1", "port", &port, "flags", "master"];
            Some(format!("*1\r\n*8\r\n{}", fields.map(bulk).concat()))
        }
        _ => Some("+OK\r\n".to_owned()),
    })
    .await;
    let (silent, _) = server(|_, _| None).await;
    let store = store(&format!("redis+sentinel://{silent},{sentinel}/main"));
    assert_eq!(store.claim(claim("a"), LEASE).await.unwrap(), Claimed::Owned);
}
