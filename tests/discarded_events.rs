//! An event of Function Compute that is longer than its limit is read on, so that the platform gets
//! an answer, but not without an end.

#![allow(clippy::unwrap_used, missing_docs, reason = "test code")]

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_eventbridge::custom_runtime::{CustomRuntime, FunctionContext};

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
