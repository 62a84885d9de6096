//! `receive --ui`: what the page asks for, over real connections.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Forgery, SignWith},
};

use super::{BASE, Connection, bytes_of, event, push, start};
use crate::{
    local,
    process::{self, PATIENCE, Server, command, free_address, run, temporary_file, temporary_path},
    sender::{TOKEN, URL, certificate_argument, signer},
    upstream::Upstream,
};

const UI: [&str; 2] = ["--ui", "127.0.0.1:0"];

/// The address of the page.
async fn ui(receiver: &mut Server) -> String {
    let page = receiver.log.line_that_begins("page: http://").await;
    page.strip_suffix("/ui/").unwrap().to_owned()
}

/// An answer to a request with these headers: status and body.
async fn ask(page: &str, path: &str, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(page).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

async fn explained(page: &str, number: u64) -> (String, Value) {
    let path = format!("/ui/pushes/{number}");
    let (status, text) = ask(page, &path, &format!("host: {page}\r\n")).await;
    assert_eq!(status, 200, "{text}");
    let json = serde_json::from_str(&text).unwrap();
    (text, json)
}

/// The stream of the page.
struct Told(BufReader<TcpStream>);

impl Told {
    async fn open(page: &str) -> Self {
        let mut stream = TcpStream::connect(page).await.unwrap();
        let request = format!("GET /ui/stream HTTP/1.1\r\nhost: {page}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        Self(BufReader::new(stream))
    }

    /// The next that begins so.
    async fn line(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            let read = timeout(PATIENCE, self.0.read_line(&mut line)).await.unwrap().unwrap();
            assert_ne!(read, 0, "the stream ended");
            if let Some(rest) = line.trim_end().strip_prefix(start) {
                return rest.to_owned();
            }
        }
    }

    async fn next(&mut self) -> Value {
        serde_json::from_str(&self.line("data: ").await).unwrap()
    }
}

/// A push that arrives at another path than the one that was signed.
fn elsewhere(seen_as: &str) -> Request<Bytes> {
    let push = signer().push(URL).token(TOKEN).seen_as(seen_as);
    push.body(event("elsewhere")).sign(SystemClock::new().now()).unwrap()
}

/// A push for the URL with a slash at its end, which arrives at the URL of the receiver.
fn slash() -> Request<Bytes> {
    let push = signer().push(format!("{URL}/")).token(TOKEN).seen_as("/events");
    push.body(event("slash")).sign(SystemClock::new().now()).unwrap()
}

#[tokio::test]
async fn verdicts_and_answers_are_told_with_what_explains_them() {
    let upstream = Upstream::start().await;
    let forward = format!("http://{}/", upstream.address);
    let mut receiver = start(&[&UI[..], &["--forward", &forward]].concat()).await;
    let page = ui(&mut receiver).await;
    let mut told = Told::open(&page).await;
    let mut connection = Connection::open(receiver.address, false).await;

    *upstream.answers.lock().unwrap() = StatusCode::BAD_GATEWAY;
    assert_eq!(connection.send(push("good", SignWith::V1, None)).await.0, 502);
    let verdict = told.next().await;
    assert_eq!((&verdict["accepted"], &verdict["scheme"]), (&json!(true), &json!("v1")));
    assert_eq!(verdict["event"]["id"], "good");
    let answered = told.next().await;
    let expected = json!({
        "kind": "answered", "number": 2, "push": 1, "status": 502, "handled": true
    });
    assert_eq!(answered, expected, "the answer is another fact");
    let (text, good) = explained(&page, 1).await;
    assert_eq!(good["report"]["verdict"], "accepted");
    let stages = good["report"]["stages"].as_array().unwrap();
    assert!(stages.iter().all(|stage| stage["result"] != "failed"), "{stages:?}");
    let signed = good["signed"][0].as_str().unwrap();
    assert!(signed.starts_with(&format!("{URL}\nx-eventbridge-signature-timestamp: ")), "{signed}");
    assert!(signed.ends_with("\nx-eventbridge-signature-token: <redacted>\n"), "{signed}");
    let head = good["head"].as_str().unwrap();
    assert!(head.contains("x-eventbridge-signature-secret: <redacted>"), "a secret signs: {head}");
    assert!(!text.contains(TOKEN), "{text}");

    let mut with_authorization = push("x", SignWith::V2, Some(Forgery::TamperedBody));
    with_authorization.headers_mut().insert("authorization", "a-secret".parse().unwrap());
    for (request, reason, stage, near_miss) in [
        (with_authorization, "signature-mismatch", "signature", None),
        (slash(), "signature-mismatch", "signature", Some("trailing-slash")),
        (elsewhere("/events/?key=query-secret"), "endpoint-mismatch", "endpoint", None),
        (elsewhere("/events/"), "endpoint-mismatch", "endpoint", Some("trailing-slash")),
        (push("x", SignWith::V2, Some(Forgery::OtherToken)), "token-mismatch", "token", None),
        (push("x", SignWith::V2, Some(Forgery::Stale)), "stale-timestamp", "timestamp", None),
        (push("x", SignWith::V2, Some(Forgery::DoubledHeader)), "", "signature-headers", None),
    ] {
        let status = connection.send(request).await.0;
        assert!(status.is_client_error());
        let verdict = told.next().await;
        assert_eq!(verdict["status"], status.as_u16(), "{verdict}");
        assert_eq!((&verdict["accepted"], &verdict["stage"]), (&json!(false), &json!(stage)));
        assert!(reason.is_empty() || verdict["reason"] == reason, "{verdict}");
        let (text, it) = explained(&page, verdict["number"].as_u64().unwrap()).await;
        let stages = it["report"]["stages"].as_array().unwrap();
        let failed: Vec<_> = stages.iter().filter(|stage| stage["result"] == "failed").collect();
        assert_eq!((failed.len(), &failed[0]["stage"]), (1, &json!(stage)), "{text}");
        let found: Vec<_> = it["report"]["near_misses"].as_array().unwrap().iter().collect();
        let is_found = near_miss.is_none_or(|name| found.iter().any(|found| found["name"] == name));
        assert!(is_found && (near_miss.is_some() || found.is_empty()), "{near_miss:?}: {text}");
        let signed_for_it = it["report"]["notes"].to_string().contains("arrived at another path");
        assert_eq!(signed_for_it, stage == "endpoint", "its body was read: {text}");
        for secret in [TOKEN, "another-tenants", "query-secret", "a-secret"] {
            assert!(!text.contains(secret) && !verdict.to_string().contains(secret), "{text}");
        }
    }
    drop(connection);
    let (code, _, log) = receiver.stop().await;
    assert_eq!(code, 0);
    let rejected = log.lines().filter(|line| line.contains("push rejected")).count();
    assert_eq!(rejected, 7, "the log knows nothing of replays: {log}");
}

/// A certificate that was fetched serves for near misses too.
#[tokio::test]
async fn near_misses_under_a_fetched_certificate() {
    let state = temporary_path("ui-local");
    let (local, listen) = (free_address(), free_address().to_string());
    let rules = local::webhook("to-hook", &format!("http://{listen}/eventbridge"), "");
    let rules = temporary_file("ui-local.toml", rules.as_bytes());
    let arguments = ["--listen", &local.to_string(), "--rules", rules.to_str().unwrap()];
    let server = Server::start_with_state("local", &arguments, &state).await;
    let (at, token) = (format!("--local={local}"), format!("\"{}\"", local::TOKEN));
    let receive = [&at, "--listen", &listen, "--token", &token, "--admin-listen", "127.0.0.1:0"];
    let receive = [&receive[..], &UI].concat();
    let mut receiver = Server::start_with_state("receive", &receive, &state).await;
    let page = ui(&mut receiver).await;
    let admin = receiver.log.line_that_begins("admin listening on ").await;
    let fetched = async { while !process::page(&admin, "/readyz").await.contains(" 200 ") {} };
    timeout(PATIENCE, fetched).await.expect("the certificate is fetched");
    let mut told = Told::open(&page).await;
    let report = local::publisher(local).put_events([local::event("1")]).await;
    assert!(report.all_accepted(), "{report:?}");
    let verdict = told.next().await;
    assert_eq!(verdict["reason"], "token-mismatch");
    let (text, it) = explained(&page, verdict["number"].as_u64().unwrap()).await;
    assert_eq!(it["report"]["near_misses"][0]["name"], "token-quoted", "{text}");
    assert!(!text.contains(local::TOKEN), "{text}");
    server.stop().await;
    receiver.stop().await;
}

#[tokio::test]
async fn a_push_that_comes_again_did_not_reach_its_handler() {
    let folder = temporary_path("ui-captured");
    let path = folder.to_str().unwrap();
    let more = ["--replay-protection", "--capture-dir", path, "--capture", "all"];
    let mut receiver = start(&[&UI[..], &more].concat()).await;
    let page = ui(&mut receiver).await;
    let mut told = Told::open(&page).await;
    let mut connection = Connection::open(receiver.address, true).await;
    let request = push("once", SignWith::V2, None);
    for (status, handled) in [(200, true), (409, false)] {
        assert_eq!(connection.send(request.clone()).await.0, status);
        assert_eq!(told.next().await["accepted"], true);
        let answered = told.next().await;
        let is = (&answered["status"], &answered["handled"]);
        assert_eq!(is, (&json!(status), &json!(handled)));
    }
    drop(connection);
    receiver.stop().await;
    assert!(folder.join("accepted-0.head").exists(), "captures are written beside the page");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// DNS rebinding, other sites' requests, and what they embed.
#[tokio::test]
async fn other_names_and_other_pages_get_nothing() {
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let host = format!("host: {page}\r\n");
    for (headers, expected) in [
        (host.clone(), 200),
        (format!("host: localhost:{}\r\n", page.rsplit(':').next().unwrap()), 200),
        ("host: evil.example\r\n".to_owned(), 403),
        (format!("{host}host: evil.example\r\n"), 400),
        (format!("{host}origin: http://evil.example\r\n"), 403),
        (format!("{host}origin: null\r\n"), 403),
        (format!("{host}sec-fetch-site: cross-site\r\nsec-fetch-mode: no-cors\r\n"), 403),
        (
            format!(
                "{host}sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\n\
                 sec-fetch-dest: document\r\n"
            ),
            200,
        ),
        (
            format!(
                "{host}sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\n\
                 sec-fetch-dest: iframe\r\n"
            ),
            403,
        ),
    ] {
        let (status, text) = ask(&page, "/ui/", &headers).await;
        let rejected = expected != 200 && status >= 400;
        assert!(status == expected || rejected, "{headers}: {status}");
        assert_eq!(text.contains("<html"), expected == 200, "{headers}");
    }
    for path in ["/ui/stream", "/ui/pushes/1", "/ui/script.js"] {
        assert_eq!(ask(&page, path, "host: evil.example\r\n").await.0, 403, "{path}");
    }
    for path in ["/ui/pushes/1", "/ui/nothing", "/local/status", "/ui/publish"] {
        assert_eq!(ask(&page, path, &host).await.0, 404, "{path}");
    }
    assert_eq!(ask(&page, "/ui/pushes/x", &host).await.0, 400);
    receiver.stop().await;
}

/// Strangers fill the page's memory to its bounds and no further, and every push is answered while
/// a page reads nothing.
#[tokio::test]
async fn what_strangers_send_is_bounded() {
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let _reads_nothing = Told::open(&page).await;
    let mut connection = Connection::open(receiver.address, false).await;
    for _ in 0..1_200 {
        let mut stranger = Request::new(Bytes::new());
        *stranger.method_mut() = http::Method::POST;
        stranger.headers_mut().insert("host", "h".parse().unwrap());
        assert_eq!(connection.send(stranger).await.0, 400);
    }
    let mut told = Told::open(&page).await;
    assert_eq!(told.line("data: ").await, "200", "so many are no longer kept");
    assert_eq!(told.next().await["number"], 201);

    let small = receiver.resident_kib();
    let body = vec![b'x'; 1024 * 1024 - 64];
    for _ in 0..64 {
        let forged = signer().push(URL).token(TOKEN).body(body.clone());
        let forged = forged.forgery(Forgery::TamperedBody).sign(SystemClock::new().now()).unwrap();
        assert_eq!(connection.send(forged).await.0, 401);
    }
    let grown = receiver.resident_kib().saturating_sub(small);
    assert!(grown < 48 * 1024, "64 MiB were sent, 16 are kept, and {grown} KiB more are held");
    let host = format!("host: {page}\r\n");
    assert_eq!(ask(&page, "/ui/pushes/1200", &host).await.0, 404, "large ones took its place");
    let (_, last) = explained(&page, 1_264).await;
    assert_eq!(last["body"]["text"].as_str().unwrap().len(), 64 * 1024, "the page gets a part");
    receiver.stop().await;
}

/// An accepted body that is too large to be kept is not shown, and the page says so.
#[tokio::test]
async fn a_body_can_be_too_large_for_the_page() {
    let mut receiver = start(&[&UI[..], &["--max-body", "4194304"]].concat()).await;
    let page = ui(&mut receiver).await;
    let mut told = Told::open(&page).await;
    let mut connection = Connection::open(receiver.address, false).await;
    for (length, forgery, expected) in [
        (1024 * 1024, None, None),
        (1024 * 1024 + 1, None, Some("the body is not shown: it has 1048577 bytes")),
        (1024 * 1024 + 1, Some(Forgery::TamperedBody), Some("it is too large")),
    ] {
        let mut push = signer().push(URL).token(TOKEN).body(vec![b' '; length]);
        if let Some(forgery) = forgery {
            push = push.forgery(forgery);
        }
        let push = push.sign(SystemClock::new().now()).unwrap();
        let accepted = connection.send(push).await.0.is_success();
        assert_eq!(accepted, forgery.is_none());
        let verdict = told.next().await;
        assert_eq!(verdict["accepted"], accepted, "{verdict}");
        let (_, it) = explained(&page, verdict["number"].as_u64().unwrap()).await;
        assert_eq!(it["body_is_whole"], expected.is_none());
        assert!(expected.is_none_or(|text| it["notes"][0].as_str().unwrap().contains(text)));
        if accepted {
            assert_eq!(told.next().await["kind"], "answered");
        }
    }
    receiver.stop().await;
}

/// A sender that goes away before the answer is told apart from one that is answered.
#[tokio::test]
async fn an_answer_that_nobody_waited_for() {
    let hangs = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let forward = format!("http://{}/", hangs.local_addr().unwrap());
    let mut receiver = start(&[&UI[..], &["--forward", &forward]].concat()).await;
    let page = ui(&mut receiver).await;
    let mut told = Told::open(&page).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    stream.write_all(&bytes_of(&push("gone", SignWith::V2, None))).await.unwrap();
    assert_eq!(told.next().await["accepted"], true, "the verdict does not wait for the answer");
    let asked = timeout(PATIENCE, hangs.accept()).await.unwrap().unwrap();
    drop(stream);
    let expected = json!({
        "kind": "answered", "number": 2, "push": 1, "status": null, "handled": true
    });
    assert_eq!(told.next().await, expected);
    drop(asked);
    receiver.stop().await;
}

/// Connections beyond the room wait until one leaves.
#[tokio::test]
async fn connections_of_the_page_are_bounded() {
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let mut open = Vec::new();
    for _ in 0..64 {
        let mut stream = TcpStream::connect(&page).await.unwrap();
        stream.write_all(b"GET /ui/ HTTP/1.1\r\n").await.unwrap();
        open.push(stream);
    }
    let host = format!("host: {page}\r\n");
    let asked = ask(&page, "/ui/", &host);
    tokio::pin!(asked);
    let waits = timeout(Duration::from_millis(300), &mut asked).await.is_err();
    assert!(waits, "64 connections were open, and another one was served");
    open.pop();
    assert_eq!(timeout(Duration::from_secs(5), asked).await.expect("there is room").0, 200);
    receiver.stop().await;
}

/// As many pages as may be open leave room to ask for more, and one more is told so.
#[tokio::test]
async fn open_pages_leave_room() {
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let mut told = Told::open(&page).await;
        told.line("HTTP/1.1 200").await;
        open.push(told);
    }
    let host = format!("host: {page}\r\n");
    let (status, text) = ask(&page, "/ui/stream", &host).await;
    assert_eq!(status, 503);
    assert!(text.contains("16 pages are open"), "{text}");
    assert_eq!(ask(&page, "/ui/", &host).await.0, 200);
    receiver.stop().await;
}

#[tokio::test]
async fn only_this_machine_sees_the_page() {
    let certificate = ["--certificate", certificate_argument()];
    for address in ["0.0.0.0:8090", "[::]:8090", "192.0.2.1:8090"] {
        let output = run("receive", &[&BASE[..], &certificate, &["--ui", address]].concat()).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        assert!(stderr.contains("--ui: ") && stderr.contains("give 127.0.0.1:8090"), "{stderr}");
    }
    // From the environment as well, and told by --check.
    let mut checked = command("receive", &[&BASE[..], &certificate, &["--check"]].concat());
    checked.env("EVENTBRIDGE_UI", "127.0.0.1:8090");
    let output = checked.output().await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(stdout.contains("http://127.0.0.1:8090/ui/"), "{stdout}");
    // One that is taken.
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let output = run("receive", &[&BASE[..], &certificate, &["--ui", &page]].concat()).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("--ui: "), "{stderr}");
    receiver.stop().await;
}

/// `--dev` needs nothing else for it.
#[tokio::test]
async fn a_developer_sees_pushes() {
    let state = temporary_path("ui-dev");
    let arguments = ["--dev", "--listen", "127.0.0.1:0", UI[0], UI[1]];
    let mut receiver = Server::start_with_state("receive", &arguments, &state).await;
    let page = ui(&mut receiver).await;
    let mut told = Told::open(&page).await;
    let to = format!("http://{}/eventbridge", receiver.address);
    for (more, reason) in
        [(&[][..], Value::Null), (&["--tamper", "body"], "signature-mismatch".into())]
    {
        let arguments = [&["--dev", "--to", &to, "oss:ObjectCreated:PutObject"][..], more].concat();
        let mut push = command("push", &arguments);
        push.env("EVENTBRIDGE_STATE_DIR", &state);
        push.output().await.unwrap();
        let mut verdict = told.next().await;
        if verdict["kind"] == "answered" {
            verdict = told.next().await;
        }
        assert_eq!(verdict["reason"], reason);
        let (text, _) = explained(&page, verdict["number"].as_u64().unwrap()).await;
        assert!(text.contains("oss:ObjectCreated:PutObject"), "{text}");
    }
    receiver.stop().await;
}
