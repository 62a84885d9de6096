//! What strangers can take of the receiver: connections, requests over HTTP/2, memory. Each has a bound, and honest
//! clients are served all the same.

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
    io,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use process::{PATIENCE, Server, page, temporary_file};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Barrier,
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Forgery, SignWith, Signer},
};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "token-secret-0123456789";

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

async fn start(more: &[&str]) -> Server {
    static ARGUMENT: OnceLock<String> = OnceLock::new();
    let certificate = ARGUMENT.get_or_init(|| {
        let file = temporary_file("limits.pem", signer().certificate_pem().as_bytes());
        format!("{}={}", signer().certificate_url(), file.display())
    });
    let base = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN];
    Server::start("receiver", &[&base[..], &["--certificate", certificate], more].concat()).await
}

fn push(body: impl Into<Bytes>, forgery: Option<Forgery>) -> Request<Bytes> {
    let mut push = signer().push(URL).token(TOKEN).with(SignWith::V2).body(body);
    if let Some(forgery) = forgery {
        push = push.forgery(forgery);
    }
    push.sign(SystemClock::new().now()).unwrap()
}

fn bytes_of(request: &Request<Bytes>) -> Vec<u8> {
    let length = request.body().len();
    let mut head = format!("POST /events HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n");
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "host") {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    [head.as_bytes(), b"\r\n", request.body()].concat()
}

