//! What an operator sees: measurements, health, the log, the demo.

use std::time::Duration;

use tokio::{io::AsyncReadExt, time::timeout};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Forgery, SignWith},
};

use super::{BASE, Connection, event, push, start};
use crate::{
    process::{PATIENCE, command, page, run},
    sender::{TEST_ROOT, TOKEN, URL, certificate_argument, signer},
};

/// What an operator sees: verdicts by kind, the token in use, ages by which a clock that is off
/// shows, duplicates.
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
        r#"eventbridge_push_age_seconds_bucket{verdict="rejected",le="-60"} 1"#,
        r#"eventbridge_push_age_seconds_bucket{verdict="rejected",le="300"} 2"#,
        r#"eventbridge_push_age_seconds_count{verdict="rejected"} 4"#,
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

/// Nobody reads the log, and strangers fill it: pushes are served all the same.
#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    let arguments = [&BASE[..], &["--certificate", certificate_argument()]].concat();
    let mut receiver = command("receive", &arguments).spawn().unwrap();
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
        let mut receiver =
            start(&[&admin[..], &more, &["--ca-certificate", TEST_ROOT]].concat()).await;
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

#[tokio::test]
async fn the_demo_is_as_expected() {
    let output = run("demo", &[]).await;
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
