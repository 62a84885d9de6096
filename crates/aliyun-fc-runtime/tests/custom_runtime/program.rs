//! The example program as a function instance: started cold, called, stopped.

use axum::body::Bytes;
use tests_support::example::{Running, TOKEN, certificate, command};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::Signer,
};

use crate::platform::{Invoked, SECRETS, call, invoke, platform_request};

fn sample(name: &str) -> Vec<u8> {
    tests_support::fixtures::read(&format!("envelopes/{name}.json"))
}

const URL: &str = "https://hooks.example.com/events";

#[tokio::test]
async fn a_cold_start_and_a_life() {
    let signer = Signer::generate().unwrap();
    let mut program = command("custom_runtime");
    program
        .env("EVENTBRIDGE_ENDPOINT", "https://hooks.example.com")
        .env("EVENTBRIDGE_TOKEN", TOKEN);
    program.env("EVENTBRIDGE_CERTIFICATE", certificate("function", &signer));
    program.env("FC_SERVER_PORT", "0");
    let instance = Running::start(program).await;
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

    let (code, printed, log) = instance.stop("-TERM").await;
    assert_eq!(code, Some(0), "{log}");
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
            "invoke-1 [ERROR] the event cannot be read: the envelope is not JSON: a syntax error \
             at line 1, column 2",
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
async fn a_port_that_cannot_be_is_said_and_exit_code_1() {
    let held = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let taken = held.local_addr().unwrap().port().to_string();
    for (port, said) in [
        ("no port", "FC_SERVER_PORT: is not a port (0 to 65535)"),
        ("65536", "FC_SERVER_PORT: is not a port (0 to 65535)"),
        (&taken, "FC_SERVER_PORT: 0.0.0.0:"),
    ] {
        let output = command("custom_runtime").env("FC_SERVER_PORT", port).output().await.unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{log}");
        assert!(log.contains(said), "{log}");
    }
}
