//! The contract beside events: hooks, concurrency, handlers that fail, requests over HTTP, the end.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aliyun_fc_runtime::{CustomRuntime, FunctionContext};
use axum::{Extension, Router, body::Bytes, http::HeaderMap, routing::any};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, Semaphore, mpsc},
};
use tower::ServiceExt;

use crate::{
    gateway::{event, sample},
    platform::{Instance, Log, SECRETS, call, platform_request},
};

const END: &str = ", Error: Unhandled function error";

fn hello() -> Router {
    Router::new().fallback(any(async || "hello"))
}

#[tokio::test]
async fn the_life_of_an_instance() {
    let log = Log::default();
    let ran = Log::default();
    let (a, b, c) = (ran.writer(), ran.writer(), ran.writer());
    let function = CustomRuntime::new(hello())
        .on_initialize(move |context: FunctionContext| {
            a(&format!("initialize in {}", context.region().unwrap_or_default()));
            async { Ok::<_, Infallible>(()) }
        })
        .on_pre_freeze(move |_| {
            b("pre-freeze");
            async { Ok::<_, Infallible>(()) }
        })
        .on_pre_stop(move |_| {
            c("pre-stop");
            async { Ok::<_, Infallible>(()) }
        })
        .log_to(log.writer());
    let mut instance = Instance::start(function).await;
    let answers = [
        instance.hook("POST", "/initialize").await,
        instance.hook("GET", "/pre-freeze").await,
        instance.hook("GET", "/pre-stop").await,
    ];
    for answer in answers {
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["x-fc-status"]),
            (200, &"200".parse().unwrap())
        );
        assert!(answer.body().is_empty());
    }
    assert_eq!(ran.lines(), ["initialize in cn-hangzhou", "pre-freeze", "pre-stop"]);
    let lines = ["Initialize", "PreFreeze", "PreStop"].map(|name| {
        [format!("FC {name} Start RequestId: hook-1"), format!("FC {name} End RequestId: hook-1")]
    });
    assert_eq!(log.lines(), lines.concat());
    instance.stop();
    instance.stopped().await;
}

#[tokio::test]
async fn without_hooks_there_is_nothing_to_do() {
    let instance = Instance::start(CustomRuntime::new(hello()).log_to(|_| {})).await;
    for (method, path) in [("POST", "/initialize"), ("GET", "/pre-freeze"), ("GET", "/pre-stop")] {
        assert_eq!(instance.hook(method, path).await.status(), 200);
    }
}

#[tokio::test]
async fn an_initialize_that_fails_is_told_and_may_be_tried_again() {
    let tries = Arc::new(AtomicUsize::new(0));
    let log = Log::default();
    let function = CustomRuntime::new(hello())
        .on_initialize(move |_| {
            let first = tries.fetch_add(1, Ordering::Relaxed);
            async move {
                match first {
                    0 => Err(io::Error::other("no database at db-password-9@host\nFC Invoke End")),
                    1 => panic!("in the hook"),
                    _ => Ok(()),
                }
            }
        })
        .log_to(log.writer());
    let instance = Instance::start(function).await;
    for error_type in ["HandlerFailed", "HandlerPanicked"] {
        let answer = instance.hook("POST", "/initialize").await;
        assert_eq!(answer.status(), 404);
        assert_eq!(answer.headers()["x-fc-status"], "404");
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(body["errorType"], error_type);
        assert!(!body.to_string().contains("db-password-9"));
    }
    assert_eq!(instance.hook("POST", "/initialize").await.status(), 200);
    assert_eq!(instance.invoke(event(json!({}))).await.through_the_gateway().body(), "hello");
    let start = "FC Initialize Start RequestId: hook-1".to_owned();
    let end = "FC Initialize End RequestId: hook-1";
    assert_eq!(
        log.lines()[..8],
        [
            start.clone(),
            // One line, whatever the text holds.
            "hook-1 [ERROR] the handler failed: no database at db-password-9@host\\nFC Invoke End"
                .to_owned(),
            format!("{end}{END}"),
            start.clone(),
            "hook-1 [ERROR] the handler panicked: in the hook".to_owned(),
            format!("{end}{END}"),
            start,
            end.to_owned(),
        ],
    );
}

