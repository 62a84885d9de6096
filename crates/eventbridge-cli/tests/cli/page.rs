//! The pages of `eventbridge local` and `receive --ui` in a real Chromium, driven by the scripts of
//! `tests/page`.
//!
//! Ignored by default. `tests/page/install.sh` installs the driver into `target/page`; then
//! `cargo test -p eventbridge-cli --test cli page:: -- --ignored`.

use std::process::Stdio;

use http::StatusCode;
use tokio::{process::Command, time::timeout};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Forgery, SignWith},
};

use crate::{
    process::{PATIENCE, REPOSITORY, Server, Text, temporary_file, temporary_path},
    receive::{Connection, event, push, start},
    sender::{TOKEN, URL, signer},
    upstream::Upstream,
};

#[tokio::test]
#[ignore = "needs node, Chromium and tests/page/install.sh"]
async fn a_person_at_the_page() {
    let good = Upstream::start().await;
    let bad = Upstream::start().await;
    *bad.answers.lock().unwrap() = StatusCode::INTERNAL_SERVER_ERROR;
    let rule = |name: &str, source: &str, upstream: &Upstream| {
        format!(
            "[[webhook]]\nrule = \"{name}\"\npattern = '{{\"source\":[\"{source}\"]}}'\n\
             url = \"http://{}/\"\ntoken = \"a-token-that-nobody-may-see\"\n",
            upstream.address
        )
    };
    let rules = [
        rule("to-hook", "acs.oss", &good),
        rule("only-orders", "orders", &good),
        rule("fails", "fails", &bad),
    ];
    let rules = temporary_file("page-rules.toml", rules.concat().as_bytes());
    let rules = rules.to_str().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--time-scale", "1000000", "--rules", rules];
    let state = temporary_path("page-state");
    let server = Server::start_with_state("local", &arguments, &state).await;
    let page = format!("http://{}/ui/", server.address);
    let status = timeout(PATIENCE * 6, person("page.mjs", &page).status()).await.unwrap().unwrap();
    assert!(status.success());
}

/// A script that stands for a person at a page.
fn person(script: &str, page: &str) -> Command {
    let mut person = Command::new("node");
    person.arg(format!("crates/eventbridge-cli/tests/page/{script}")).arg(page);
    person.arg("/usr/bin/chromium").current_dir(REPOSITORY);
    person.kill_on_drop(true).stdin(Stdio::null());
    person
}

#[tokio::test]
#[ignore = "needs node, Chromium and tests/page/install.sh"]
async fn a_person_at_the_receivers_page() {
    let upstream = Upstream::start().await;
    let forward = format!("http://{}/", upstream.address);
    let (slash, rejected) = (format!("{ORIGIN}/slash"), format!("{ORIGIN}/markup-rejected"));
    let endpoints = ["--endpoint", &slash, "--endpoint", &rejected];
    let more = ["--ui", "127.0.0.1:0", "--forward", &forward];
    let mut receiver = start(&[&more[..], &endpoints].concat()).await;
    let page = receiver.log.line_that_begins("page: ").await;
    let mut person = person("receive.mjs", &page).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = Text::of(person.stdout.take().unwrap());
    said.line_that_begins("open").await;

    let mut connection = Connection::open(receiver.address, false).await;
    let now = || SystemClock::new().now();
    let mut answered = async |status: StatusCode, request| {
        *upstream.answers.lock().unwrap() = status;
        connection.send(request).await.0
    };
    let good = push("order-good", SignWith::V2, None);
    assert_eq!(answered(StatusCode::NO_CONTENT, good).await, 204);
    let failed = push("order-failed", SignWith::V1, None);
    assert_eq!(answered(StatusCode::BAD_GATEWAY, failed).await, 502);
    let other_token = push("order-other", SignWith::V2, Some(Forgery::OtherToken));
    assert_eq!(answered(StatusCode::OK, other_token).await, 401);
    let signed_for = |url: String, seen_as: &str, body: String| {
        signer().push(url).token(TOKEN).seen_as(seen_as).body(body).sign(now()).unwrap()
    };
    let other_slash = signed_for(format!("{slash}/"), "/slash", event("order-slash"));
    assert_eq!(answered(StatusCode::OK, other_slash).await, 401);
    let elsewhere = signed_for(slash, "/elsewhere?key=query-secret", event("order-elsewhere"));
    assert_eq!(answered(StatusCode::OK, elsewhere).await, 401);
    let markup = "<img src=x onerror=alert(1)><script>alert(2)</script><b>";
    let body = format!(
        "{{\"id\":\"markup-accepted\",\"source\":\"{markup}\",\"type\":\"{markup}\",\
         \"specversion\":\"1.0\",\"data\":\"{markup}\"}}"
    );
    let mut accepted = signer().push(URL).token(TOKEN).body(body.clone()).sign(now()).unwrap();
    let content_type = format!("text/html; {markup}");
    accepted.headers_mut().insert("content-type", content_type.parse().unwrap());
    assert_eq!(answered(StatusCode::OK, accepted).await, 200);
    let tampered = signer().push(rejected).token(TOKEN).body(body);
    let tampered = tampered.forgery(Forgery::TamperedBody);
    let mut tampered = tampered.sign(now()).unwrap();
    tampered.headers_mut().insert("content-type", content_type.parse().unwrap());
    assert_eq!(answered(StatusCode::OK, tampered).await, 401);

    let status = timeout(PATIENCE * 6, person.wait()).await.unwrap().unwrap();
    assert!(status.success());
    assert!(!said.end().await.is_empty());
    receiver.stop().await;
}

const ORIGIN: &str = "https://hooks.example.com";
