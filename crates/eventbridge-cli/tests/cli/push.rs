//! The programs `push` and `receiver` as two processes, with the certificate fetched over real TLS.

use std::path::Path;

use serde_json::Value;
use tokio::time::timeout;

use crate::{
    process::{PATIENCE, Server, command, free_address, run, temporary_file},
    sender::{TEST_ROOT, TOKEN, repository},
};

const HOST: &str = "cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com";
const CERTIFICATE_URL: &str = "https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem";
const SIGNED_URL: &str = "https://hooks.example.com/events?a=%2F";

/// A receiver that fetches certificates from where `push` serves them.
struct Receiver {
    server: Server,
    certificates: String,
}

impl Receiver {
    async fn start(more: &[&str]) -> Self {
        Self::start_trusting(TEST_ROOT, more).await
    }

    async fn start_trusting(root: &str, more: &[&str]) -> Self {
        let certificates = free_address().to_string();
        let resolve = format!("{HOST}={certificates}");
        let base = ["--listen", "127.0.0.1:0", "--endpoint", SIGNED_URL, "--ca-certificate", root];
        let arguments = [&base[..], &["--resolve", &resolve], more].concat();
        Self { server: Server::start("receive", &arguments).await, certificates }
    }

    /// Pushes to it; the exit code and the lines.
    async fn push(&self, more: &[&str]) -> (i32, Vec<String>) {
        let to = format!("http://{}/events?a=%2F", self.server.address);
        let key = repository("fixtures/keys/rsa2048.key");
        let base = ["--to", &to, "--sign-as", SIGNED_URL, "--key", &key];
        let certificate =
            ["--certificate-url", CERTIFICATE_URL, "--serve-certificate", &self.certificates];
        let output = run("push", &[&base[..], &certificate, more].concat()).await;
        let lines = String::from_utf8(output.stdout).unwrap();
        let code = output.status.code().unwrap();
        assert_ne!(code, 2, "{}", String::from_utf8_lossy(&output.stderr));
        (code, lines.lines().map(str::to_owned).collect())
    }
}

#[tokio::test]
async fn what_push_sends_receiver_prints() {
    let receiver = Receiver::start(&["--token", TOKEN, "--region", "cn-hangzhou"]).await;
    let token = ["--token", TOKEN];
    let mut expected = Vec::new();
    for (scheme, form, count) in
        [("v1", "reference", 1), ("v2", "documented", 2), ("both", "reference", 3)]
    {
        let count_text = count.to_string();
        let options = ["--scheme", scheme, "--form", form, "--count", &count_text];
        let (code, lines) = receiver.push(&[&token[..], &options].concat()).await;
        assert_eq!(code, 0, "{lines:?}");
        let all: Vec<_> =
            (1..=count).map(|number| format!("push {number} of {count}: 200 OK")).collect();
        assert_eq!(lines, all);
        let scheme = if scheme == "v1" { "v1" } else { "v2" };
        expected.extend((0..count).map(|_| (scheme.to_owned(), form.to_owned())));
    }
    // With a file the same bytes each time.
    let event = br#"{"id":"from-file","source":"acs.test","type":"test:Push","specversion":"1.0"}"#;
    let file = temporary_file("event.json", event);
    let (code, _) = receiver
        .push(&[&token[..], &["--event", file.to_str().unwrap(), "--count", "2"]].concat())
        .await;
    assert_eq!(code, 0);

    let (code, printed, _) = receiver.server.stop().await;
    assert_eq!(code, 0);
    let lines: Vec<Value> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    let samples: Vec<_> =
        lines[..6].iter().map(|line| (text(line, "scheme"), text(line, "form"))).collect();
    assert_eq!(samples, expected);
    let ids: std::collections::HashSet<_> = lines.iter().map(|line| text(line, "id")).collect();
    assert_eq!(ids.len(), 7, "six samples with an id each, and one of the file, twice");
    assert_eq!(
        (text(&lines[6], "id"), text(&lines[7], "id")),
        ("from-file".into(), "from-file".into())
    );
}

