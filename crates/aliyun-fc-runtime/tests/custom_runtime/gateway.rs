//! Events of API Gateway: the request that reaches the service, and the answer in the gateway's
//! format.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use aliyun_fc_runtime::CustomRuntime;
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header},
    response::IntoResponse,
    routing::any,
};
use frames::stream;
use serde_json::{Value, json};

use crate::platform::{Instance, Log};

/// A body in frames, of which one may be an error.
mod frames {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    use axum::body::{Body, Bytes};
    use http_body::Frame;

    struct Frames<I>(I);

    type Next = Result<Bytes, std::io::Error>;

    impl<I: Iterator<Item = Next> + Unpin> http_body::Body for Frames<I> {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            Poll::Ready(self.0.next().map(|frame| frame.map(Frame::data)))
        }
    }

    pub fn stream(frames: impl Iterator<Item = Next> + Unpin + Send + 'static) -> Body {
        Body::new(Frames(frames))
    }
}

pub fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/../../fixtures/envelopes/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

pub fn event(value: Value) -> Vec<u8> {
    let mut event = json!({
        "path": "/x", "httpMethod": "POST", "headers": {}, "queryParameters": {},
        "pathParameters": {}, "body": "", "isBase64Encoded": false,
    });
    for (name, value) in value.as_object().unwrap() {
        event[name] = value.clone();
    }
    serde_json::to_vec(&event).unwrap()
}

/// How long an answer without headers and body is.
pub const FRAME: usize =
    r#"{"isBase64Encoded":false,"statusCode":200,"headers":{},"body":""}"#.len();

/// Says what arrived.
pub async fn mirror(
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let seen = json!({
        "method": method.as_str(), "uri": uri.to_string(), "headers": headers,
        "body": String::from_utf8_lossy(&body),
    });
    ([(header::CONTENT_TYPE, "application/json")], seen.to_string())
}

pub fn mirror_of(log: &Log) -> CustomRuntime<Router> {
    CustomRuntime::new(Router::new().fallback(any(mirror))).log_to(log.writer())
}

/// A service that gives one answer.
pub async fn answering(
    answer: impl Fn() -> Response<Body> + Send + Sync + 'static,
) -> (Instance, Log) {
    let answer = Arc::new(answer);
    let app = Router::new().fallback(move || {
        let answer = Arc::clone(&answer);
        async move { answer() }
    });
    let log = Log::default();
    (Instance::start(CustomRuntime::new(app).log_to(log.writer())).await, log)
}

