//! `eventbridge local` and `receive --local`: the whole loop as processes, and a crash in the
//! middle.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aliyun_eventbridge::{
    call::{Client, RetryPolicy},
    credentials::Credentials,
    endpoint::Endpoint,
    operation::Protocol,
    publish::{Event, Publisher},
};
use http::StatusCode;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::{
    process::{PATIENCE, Server, free_address, run, temporary_file, temporary_path},
    upstream::Upstream,
};

pub(crate) const TOKEN: &str = "an-example-token-of-32-characters";

pub(crate) fn webhook(rule: &str, url: &str, more: &str) -> String {
    format!(
        "[[webhook]]\nrule = \"{rule}\"\npattern = '{{\"source\":[\"demo.app\"]}}'\n\
         url = \"{url}\"\ntoken = \"{TOKEN}\"\n{more}\n"
    )
}

pub(crate) fn publisher(address: SocketAddr) -> Publisher {
    let endpoint = Endpoint::given(&format!("http://{address}")).unwrap();
    let key = Credentials::new("local", "local").unwrap();
    let client = Client::builder(Protocol::OpenApi, endpoint, key).retry(RetryPolicy::never());
    Publisher::new(client.build().unwrap()).bus("default").deadline(Duration::from_secs(5))
}

pub(crate) fn event(id: &str) -> Event {
    Event::new("demo.app", "demo:Order:Created").id(id).data(r#"{"n":1}"#, "application/json")
}

#[tokio::test]
async fn an_event_goes_round() {
    let state = temporary_path("local-round");
    let local = free_address();
    let receive = [&format!("--local={local}"), "--listen", "127.0.0.1:0", "--token", TOKEN];
    let receiver = Server::start_with_state("receive", &receive, &state).await;
    let url = format!("http://{}/eventbridge", receiver.address);
    let config = temporary_file("local.toml", webhook("to-hook", &url, "").as_bytes());
    let listen = local.to_string();
    let arguments = ["--listen", &listen, "--rules", config.to_str().unwrap(), "--observe"];
    let mut server = Server::start_with_state("local", &arguments, &state).await;
    let report = publisher(local).put_events([event("order-1")]).await;
    assert!(report.all_accepted(), "{report:?}");
    let mut printed = server.printed.take().unwrap();
    let seen = async {
        loop {
            let line = printed.line_that_begins(r#"{"number":"#).await;
            if line.contains("published") || line.contains("changed") {
                break;
            }
        }
    };
    timeout(PATIENCE, seen).await.unwrap();
    server.printed = Some(printed);
    let mut received = receiver;
    let mut lines = received.printed.take().unwrap();
    let line = lines.line_that_begins("{").await;
    let line: Value = serde_json::from_str(&format!("{{{line}")).unwrap();
    assert_eq!((&line["id"], &line["scheme"]), (&Value::from("order-1"), &Value::from("v2")));
    for name in ["local.key", "local-root.key"] {
        let mode = std::fs::metadata(state.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    received.printed = Some(lines);
    assert_eq!(received.stop().await.0, 0);
    let (code, printed, _) = server.stop().await;
    assert_eq!(code, 0);
    assert!(!printed.contains(TOKEN), "{printed}");

    // The root of another user is not trusted: the push is not verified.
    let other = temporary_path("local-other");
    let receive = ["--local", "--listen", "127.0.0.1:0", "--token", TOKEN];
    let stranger = Server::start_with_state("receive", &receive, &other).await;
    assert_eq!(stranger.stop().await.0, 0);
}

#[tokio::test]
async fn what_is_not_of_this_machine_is_bad_usage() {
    for (subcommand, arguments, option) in [
        ("receive", &["--local", "--listen", "0.0.0.0:0"][..], "--listen"),
        ("receive", &["--local=192.0.2.1:8766"], "--local"),
        ("receive", &["--local", "--region", "cn-hangzhou"], "--region"),
        ("receive", &["--local", "--dev"], "--local"),
        ("local", &["--time-scale", "0"], "--time-scale"),
        ("local", &["--rules", "/nonexistent"], "--rules"),
    ] {
        let output = run(subcommand, arguments).await;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(option), "{arguments:?}: {text}");
    }
    let output = run("local", &["--listen", "0.0.0.0:0"]).await;
    assert_eq!(output.status.code(), Some(1));
    let secret =
        temporary_file("bad.toml", b"[[access-key]]\nid = 'a'\nsecret = 5\nother = 's3cret'\n");
    let output = run("local", &["--rules", secret.to_str().unwrap()]).await;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("line") && !text.contains("s3cret"), "{text}");
}

/// Every acknowledged event is delivered or a dead letter after the restart, whenever it is killed.
#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let upstream = Upstream::start().await;
    let broken = Upstream::start().await;
    *broken.answers.lock().unwrap() = StatusCode::INTERNAL_SERVER_ERROR;
    let dead = "target = \"dead\"\ndead-letter = \"acs:mns:cn-hangzhou:1:/queues/dead\"";
    let config = webhook("good", &format!("http://{}/", upstream.address), "")
        + &webhook("bad", &format!("http://{}/", broken.address), dead);
    let config = temporary_file("kill.toml", config.as_bytes());
    let file = temporary_path("kill.redb");
    let _ = std::fs::remove_file(&file);
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--rules",
        config.to_str().unwrap(),
        "--state",
        file.to_str().unwrap(),
        "--time-scale",
        "1000",
    ];
    let mut acknowledged = BTreeSet::new();
    for round in 0..3 {
        let server = Server::start("local", &arguments).await;
        let publisher = publisher(server.address);
        let going = Arc::new(AtomicBool::new(true));
        let tasks: Vec<_> = (0..4)
            .map(|task| {
                let (publisher, going) = (publisher.clone(), Arc::clone(&going));
                tokio::spawn(async move {
                    let mut ids = Vec::new();
                    while going.load(Ordering::Relaxed) {
                        let id = format!("r{round}-t{task}-{}", ids.len());
                        let report = publisher.put_events([event(&id)]).await;
                        if !report.all_accepted() {
                            break;
                        }
                        ids.push(id);
                    }
                    ids
                })
            })
            .collect();
        // In the middle of tries: some arrived, more are on their way.
        let until = Instant::now() + PATIENCE;
        while upstream.arrived.lock().unwrap().len() < 100 * (round + 1) {
            assert!(Instant::now() < until, "nothing arrives");
            tokio::task::yield_now().await;
        }
        server.kill().await;
        going.store(false, Ordering::Relaxed);
        for task in tasks {
            acknowledged.extend(task.await.unwrap());
        }
    }
    assert!(acknowledged.len() >= 200, "{}", acknowledged.len());

    let server = Server::start("local", &arguments).await;
    let base = format!("http://{}/local", server.address);
    let get = async |path: String| -> Value {
        let answer = reqwest::get(format!("{base}/{path}")).await.unwrap().text().await.unwrap();
        serde_json::from_str(&answer).unwrap()
    };
    let settled = async {
        while get("status".to_owned()).await["pending_bytes"] != 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(3 * PATIENCE, settled).await.expect("everything has an end");
    let id = |body: &[u8]| {
        let event: Value = serde_json::from_slice(body).unwrap();
        event["id"].as_str().unwrap().to_owned()
    };
    let delivered: BTreeSet<_> =
        upstream.arrived.lock().unwrap().iter().map(|(_, _, body)| id(body)).collect();
    let lost: Vec<_> = acknowledged.difference(&delivered).collect();
    assert!(lost.is_empty(), "not delivered: {lost:?}");
    let mut letters = BTreeSet::new();
    let mut after = Value::from(0);
    while !after.is_null() {
        let page = get(format!("dead-letters?after={after}")).await;
        for letter in page["dead_letters"].as_array().unwrap() {
            letters.insert(letter["id"].as_str().unwrap().to_owned());
        }
        after = page["next_after"].clone();
    }
    let lost: Vec<_> = acknowledged.difference(&letters).collect();
    assert!(lost.is_empty(), "neither delivered nor dead: {lost:?}");
    assert_eq!(server.stop().await.0, 0);
}
