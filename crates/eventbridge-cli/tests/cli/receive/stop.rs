//! SIGTERM: what is under way ends, and no longer than it was told.

use std::{collections::HashSet, net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tower_eventbridge::signer::SignWith;

use super::{Connection, bytes_of, push, start};
use crate::process::PATIENCE;

/// A request whose head and half body are sent; the rest follows on demand, and then the start of
/// the answer.
struct Halfway {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Halfway {
    async fn send(address: SocketAddr, id: &str) -> Self {
        let mut bytes = bytes_of(&push(id, SignWith::V2, None));
        let rest = bytes.split_off(bytes.len() - 20);
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        Self { stream, rest }
    }

    /// The status line's start; `None` if the connection is cut.
    async fn finish(mut self) -> Option<String> {
        let _ = self.stream.write_all(&self.rest).await;
        let mut start = vec![0; 12];
        let read = timeout(PATIENCE, self.stream.read_exact(&mut start)).await.unwrap();
        read.ok().map(|_| String::from_utf8(start).unwrap())
    }
}

async fn until_refused(address: SocketAddr) {
    let refused = async { while TcpStream::connect(address).await.is_ok() {} };
    timeout(PATIENCE, refused).await.expect("no new connections are taken");
}

/// SIGTERM under load: what is under way is finished, answered and printed, and the exit code is 0.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_finishes_what_is_under_way() {
    let receiver = start(&[]).await;
    let address = receiver.address;
    let mut halfway = Vec::new();
    for number in 0..30 {
        halfway.push(Halfway::send(address, &format!("halfway-{number}")).await);
    }
    // Others push all the while, each as long as it is served.
    let served = Arc::new(tokio::sync::watch::Sender::new(0));
    let mut clients = JoinSet::new();
    for client in 0..10 {
        let served = served.clone();
        clients.spawn(async move {
            let mut accepted = Vec::new();
            for number in 0.. {
                let id = format!("{client}-{number}");
                let Ok(mut stream) = TcpStream::connect(address).await else { break };
                if stream.write_all(&bytes_of(&push(&id, SignWith::V2, None))).await.is_err() {
                    break;
                }
                let mut start = vec![0; 12];
                if stream.read_exact(&mut start).await.is_err() {
                    break;
                }
                assert_eq!(start, b"HTTP/1.1 200");
                accepted.push(id);
                served.send_modify(|served| *served += 1);
            }
            accepted
        });
    }
    let mut under_load = served.subscribe();
    timeout(PATIENCE, under_load.wait_for(|served| *served > 100)).await.unwrap().unwrap();
    receiver.terminate().await;
    until_refused(address).await;
    let mut answered: HashSet<String> = HashSet::new();
    for (number, request) in halfway.into_iter().enumerate() {
        assert_eq!(request.finish().await.as_deref(), Some("HTTP/1.1 200"), "halfway-{number}");
        answered.insert(format!("halfway-{number}"));
    }
    answered.extend(clients.join_all().await.into_iter().flatten());
    let (code, printed, _) = receiver.end().await;
    assert_eq!(code, 0);
    let id = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["id"].as_str().unwrap().to_owned()
    };
    let printed: HashSet<String> = printed.lines().map(id).collect();
    assert!(answered.is_subset(&printed), "what was answered 200 was printed");
}

/// What does not end is cut, and the exit code is still 0; and a stop that comes at once is a stop
/// like any other.
#[tokio::test]
async fn a_stop_waits_no_longer_than_it_was_told() {
    let receiver = start(&["--drain-timeout", "1"]).await;
    let address = receiver.address;
    let halfway = Halfway::send(address, "cut").await;
    // Once the receiver knows of it.
    let mut connection = Connection::open(address, false).await;
    assert_eq!(connection.send(push("served", SignWith::V2, None)).await.0, 200);
    receiver.terminate().await;
    let (code, printed, log) = receiver.end().await;
    assert_eq!((code, printed.lines().count()), (0, 1));
    assert!(log.contains("drain timeout"), "{log}");
    assert_eq!(halfway.finish().await, None);
    for _ in 0..20 {
        assert_eq!(start(&[]).await.stop().await.0, 0);
    }
}

/// A stranger who asks nothing, or half of something, does not hold up a stop: the limit of a drain
/// is longer than this test waits.
#[tokio::test]
async fn a_stop_does_not_wait_for_who_asks_nothing() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let receiver = start(&["--drain-timeout", "60"]).await;
    let mut silent = Vec::new();
    for bytes in [PREFACE, b"POST /events HTTP/1.1\r\nhost: h", b""] {
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        silent.push(stream);
    }
    // Once the receiver knows of them.
    let mut connection = Connection::open(receiver.address, false).await;
    assert_eq!(connection.send(push("served", SignWith::V2, None)).await.0, 200);
    receiver.terminate().await;
    let (code, _, log) = receiver.end().await;
    assert_eq!(code, 0);
    assert!(!log.contains("drain timeout"), "{log}");
}

/// Who stops twice does not want to wait.
#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let receiver = start(&["--drain-timeout", "60"]).await;
    let address = receiver.address;
    let halfway = Halfway::send(address, "cut").await;
    let mut connection = Connection::open(address, false).await;
    assert_eq!(connection.send(push("served", SignWith::V2, None)).await.0, 200);
    receiver.terminate().await;
    until_refused(address).await;
    receiver.terminate().await;
    let (code, _, log) = receiver.end().await;
    assert_eq!(code, 1, "{log}");
    assert!(log.contains("a second signal"), "{log}");
    assert_eq!(halfway.finish().await, None);
}
