//! The program `receiver` as a process, with real connections: every good push accepted once, every bad one refused
//! with the right status and the same bytes, limits kept, and a clean end.

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
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Forgery, SignWith, Signer},
};

use process::{PATIENCE, Server, command, page, run, temporary_file};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "token-secret-0123456789";

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

/// `URL=FILE` of the signer's certificate; the file is written once for all tests.
fn certificate_argument() -> &'static str {
    static ARGUMENT: OnceLock<String> = OnceLock::new();
    ARGUMENT.get_or_init(|| {
        let file = temporary_file("receiver.pem", signer().certificate_pem().as_bytes());
        format!("{}={}", signer().certificate_url(), file.display())
    })
}

const BASE: [&str; 6] = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN];

async fn start(more: &[&str]) -> Server {
    let certificate = ["--certificate", certificate_argument()];
    Server::start("receiver", &[&BASE[..], &certificate, more].concat()).await
}

enum Connection {
    H1(http1::SendRequest<Full<Bytes>>),
    H2(http2::SendRequest<Full<Bytes>>),
}

impl Connection {
    async fn open(address: SocketAddr, over_h2: bool) -> Self {
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        if over_h2 {
            let (sender, connection) =
                http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            return Self::H2(sender);
        }
        let (sender, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self::H1(sender)
    }

    async fn send(&mut self, mut request: Request<Bytes>) -> (StatusCode, Bytes) {
        let response = match self {
            Self::H1(sender) => {
                sender.ready().await.unwrap();
                sender.send_request(request.map(Full::new)).await.unwrap()
            }
            Self::H2(sender) => {
                request.headers_mut().remove("host");
                let target = format!("http://hooks.example.com{}", request.uri());
                *request.uri_mut() = target.parse().unwrap();
                sender.send_request(request.map(Full::new)).await.unwrap()
            }
        };
        let status = response.status();
        (status, response.into_body().collect().await.unwrap().to_bytes())
    }
}

fn event(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","source":"acs.test","type":"test:Push","specversion":"1.0","data":"body-secret"}}"#
    )
}

