//! Requests out of events: what reaches the service, and what is rejected.

use std::convert::Infallible;

use aliyun_fc_runtime::CustomRuntime;
use axum::{
    Router,
    body::{Body, Bytes},
    http::Response,
};
use serde_json::{Value, json};

use crate::platform::{Instance, Log};

use crate::gateway::{FRAME, event, mirror_of, sample};

#[tokio::test]
async fn headers_arrive_whatever_their_case_and_the_platforms_never_do() {
    let log = Log::default();
    let instance = Instance::start(mirror_of(&log)).await;
    let event = event(json!({
        "headers": {"X-Ca-Stage": "RELEASE", "accept": "*/*", "COOKIE": "a=1", "x-many": ["1", "2"],
                    "Connection": "x-hop", "X-Hop": "1", "Host": "internal", "Content-Length": "5",
                    "X-Fc-Access-Key-Secret": "forged", "x-fc-request-id": "forged"},
    }));
    let response = instance.invoke(event).await.through_the_gateway();
    let seen: Value = serde_json::from_slice(response.body()).unwrap();
    let mut headers: Vec<(String, String)> =
        serde_json::from_value(seen["headers"].clone()).unwrap();
    headers.sort();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let expected = [
        ("accept", "*/*"),
        ("cookie", "a=1"),
        ("x-ca-stage", "RELEASE"),
        ("x-hop", "1"),
        ("x-many", "1"),
        ("x-many", "2"),
    ];
    assert_eq!(headers, expected);
}