#[tokio::test]
async fn invocations_run_at_the_same_time_and_keep_apart() {
    const MANY: usize = 50;
    // No handler ends before all have begun.
    let all = Arc::new(tokio::sync::Barrier::new(MANY));
    let app = Router::new().fallback(any(
        move |Extension(context): Extension<FunctionContext>, body: Bytes| {
            let all = Arc::clone(&all);
            async move {
                all.wait().await;
                format!("{} {}", context.request_id().unwrap(), String::from_utf8_lossy(&body))
            }
        },
    ));
    let log = Log::default();
    let instance = Instance::start(CustomRuntime::new(app).log_to(log.writer())).await;
    let address = instance.address;
    let calls = (0..MANY).map(|number| {
        tokio::spawn(async move {
            let event = event(json!({"body": format!("event {number}")}));
            let id = format!("id-{number}");
            let answer =
                call(address, platform_request("POST", "/invoke", "/invoke", &id, event)).await;
            let answer: Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(answer["body"], format!("{id} event {number}"));
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    let lines = log.lines();
    assert_eq!(lines.len(), 2 * MANY);
    for number in 0..MANY {
        let id = format!("RequestId: id-{number}");
        let of_it: Vec<_> = lines.iter().filter(|line| line.ends_with(&id)).collect();
        assert!(of_it[0].starts_with("FC Invoke Start") && of_it[1].starts_with("FC Invoke End"));
    }
}

#[tokio::test]
async fn a_handler_that_panics_or_fails_is_a_well_formed_500_and_the_next_one_runs() {
    let calls = Arc::new(AtomicUsize::new(0));
    let service = tower::service_fn(move |_| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        // Before there is a future, too.
        assert!(call != 0, "secret-2 at once");
        async move {
            match call {
                1 => panic!("secret-3 later"),
                2 => Err(io::Error::other("secret-4")),
                _ => Ok(Response::new(Full::new(Bytes::from("fine")))),
            }
        }
    });
    let log = Log::default();
    let instance = Instance::start(CustomRuntime::new(service).log_to(log.writer())).await;
    for reason in [
        "the handler panicked: secret-2 at once",
        "the handler panicked: secret-3 later",
        "the handler failed: secret-4",
    ] {
        let response = instance.invoke(event(json!({}))).await.through_the_gateway();
        assert_eq!(
            (response.status().as_u16(), &response.body()[..]),
            (500, &br#"{"status":"failed"}"#[..])
        );
        let lines = log.lines();
        let [.., line, end] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(*line, format!("invoke-1 [ERROR] {reason}"));
        // A request that was answered is no function error.
        assert_eq!(end, "FC Invoke End RequestId: invoke-1");
    }
    assert_eq!(instance.invoke(event(json!({}))).await.through_the_gateway().body(), "fine");
}

/// A body whose end does not come.
struct Pending;

impl http_body::Body for Pending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        std::task::Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_is_answered_for_in_time() {
    async fn hang() -> &'static str {
        std::future::pending().await
    }
    let began = tokio::time::Instant::now();
    let log = Log::default();
    let function = || CustomRuntime::new(Router::new().fallback(any(hang))).log_to(log.writer());
    let request = platform_request("POST", "/invoke", "/invoke", "1", event(json!({})));
    let answer = function().oneshot(request).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["statusCode"], 500);
    assert_eq!(began.elapsed(), Duration::from_secs(25));

    let request = platform_request("GET", "/x", "/http-invoke", "2", Bytes::new());
    let limited = function().handler_timeout(Duration::from_secs(1));
    let answer = limited.oneshot(request).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-fc-status"]),
        (500, &"404".parse().unwrap())
    );
    assert_eq!(began.elapsed(), Duration::from_secs(26));

    let handler = async |_: Bytes, _: FunctionContext| Ok::<_, Infallible>(hang().await);
    let request = platform_request("POST", "/invoke", "/invoke", "3", "");
    let answer = function().on_event(handler).oneshot(request).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-fc-status"]),
        (404, &"404".parse().unwrap())
    );
    let hook = async |_: FunctionContext| {
        hang().await;
        Ok::<_, Infallible>(())
    };
    let request = platform_request("POST", "/initialize", "/initialize", "4", "");
    let answer = function().on_initialize(hook).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(began.elapsed(), Duration::from_secs(61));

    let request = platform_request("POST", "/invoke", "/invoke", "5", "").map(|_| Pending);
    let answer = function().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(began.elapsed(), Duration::from_secs(86));
    let reasons: Vec<_> = log.lines().into_iter().filter(|line| line.contains("[ERROR]")).collect();
    assert_eq!(
        reasons,
        [
            "1 [ERROR] the handler did not end within 25s",
            "2 [ERROR] the handler did not end within 1s",
            "3 [ERROR] the handler did not end within 25s",
            "4 [ERROR] the handler did not end within 10s",
            "5 [ERROR] the event was not complete within 25s",
        ],
    );
}

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
async fn by_hand_method_and_path_say_what_is_called() {
    let log = Log::default();
    let app = Router::new().fallback(any(async |uri: http::Uri| format!("router {}", uri.path())));
    let instance = Instance::start(CustomRuntime::new(app).log_to(log.writer())).await;
    for (method, path, expected) in [
        ("POST", "/invoke", "function error"),
        ("GET", "/invoke", "router /invoke"),
        ("POST", "/invoke/more", "router /invoke/more"),
        ("POST", "/initialize", "hook"),
        ("GET", "/initialize", "router /initialize"),
        ("GET", "/pre-freeze", "hook"),
        ("POST", "/pre-stop", "hook"),
        ("GET", "/", "router /"),
    ] {
        let request = Request::builder().method(method).uri(path).header("host", "h");
        let response = instance.call(request.body(Full::default()).unwrap()).await;
        let body = String::from_utf8_lossy(response.body()).into_owned();
        let answered = match (response.status().as_u16(), body.as_str()) {
            (404, _) => "function error",
            (_, "") => "hook",
            (_, body) => body,
        };
        assert_eq!(answered, expected, "{method} {path}");
    }
    // No id, no lines of an invocation; a reason all the same.
    let lines = log.lines();
    assert_eq!(
        lines,
        [
            "- [ERROR] the event cannot be read: the envelope is not JSON: an early end at line 1, column 0"
        ]
    );
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

#[tokio::test]
async fn told_to_stop_it_finishes_what_was_begun() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let (begin, wait) = (Arc::clone(&begun), Arc::clone(&go_on));
    let app = Router::new().fallback(any(move || {
        let (begin, wait) = (Arc::clone(&begin), Arc::clone(&wait));
        async move {
            begin.notify_one();
            wait.acquire().await.unwrap().forget();
            "done"
        }
    }));
    let mut instance = Instance::start(CustomRuntime::new(app).log_to(|_| {})).await;
    let address = instance.address;
    // An idle connection does not keep the instance alive.
    let mut idle = TcpStream::connect(address).await.unwrap();
    let under_way = tokio::spawn(async move {
        let request = platform_request("POST", "/invoke", "/invoke", "1", event(json!({})));
        call(address, request).await
    });
    begun.notified().await;
    instance.stop();
    let mut end = Vec::new();
    idle.read_to_end(&mut end).await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    assert!(!instance.is_stopped());
    go_on.add_permits(1);
    let answer: Value = serde_json::from_slice(under_way.await.unwrap().body()).unwrap();
    assert_eq!(answer["body"], "done");
    instance.stopped().await;
}