fn push(id: &str, with: SignWith, forgery: Option<Forgery>) -> Request<Bytes> {
    let mut push = signer().push(URL).token(TOKEN).with(with).body(event(id));
    if let Some(forgery) = forgery {
        push = push.forgery(forgery);
    }
    push.sign(SystemClock::new().now()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_pushes_from_fifty_clients() {
    const CLIENTS: usize = 50;
    const PUSHES: usize = 40;
    let receiver = start(&[]).await;
    let address = receiver.address;
    let forgeries = [
        Forgery::TamperedBody,
        Forgery::TamperedSignature,
        Forgery::OtherToken,
        Forgery::NoToken,
        Forgery::Stale,
        Forgery::SignedForOtherUrl,
        Forgery::EncodedBody,
    ];
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(async move {
            // Half of them over HTTP/2; a connection that was closed after a refusal is opened anew.
            let mut accepted = Vec::new();
            let mut refused = Vec::new();
            for number in 0..PUSHES {
                let mut connection = Connection::open(address, client % 2 == 0).await;
                let with = [SignWith::V1, SignWith::V2, SignWith::Both][number % 3];
                let id = format!("{client}-{number}");
                let forgery =
                    (number % 4 == 3).then(|| forgeries[(client + number) % forgeries.len()]);
                let (status, body) = connection.send(push(&id, with, forgery)).await;
                match forgery {
                    None => {
                        assert_eq!(
                            (status.as_u16(), &body[..]),
                            (200, &br#"{"status":"accepted"}"#[..]),
                            "{id}"
                        );
                        accepted.push(id);
                    }
                    Some(forgery) => {
                        assert_eq!(status, forgery.refused_as(with).status(), "{forgery:?}");
                        refused.push((status, body));
                    }
                }
            }
            (accepted, refused)
        });
    }
    let mut sent = HashSet::new();
    let mut answers: HashMap<StatusCode, HashSet<Bytes>> = HashMap::new();
    while let Some(client) = clients.join_next().await {
        let (accepted, refused) = client.unwrap();
        sent.extend(accepted);
        for (status, body) in refused {
            answers.entry(status).or_default().insert(body);
        }
    }
    assert_eq!(sent.len(), CLIENTS * PUSHES * 3 / 4);
    assert_eq!(answers.len(), 3, "400, 401, 415");
    assert!(answers.values().all(|bodies| bodies.len() == 1), "the same bytes for one status");

    let (code, printed, log) = receiver.stop().await;
    assert_eq!(code, 0);
    let lines: Vec<serde_json::Value> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: HashSet<String> =
        lines.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(lines.len(), sent.len(), "each accepted once");
    assert_eq!(ids, sent);
    assert!(log.contains("push accepted") && log.contains("push rejected"), "{log}");
    for secret in [TOKEN, "body-secret", "another-tenants-token"] {
        assert!(!log.contains(secret), "{secret} in the log");
    }
}

/// The status line's start for a request that is written while the answer is read: a receiver that refuses may close
/// before everything is there, which is no answer to a client that only writes.
async fn raw_status(address: SocketAddr, request: &Request<Bytes>, in_chunks: bool) -> String {
    let mut head = "POST /events HTTP/1.1\r\nhost: h\r\n".to_owned();
    match in_chunks {
        true => head.push_str("transfer-encoding: chunked\r\n"),
        false => head.push_str(&format!("content-length: {}\r\n", request.body().len())),
    }
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "host") {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head.push_str("\r\n");
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let body = request.body().clone();
    let sending = tokio::spawn(async move {
        let _ = writer.write_all(head.as_bytes()).await;
        for chunk in body.chunks(60_000) {
            let framed = match in_chunks {
                true => [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat(),
                false => chunk.to_vec(),
            };
            if writer.write_all(&framed).await.is_err() {
                return writer;
            }
        }
        if in_chunks {
            let _ = writer.write_all(b"0\r\n\r\n").await;
        }
        // Dropped here it would end the connection before the answer.
        writer
    });
    let mut start = vec![0; 12];
    timeout(PATIENCE, reader.read_exact(&mut start)).await.unwrap().unwrap();
    drop(sending.await.unwrap());
    String::from_utf8(start).unwrap()
}

#[tokio::test]
async fn the_limit_of_a_body_is_exact() {
    let receiver = start(&[]).await;
    for (length, status) in [(1024 * 1024, "HTTP/1.1 200"), (1024 * 1024 + 1, "HTTP/1.1 413")] {
        for in_chunks in [false, true] {
            let push = signer().push(URL).token(TOKEN).body("x".repeat(length));
            let request = push.sign(SystemClock::new().now()).unwrap();
            let start = raw_status(receiver.address, &request, in_chunks).await;
            assert_eq!(start, status, "{length}, in chunks: {in_chunks}");
        }
    }
    assert_eq!(receiver.stop().await.0, 0);
}

/// A client, often a proxy, that reads only once everything is written meets the answer and no reset, and its connection
/// can be used again.
#[tokio::test]
async fn a_refusal_reaches_a_client_that_writes_everything_first() {
    let receiver = start(&[]).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    for (forgery, length, status) in [
        (None, 1024 * 1024 + 1, "413"),
        (Some(Forgery::Stale), 1024 * 1024, "401"),
        (None, 8, "200"),
    ] {
        let mut push = signer().push(URL).token(TOKEN).body("x".repeat(length));
        if let Some(forgery) = forgery {
            push = push.forgery(forgery);
        }
        let request = push.sign(SystemClock::new().now()).unwrap();
        timeout(PATIENCE, stream.write_all(&bytes_of(&request))).await.unwrap().unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\"}") {
            assert_ne!(timeout(PATIENCE, stream.read_buf(&mut answer)).await.unwrap().unwrap(), 0);
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(!answer.contains("connection: close"), "{answer}");
    }
    drop(stream);
    assert_eq!(receiver.stop().await.0, 0);
}

/// Nobody reads what the receiver prints: what it cannot hand over in time is not accepted, and comes again.
#[tokio::test]
async fn events_that_cannot_be_printed_in_time_are_not_accepted() {
    let arguments =
        [&BASE[..], &["--certificate", certificate_argument(), "--handler-timeout", "1"]].concat();
    let mut receiver = Server::start_unread("receiver", &arguments).await;
    let mut connection = Connection::open(receiver.address, false).await;
    // A line of this length fills what a pipe holds.
    let long = "i".repeat(900_000);
    let mut statuses = Vec::new();
    for number in 0..2 {
        let (status, body) =
            connection.send(push(&format!("{long}{number}"), SignWith::V2, None)).await;
        statuses.push(status.as_u16());
        assert_eq!(body, r#"{"status":"failed"}"#);
    }
    assert_eq!(statuses, [503, 503]);
    receiver.read();
    let (status, _) = connection.send(push("again", SignWith::V2, None)).await;
    assert_eq!(status, 200);
    drop(connection);
    let (code, printed, log) = receiver.stop().await;
    assert_eq!(code, 0);
    assert!(printed.contains("\"again\""));
    assert!(log.contains("within 1 s"), "{log}");
    assert!(!printed.contains(&format!("{long}1")), "what was given up is not printed later");
}

/// An event that is done is acknowledged in the same words and printed once; the same signed push again is another matter.
#[tokio::test]
async fn duplicates_and_replays() {
    let accepted = (StatusCode::OK, Bytes::from("{\"status\":\"accepted\"}"));
    for (options, again, replayed, lines) in [
        (&[][..], 200, 200, 4),
        (&["--dedupe", "memory"], 200, 200, 1),
        (&["--replay-protection"], 200, 409, 3),
        (&["--dedupe", "memory", "--replay-protection"], 200, 409, 1),
    ] {
        let receiver = start(options).await;
        let mut connection = Connection::open(receiver.address, false).await;
        // Each try is signed at a time of its own.
        let sign = |with, late| {
            let at = SystemClock::new().now() + Duration::from_millis(late);
            signer().push(URL).token(TOKEN).with(with).body(event("once")).sign(at).unwrap()
        };
        let first = sign(SignWith::V2, 0);
        assert_eq!(connection.send(first.clone()).await, accepted, "{options:?}");
        for (with, late) in [(SignWith::V1, 1_000), (SignWith::Both, 2_000)] {
            let (status, body) = connection.send(sign(with, late)).await;
            assert_eq!((status.as_u16(), &body), (again, &accepted.1), "{options:?}");
        }
        assert_eq!(connection.send(first).await.0.as_u16(), replayed, "{options:?}");
        drop(connection);
        let (code, printed, log) = receiver.stop().await;
        assert_eq!((code, printed.lines().count()), (0, lines), "{options:?}");
        assert_eq!(log.contains("kind=\"replayed\""), replayed == 409, "{log}");
    }
}

/// What an operator sees: verdicts by kind, the token in use, ages by which a clock that is off shows, duplicates.
#[tokio::test]
async fn what_happens_is_measured() {
    let mut receiver = start(&["--admin-listen", "127.0.0.1:0", "--dedupe", "memory"]).await;
    let admin = receiver.log.line_that_begins("admin listening on ").await;
    let mut connection = Connection::open(receiver.address, false).await;
    for _ in 0..3 {
        assert_eq!(connection.send(push("same", SignWith::V2, None)).await.0, 200);
    }
    assert_eq!(connection.send(push("v1", SignWith::V1, None)).await.0, 200);
    for forgery in [Forgery::TamperedBody, Forgery::Stale, Forgery::Stale] {
        assert_eq!(connection.send(push("x", SignWith::V2, Some(forgery))).await.0, 401);
    }
    // A clock that is 90 s off, this way and that.
    let at = SystemClock::new().now();
    for signed in [at - Duration::from_secs(90), at + Duration::from_secs(90)] {
        let push = signer().push(URL).token(TOKEN).body(event("late")).sign(signed).unwrap();
        assert_eq!(connection.send(push).await.0, 401);
    }
    let mut named = push("named", SignWith::V2, Some(Forgery::Stale));
    named.headers_mut().insert("x-request-id", "the-id-of-a-proxy".parse().unwrap());
    let mut unfit = push("unfit", SignWith::V2, Some(Forgery::Future));
    unfit.headers_mut().insert("x-request-id", "not \"an\" id".parse().unwrap());
    let text = page(&admin, "/metrics").await;
    for request in [named, unfit] {
        assert_eq!(connection.send(request).await.0, 401);
    }
    for line in [
        r#"eventbridge_pushes_total{kind="accepted",scheme="v2",form="reference",assurance="signed"} 3"#,
        r#"eventbridge_pushes_total{kind="accepted",scheme="v1",form="reference",assurance="token-only"} 1"#,
        r#"eventbridge_pushes_total{kind="signature-mismatch",scheme="v2",form="none",assurance="none"} 1"#,
        r#"eventbridge_pushes_total{kind="stale-timestamp",scheme="v2",form="none",assurance="none"} 3"#,
        r#"eventbridge_token_pushes_total{token="0"} 4"#,
        r#"eventbridge_idempotency_total{layer="idempotency",outcome="handled"} 2"#,
        r#"eventbridge_idempotency_total{layer="idempotency",outcome="duplicate"} 2"#,
        r#"eventbridge_push_age_seconds_count{verdict="accepted"} 4"#,
        // 90 s before, 90 s after, and twice ten minutes, past the largest bucket.
        r#"eventbridge_push_age_seconds_bucket{verdict="refused",le="-60"} 1"#,
        r#"eventbridge_push_age_seconds_bucket{verdict="refused",le="300"} 2"#,
        r#"eventbridge_push_age_seconds_count{verdict="refused"} 4"#,
        r#"eventbridge_verdict_seconds_count 9"#,
        r#"eventbridge_body_bytes_in_flight 0"#,
    ] {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
    assert!(!text.contains(TOKEN));
    drop(connection);
    let (code, _, log) = receiver.stop().await;
    assert_eq!(code, 0);
    // A line names its request, by the proxy's id or one of our own.
    let line = |kind: &str| log.lines().rev().find(|line| line.contains(kind)).unwrap();
    assert!(line("stale-timestamp").contains("request{id=the-id-of-a-proxy}"), "{log}");
    assert!(line("future-timestamp").contains("request{id="), "{log}");
    assert!(!log.contains("not \\\"an"), "{log}");
    assert!(line("push accepted").contains("request{id="), "{log}");
}

/// A refused push is captured so that `explain` gives the same reason, without its token and readable by its owner only.
#[tokio::test]
async fn refused_pushes_are_captured_for_explain() {
    use std::os::unix::fs::PermissionsExt;

    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("captured-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let path = folder.to_str().unwrap();
    let receiver = start(&["--capture-dir", path]).await;
    let mut connection = Connection::open(receiver.address, false).await;
    assert_eq!(connection.send(push("good", SignWith::V2, None)).await.0, 200);
    for forgery in [Forgery::TamperedBody, Forgery::OtherToken, Forgery::DoubledHeader] {
        for _ in 0..12 {
            let mut request = push("x", SignWith::V2, Some(forgery));
            request.headers_mut().insert("authorization", "secret".parse().unwrap());
            assert!(connection.send(request).await.0.is_client_error());
        }
    }
    drop(connection);
    let (code, _, log) = receiver.stop().await;
    assert_eq!(code, 0);
    assert!(log.contains("--capture-dir: refused pushes are written"), "{log}");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let heads = names.iter().filter(|name| name.ends_with(".head")).count();
    let bodies: Vec<_> = names.iter().filter(|name| name.ends_with(".body")).collect();
    assert_eq!(
        (heads, bodies.len()),
        (30, 10),
        "ten of each kind, bodies only where they were read: {names:?}"
    );
    assert!(bodies.iter().all(|name| name.starts_with("signature-mismatch-")), "{names:?}");
    for name in &names {
        let file = folder.join(name);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains(TOKEN) && !text.contains("another-tenants"), "{name}: {text}");
        assert!(!text.contains("authorization"), "{name}: {text}");
    }
    let explain = async |tokens: &[&str]| {
        let file = |extension: &str| format!("{path}/signature-mismatch-0.{extension}");
        let (head, body) = (file("head"), file("body"));
        let base = ["--head", &head, "--body", &body, "--endpoint", URL];
        let certificate = ["--certificate", certificate_argument(), "--json"];
        run("explain", &[&base[..], &certificate, tokens].concat()).await
    };
    let output = explain(&["--token", TOKEN]).await;
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &json["reason"]), (Some(1), &"signature-mismatch".into()));
    let output = explain(&["--any-tenant"]).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with("explain: --token: "), "{stderr}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Nobody reads the log, and strangers fill it: pushes are served all the same.
#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    let arguments = [&BASE[..], &["--certificate", certificate_argument()]].concat();
    let mut receiver = command("receiver", &arguments).spawn().unwrap();
    let mut log = receiver.stderr.take().unwrap();
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        line.push(timeout(PATIENCE, log.read_u8()).await.unwrap().unwrap());
    }
    let line = String::from_utf8(line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap().parse().unwrap();
    let mut connection = Connection::open(address, false).await;
    for _ in 0..2_000 {
        let refused =
            timeout(PATIENCE, connection.send(push("x", SignWith::V2, Some(Forgery::Stale))));
        assert_eq!(refused.await.expect("the log is full").0, 401);
    }
    let good = timeout(PATIENCE, connection.send(push("x", SignWith::V2, None)));
    assert_eq!(good.await.unwrap().0, 200);
    drop(log);
}

/// Ready is who has a certificate for every exact URL; regions have none to wait for.
#[tokio::test]
async fn the_admin_address_says_alive_and_ready() {
    let admin = ["--admin-listen", "127.0.0.1:0", "--log-format", "json"];
    let down = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let resolve = format!("certificates.example.com={}", down.local_addr().unwrap());
    let waiting =
        ["--certificate-url", "https://certificates.example.com/c.pem", "--resolve", &resolve];
    let regions = ["--region", "cn-hangzhou", "--resolve", &resolve];
    for (more, ready) in [(regions, "HTTP/1.1 200"), (waiting, "HTTP/1.1 503")] {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/push/test_root.pem");
        let mut receiver = start(&[&admin[..], &more, &["--ca-certificate", root]].concat()).await;
        let address = receiver.log.line_that_begins("admin listening on ").await;
        for (path, status) in
            [("/healthz", "HTTP/1.1 200"), ("/readyz", ready), ("/other", "HTTP/1.1 404")]
        {
            let answer = page(&address, path).await;
            assert!(answer.starts_with(status), "{path}: {answer}");
        }
        let (code, _, log) = receiver.stop().await;
        assert_eq!(code, 0);
        for line in log.lines().filter(|line| !line.contains("listening on ")) {
            serde_json::from_str::<serde_json::Value>(line).expect(line);
        }
        assert!(log.contains("--ca-certificate: whoever holds"), "{log}");
    }
}

/// Clients that send a byte a second are cut at the deadline of 10 s, and others are served meanwhile.
#[tokio::test]
async fn slow_clients_are_cut_while_others_are_served() {
    let receiver = start(&[]).await;
    let address = receiver.address;
    let mut slow = JoinSet::new();
    for number in 0..200 {
        slow.spawn(async move {
            let request = push(&format!("slow-{number}"), SignWith::V2, None);
            let mut bytes = bytes_of(&request);
            let body = bytes.split_off(bytes.len() - request.body().len());
            let started = tokio::time::Instant::now();
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&bytes).await.unwrap();
            let (mut reader, mut writer) = stream.into_split();
            let dripping = tokio::spawn(async move {
                for byte in body.chunks(1) {
                    if writer.write_all(byte).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
            let mut start = vec![0; 12];
            timeout(PATIENCE, reader.read_exact(&mut start)).await.unwrap().unwrap();
            dripping.abort();
            (String::from_utf8(start).unwrap(), started.elapsed())
        });
    }
    let mut connection = Connection::open(address, true).await;
    for number in 0..50 {
        let served = connection.send(push(&format!("quick-{number}"), SignWith::V2, None));
        let (status, _) = timeout(Duration::from_secs(5), served).await.expect("served meanwhile");
        assert_eq!(status, 200);
    }
    #[cfg(target_os = "linux")]
    assert!(receiver.resident_kib() < 200 * 1024, "{} KiB", receiver.resident_kib());
    while let Some(client) = slow.join_next().await {
        let (start, after) = client.unwrap();
        assert_eq!(start, "HTTP/1.1 408");
        assert!(after >= Duration::from_secs(10), "{after:?}");
    }
    drop(connection);
    assert_eq!(receiver.stop().await.0, 0);
}

/// A request whose head and half body are sent; the rest follows on demand, and then the start of the answer.
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

/// A request as it is written to an HTTP/1.1 connection.
fn bytes_of(request: &Request<Bytes>) -> Vec<u8> {
    let length = request.body().len();
    let mut bytes =
        format!("POST {} HTTP/1.1\r\ncontent-length: {length}\r\n", request.uri()).into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    [&bytes, &b"\r\n"[..], request.body()].concat()
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

/// What does not end is cut, and the exit code is still 0; and a stop that comes at once is a stop like any other.
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

/// Who opens a connection and says nothing, or not enough to tell the version, is let go after 10 s.
#[tokio::test]
async fn silent_clients_are_let_go() {
    let receiver = start(&[]).await;
    let mut clients = Vec::new();
    for said in ["", "P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "POST / HTTP/1.1\r\nx"] {
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        clients.push((said, stream));
    }
    for (said, mut stream) in clients {
        let mut rest = Vec::new();
        let closed = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "{said:?}");
    }
    assert_eq!(receiver.stop().await.0, 0);
}

#[tokio::test]
async fn the_demo_is_as_expected() {
    let output = run("receiver", &["--demo"]).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for word in [
        "signature-mismatch",
        "token-mismatch",
        "stale-timestamp",
        "certificate-url-not-allowed",
        "secret-invalid",
        "replay",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[tokio::test]
async fn bad_usage_is_one_line_and_exit_code_2() {
    let good = ["--listen", "127.0.0.1:0", "--endpoint", URL];
    let token = ["--token", TOKEN];
    let weak =
        format!("https://a.example/c.pem={}/fixtures/keys/rsa768.pem", env!("CARGO_MANIFEST_DIR"));
    let two = format!(
        "https://a.example/c.pem={}/fixtures/keys/two-certificates.pem",
        env!("CARGO_MANIFEST_DIR")
    );
    let test_root = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/push/test_root.pem");
    for (arguments, option) in [
        (vec![], "--endpoint"),
        (vec!["--bogus"], "--bogus"),
        (good.to_vec(), "--token"),
        ([&good[..], &token].concat(), "--region"),
        ([&good[2..], &token, &["--region", "cn-hangzhou"]].concat(), "--listen"),
        ([&good[..], &["--token", "short", "--region", "cn-hangzhou"]].concat(), "--token"),
        ([&good[..], &token, &["--any-tenant"]].concat(), "--any-tenant"),
        ([&good[..], &token, &["--token-file", "x"]].concat(), "--token-file"),
        ([&good[..], &["--token-file", "missing"]].concat(), "--token-file"),
        ([&good[..], &token, &["--region", "cn-hangzou"]].concat(), "--region"),
        ([&good[..], &token, &["--region", "cn-hangzhou", "--resolve", "x"]].concat(), "--resolve"),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--ca-certificate", "missing"]]
                .concat(),
            "--ca-certificate",
        ),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--dedupe", "redis://u:p-secret@:x"]]
                .concat(),
            "--dedupe: ",
        ),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--dedupe", "disk"]].concat(),
            "--dedupe: ",
        ),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--tolerance", "100000"]].concat(),
            "--tolerance",
        ),
        ([&good[..], &token, &["--certificate", "no-equals-sign"]].concat(), "--certificate: "),
        ([&good[..], &token, &["--certificate-url", "nonsense"]].concat(), "--certificate-url: "),
        (
            [
                &good[..],
                &token,
                &["--region", "cn-hangzhou", "--fetch-proxy", "http://u:p-secret@"],
            ]
            .concat(),
            "--fetch-proxy: ",
        ),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--max-body", "0"]].concat(),
            "--max-body",
        ),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--max-body-in-flight", "10"]]
                .concat(),
            "--max-body-in-flight: ",
        ),
        ([&good[..], &["--tolerance", "-1"]].concat(), "--tolerance"),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--ca-certificate", test_root]]
                .concat(),
            "--ca-certificate: is the test root",
        ),
        ([&good[..], &["--token", "good-token-of-mine", "--other-secret"]].concat(), "<redacted>"),
        ([&good[..], &["--token=-secret", "--bogus"]].concat(), "--bogus"),
        ([&good[..], &token, &["--certificate", &weak]].concat(), "--certificate"),
        ([&good[..], &token, &["--certificate", &two]].concat(), "--certificate"),
    ] {
        let output = run("receiver", &arguments).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
        assert!(stderr.contains(option), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("-secret"), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    for (variable, value, option) in [
        ("EVENTBRIDGE_TOKEN", TOKEN, "--token"),
        ("EVENTBRIDGE_TOKEN_FILE", "/dev/null", "--token-file"),
        ("EVENTBRIDGE_HANDLER_TIMEOUT", "0", "--handler-timeout"),
    ] {
        let arguments = [&good[..], &token, &["--region", "cn-hangzhou"]].concat();
        let output = command("receiver", &arguments).env(variable, value).output().await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{variable}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{variable}: {stderr}");
        assert!(stderr.contains(option) && !stderr.contains(TOKEN), "{variable}: {stderr}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let certificate = certificate_argument();
    let arguments =
        ["--listen", &address, "--endpoint", URL, "--token", TOKEN, "--certificate", certificate];
    let output = run("receiver", &arguments).await;
    assert_eq!(output.status.code(), Some(1), "the address is taken");
}
