//! Requests over HTTP, and what the platform tells about a call.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use aliyun_fc_runtime::{CustomRuntime, FunctionContext};
use axum::{Extension, Router, body::Bytes, http::HeaderMap, routing::any};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, mpsc},
};

use crate::{
    gateway::{event, sample},
    platform::{Instance, Log, SECRETS, platform_request},
};

use crate::contract::END;

#[tokio::test]
async fn over_http_requests_pass_through_without_the_platforms_headers() {
    async fn seen(
        Extension(context): Extension<FunctionContext>,
        headers: HeaderMap,
        request: axum::extract::Request,
    ) -> Response<String> {
        let names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
        let line = format!("{} {} {names:?} {context:?}", request.method(), request.uri());
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Response::builder()
            .status(404)
            .header("x-fc-access-key-secret", context.access_key_secret().unwrap_or_default())
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2")
            .body(format!("{line} {}", String::from_utf8_lossy(&body)))
            .unwrap()
    }
    let log = Log::default();
    let function = CustomRuntime::new(Router::new().fallback(any(seen))).log_to(log.writer());
    let instance = Instance::start(function).await;
    // A web function has a path of that name of its own.
    let request = platform_request("PUT", "/invoke?q=%20", "/http-invoke", "web-1", "body");
    let response = instance.call(request).await;
    // Not found is an answer like any other.
    assert_eq!(response.status(), 404);
    assert!(response.headers().keys().all(|name| !name.as_str().starts_with("x-fc-")));
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    let text = String::from_utf8_lossy(response.body());
    let expected = concat!(
        r#"PUT /invoke?q=%20 ["host", "content-type", "content-length"] "#,
        r#"FunctionContext { request_id: "web-1", function_name: "orders", region: "cn-hangzhou", "#,
        r#"account_id: "1234567890123456", control_path: "/http-invoke", access_key_id: "<redacted>", "#,
        r#"access_key_secret: "<redacted>", security_token: "<redacted>", .. } body"#,
    );
    assert_eq!(text, expected);
    assert_eq!(log.lines(), ["FC Invoke Start RequestId: web-1", "FC Invoke End RequestId: web-1"]);
}

#[tokio::test]
async fn the_context_has_what_the_platform_said() {
    let function = CustomRuntime::of_events(async |_: Bytes, context: FunctionContext| {
        let parts = [
            context.access_key_id(),
            context.access_key_secret(),
            context.security_token(),
            context.header("x-fc-something-new"),
            context.function_name(),
            context.qualifier(),
        ];
        Ok::<_, Infallible>(format!("{parts:?}"))
    });
    let instance = Instance::start(function.log_to(|_| {})).await;
    let invoked = instance.invoke("").await;
    let [id, secret, token] = SECRETS;
    let expected = format!(
        "{:?}",
        [Some(id), Some(secret), Some(token), Some("key-secret-74"), Some("orders"), None]
    );
    assert_eq!(invoked.body, expected);
}

#[tokio::test]
async fn no_secret_is_in_any_answer_or_line() {
    let log = Log::default();
    let function = CustomRuntime::new(Router::new().fallback(any(
        async |Extension(context): Extension<FunctionContext>| format!("{context:?} {context:#?}"),
    )))
    .log_to(log.writer());
    let debug = format!("{function:?}");
    let instance = Instance::start(function).await;
    let mut seen = debug + &format!("{:?}", instance.invoke(sample("fc-apigateway-form")).await);
    seen += &format!("{:?}", instance.invoke("no event").await);
    seen += &format!("{:?}", instance.hook("POST", "/initialize").await);
    seen += &log.lines().join("\n");
    for secret in SECRETS.iter().chain(&["key-secret-74", "feb51b11-9103"]) {
        assert!(!seen.contains(secret), "{secret}: {seen}");
    }
}

#[tokio::test]
async fn headers_that_the_platform_will_not_pass_on_are_in_the_log() {
    let app = Router::new().fallback(any(async || [("x-long", "x".repeat(9000))]));
    let log = Log::default();
    let instance = Instance::start(CustomRuntime::new(app).log_to(log.writer())).await;
    let request = platform_request("GET", "/", "/http-invoke", "1", "");
    assert_eq!(instance.call(request).await.headers()["x-long"].len(), 9000);
    assert!(log.lines()[1].contains("longer than 8192 bytes: the platform answers 502"));
}

/// Frames as they are sent; without one, a panic.
struct Sent(mpsc::Receiver<Option<io::Result<Bytes>>>);

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<io::Result<http_body::Frame<Bytes>>>> {
        let sent = std::task::ready!(self.0.poll_recv(context));
        let frame = sent.map(|frame| frame.expect("a frame").map(http_body::Frame::data));
        std::task::Poll::Ready(frame)
    }
}

#[tokio::test]
async fn answers_over_http_stream_and_are_in_the_log_to_their_end() {
    let failed = format!("FC Invoke End RequestId: 1{END}");
    for (last, lines) in [
        (Some(Ok(Bytes::from("last"))), vec!["FC Invoke End RequestId: 1"]),
        (Some(Err(io::Error::other("reset"))), vec!["1 [ERROR] the answer broke off", &failed]),
        (None, vec!["1 [ERROR] the answer panicked", &failed]),
    ] {
        let (frames, receiver) = mpsc::channel(1);
        let receiver = Arc::new(Mutex::new(Some(receiver)));
        let service = tower::service_fn(move |_| {
            let body = Sent(receiver.lock().unwrap().take().unwrap());
            async { Ok::<_, Infallible>(Response::new(body)) }
        });
        let log = Log::default();
        let instance = Instance::start(CustomRuntime::new(service).log_to(log.writer())).await;
        let stream = TcpStream::connect(instance.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = platform_request("GET", "/", "/http-invoke", "1", "");
        frames.send(Some(Ok(Bytes::from("first")))).await.unwrap();
        let mut body = sender.send_request(request).await.unwrap().into_body();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "first");
        // The invocation is not over.
        assert_eq!(log.lines(), ["FC Invoke Start RequestId: 1"]);
        let whole = matches!(last, Some(Ok(_)));
        frames.send(last).await.unwrap();
        drop(frames);
        let rest = body.collect().await;
        assert_eq!(rest.is_ok_and(|rest| rest.to_bytes() == "last"), whole);
        while log.lines().len() <= lines.len() {
            tokio::task::yield_now().await;
        }
        assert_eq!(log.lines()[1..], lines);
    }
}

