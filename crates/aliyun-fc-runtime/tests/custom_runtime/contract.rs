//! The contract beside events: hooks, concurrency, handlers that fail, requests over HTTP, the end.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aliyun_fc_runtime::{CustomRuntime, FunctionContext};
use axum::{Extension, Router, body::Bytes, routing::any};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, Semaphore},
};
use tower::ServiceExt;

use crate::{
    gateway::event,
    platform::{Instance, Log, call, platform_request},
};

pub const END: &str = ", Error: Unhandled function error";

pub fn hello() -> Router {
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
        ["- [ERROR] the event cannot be read: the envelope is not JSON: an early end at line 1, \
             column 0"]
    );
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

#[test]
fn the_runtime_gives_access_to_its_inner_service() {
    let mut runtime = CustomRuntime::new("inner".to_owned());
    assert_eq!(runtime.get_ref(), "inner");
    runtime.get_mut().push_str(", changed");
    assert_eq!(runtime.into_inner(), "inner, changed");
}
