//! Bodies that are not read to their end: what the sender hears of the connection, and what is
//! never copied.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use tests_support::pushes::{TOKEN, URL, now, signer};

use bytes::{Buf, Bytes};
use http::{Request, Version};
use http_body::{Body, Frame};
use tower_eventbridge::{Verifier, VerifyLayer};

const LIMIT: usize = 100;

fn layer() -> VerifyLayer {
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .max_body_bytes(LIMIT.try_into().unwrap());
    VerifyLayer::builder(verifier.build().unwrap()).clock(now).build().unwrap()
}

fn push<B>(body: B, version: Version) -> Request<B> {
    let mut request = signer().push(URL).token(TOKEN).body("{}").sign(now()).unwrap();
    *request.version_mut() = version;
    request.map(|_| body)
}

/// A frame, and then nothing more or an error.
struct Broken {
    frame: Option<&'static str>,
    fails: bool,
}

impl Body for Broken {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        match (self.frame.take(), self.fails) {
            (Some(frame), _) => Poll::Ready(Some(Ok(Frame::data(frame.into())))),
            (None, true) => Poll::Ready(Some(Err("reset by peer"))),
            (None, false) => Poll::Pending,
        }
    }
}

/// Where the body itself went wrong its rest is not waited for, so no other request can follow on
/// an HTTP/1 connection.
#[tokio::test(start_paused = true)]
async fn a_connection_whose_body_went_wrong_is_closed() {
    for (fails, status) in [(false, 408), (true, 400)] {
        for frame in [None, Some("{")] {
            for (version, expected) in [
                (Version::HTTP_10, Some("close")),
                (Version::HTTP_11, Some("close")),
                (Version::HTTP_2, None),
            ] {
                let rejection = layer().verify(push(Broken { frame, fails }, version)).await;
                let response = rejection.unwrap_err().into_response();
                assert_eq!(response.status(), status);
                let connection = response.headers().get("connection");
                let connection = connection.map(|value| value.to_str().unwrap());
                assert_eq!(connection, expected, "{status} {frame:?} {version:?}");
            }
        }
    }
}

/// Bytes in a buffer of another kind, which counts how many are taken out of it.
struct Counting {
    bytes: VecDeque<u8>,
    taken: Arc<AtomicUsize>,
}

impl Buf for Counting {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.taken.fetch_add(count, Ordering::SeqCst);
        self.bytes.advance(count);
    }
}

struct Frames(VecDeque<Counting>);

impl Body for Frames {
    type Data = Counting;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Counting>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|frame| Ok(Frame::data(frame))))
    }
}

/// What is too large is rejected before it is copied: a frame in memory may be far larger than the
/// limit.
#[tokio::test]
async fn nothing_is_copied_of_a_frame_that_is_too_large() {
    for (frames, taken_of_them) in [
        (vec![LIMIT + 1], 0),
        (vec![1_000_000], 0),
        (vec![LIMIT, 1], LIMIT),
        (vec![40, 1_000_000], 40),
    ] {
        let taken = Arc::new(AtomicUsize::new(0));
        let counting = |length: &usize| Counting {
            bytes: vec![b'x'; *length].into(),
            taken: Arc::clone(&taken),
        };
        let body = Frames(frames.iter().map(counting).collect());
        let rejection = layer().verify(push(body, Version::HTTP_11)).await.unwrap_err();
        assert_eq!(rejection.rejection().kind().status(), 413, "{frames:?}");
        assert_eq!(taken.load(Ordering::SeqCst), taken_of_them, "{frames:?}");
    }
}
