//! The example program as a function instance: started cold, called, stopped.

use axum::body::Bytes;
use serde_json::json;
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::Signer,
};

use crate::{
    platform::{Invoked, SECRETS, call, invoke, platform_request},
    process::{Server, command, run, temporary_file},
};

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/envelopes/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

const TOKEN: &str = "token-secret-0123456789";
const URL: &str = "https://hooks.example.com/events";

#[tokio::test]
async fn a_cold_start_and_a_life() {
    let signer = Signer::generate().unwrap();
    let file = temporary_file("function.pem", signer.certificate_pem().as_bytes());
    let certificate = format!("{}={}", signer.certificate_url(), file.display());
    let arguments =
        ["--run-as", "function", "--endpoint", "https://hooks.example.com", "--token", TOKEN];
    let mut program = command("custom_runtime", &arguments);
    program.args(["--certificate", &certificate]).env("FC_SERVER_PORT", "0");
    let instance = Server::start_command(program).await;
    assert!(instance.address.ip().is_unspecified(), "{}", instance.address);
    let address = ([127, 0, 0, 1], instance.address.port()).into();
    let hook =
        |method, path| call(address, platform_request(method, path, path, "life", Bytes::new()));

    assert_eq!(hook("POST", "/initialize").await.status(), 200);
    let response = invoke(address, sample("fc-apigateway-passthrough-json")).await;
    let response = response.through_the_gateway();
    assert_eq!(
        (&response.headers()["x-id"], response.body()),
        (&"321".parse().unwrap(), &Bytes::from("{\"c\":\"b\"}"))
    );
    // The same router over HTTP, and a push of EventBridge, verified.
    let request = platform_request("GET", "/test/eb/7", "/http-invoke", "web", Bytes::new());
    assert_eq!(call(address, request).await.body(), "test 7\n");
    for (token, status) in [(TOKEN, 200), ("another-token-0123456789", 401)] {
        let push = signer.push(URL).token(token).body(sample("alibaba-oss-postobject"));
        let (head, body) = push.sign(SystemClock::new().now()).unwrap().into_parts();
        let mut request = platform_request("POST", "/events", "/http-invoke", "push", body);
        request.headers_mut().extend(head.headers);
        assert_eq!(call(address, request).await.status(), status);
    }
    assert_eq!(invoke(address, sample("alibaba-oss-postobject")).await.body, "");
    let Invoked { status, .. } = invoke(address, "no event").await;
    assert_eq!(status, 404);
    assert_eq!(hook("GET", "/pre-freeze").await.status(), 200);
    assert_eq!(hook("GET", "/pre-stop").await.status(), 200);

    let (code, printed, log) = instance.stop().await;
    assert_eq!(code, 0, "{log}");
    let of_platform = |line: &&str| line.starts_with("FC ") || line.contains("[ERROR]");
    let lines: Vec<_> = printed.lines().filter(of_platform).collect();
    assert_eq!(
        lines,
        [
            "FC Initialize Start RequestId: life",
            "FC Initialize End RequestId: life",
            "FC Invoke Start RequestId: invoke-1",
            "FC Invoke End RequestId: invoke-1",
            "FC Invoke Start RequestId: web",
            "FC Invoke End RequestId: web",
            "FC Invoke Start RequestId: push",
            "FC Invoke End RequestId: push",
            "FC Invoke Start RequestId: push",
            "FC Invoke End RequestId: push",
            "FC Invoke Start RequestId: invoke-1",
            "FC Invoke End RequestId: invoke-1",
            "FC Invoke Start RequestId: invoke-1",
            "invoke-1 [ERROR] the event cannot be read: the envelope is not JSON: a syntax error at line 1, column 2",
            "FC Invoke End RequestId: invoke-1, Error: Unhandled function error",
            "FC PreFreeze Start RequestId: life",
            "FC PreFreeze End RequestId: life",
            "FC PreStop Start RequestId: life",
            "FC PreStop End RequestId: life",
        ],
    );
    for line in [
        r#""oss:ObjectCreated:PostObject" of "acs.oss", worth: signed"#,
        r#""oss:ObjectCreated:PostObject" of "acs.oss" in "cn-hangzhou""#,
    ] {
        assert!(printed.contains(line), "{printed}");
    }
    for secret in SECRETS.iter().chain(&[TOKEN]) {
        assert!(!printed.contains(secret) && !log.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn directly_it_is_the_same_router() {
    let server = Server::start("custom_runtime", &["--listen", "127.0.0.1:0"]).await;
    let request = http::Request::get("/test/eb/7").header("host", "h").body(Bytes::new().into());
    assert_eq!(call(server.address, request.unwrap()).await.body(), "test 7\n");
    // There is no platform, and nobody can play it.
    let request = platform_request("POST", "/invoke", "/invoke", "1", json!({}).to_string());
    assert_eq!(call(server.address, request).await.status(), 404);
    let (code, printed, _) = server.stop().await;
    assert_eq!((code, printed.as_str()), (0, ""));
}

/// A proxy takes a prefix off the path.
#[tokio::test]
async fn a_push_is_seen_as_another_path() {
    const SIGNED: &str = "https://hooks.example.com/prod/events";
    let signer = Signer::generate().unwrap();
    let file = temporary_file("seen-as.pem", signer.certificate_pem().as_bytes());
    let certificate = format!("{}={}", signer.certificate_url(), file.display());
    let arguments = ["--listen", "127.0.0.1:0", "--endpoint", SIGNED, "--seen-as", "/events"];
    let more = ["--token", TOKEN, "--certificate", &certificate];
    let server = Server::start("custom_runtime", &[&arguments[..], &more].concat()).await;
    for (signed, status) in [(SIGNED, 200), (URL, 401)] {
        let push = signer.push(signed).token(TOKEN).body(sample("alibaba-oss-postobject"));
        let (head, body) = push.sign(SystemClock::new().now()).unwrap().into_parts();
        let mut request = platform_request("POST", "/events", "/http-invoke", "push", body);
        request.headers_mut().extend(head.headers);
        assert_eq!(call(server.address, request).await.status(), status, "{signed}");
    }
    server.stop().await;
}

#[tokio::test]
async fn bad_usage_is_one_line() {
    let output = run("custom_runtime", &["--run-as", "receiver"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stderr, b"custom_runtime: --endpoint: give at least one\n");
    let output = run("custom_runtime", &["--token", TOKEN]).await;
    assert_eq!(output.stderr, b"custom_runtime: --token: is for pushes to an --endpoint\n");
    let output = run("custom_runtime", &["--seen-as", "/x"]).await;
    assert_eq!(output.stderr, b"custom_runtime: --seen-as: is for pushes to an --endpoint\n");
    for port in ["no port", "65536"] {
        let mut program = command("custom_runtime", &["--run-as", "function"]);
        let output = program.env("FC_SERVER_PORT", port).output().await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stderr, b"custom_runtime: FC_SERVER_PORT: is not a port (0 to 65535)\n");
    }
    let taken = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut program = command("custom_runtime", &["--run-as", "function"]);
    let output = program.env("FC_SERVER_PORT", port.to_string()).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(
        line.starts_with(&format!("custom_runtime: FC_SERVER_PORT: 0.0.0.0:{port}: ")),
        "{line}"
    );
}
