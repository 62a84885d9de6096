//! Each example as people copy it: started, given a push and a forged one, its answers checked.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "test code")]

use std::sync::OnceLock;

use bytes::Bytes;
use http::Request;
use tests_support::example::{Running, TOKEN, certificate, command};
use tower_eventbridge::signer::Signer;

const ORIGIN: &str = "https://hooks.example.com";
const URL: &str = "https://hooks.example.com/eventbridge";

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

fn sample(name: &str) -> Vec<u8> {
    let root = env!("CARGO_MANIFEST_DIR");
    std::fs::read(format!("{root}/fixtures/envelopes/{name}.json")).unwrap()
}

/// The example, which knows one certificate.
async fn start(name: &str, endpoint: &str) -> Running {
    let mut command = command(name);
    command.env("LISTEN", "127.0.0.1:0").env("EVENTBRIDGE_ENDPOINT", endpoint);
    command.env("EVENTBRIDGE_TOKEN", TOKEN);
    command.env("EVENTBRIDGE_CERTIFICATE", certificate(name, signer()));
    Running::start(command).await
}

/// What a good push is answered; one with another token is rejected.
async fn answer(running: &Running, url: &str, event: &str) -> (u16, String) {
    let forged = running.push(signer(), url, "another-token-0123456789", &sample(event)).await;
    assert_eq!(forged, (401, r#"{"status":"rejected"}"#.to_owned()));
    running.push(signer(), url, TOKEN, &sample(event)).await
}

#[tokio::test]
async fn receiver() {
    let running = start("receiver", URL).await;
    assert_eq!(answer(&running, URL, "alibaba-oss-postobject").await, (200, String::new()));
    let health = Request::get("/healthz").header("host", "h").body(Bytes::new()).unwrap();
    assert_eq!(running.send(health).await, (200, "ok\n".to_owned()));
    let (code, _, log) = running.stop("-TERM").await;
    assert_eq!(code, Some(0), "{log}");
    for text in ["token-mismatch", "received", "stopping"] {
        assert!(log.contains(text), "{text}: {log}");
    }
    assert!(!log.contains(TOKEN), "{log}");
}

#[tokio::test]
async fn a_missing_setting_is_named() {
    let output = command("receiver").env("LISTEN", "127.0.0.1:0").output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("EVENTBRIDGE_ENDPOINT: environment variable not found"), "{log}");
}

#[tokio::test]
async fn axum_router() {
    let running = start("axum_router", ORIGIN).await;
    let direct = Request::get("/test/eb/1").header("host", "h").body(Bytes::new()).unwrap();
    let direct = running.send(direct).await;
    assert_eq!(direct, (200, "test 1\n".to_owned()));
    let enclosed = format!("{ORIGIN}/api-gateway");
    assert_eq!(answer(&running, &enclosed, "alibaba-apigateway-event").await, direct);
    let event = format!("{ORIGIN}/events");
    assert_eq!(answer(&running, &event, "alibaba-oss-postobject").await.0, 200);
}

#[tokio::test]
async fn hyper_server() {
    let running = start("hyper_server", URL).await;
    assert_eq!(answer(&running, URL, "alibaba-oss-postobject").await, (200, String::new()));
}

#[tokio::test]
async fn typed_events() {
    let running = start("typed_events", URL).await;
    let (status, body) = answer(&running, URL, "alibaba-oss-postobject").await;
    assert_eq!(status, 200);
    assert!(body.ends_with(" bytes\n"), "{body}");
    let (status, _) = answer(&running, URL, "alibaba-ecs-statechange-notification").await;
    assert_eq!(status, 422, "data of another type");
    let any = format!("{URL}/any");
    for (sample, answered) in [
        ("alibaba-oss-postobject", "object "),
        ("alibaba-directmail-deliver-fail", "mail "),
        ("alibaba-dashscope-asynctaskfinish", "not handled: DashScopeTaskFinished"),
    ] {
        let (status, body) = answer(&running, &any, sample).await;
        assert_eq!(status, 200, "{sample}");
        assert!(body.starts_with(answered), "{sample}: {body}");
    }
}

#[tokio::test]
async fn open_telemetry() {
    let running = start("open_telemetry", URL).await;
    let event = r#"{"specversion":"1.0","source":"s","type":"t","id":"1",
        "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#;
    let answered = running.push(signer(), URL, TOKEN, event.as_bytes()).await;
    assert_eq!(answered, (200, "t\n".to_owned()));
    let without = event.replace("traceparent", "other");
    assert_eq!(running.push(signer(), URL, TOKEN, without.as_bytes()).await.0, 200);
    let (_, printed, _) = running.stop("-TERM").await;
    let spans: Vec<_> = printed.lines().collect();
    assert_eq!(spans.len(), 2, "{printed}");
    let below = "span push in trace 4bf92f3577b34da6a3ce929d0e0e4736 below 00f067aa0ba902b7";
    assert_eq!(spans[0], below);
    assert!(spans[1].ends_with(" below 0000000000000000"), "{printed}");
}

#[tokio::test]
async fn forward() {
    let running = start("forward", URL).await;
    let answered = answer(&running, URL, "alibaba-apigateway-event").await;
    assert_eq!(answered, (200, "GET /test/eb/1\n".to_owned()));
}

#[tokio::test]
async fn idempotency() {
    let running = start("idempotency", URL).await;
    for _ in 0..3 {
        assert_eq!(answer(&running, URL, "alibaba-oss-postobject").await.0, 200);
    }
    let (_, printed, _) = running.stop("-TERM").await;
    assert_eq!(printed.lines().count(), 1, "{printed}");
}

#[tokio::test]
async fn custom_source() {
    let folder = format!("{}/certificates-{}", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    std::fs::create_dir_all(&folder).unwrap();
    let name = signer().certificate_url().rsplit('/').next().unwrap();
    let mut command = command("custom_source");
    command.env("LISTEN", "127.0.0.1:0").env("CERTIFICATES", &folder);
    command.env("EVENTBRIDGE_ENDPOINT", URL).env("EVENTBRIDGE_TOKEN", TOKEN);
    command.env("EVENTBRIDGE_REGION", "cn-hangzhou");
    std::fs::write(format!("{folder}/{name}"), signer().certificate_pem()).unwrap();
    let running = Running::start(command).await;
    assert_eq!(answer(&running, URL, "alibaba-oss-postobject").await, (200, String::new()));
    std::fs::remove_dir_all(&folder).unwrap();
}