#[tokio::test]
async fn connections_may_be_upgraded() {
    async fn upgrade(mut request: axum::extract::Request) -> Response<axum::body::Body> {
        let upgraded = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut stream = TokioIo::new(upgraded.await.unwrap());
            let mut word = [0; 4];
            stream.read_exact(&mut word).await.unwrap();
            stream.write_all(&word).await.unwrap();
        });
        Response::builder()
            .status(101)
            .header("connection", "upgrade")
            .header("upgrade", "echo")
            .body(axum::body::Body::empty())
            .unwrap()
    }
    let function = CustomRuntime::new(Router::new().fallback(any(upgrade))).log_to(|_| {});
    let instance = Instance::start(function).await;
    let mut stream = TcpStream::connect(instance.address).await.unwrap();
    let head = b"GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\nping";
    stream.write_all(head).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 101 ") && answer.ends_with(b"\r\n\r\nping"));
}

#[tokio::test]
async fn a_platform_that_hangs_up_stops_the_handler_and_the_log_says_so() {
    let (begun, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    struct OnDrop(Arc<Notify>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let (begin, end) = (Arc::clone(&begun), Arc::clone(&dropped));
    let app = Router::new().fallback(any(move || {
        let guard = OnDrop(Arc::clone(&end));
        let begin = Arc::clone(&begin);
        async move {
            begin.notify_one();
            std::future::pending::<()>().await;
            drop(guard);
        }
    }));
    let log = Log::default();
    let instance = Instance::start(CustomRuntime::new(app).log_to(log.writer())).await;
    let mut stream = TcpStream::connect(instance.address).await.unwrap();
    let event = event(json!({}));
    let head = format!(
        "POST /invoke HTTP/1.1\r\nhost: h\r\nx-fc-control-path: /invoke\r\nx-fc-request-id: 1\r\n\
         content-length: {}\r\n\r\n",
        event.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&event).await.unwrap();
    begun.notified().await;
    drop(stream);
    dropped.notified().await;
    let mut instance = instance;
    instance.stop();
    instance.stopped().await;
    let lines = log.lines();
    assert_eq!(lines[1], "1 [ERROR] the platform hung up before there was an answer");
    assert_eq!(lines[2], format!("FC Invoke End RequestId: 1{END}"));
}

/// Over HTTP a client may send headers that the platform sends too.
#[tokio::test]
async fn calls_that_the_platform_does_not_make_are_rejected() {
    let log = Log::default();
    let ran = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&ran);
    let service = Router::new().fallback(any(async move || {
        counter.fetch_add(1, Ordering::SeqCst);
    }));
    let instance = Instance::start(CustomRuntime::new(service).log_to(log.writer())).await;
    let request = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let mut request = Request::builder().method(method).uri(path).header("host", "h");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::new(Bytes::from_static(b"{}"))).unwrap()
    };
    const CONTROL: &str = "x-fc-control-path";
    for (method, path, headers) in [
        ("POST", "/x", &[(CONTROL, "/http-invoke"), (CONTROL, "/invoke")][..]),
        ("POST", "/invoke", &[(CONTROL, "/invoke"), (CONTROL, "/invoke")]),
        ("POST", "/x", &[("x-fc-request-id", "1"), ("x-fc-request-id", "2")]),
        (
            "POST",
            "/x",
            &[(CONTROL, "/http-invoke"), ("x-fc-account-id", "1"), ("x-fc-account-id", "1")],
        ),
        ("POST", "/x", &[(CONTROL, "/invoke")]),
        ("GET", "/invoke", &[(CONTROL, "/invoke")]),
        ("POST", "/invoke", &[(CONTROL, "/initialize")]),
        ("GET", "/initialize", &[(CONTROL, "/initialize")]),
        ("PUT", "/pre-stop", &[(CONTROL, "/pre-stop")]),
        ("GET", "/pre-stop", &[(CONTROL, "/pre-freeze")]),
    ] {
        let response = instance.call(request(method, path, headers)).await;
        assert_eq!(response.status(), 400, "{method} {path} {headers:?}");
        assert_eq!(response.headers()["x-fc-status"], "404");
        assert_eq!(response.body(), "{\"status\":\"rejected\"}");
    }
    assert_eq!(ran.load(Ordering::SeqCst), 0);
    assert!(
        log.lines().iter().any(|line| line.contains("x-fc-control-path is there more than once"))
    );
    assert!(log.lines().iter().any(|line| line.contains("names the call /pre-freeze")));
    for (method, path) in [("POST", "/invoke"), ("GET", "/pre-stop"), ("DELETE", "/x")] {
        let response = instance.call(request(method, path, &[(CONTROL, "/http-invoke")])).await;
        assert_eq!(response.status(), 200, "{method} {path}");
    }
    assert_eq!(ran.load(Ordering::SeqCst), 3);
}