/// The client of a gateway chooses all of this: he gets an answer, and the function is not counted
/// as broken.
#[tokio::test]
async fn a_request_that_cannot_be_made_is_a_well_formed_400() {
    let log = Log::default();
    let instance = Instance::start(mirror_of(&log)).await;
    let form_headers = json!({"content-type": "application/x-www-form-urlencoded"});
    let form = |body: String| json!({"headers": form_headers, "body": body});
    let fields: Vec<_> = (0..=10_000).map(|number| format!("\"{number}\":1")).collect();
    for (rejected, reason) in [
        (json!({"path": "//evil/x"}), "field path begins with more than one /"),
        (json!({"path": "*"}), "field path does not begin with /"),
        (json!({"httpMethod": "CONNECT"}), "field httpMethod is CONNECT"),
        (json!({"httpMethod": "get y"}), "field httpMethod is not an HTTP method"),
        (json!({"headers": {"a b": "1"}}), "field headers.a b is not a header name"),
        (json!({"headers": {"a": "1\n"}}), "field headers.a has a value that cannot"),
        (json!({"isBase64Encoded": true, "body": "%"}), "field body is marked as base64"),
        (json!({"path": format!("/{}", "x".repeat(70_000))}), "field path is too long"),
        (form(format!("{{{}}}", fields.join(","))), "field body has more than 10000 values"),
        (form("{\"a\":{\"b\":1}}".to_owned()), "field body.a is not text"),
        (form("{\"a\":1,\"a\":2}".to_owned()), "field body.a is there twice"),
    ] {
        let before = log.lines().len();
        let response = instance.invoke(event(rejected)).await.through_the_gateway();
        assert_eq!(response.status(), 400, "{reason}");
        assert_eq!(response.body(), r#"{"status":"unreadable"}"#);
        let lines = &log.lines()[before..];
        assert!(lines[1].contains("the request in the event is rejected: fc-api-gateway: "));
        assert!(lines[1].contains(reason), "{lines:?}");
        assert_eq!(lines[2], "FC Invoke End RequestId: invoke-1");
    }
    let half = r#"{"path": "/", "httpMethod": "GET", "isBase64Encoded": false, "headers": {"a": "\ud800"}}"#;
    assert_eq!(instance.invoke(half).await.through_the_gateway().status(), 400);
}

/// An envelope is not a hop: whoever calls the gateway must not take away what the gateway says
/// about him.
#[tokio::test]
async fn connection_takes_nothing_out_of_an_envelope() {
    let instance = Instance::start(mirror_of(&Log::default())).await;
    let named = "x-forwarded-for, X-Real-IP, caclientip, x-ca-stage, content-type, cookie, \
         authorization, x-user-id";
    let event = event(json!({"headers": {
        "connection": named, "x-forwarded-for": "1", "x-real-ip": "1", "CaClientIp": "1",
        "x-ca-stage": "1", "content-type": "text/plain", "cookie": "1", "authorization": "1", "x-user-id": "1",
        "keep-alive": "1", "proxy-connection": "1", "te": "1", "transfer-encoding": "1",
        "upgrade": "1", "trailer": "1",
    }}));
    let response = instance.invoke(event).await.through_the_gateway();
    let seen: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(seen["headers"].as_array().unwrap().len(), 8, "{seen}");
}

/// A CGI-like server reads `_` as `-`.
#[tokio::test]
async fn names_that_another_server_would_take_for_another_header_stay_behind() {
    let instance = Instance::start(mirror_of(&Log::default())).await;
    let event = event(json!({"headers": {
        "Transfer_Encoding": "chunked", "Content_Length": "5", "content_type": "1",
        "X_User_Id": "admin", "X-User_Id": "admin", "Proxy_Connection": "1",
        "X_Forwarded_For": "1", "x_ca_stage": "1", "X_Fc_Request_Id": "1", "Set_Cookie": "1",
        "If_None_Match": "1", "Keep_Alive": "1", "api-token": "gateway", "api_token": "client",
        "my_header": "kept", "trace_id": "kept",
    }}));
    let response = instance.invoke(event).await.through_the_gateway();
    let seen: Value = serde_json::from_slice(response.body()).unwrap();
    let mut names: Vec<_> = seen["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| header[0].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["api-token", "my_header", "trace_id"]);
}

#[tokio::test]
async fn some_methods_reach_no_service() {
    let instance = Instance::start(mirror_of(&Log::default())).await;
    for (method, status) in [("TRACE", 400), ("CONNECT", 400), ("OPTIONS", 200), ("trace", 200)] {
        let response = instance.invoke(event(json!({"httpMethod": method}))).await;
        assert_eq!(response.through_the_gateway().status(), status, "{method}");
    }
}

#[tokio::test]
async fn what_is_no_trigger_event_is_a_function_error_with_a_reason_in_the_log() {
    let log = Log::default();
    let instance = Instance::start(mirror_of(&log)).await;
    for (body, reason) in [
        (b"".to_vec(), "the envelope is not JSON"),
        (b"hello".to_vec(), "the envelope is not JSON"),
        (b"[]".to_vec(), "is a batch"),
        (b"{}".to_vec(), "encloses no known request"),
        (sample("alibaba-oss-postobject"), "encloses no request: its type is"),
        (sample("alibaba-apigateway-event"), "is of a dialect of another platform"),
        (sample("tencent-scf-apigw-doc"), "is of a dialect of another platform"),
        (sample("alibaba-mns-batch-array"), "is a batch"),
        (event(json!({"path": null})), "field path is missing"),
        (event(json!({"httpMethod": ""})), "field httpMethod is missing"),
    ] {
        let before = log.lines().len();
        let invoked = instance.invoke(body).await;
        assert_eq!(invoked.function_error(), "EventUnreadable", "{reason}");
        let lines = &log.lines()[before..];
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[1].starts_with("invoke-1 [ERROR] the event cannot be read: "), "{lines:?}");
        assert!(lines[1].contains(reason), "{lines:?}");
        let end = "FC Invoke End RequestId: invoke-1, Error: Unhandled function error";
        assert_eq!(lines[2], end);
    }
}

#[tokio::test]
async fn thirty_two_mib_are_taken_and_one_byte_more_is_a_function_error() {
    const LIMIT: usize = 32 * 1024 * 1024;
    let app = Router::new()
        .fallback(async |body: Bytes| body.len().to_string())
        .layer(axum::extract::DefaultBodyLimit::disable());
    let log = Log::default();
    let instance = Instance::start(CustomRuntime::new(app).log_to(log.writer())).await;
    let frame = event(json!({"body": ""})).len();
    let longest = event(json!({"body": "x".repeat(LIMIT - frame)}));
    assert_eq!(longest.len(), LIMIT);
    let response = instance.invoke(longest).await.through_the_gateway();
    assert_eq!(response.body(), (LIMIT - frame).to_string().as_str());
    // However much more it is, there is an answer.
    for more in [1, LIMIT / 4] {
        let longer = event(json!({"body": "x".repeat(LIMIT - frame + more)}));
        assert_eq!(instance.invoke(longer).await.function_error(), "EventTooLarge");
    }
    let reason = "invoke-1 [ERROR] the event is longer than 33554432 bytes";
    assert!(log.lines().contains(&reason.to_owned()), "{:?}", log.lines());
}

/// An answer of 32 MiB as it is written, and one byte more.
#[tokio::test]
async fn thirty_two_mib_are_given() {
    const LIMIT: usize = 32 * 1024 * 1024;
    for (length, status) in [(LIMIT - FRAME, 200), (LIMIT - FRAME + 1, 500)] {
        let answer = tower::service_fn(move |_| async move {
            Ok::<_, Infallible>(Response::new(Body::from(vec![b'x'; length])))
        });
        let instance = Instance::start(CustomRuntime::new(answer).log_to(|_| {})).await;
        let response = instance.invoke(event(json!({}))).await.through_the_gateway();
        assert_eq!(response.status(), status, "{length}");
    }
}
