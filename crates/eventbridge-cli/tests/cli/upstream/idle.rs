//! `receive --forward` and an upstream that closes its idle connections, as servers with a short
//! keep-alive do.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tower_eventbridge::clock::{Clock, SystemClock};

use crate::{
    process::{PATIENCE, Server},
    sender::{TOKEN, URL, certificate_argument, signer},
};

async fn receiver(forward: SocketAddr) -> Server {
    let forward = format!("http://{forward}");
    let base = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN];
    let more = ["--certificate", certificate_argument(), "--forward-requests", &forward];
    Server::start("receive", &[&base[..], &more].concat()).await
}

async fn push(receiver: SocketAddr, path: &str) -> u16 {
    Client::connect(receiver).await.push(path).await
}

/// One connection to a receiver. Its pushes go on over the same connections.
struct Client(SendRequest<Full<Bytes>>);

impl Client {
    async fn connect(receiver: SocketAddr) -> Self {
        let stream = TokioIo::new(TcpStream::connect(receiver).await.unwrap());
        let (sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    async fn push(&mut self, path: &str) -> u16 {
        let push = signed(path);
        self.0.ready().await.unwrap();
        let response = self.0.send_request(push.map(Full::new));
        tokio::time::timeout(PATIENCE, response).await.unwrap().unwrap().status().as_u16()
    }
}

fn signed(path: &str) -> Request<Bytes> {
    let event = format!(
        r#"{{"specversion":"1.0","source":"s","type":"eventbridge:Events:ApiGateway","id":"1","data":{{"method":"POST","path":"{path}"}}}}"#
    );
    signer().push(URL).token(TOKEN).body(event).sign(SystemClock::new().now()).unwrap()
}

/// The head of a request without a body, or nothing if the connection ends.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap())
}

/// The upstream closes each connection with the last byte of its answer and does not say so, while
/// other requests wait for a connection. What was not sent is sent over another; nothing is sent
/// twice.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_closed_at_the_moment_of_use_is_replaced() {
    const CLIENTS: usize = 16;
    const PUSHES: usize = 40;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = listener.local_addr().unwrap();
    let arrived: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
    let counted = Arc::clone(&arrived);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                let Some(head) = head(&mut stream).await else { return };
                let line = head.lines().next().unwrap().to_owned();
                *counted.lock().unwrap().entry(line).or_default() += 1;
                // The answer and the end leave together, so that nothing can be sent in between.
                socket2::SockRef::from(&stream).set_tcp_cork(true).unwrap();
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
            });
        }
    });
    let receiver = receiver(upstream).await;
    let address = receiver.address;
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(async move {
            let mut failed = 0;
            for number in 0..PUSHES {
                failed += usize::from(push(address, &format!("/{client}/{number}")).await != 200);
            }
            failed
        });
    }
    let failed: usize = clients.join_all().await.into_iter().sum();
    let (_, _, log) = receiver.stop().await;
    let errors: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).take(5).collect();
    assert_eq!(failed, 0, "{errors:#?}");
    let arrived = arrived.lock().unwrap();
    assert_eq!(arrived.len(), CLIENTS * PUSHES);
    assert!(arrived.values().all(|times| *times == 1), "nothing is sent twice");
}

/// Something was sent, so it is not sent again: whether it was handled is not known. EventBridge
/// brings the push again.
#[tokio::test]
async fn a_request_that_was_sent_is_not_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut answers = 1;
            while head(&mut stream).await.is_some() {
                counted.fetch_add(1, Ordering::SeqCst);
                if answers == 0 {
                    break;
                }
                answers -= 1;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(answer).await.unwrap();
            }
        }
    });
    let receiver = receiver(upstream).await;
    let mut client = Client::connect(receiver.address).await;
    assert_eq!(client.push("/first").await, 200);
    assert_eq!(client.push("/second").await, 503);
    assert_eq!(requests.load(Ordering::SeqCst), 2);
    let (_, _, log) = receiver.stop().await;
    let line = log.lines().find(|line| line.contains("--forward-requests: ")).unwrap();
    assert!(line.contains("client error") && line.contains("closed"), "every cause: {line}");
}

/// Common servers close what was idle for 5 s: the receiver does so itself, and before.
#[tokio::test]
async fn idle_connections_are_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let receiver = receiver(listener.local_addr().unwrap()).await;
    let address = receiver.address;
    let pushed = tokio::spawn(async move { push(address, "/once").await });
    let (mut stream, _) = listener.accept().await.unwrap();
    assert!(head(&mut stream).await.is_some());
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    assert_eq!(pushed.await.unwrap(), 200);
    let closed = tokio::time::timeout(PATIENCE, head(&mut stream)).await;
    assert!(closed.expect("within 20 s").is_none());
}
