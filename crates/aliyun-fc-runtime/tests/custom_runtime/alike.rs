//! One router, four ways to it: directly, enclosed in an EventBridge push, by the function
//! contract, in a Tencent event.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aliyun_fc_runtime::CustomRuntime;
use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, Method, Uri},
    response::IntoResponse,
    routing::any,
};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};
use tower_eventbridge::{
    Verifier, VerifyLayer,
    envelope::{TencentScfEvent, TencentScfResponse},
    forward::Forward,
    signer::Signer,
};

use crate::platform::{Instance, call};

/// Says what arrived, in every part of its answer, and gives no text where the body is none.
async fn order(
    Path(id): Path<u32>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let seen = ["x-stage", "content-type", "cookie"]
        .map(|name| headers.get(name).map(|value| value.to_str().unwrap().to_owned()));
    let line = format!("{method} {uri} {id} {seen:?} ");
    let status = http::StatusCode::ACCEPTED;
    let kind = [("content-type", "application/octet-stream"), ("set-cookie", "a=1")];
    (status, kind, [line.as_bytes(), &body, b"\xff"].concat())
}

fn router() -> Router {
    Router::new().route("/orders/{id}", any(order))
}

const BODY: &str = "{\"price\": 1.10}";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_796_083_200)
}

/// What the four senders hear.
fn heard<B>(response: &Response<B>, body: &[u8]) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()))
        .collect();
    headers.sort();
    (response.status().as_u16(), headers, body.to_vec())
}

fn headers(case: fn(&str) -> String) -> Value {
    let headers = [("x-stage", "RELEASE"), ("content-type", "application/json"), ("cookie", "b=2")];
    headers.iter().map(|(name, value)| (case(name), json!(value))).collect()
}

#[tokio::test]
async fn one_router_answers_alike_on_all_four_ways() {
    // Directly.
    let direct = Request::post("/orders/7?dry%20run=1&tag=a&tag=b")
        .header("host", "h")
        .header("x-stage", "RELEASE")
        .header("content-type", "application/json")
        .header("cookie", "b=2")
        .body(Full::from(BODY))
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, router()).await });
    let response = call(address, direct).await;
    let direct = heard(&response, response.body());
    server.abort();
    assert_eq!(direct.0, 202);
    let body = String::from_utf8_lossy(&direct.2);
    assert!(
        body.starts_with("POST /orders/7?dry%20run=1&tag=a&tag=b 7 [Some(\"RELEASE\")"),
        "{body}"
    );
    assert!(body.contains(BODY));

    // In a push of EventBridge, signed and verified.
    let signer = Signer::generate().unwrap();
    let verifier = Verifier::builder()
        .endpoint("https://hooks.example.com/events")
        .token("5b0c0f6e7c0d4e5f8a9b")
        .certificate(signer.certificate_url(), signer.certificate_pem())
        .build()
        .unwrap();
    let verify = VerifyLayer::builder(verifier).clock(now).build().unwrap();
    let query = json!({"dry run": 1, "tag": ["a", "b"]});
    let event = json!({
        "specversion": "1.0", "source": "s", "type": "eventbridge:Events:ApiGateway",
        "data": {"method": "POST", "path": "/orders/7", "queryParameters": query,
                 "headers": headers(|name| name.to_uppercase()), "body": json!(BODY)},
    });
    let push = signer.push("https://hooks.example.com/events").token("5b0c0f6e7c0d4e5f8a9b");
    let push = push.body(serde_json::to_vec(&event).unwrap()).sign(now()).unwrap().map(Full::new);
    let response = verify.layer(Forward::new(router())).oneshot(push).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    assert_eq!(heard(&Response::from_parts(parts, ()), &body), direct);

    // By the function contract, behind API Gateway.
    let instance = Instance::start(CustomRuntime::new(router()).log_to(|_| {})).await;
    let event = json!({
        "path": "/orders/7", "httpMethod": "POST", "headers": headers(str::to_owned),
        "queryParameters": query, "pathParameters": {"id": "7"},
        "body": "eyJwcmljZSI6IDEuMTB9", "isBase64Encoded": true,
    });
    let response = instance.invoke(event.to_string()).await.through_the_gateway();
    assert_eq!(heard(&response, response.body()), direct);

    // In an event of Tencent Cloud SCF, which is not signed.
    let event = json!({
        "requestContext": {"serviceId": "s", "httpMethod": "ANY"}, "httpMethod": "POST",
        "path": "/orders/7", "queryString": query, "headers": headers(str::to_owned), "body": BODY,
    });
    let event = TencentScfEvent::from_slice(event.to_string().as_bytes()).unwrap();
    let request = Request::<Bytes>::try_from(event).unwrap().map(Full::new);
    let (parts, body) = router().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let response = TencentScfResponse::try_from(Response::from_parts(parts, body)).unwrap();
    let written = serde_json::to_vec(&response).unwrap();
    let value: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!((&value["statusCode"], &value["isBase64Encoded"]), (&json!(202), &json!(true)));
    let read = TencentScfResponse::from_slice(&written).unwrap();
    let response = Response::<Bytes>::try_from(read).unwrap();
    assert_eq!(heard(&response, response.body()), direct);
}