#[tokio::test]
async fn what_is_tampered_with_is_rejected_with_its_reason() {
    let receiver = Receiver::start(&["--token", TOKEN, "--region", "cn-hangzhou"]).await;
    let token = ["--token", TOKEN];
    let mut reasons = Vec::new();
    for (scheme, tamper, reason) in [
        ("v2", "body", "signature-mismatch"),
        ("v1", "body", "signature-mismatch"),
        ("both", "signature", "signature-mismatch"),
        ("v1", "signature", "signature-mismatch"),
        ("v2", "url", "signature-mismatch"),
        ("v2", "token", "token-mismatch"),
        ("v1", "timestamp", "stale-timestamp"),
        ("v1", "secret", "secret-invalid"),
    ] {
        let options = ["--scheme", scheme, "--tamper", tamper];
        let (code, lines) = receiver.push(&[&token[..], &options].concat()).await;
        assert_eq!((code, &lines[..]), (1, &["push 1 of 1: 401 Unauthorized".to_owned()][..]));
        reasons.push(reason);
    }
    let (_, lines) = receiver.push(&["--no-token"]).await;
    assert_eq!(lines, ["push 1 of 1: 400 Bad Request"]);
    reasons.push("missing-header");
    let (_, printed, log) = receiver.server.stop().await;
    assert_eq!(printed, "");
    let logged: Vec<_> = log.lines().filter(|line| line.contains("push rejected")).collect();
    assert_eq!(logged.len(), reasons.len(), "{log}");
    for (line, reason) in logged.iter().zip(reasons) {
        assert!(line.contains(&format!("kind=\"{reason}\"")), "{reason}: {line}");
    }
    assert!(!log.contains(TOKEN));
}

/// Each try is signed anew: what was refused while the receiver was down is delivered once it is
/// up.
#[tokio::test]
async fn push_tries_again_on_the_schedule() {
    let address = free_address();
    let (to, key) = (format!("http://{address}/events"), repository("fixtures/keys/rsa2048.key"));
    let certificate = format!("{CERTIFICATE_URL}={}", repository("fixtures/keys/rsa2048.pem"));
    let base = ["--to", &to, "--key", &key, "--certificate-url", CERTIFICATE_URL, "--token", TOKEN];
    let more =
        ["--count", "20", "--concurrency", "8", "--retry", "exponential", "--time-scale", "10"];
    let nobody = tokio::net::TcpListener::bind(address).await.unwrap();
    let pushing = {
        let mut command = command("push", &[&base[..], &more].concat());
        tokio::spawn(async move { command.output().await.unwrap() })
    };
    // The first tries find one who hangs up.
    for _ in 0..10 {
        drop(timeout(PATIENCE, nobody.accept()).await.unwrap().unwrap());
    }
    drop(nobody);
    let listen = address.to_string();
    let arguments =
        ["--listen", &listen, "--endpoint", &to, "--token", TOKEN, "--certificate", &certificate];
    let receiver = Server::start("receive", &arguments).await;
    let output = pushing.await.unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{lines}");
    assert_eq!(lines.lines().count(), 20, "{lines}");
    assert!(lines.lines().all(|line| line.contains(": 200 OK")), "{lines}");
    assert!(lines.contains("after"), "{lines}");
    let summary = String::from_utf8(output.stderr).unwrap();
    assert!(
        summary.contains("delivered 20, retried ") && summary.contains("given up 0"),
        "{summary}"
    );
    let (_, printed, _) = receiver.stop().await;
    assert_eq!(printed.lines().count(), 20);

    // Nobody ever comes: three retries, then given up.
    let more = ["--retry", "backoff", "--time-scale", "1000"];
    let output = run("push", &[&base[..], &more].concat()).await;
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(
        line.starts_with("push 1 of 1: failed: ") && line.contains("after 3 retries"),
        "{line}"
    );
}

