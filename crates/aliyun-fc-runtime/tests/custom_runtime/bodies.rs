//! Bodies of events and answers: what is read of them has a bound, and a time limit.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use aliyun_fc_runtime::{CustomRuntime, FunctionContext};
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use tests_support::always_ready::AlwaysReady;
use tower::{ServiceExt, service_fn};

const MIB: usize = 1024 * 1024;
static FRAME: [u8; MIB] = [b' '; MIB];

/// A body of so many MiB, which counts those that are read.
struct Long {
    left: usize,
    read: Arc<AtomicUsize>,
}

impl Body for Long {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        self.read.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&FRAME)))))
    }
}

#[tokio::test]
async fn no_more_than_32_mib_of_an_event_that_is_too_long_are_thrown_away() {
    // One MiB is kept, and the second tells that it is too long.
    for (sent, most) in [(2, 2), (20, 20), (34, 34), (35, 34), (1_000, 34)] {
        let runtime = CustomRuntime::of_events(async |_: Bytes, _: FunctionContext| {
            Ok::<_, Infallible>(Bytes::new())
        })
        .max_event_bytes(MIB)
        .log_to(|_| {});
        let read = Arc::new(AtomicUsize::new(0));
        let body = Long { left: sent, read: Arc::clone(&read) };
        let request = Request::post("/invoke").header("x-fc-control-path", "/invoke").body(body);
        let response = runtime.oneshot(request.unwrap()).await.unwrap();
        let answer = response.into_body().collect().await.unwrap().to_bytes();
        let answer = String::from_utf8(answer.to_vec()).unwrap();
        assert!(answer.contains("EventTooLarge"), "{answer}");
        assert_eq!(read.load(Ordering::SeqCst), most, "of {sent} MiB");
    }
}

fn empty() -> Frame<Bytes> {
    Frame::data(Bytes::new())
}

fn byte() -> Frame<Bytes> {
    Frame::data(Bytes::from_static(b"x"))
}

/// Neither the reading of an event nor that of an answer outlives the time limit.
#[tokio::test(start_paused = true)]
async fn events_and_answers_of_a_function_do_not_outlive_their_limit() {
    let invoke = |body: AlwaysReady| {
        let runtime = CustomRuntime::new(service_fn(async |_| {
            let body = AlwaysReady { takes: Duration::from_secs(1), ..AlwaysReady::new(byte) };
            Ok::<_, Infallible>(Response::new(body))
        }));
        let request = Request::post("/invoke").header("x-fc-request-id", "1").body(body).unwrap();
        async move { runtime.log_to(|_| ()).oneshot(request).await.unwrap() }
    };
    for (frame, takes) in [(byte as fn() -> _, Duration::from_secs(1)), (empty, Duration::ZERO)] {
        let body = AlwaysReady { takes, ..AlwaysReady::new(frame) };
        let polled = Arc::clone(&body.polled);
        let response = invoke(body).await;
        assert_eq!(response.headers()["x-fc-status"], "404", "a function error");
        // Two rounds of the 128 frames after which tokio has a task yield.
        assert!(polled.load(Ordering::SeqCst) <= 256, "{}", polled.load(Ordering::SeqCst));
    }
    // An answer of the service to a request that an event encloses.
    let sample = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/envelopes/fc-apigateway-passthrough-json.json"
    );
    let then = Some((0, Bytes::from(std::fs::read(sample).unwrap())));
    let response = invoke(AlwaysReady { then, ..AlwaysReady::new(byte) }).await;
    let answer = response.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&answer).contains("\"statusCode\":500"), "{answer:?}");
}
