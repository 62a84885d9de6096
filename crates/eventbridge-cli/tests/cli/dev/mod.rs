//! `receive --dev` and `push --dev`: two terminals, one key of this user's own.

mod explaining;
mod key_file;
mod samples;
mod usage;

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use tokio::time::timeout;

use crate::{
    process::{PATIENCE, Server, command, free_address, run, temporary_path},
    upstream::Upstream,
};

/// The exit code and what was printed on stdout.
async fn push(server: &Server, more: &[&str]) -> (i32, String) {
    let to = format!("http://{}/eventbridge", server.address);
    let output = run("push", &[&["--dev", "--to", &to], more].concat()).await;
    let printed = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), printed + &String::from_utf8(output.stderr).unwrap())
}

async fn receiver(more: &[&str]) -> Server {
    Server::start("receive", &[&["--dev", "--listen", "127.0.0.1:0"], more].concat()).await
}

/// The events that a receiver printed.
async fn events(server: Server) -> Vec<Value> {
    let (code, printed, log) = server.stop().await;
    assert_eq!(code, 0, "{log}");
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The command that the first terminal prints shows an event there, with a key that is made for it.
#[tokio::test]
async fn two_terminals_show_an_event() {
    let state = temporary_path("first-use").join("below");
    let _ = std::fs::remove_dir_all(state.parent().unwrap());
    let arguments = ["--dev", "--listen", "127.0.0.1:0"];
    let mut server = Server::start_with_state("receive", &arguments, &state).await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&state) & 0o777, 0o700);
    assert_eq!(mode(&state.join("dev.key")) & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(&state).unwrap().count(), 1, "nothing but the key");

    let printed = server.log.line_that_begins("  eventbridge push ").await;
    let arguments: Vec<_> = printed.split(' ').collect();
    assert!(arguments.ends_with(&["oss:ObjectCreated:PutObject"]), "{printed}");
    let mut second = command("push", &arguments);
    second.env("EVENTBRIDGE_STATE_DIR", &state);
    let output = timeout(PATIENCE, second.output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stdout, b"push 1 of 1: 200 OK\n");

    // Another user's key is not trusted.
    let (code, line) = push(&server, &["oss:ObjectCreated:PutObject"]).await;
    assert_eq!((code, line.lines().next()), (1, Some("push 1 of 1: 401 Unauthorized")));

    let events = events(server).await;
    let [line] = events.as_slice() else { panic!("one event: {events:?}") };
    assert_eq!(line["type"], "oss:ObjectCreated:PutObject");
    assert_eq!(line["endpoint"], "http://127.0.0.1:8080");
    assert!(line["id"].as_str().unwrap().starts_with("push-"), "{line}");
    let event = &line["event"];
    assert_eq!(event["data"]["oss"]["bucket"]["name"], sample()["data"]["oss"]["bucket"]["name"]);
    assert_ne!(event["time"], sample()["time"], "the time is new");
    std::fs::remove_dir_all(state.parent().unwrap()).unwrap();
}

fn sample() -> Value {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/oss-object-created-put-object.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[tokio::test]
async fn every_scheme_and_any_path_arrives() {
    let server = receiver(&[]).await;
    let address = server.address;
    for (scheme, path) in [("v1", "/a"), ("v2", "/b?c=d"), ("both", "")] {
        let to = format!("http://localhost:{}{path}", address.port());
        let output = run("push", &["--dev", "--to", &to, "--scheme", scheme]).await;
        assert_eq!(output.status.code(), Some(0), "{scheme} {path}: {output:?}");
    }
    for tamper in ["body", "signature", "token", "timestamp", "url"] {
        let (code, line) = push(&server, &["--tamper", tamper]).await;
        assert_eq!(code, 1, "{tamper}: {line}");
    }
    assert_eq!(events(server).await.len(), 3);
}

#[tokio::test]
async fn what_arrives_goes_on() {
    let upstream = Upstream::start().await;
    let url = format!("http://{}/hook", upstream.address);
    let server = receiver(&["--forward", &url]).await;
    let (code, line) = push(&server, &["dm:Deliver:Fail", "--set", "data.status=9"]).await;
    assert_eq!(code, 0, "{line}");
    let (line, headers, body) = upstream.last_with_facts();
    assert_eq!(line, "POST /hook");
    let event_type = ("eventbridge-event-type".to_owned(), "dm:Deliver:Fail".to_owned());
    assert!(headers.contains(&event_type), "{headers:?}");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["data"]["status"], 9);
    events(server).await;
}

/// An endpoint of the developer's own stands in the printed command.
#[tokio::test]
async fn an_endpoint_can_be_given() {
    let mut server = receiver(&["--endpoint", "https://hooks.example.com/events"]).await;
    let printed = server.log.line_that_begins("  eventbridge push ").await;
    assert!(printed.contains(" --sign-as 'https://hooks.example.com/events' "), "{printed}");
    let (to, sign_as) =
        (format!("http://{}/events", server.address), "https://hooks.example.com/events");
    let output = run("push", &["--dev", "--to", &to, "--sign-as", sign_as]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(events(server).await.len(), 1);
}

/// Programs that start at once make one key together.
#[tokio::test]
async fn two_starts_at_once_have_one_key() {
    let state = temporary_path("at-once");
    let _ = std::fs::remove_dir_all(&state);
    let listen = free_address().to_string();
    let to = format!("http://{listen}/eventbridge");
    let tries = ["--retry", "exponential", "--time-scale", "20"];
    let pushes: Vec<_> = (0..3)
        .map(|_| {
            let mut push = command("push", &[&["--dev", "--to", &to], &tries[..]].concat());
            push.env("EVENTBRIDGE_STATE_DIR", &state);
            tokio::spawn(async move { timeout(PATIENCE, push.output()).await })
        })
        .collect();
    let arguments = ["--dev", "--listen", &listen];
    let server = Server::start_with_state("receive", &arguments, &state).await;
    for push in pushes {
        let output = push.await.unwrap().expect("the receiver trusts it at last").unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    assert_eq!(events(server).await.len(), 3);
    assert_eq!(std::fs::read_dir(&state).unwrap().count(), 1, "nothing but the key");
    std::fs::remove_dir_all(&state).unwrap();
}
