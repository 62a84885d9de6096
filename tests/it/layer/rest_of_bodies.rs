//! The rest of a rejected body, which is read within limits.

use super::setup::*;
use bytes::Bytes;
use http::StatusCode;
use http_body::{Body, Frame};
use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tower::{Layer, ServiceExt};

/// A body of so many bytes in frames of 64 KiB that counts what is taken of it.
struct Counted {
    left: u64,
    taken: Arc<AtomicU64>,
    dropped: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 64 * 1024;
        self.taken.fetch_add(64 * 1024, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![0; 64 * 1024])))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let _ = self.dropped.take().unwrap().send(());
    }
}

/// A sender that still writes must not meet a reset instead of the answer. What a rejection leaves
/// of the body is read, but not for ever.
#[tokio::test(start_paused = true)]
async fn the_rest_of_a_rejected_body_is_read_within_limits() {
    const MIB: u64 = 1024 * 1024;
    let service = builder().build().unwrap().layer(Seen::default().service());
    for (sent, read) in [(MIB, MIB), (4 * MIB, 4 * MIB), (64 * MIB, 4 * MIB + 64 * 1024)] {
        let taken = Arc::new(AtomicU64::new(0));
        let (dropped, ended) = tokio::sync::oneshot::channel();
        let mut request =
            push().map(|_| Counted { left: sent, taken: taken.clone(), dropped: Some(dropped) });
        request.headers_mut().remove("x-eventbridge-signature-token");
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 400);
        assert!(!response.headers().contains_key("connection"));
        ended.await.unwrap();
        assert_eq!(taken.load(Ordering::SeqCst), read, "of {sent}");
    }

    // Who waits for `100 Continue` sends no body: what came next would be another request.
    let taken = Arc::new(AtomicU64::new(0));
    let (dropped, mut ended) = tokio::sync::oneshot::channel();
    let body = Counted { left: MIB, taken: taken.clone(), dropped: Some(dropped) };
    let mut expecting = push().map(|_| body);
    expecting.headers_mut().insert("expect", "100-continue".parse().unwrap());
    expecting.headers_mut().remove("x-eventbridge-signature-token");
    let response = service.clone().oneshot(expecting).await.unwrap();
    assert_eq!(response.headers()["connection"], "close");
    assert!(ended.try_recv().is_ok());
    assert_eq!(taken.load(Ordering::SeqCst), 0);

    // One that hangs is let go after 2 s; one that says that it is too long is not begun, and the
    // sender is told.
    let started = tokio::time::Instant::now();
    let (dropped, ended) = tokio::sync::oneshot::channel();
    struct Hanging(Option<tokio::sync::oneshot::Sender<()>>, u64);
    impl Drop for Hanging {
        fn drop(&mut self) {
            let _ = self.0.take().unwrap().send(());
        }
    }
    impl Body for Hanging {
        type Data = Bytes;
        type Error = Infallible;
        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(self.1)
        }
    }
    let mut hanging = push().map(|_| Hanging(Some(dropped), MIB));
    hanging.headers_mut().remove("x-eventbridge-signature-token");
    let response = service.clone().oneshot(hanging).await.unwrap();
    assert_eq!((response.status().as_u16(), started.elapsed()), (400, Duration::ZERO));
    ended.await.unwrap();
    assert_eq!(started.elapsed(), Duration::from_secs(2));

    for (version, connection) in
        [(http::Version::HTTP_11, Some("close")), (http::Version::HTTP_2, None)]
    {
        let (dropped, mut ended) = tokio::sync::oneshot::channel();
        let mut long = push().map(|_| Hanging(Some(dropped), 4 * MIB + 1));
        *long.version_mut() = version;
        long.headers_mut().insert("content-length", "4194305".parse().unwrap());
        let response = service.clone().oneshot(long).await.unwrap();
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let header = response.headers().get("connection").map(|value| value.to_str().unwrap());
        assert_eq!(header, connection, "{version:?}");
        assert!(ended.try_recv().is_ok(), "dropped at once");
    }
}