/// The certificate host answers, but under another root: 503, never 401, and nothing accepted.
#[tokio::test]
async fn a_receiver_that_does_not_trust_the_test_root_says_503() {
    let trust = ["--any-tenant", "--region", "cn-hangzhou"];
    let receiver =
        Receiver::start_trusting(&repository("fixtures/keys/rsa2048-v3.pem"), &trust).await;
    let (code, lines) = receiver.push(&["--no-token"]).await;
    assert_eq!((code, &lines[..]), (1, &["push 1 of 1: 503 Service Unavailable".to_owned()][..]));
    let (_, printed, log) = receiver.server.stop().await;
    assert_eq!(printed, "");
    assert!(log.contains("certificate-unavailable") && log.contains("UnknownIssuer"), "{log}");
    assert!(log.contains("--any-tenant: every"), "{log}");
}

#[tokio::test]
async fn bad_usage_is_one_line_and_exit_code_2() {
    let key = repository("fixtures/keys/rsa2048.key");
    let not_rsa = repository("fixtures/keys/ec-p256.key");
    let good = ["--to", "http://127.0.0.1:1/", "--key", &key, "--certificate-url", CERTIFICATE_URL];
    let token = ["--token", TOKEN];
    for (arguments, option) in [
        (vec![], "--to"),
        (good.to_vec(), "--token"),
        ([&good[..], &token, &["--no-token"]].concat(), "--no-token"),
        ([&good[..], &token, &["--tamper", "secret"]].concat(), "--tamper"),
        ([&good[..], &token, &["--tamper", "secret", "--scheme", "both"]].concat(), "--tamper"),
        ([&good[..], &["--no-token", "--tamper", "token"]].concat(), "--tamper"),
        ([&good[..], &token, &["--tamper", "everything"]].concat(), "--tamper"),
        ([&good[..], &token, &["--event", "missing"]].concat(), "--event"),
        ([&good[..], &token, &["--count", "0"]].concat(), "--count"),
        ([&good[..], &token, &["--time-scale", "-1"]].concat(), "--time-scale"),
        ([&good[..], &token, &["--concurrency", "0"]].concat(), "--concurrency"),
        ([&good[..], &["--token", "line\nfeed"]].concat(), "--token"),
        ([&good[..], &token, &["--sign-as", "no url"]].concat(), "--sign-as"),
        ([&good[..], &token, &["--sign-as", "nonsense"]].concat(), "--sign-as"),
        ([&good[..4], &token, &["--certificate-url", "nonsense"]].concat(), "--certificate-url"),
        (
            [&good[..4], &token, &["--certificate-url", "http://a.example/c.pem"]].concat(),
            "--certificate-url",
        ),
        ([&good[2..], &token, &["--to", "ftp://127.0.0.1/"]].concat(), "--to"),
        ([&good[2..], &token, &["--to", "http://127.0.0.1/a/../b"]].concat(), "--to"),
        ([&good[..2], &good[4..], &token, &["--key", &not_rsa]].concat(), "--key"),
        ([&good[..2], &good[4..], &token, &["--key", "missing"]].concat(), "--key"),
    ] {
        let output = run("push", &arguments).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
        if !arguments.is_empty() {
            assert!(
                stderr.starts_with(&format!("eventbridge push: {option}: "))
                    || stderr.contains(&format!("'{option} ")),
                "{arguments:?}: {stderr}"
            );
        }
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let both =
        command("push", &[&good[..], &token].concat()).env("EVENTBRIDGE_TOKEN", TOKEN).output();
    assert_eq!(both.await.unwrap().status.code(), Some(2), "tokens from two sources");

    // Nobody listens: a line that says so, and exit code 1. No TLS roots are needed for that.
    let output = command("push", &[&good[..], &token].concat())
        .env("SSL_CERT_FILE", Path::new("/nonexistent"))
        .env("SSL_CERT_DIR", Path::new("/nonexistent"))
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(line.starts_with("push 1 of 1: failed: "), "{line}");
}