pub fn with_type(content_type: &'static str, body: &'static [u8]) -> Response<Body> {
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

#[tokio::test]
async fn every_sample_is_answered_by_the_gateways_rules() {
    let log = Log::default();
    let instance = Instance::start(mirror_of(&log)).await;
    let json_body = "{\r\n  \"mp4\": [\r\n    \"https://aliyun.com/input1.mp4\",\r\n    \
         \"https://aliyun.com/input2.mp4\"\r\n  ],\r\n  \
         \"mp3\": \"https://aliyun.com/input.mp3\"\r\n}";
    for (name, method, uri, body) in [
        ("fc-apigateway-form", "POST", "/api/321", "c=b"),
        ("fc-apigateway-get-empty-body", "GET", "/", ""),
        ("fc-apigateway-json-post-capture", "POST", "/ffmpeg/vlink", json_body),
        ("fc-apigateway-passthrough-json", "POST", "/api/321", "{\"c\":\"b\"}"),
        ("fc-apigateway-passthrough-texthtml", "POST", "/api/321", "{\"c\":\"b\"}"),
        (
            "fc-http-trigger-v1",
            "GET",
            "/example?parameter1=value1&parameter2=value1%2Cvalue2",
            "Hello FC!",
        ),
    ] {
        let response = instance.invoke(sample(name)).await.through_the_gateway();
        assert_eq!(response.status(), 200, "{name}");
        assert_eq!(response.headers()["content-type"], "application/json");
        let seen: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!((&seen["method"], &seen["uri"]), (&json!(method), &json!(uri)), "{name}");
        assert_eq!(seen["body"], body, "{name}");
    }
    assert_eq!(log.lines().len(), 12);
}

#[tokio::test]
async fn text_is_a_string_and_everything_else_base64() {
    for (content_type, body, flag) in [
        ("text/plain", &b"text"[..], false),
        ("text/html; charset=UTF-8", "größer".as_bytes(), false),
        ("application/json", b"{\"a\":\"\\n\"}", false),
        ("application/problem+json", b"{}", false),
        ("image/svg+xml", b"<svg/>", false),
        ("text/plain", b"", false),
        ("image/png", b"", false),
        // Readable, but said to be something else: another reader of it would write other bytes.
        ("application/octet-stream", b"text", true),
        ("text/html; charset=GBK", b"ascii", true),
        ("image/png", b"\x89PNG\r\n\x1a\n\x00", true),
        ("text/plain", b"\xff\xfe", true),
        ("application/json", b"\xc3(", true),
    ] {
        let (instance, _) = answering(move || with_type(content_type, body)).await;
        let invoked = instance.invoke(event(json!({}))).await;
        let written: Value = serde_json::from_slice(&invoked.body).unwrap();
        assert_eq!(written["isBase64Encoded"], flag, "{content_type} {body:?}");
        let response = invoked.through_the_gateway();
        assert_eq!(response.body(), body, "{content_type}");
        assert_eq!(response.headers()["content-type"], content_type);
    }
    let (instance, _) = answering(|| Response::new(Body::from("no type"))).await;
    let written: Value =
        serde_json::from_slice(&instance.invoke(event(json!({}))).await.body).unwrap();
    assert_eq!((&written["isBase64Encoded"], &written["body"]), (&json!(false), &json!("no type")));
    // Coded, so no text, even where it could be read.
    let coded = || {
        let mut response = with_type("text/plain", b"br?");
        response.headers_mut().insert("content-encoding", HeaderValue::from_static("br"));
        response
    };
    let (instance, _) = answering(coded).await;
    let written: Value =
        serde_json::from_slice(&instance.invoke(event(json!({}))).await.body).unwrap();
    assert_eq!(written["isBase64Encoded"], true);
}

#[tokio::test]
async fn several_values_of_one_name_are_joined_and_cookies_are_not() {
    let (instance, _) = answering(|| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::CREATED;
        let headers = response.headers_mut();
        for (name, value) in [
            ("vary", "accept"),
            ("vary", "origin"),
            ("set-cookie", "a=1; Path=/"),
            ("set-cookie", "b=2"),
            ("set-cookie", "c=3"),
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("x-fc-status", "404"),
            ("x-fc-access-key-secret", "echoed"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        response
    })
    .await;
    let invoked = instance.invoke(event(json!({}))).await;
    let written: Value = serde_json::from_slice(&invoked.body).unwrap();
    assert_eq!(
        written["headers"],
        json!({
            "vary": "accept, origin",
            "set-cookie": "a=1; Path=/", "set-cookiE": "b=2", "set-cookIe": "c=3",
        }),
    );
    let response = invoked.through_the_gateway();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 3);
}

#[tokio::test]
async fn streams_are_collected_and_what_breaks_off_is_a_well_formed_500() {
    let frames = || ["a", "", "b"].into_iter().map(|frame| Ok(Bytes::from(frame)));
    let (instance, _) = answering(move || Response::new(stream(frames()))).await;
    let response = instance.invoke(event(json!({}))).await.through_the_gateway();
    assert_eq!(response.body(), "ab");
    let (instance, log) = answering(|| {
        let broken = std::io::Error::other("upstream reset: secret-1");
        Response::new(stream([Ok(Bytes::from("a")), Err(broken)].into_iter()))
    })
    .await;
    let response = instance.invoke(event(json!({}))).await.through_the_gateway();
    assert_eq!(
        (response.status().as_u16(), &response.body()[..]),
        (500, &br#"{"status":"failed"}"#[..])
    );
    assert_eq!(
        log.lines(),
        [
            "FC Invoke Start RequestId: invoke-1",
            "invoke-1 [ERROR] the answer broke off: upstream reset: secret-1",
            "FC Invoke End RequestId: invoke-1",
        ],
    );
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_is_a_well_formed_500() {
    let (instance, log) = answering(|| {
        let mut response = Response::new(Body::empty());
        let value = HeaderValue::from_bytes(b"\xff").unwrap();
        response.headers_mut().insert("x-bytes", value);
        response
    })
    .await;
    assert_eq!(instance.invoke(event(json!({}))).await.through_the_gateway().status(), 500);
    let reason = "the answer cannot be written: fc-api-gateway: field headers.x-bytes has a value \
         that is not text";
    assert!(log.lines()[1].contains(reason), "{:?}", log.lines());
}

#[tokio::test]
async fn answers_are_limited_as_they_are_written() {
    for (limit, status) in [(FRAME + 1000, 200), (FRAME + 999, 500)] {
        let app = Router::new().fallback(async || "x".repeat(1000));
        let app = app.layer(tower::util::MapResponseLayer::new(|mut response: Response<Body>| {
            response.headers_mut().clear();
            response
        }));
        let log = Log::default();
        let function = CustomRuntime::new(app).max_response_bytes(limit).log_to(log.writer());
        let response =
            Instance::start(function).await.invoke(event(json!({}))).await.through_the_gateway();
        assert_eq!(response.status(), status, "{limit}");
        assert_eq!(log.lines().len(), if status == 200 { 2 } else { 3 });
    }
}

#[tokio::test]
async fn text_that_grows_as_it_is_written_is_limited_too() {
    for (length, status) in [(100, 200), (101, 500)] {
        let body = tower::service_fn(move |_| async move {
            Ok::<_, Infallible>(Response::new(Body::from(vec![1; length])))
        });
        let function = CustomRuntime::new(body).max_response_bytes(FRAME + 600).log_to(|_| {});
        let response = Instance::start(function).await.invoke(event(json!({}))).await;
        assert_eq!(response.through_the_gateway().status(), status);
    }
}

#[tokio::test]
async fn a_long_stream_is_not_read_to_its_end() {
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let app = Router::new().fallback(move || {
        let counted = Arc::clone(&counted);
        async move {
            let frame = move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
                Ok(Bytes::from_static(&[0; 1024]))
            };
            Response::new(stream((0..1000).map(frame)))
        }
    });
    let function = CustomRuntime::new(app).max_response_bytes(4096).log_to(|_| {});
    let invoked = Instance::start(function).await.invoke(event(json!({}))).await;
    assert_eq!(invoked.through_the_gateway().status(), 500);
    assert_eq!(read.load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn only_a_final_status_is_written() {
    for (status, written) in
        [(100, 500), (101, 500), (199, 500), (204, 204), (599, 599), (600, 500), (999, 500)]
    {
        let (instance, _) = answering(move || {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        })
        .await;
        let response = instance.invoke(event(json!({}))).await.through_the_gateway();
        assert_eq!(response.status(), written, "{status}");
    }
}
