//! Verdicts, answers, and what explains them.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Forgery, SignWith},
};

use super::{
    super::{Connection, bytes_of, event, push, start},
    Told, UI, explained, ui,
};
use crate::{
    local,
    process::{self, PATIENCE, Server, command, free_address, temporary_file, temporary_path},
    sender::{TOKEN, URL, signer},
    upstream::Upstream,
};

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
