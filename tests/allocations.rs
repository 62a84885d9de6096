//! What one push costs in allocations, and that its body is not among them. A number that goes up
//! is a test that fails: look where it comes from, and write the new one down if it is worth it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "test code")]

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};
use tests_support::pushes::{TOKEN, URL, now, signer, verifier};

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use tower::{Layer, Service, service_fn};
use tower_eventbridge::{
    VerifyLayer, certificate::Certificate, signer::SignWith, verify::VerifiedBody,
};

fn push(with: SignWith, bytes: usize) -> Request<Bytes> {
    let push = signer().push(URL).token(TOKEN).with(with).body(vec![b'x'; bytes]);
    push.sign(now()).unwrap()
}

/// Of the second time: the first one fills what is made once.
fn measured<T>(mut input: impl FnMut() -> T, mut work: impl FnMut(T)) -> AllocationInfo {
    work(input());
    let given = input();
    let mut given = Some(given);
    measure(|| work(given.take().unwrap()))
}

/// Nothing is awaited that is not there.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// Reads the body, without a copy.
async fn handler(request: Request<VerifiedBody>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let body = at_once(request.into_body().collect()).unwrap().to_bytes();
    assert_eq!(body.first(), Some(&b'x'));
    Ok(Response::new(Empty::new()))
}

#[test]
fn the_core() {
    let verifier = verifier();
    let certificate = Certificate::from_pem_or_der(signer().certificate_pem().as_bytes()).unwrap();
    for (with, bytes, allocations) in [
        (SignWith::V1, 1024, CORE_V1),
        (SignWith::V1, 512 * 1024, CORE_V1),
        (SignWith::V2, 1024, CORE_V2),
        (SignWith::V2, 512 * 1024, CORE_V2),
    ] {
        let info = measured(
            || push(with, bytes).into_parts(),
            |(parts, body)| {
                let proof = verifier.verify_with_certificate(&parts, body, &certificate, now());
                assert!(proof.is_ok());
            },
        );
        assert_eq!(info.count_total, allocations, "{with:?}, {bytes} bytes: {info:?}");
        assert!(info.bytes_total < 4096, "{info:?}");
        assert!(info.count_current <= 0, "something is kept: {info:?}");
    }
}

#[test]
fn the_layer() {
    let layer = VerifyLayer::builder(verifier()).clock(now).build().unwrap();
    let mut service = layer.layer(service_fn(handler));
    for (with, bytes, allocations) in [
        (SignWith::V1, 1024, LAYER_V1),
        (SignWith::V1, 512 * 1024, LAYER_V1),
        (SignWith::V2, 1024, LAYER_V2),
        (SignWith::V2, 512 * 1024, LAYER_V2),
    ] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _inside = runtime.enter();
        let info = measured(
            || push(with, bytes).map(Full::new),
            |request| {
                let response = at_once(service.call(request)).unwrap();
                assert_eq!(response.status(), 200);
            },
        );
        assert_eq!(info.count_total, allocations, "{with:?}, {bytes} bytes: {info:?}");
        assert!(info.bytes_total < 8192, "{info:?}");
    }
}

/// A body of many frames is joined once: no more than twice its bytes, while the buffer grows.
#[test]
fn frames_are_joined_in_one_buffer() {
    let layer = VerifyLayer::builder(verifier()).clock(now).build().unwrap();
    let mut service = layer.layer(service_fn(handler));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _inside = runtime.enter();
    let info = measured(
        || {
            push(SignWith::V2, 512 * 1024).map(|body| {
                let piece = 16 * 1024;
                Frames((0..32).map(move |frame| body.slice(frame * piece..(frame + 1) * piece)))
            })
        },
        |request| {
            let response = at_once(service.call(request)).unwrap();
            assert_eq!(response.status(), 200);
        },
    );
    assert!(info.bytes_max < 3 * 512 * 1024, "{info:?}");
    assert!(info.bytes_total < 5 * 512 * 1024, "{info:?}");
}

/// A body of frames that are there.
struct Frames<I>(I);

impl<I: Iterator<Item = Bytes> + Unpin> http_body::Body for Frames<I> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.next().map(|frame| Ok(http_body::Frame::data(frame))))
    }
}

const CORE_V1: u64 = 12;
const CORE_V2: u64 = 11;
const LAYER_V1: u64 = 23;
const LAYER_V2: u64 = 22;