/// A connection that sends so much and stays open.
async fn opened(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// Reads until there is nothing more, which is the end of the connection.
async fn ends(stream: &mut TcpStream) {
    let mut rest = vec![0; 64 * 1024];
    let end = async { while !matches!(stream.read(&mut rest).await, Ok(0) | Err(_)) {} };
    timeout(PATIENCE, end).await.expect("the connection is closed");
}

/// Whether it is still there: no time limit closed it, which would have made room as well.
async fn is_open(stream: &mut TcpStream) -> bool {
    let mut rest = vec![0; 64 * 1024];
    let end = async { while !matches!(stream.read(&mut rest).await, Ok(0) | Err(_)) {} };
    timeout(Duration::from_millis(300), end).await.is_err()
}

/// The start of the answer on a connection that is used again.
async fn exchanged(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<String> {
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\"}") {
        if timeout(PATIENCE, stream.read_buf(&mut answer)).await.expect("an answer")? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8(answer[..12].to_vec()).unwrap())
}

/// The status of a good push over a connection of its own. One that is not admitted, or closed for want of room, comes again.
async fn served(address: SocketAddr) -> String {
    let push = bytes_of(&push("{\"id\":\"good\"}", None));
    let tries = async {
        loop {
            let mut stream = TcpStream::connect(address).await.unwrap();
            match exchanged(&mut stream, &push).await {
                Ok(status) => return status,
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    timeout(PATIENCE, tries).await.expect("an honest client is served")
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
const REFUSED: &[u8] = b"GET /events HTTP/1.1\r\nhost: h\r\n\r\n";

#[tokio::test]
async fn the_connection_that_is_idle_longest_makes_room() {
    let limits = ["--max-connections", "6", "--max-connections-per-peer", "6"];
    for kind in [&b""[..], b"POST /events HTTP/1.1\r\nhost:", REFUSED, PREFACE] {
        let receiver = start(&limits).await;
        let mut idle = Vec::new();
        for _ in 0..6 {
            idle.push(opened(receiver.address, kind).await);
            // Opened one after another, so that it is known which one is idle longest.
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(served(receiver.address).await, "HTTP/1.1 200", "{kind:?}");
        ends(&mut idle[0]).await;
        assert!(is_open(&mut idle[5]).await, "{kind:?}");
        drop(idle);
        assert_eq!(receiver.stop().await.0, 0);
    }
}

/// A stranger's requests, which are refused, keep no place: who comes with a good one is served.
#[tokio::test]
async fn refused_requests_keep_no_place() {
    let receiver = start(&["--max-connections", "4"]).await;
    let address = receiver.address;
    let strangers: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn(async move {
                loop {
                    let mut stream = opened(address, b"").await;
                    // More often than a connection has to be idle before it makes room.
                    while exchanged(&mut stream, REFUSED).await.is_ok() {
                        sleep(Duration::from_millis(50)).await;
                    }
                }
            })
        })
        .collect();
    sleep(Duration::from_millis(700)).await;
    assert_eq!(served(address).await, "HTTP/1.1 200");
    strangers.iter().for_each(tokio::task::JoinHandle::abort);
    assert_eq!(receiver.stop().await.0, 0);
}

/// What refuses a stream is kept until the peer reads it: one that goes on is closed.
#[tokio::test]
async fn streams_that_are_refused_have_a_bound() {
    let receiver = start(&["--max-requests", "2"]).await;
    let good = bytes_of(&push("{\"id\":\"slow\"}", None));
    let mut busy = Vec::new();
    for _ in 0..2 {
        busy.push(opened(receiver.address, &good[..good.len() - 1]).await);
    }
    sleep(Duration::from_millis(200)).await;
    let mut stream = opened(receiver.address, PREFACE).await;
    let mut refused = 0;
    let all = async {
        for number in 0..1000 {
            let headers = frame(1, 5, 1 + 2 * number, &[0x83, 0x86, 0x84]);
            if stream.write_all(&headers).await.is_err() {
                break;
            }
            let mut head = [0; 9];
            loop {
                if stream.read_exact(&mut head).await.is_err() {
                    return;
                }
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut payload = vec![0; usize::try_from(length).unwrap()];
                if stream.read_exact(&mut payload).await.is_err() {
                    return;
                }
                if head[3] == 3 {
                    refused += 1;
                    break;
                }
            }
        }
    };
    timeout(PATIENCE, all).await.unwrap();
    assert!((200..300).contains(&refused), "{refused} of 1000 were refused before the end");
    for stream in &mut busy {
        assert_eq!(exchanged(stream, &good[good.len() - 1..]).await.unwrap(), "HTTP/1.1 200");
    }
    drop(busy);
    assert_eq!(receiver.stop().await.0, 0);
}

/// Connections whose requests are under way stay, however long; who comes meanwhile waits.
#[tokio::test]
async fn busy_connections_are_not_closed() {
    let receiver = start(&["--max-connections", "4"]).await;
    let good = bytes_of(&push("{\"id\":\"slow\"}", None));
    let (most, last) = good.split_at(good.len() - 1);
    let mut busy = Vec::new();
    for _ in 0..4 {
        busy.push(opened(receiver.address, most).await);
    }
    let honest = tokio::spawn(served(receiver.address));
    // Longer than a connection has to be idle before it makes room.
    sleep(Duration::from_millis(1_000)).await;
    assert!(!honest.is_finished(), "there is no room");
    for stream in &mut busy {
        assert_eq!(exchanged(stream, last).await.unwrap(), "HTTP/1.1 200");
    }
    assert_eq!(honest.await.unwrap(), "HTTP/1.1 200", "now they are idle");
    drop(busy);
    assert_eq!(receiver.stop().await.0, 0);
}

/// An address that has its share makes room for itself only.
#[tokio::test]
async fn one_address_has_a_share() {
    let receiver = start(&["--max-connections", "10", "--max-connections-per-peer", "2"]).await;
    let mut first = opened(receiver.address, b"").await;
    sleep(Duration::from_millis(20)).await;
    let mut second = opened(receiver.address, b"").await;
    assert_eq!(served(receiver.address).await, "HTTP/1.1 200");
    ends(&mut first).await;
    // Busy ones of the same address stay, and the next one of it is closed.
    let good = bytes_of(&push("{\"id\":\"slow\"}", None));
    let (most, last) = good.split_at(good.len() - 1);
    second.write_all(most).await.unwrap();
    let mut third = opened(receiver.address, most).await;
    while timeout(Duration::from_millis(200), third.peek(&mut [0])).await.is_ok() {
        third = opened(receiver.address, most).await;
    }
    let mut fourth = opened(receiver.address, b"").await;
    ends(&mut fourth).await;
    for stream in [&mut second, &mut third] {
        assert_eq!(exchanged(stream, last).await.unwrap(), "HTTP/1.1 200");
    }
    drop((second, third));
    assert_eq!(receiver.stop().await.0, 0);
}

#[tokio::test]
async fn health_checks_have_room_of_their_own() {
    let limits = ["--max-connections", "2", "--admin-listen", "127.0.0.1:0"];
    let mut receiver = start(&limits).await;
    let admin = receiver.log.line_that_begins("admin listening on ").await;
    let address: SocketAddr = admin.parse().unwrap();
    let mut idle = Vec::new();
    for _ in 0..2 {
        idle.push(opened(receiver.address, b"").await);
    }
    for number in 0..20 {
        let kind = [&b""[..], b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n", PREFACE][number % 3];
        idle.push(opened(address, kind).await);
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert!(page(&admin, path).await.starts_with("HTTP/1.1 200"), "{path}");
    }
    // One of the first sixteen, which a time limit would have closed.
    assert!(is_open(&mut idle[2 + 13]).await);
    drop(idle);
    assert_eq!(receiver.stop().await.0, 0);
}

/// A frame of HTTP/2 (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Requests that are refused, whose answers cannot be sent: the window of every stream is zero.
fn window_zero(streams: u32) -> Vec<u8> {
    let mut all = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    all.extend(frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]));
    for number in 0..streams {
        // POST, http, /: from the static table (RFC 7541 appendix A).
        all.extend(frame(1, 4, 1 + 2 * number, &[0x83, 0x86, 0x84]));
    }
    all
}

/// How many streams are answered with HEADERS, and how many reset with REFUSED_STREAM.
async fn answered_and_refused(stream: &mut TcpStream, streams: u32) -> (u32, u32) {
    let (mut answered, mut refused) = (0, 0);
    let all = async {
        while answered + refused < streams {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.expect("the connection lasts");
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            stream.read_exact(&mut payload).await.unwrap();
            match head[3] {
                1 => answered += 1,
                3 if payload == [0, 0, 0, 7] => refused += 1,
                _ => {}
            }
        }
    };
    timeout(PATIENCE, all).await.unwrap_or_else(|_| panic!("{answered} and {refused}"));
    (answered, refused)
}

#[tokio::test]
async fn answers_that_cannot_be_sent_have_a_bound_over_all_connections() {
    let receiver = start(&["--max-requests", "40"]).await;
    let mut hostile = Vec::new();
    let mut counts = Vec::new();
    for _ in 0..4 {
        let mut stream = opened(receiver.address, &window_zero(50)).await;
        counts.push(answered_and_refused(&mut stream, 50).await);
        hostile.push(stream);
        // Others have room, though one connection took all that one may.
        assert_eq!(served(receiver.address).await, "HTTP/1.1 200");
    }
    assert_eq!(counts[0], (20, 30), "half of what there is");
    assert!(counts[1..].iter().all(|(answered, _)| *answered <= 3), "{counts:?}");
    // Their peers do not take them: they do not stay.
    for stream in &mut hostile {
        ends(stream).await;
    }
    drop(hostile);
    assert_eq!(receiver.stop().await.0, 0);
}

/// The same with what the receiver has by default: memory, while 1,000 clients push at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_honest_clients_at_once_and_hostile_ones_beside_them() {
    const CLIENTS: usize = 1000;
    let receiver = start(&[]).await;
    let address = receiver.address;
    let mut hostile = Vec::new();
    for _ in 0..100 {
        // From another address: one has a share of 1,024 connections.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        stream.write_all(&window_zero(100)).await.unwrap();
        hostile.push(stream);
    }
    let together = Arc::new(Barrier::new(CLIENTS));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let together = Arc::clone(&together);
        clients.spawn(async move {
            let request = bytes_of(&push(format!("{{\"id\":\"{number}\"}}"), None));
            let (head, body) = request.split_at(request.len() - 8);
            let mut stream = opened(address, head).await;
            // All are connected, and have begun, before any is answered.
            together.wait().await;
            exchanged(&mut stream, body).await.unwrap()
        });
    }
    let mut statuses = Vec::new();
    while let Some(status) = clients.join_next().await {
        statuses.push(status.unwrap());
    }
    assert_eq!(statuses, vec!["HTTP/1.1 200"; CLIENTS]);
    #[cfg(target_os = "linux")]
    assert!(receiver.resident_kib() < 96 * 1024, "{} KiB", receiver.resident_kib());
    drop(hostile);
    let (code, printed, _) = receiver.stop().await;
    assert_eq!((code, printed.lines().count()), (0, CLIENTS));
}

/// A peer that writes and reads no answer is not read from for ever, and makes room.
#[tokio::test]
async fn who_reads_no_answer_is_not_read_from() {
    let receiver = start(&["--max-connections", "1"]).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let mut many = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec();
    let pings: Vec<u8> = (0..10_000).flat_map(|_| frame(6, 0, 0, &[7; 8])).collect();
    let mut written = 0_usize;
    stream.write_all(&many).await.unwrap();
    many.clear();
    while let Ok(done) = timeout(Duration::from_millis(500), stream.write_all(&pings)).await {
        done.unwrap();
        written += pings.len();
        assert!(written < 64 << 20, "it takes for ever");
    }
    assert_eq!(served(receiver.address).await, "HTTP/1.1 200", "it is idle");
    drop(stream);
    assert_eq!(receiver.stop().await.0, 0);
}

/// Nothing is measured where nobody can read it, and what is measured does not pile up.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_requests_leave_nothing_behind() {
    async fn refused(address: SocketAddr, times: usize) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let batch = REFUSED.repeat(100);
        let mut buffer = vec![0; 1 << 16];
        for _ in 0..times / 100 {
            stream.write_all(&batch).await.unwrap();
            let mut answers = 0;
            while answers < 100 {
                let length = timeout(PATIENCE, stream.read(&mut buffer)).await.unwrap().unwrap();
                assert_ne!(length, 0);
                let text = String::from_utf8_lossy(&buffer[..length]);
                answers += text.matches("HTTP/1.1 ").count();
            }
        }
    }
    let receiver = start(&["--log-level", "error"]).await;
    refused(receiver.address, 20_000).await;
    let before = receiver.resident_kib();
    refused(receiver.address, 60_000).await;
    let grown = receiver.resident_kib().saturating_sub(before);
    assert!(grown < 512, "{grown} KiB in 60,000 requests");
    assert_eq!(receiver.stop().await.0, 0);
}