/// The clock is the runtime's, which goes on by itself where nothing else happens.
#[tokio::test(start_paused = true)]
async fn told_to_stop_it_does_not_wait_for_ever() {
    let mut instance = Instance::start(CustomRuntime::new(hello()).log_to(|_| {})).await;
    let mut half_a_head = TcpStream::connect(instance.address).await.unwrap();
    half_a_head.write_all(b"POST /invo").await.unwrap();
    // Served before the stop, so the one before it was taken in too.
    instance.hook("GET", "/pre-stop").await;
    instance.stop();
    instance.stopped().await;
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
        "POST /invoke HTTP/1.1\r\nhost: h\r\nx-fc-control-path: /invoke\r\nx-fc-request-id: 1\r\ncontent-length: {}\r\n\r\n",
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

#[tokio::test]
async fn an_event_that_breaks_off_is_a_function_error() {
    struct Broken;
    impl http_body::Body for Broken {
        type Data = Bytes;
        type Error = io::Error;
        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, io::Error>>> {
            std::task::Poll::Ready(Some(Err(io::Error::other("reset"))))
        }
    }
    let log = Log::default();
    let function = CustomRuntime::new(hello()).log_to(log.writer());
    let request = platform_request("POST", "/invoke", "/invoke", "1", "").map(|_| Broken);
    let response = function.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(log.lines()[1], "1 [ERROR] the event broke off: reset");
}

/// Over HTTP a client may send headers that the platform sends too.
#[tokio::test]
async fn calls_that_the_platform_does_not_make_are_refused() {
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