/// Bodies that wait for their verdict hold 8 MiB of captures at most: the others are refused alike, and not captured.
#[tokio::test]
async fn captures_have_a_bound_and_ten_of_a_kind() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("limits-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let options = ["--capture-dir", folder.to_str().unwrap(), "--admin-listen", "127.0.0.1:0"];
    let mut receiver = start(&options).await;
    let admin = receiver.log.line_that_begins("admin listening on ").await;
    let request = bytes_of(&push(vec![b'x'; 1 << 20], Some(Forgery::TamperedBody)));
    let (most, last) = request.split_at(request.len() - 1);
    let mut waiting = Vec::new();
    for _ in 0..12 {
        waiting.push(opened(receiver.address, most).await);
    }
    let all_read = async {
        let held = |page: String| {
            let name = "eventbridge_body_bytes_in_flight ";
            let line = page.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
            line.is_some_and(|bytes| bytes.parse::<f64>().unwrap() >= 12.0 * 1_048_575.0)
        };
        while !held(page(&admin, "/metrics").await) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, all_read).await.expect("the receiver has read them");
    for stream in &mut waiting {
        assert_eq!(exchanged(stream, last).await.unwrap(), "HTTP/1.1 401");
    }
    let small = bytes_of(&push("{}", Some(Forgery::TamperedBody)));
    for _ in 0..12 {
        assert_eq!(exchanged(&mut waiting[0], &small).await.unwrap(), "HTTP/1.1 401");
    }
    drop(waiting);
    let (code, _, log) = receiver.stop().await;
    assert_eq!(code, 0);
    assert!(log.matches("a push is not captured").count() >= 4, "{log}");
    assert_eq!(log.matches("captured a push as signature-mismatch").count(), 10, "{log}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// An upstream that closes idle connections costs no push, unless its bytes had been sent; and the log says why.
#[tokio::test]
async fn connections_that_the_upstream_closes_cost_no_push() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = listener.local_addr().unwrap();
    let sent_too_late = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let late = Arc::clone(&sent_too_late);
    let serving = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let late = Arc::clone(&late);
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                // No word of closing, and closed at once.
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
                let _ = stream.shutdown().await;
                let mut more = [0; 1];
                if matches!(stream.read(&mut more).await, Ok(1)) {
                    late.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                }
            });
        }
    });
    let receiver = start(&["--forward", &format!("http://{upstream}")]).await;
    let event = include_str!("../fixtures/envelopes/alibaba-apigateway-event.json");
    let request = bytes_of(&push(event, None));
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let mut failed = 0;
    for _ in 0..200 {
        let status = exchanged(&mut stream, &request).await.unwrap();
        failed += usize::from(status != "HTTP/1.1 200");
    }
    let late = sent_too_late.load(std::sync::atomic::Ordering::SeqCst);
    assert!(failed <= late, "{failed} failed, of which {late} had been sent");
    serving.abort();
    let _ = serving.await;
    while TcpStream::connect(upstream).await.is_ok() {}
    assert_eq!(exchanged(&mut stream, &request).await.unwrap(), "HTTP/1.1 503");
    drop(stream);
    let (code, _, log) = receiver.stop().await;
    assert_eq!(code, 0);
    assert!(log.contains("client error (Connect)") && log.contains("Connection refused"), "{log}");
}

/// An idle connection to the upstream goes before the upstream closes it: Node.js does so after 5 s.
#[tokio::test]
async fn idle_connections_to_the_upstream_go() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let forward = format!("http://{}", listener.local_addr().unwrap());
    let receiver = start(&["--forward", &forward]).await;
    let event = include_str!("../fixtures/envelopes/alibaba-apigateway-event.json");
    let served = tokio::spawn({
        let (address, request) = (receiver.address, bytes_of(&push(event, None)));
        async move { exchanged(&mut opened(address, b"").await, &request).await.unwrap() }
    });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 64 * 1024];
    assert_ne!(stream.read(&mut request).await.unwrap(), 0);
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    assert_eq!(served.await.unwrap(), "HTTP/1.1 200");
    // The upstream keeps its end open; it is the receiver that closes.
    ends(&mut stream).await;
    assert_eq!(receiver.stop().await.0, 0);
}
