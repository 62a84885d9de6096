//! Bodies that are always ready: their deadline holds, and frames without data have a bound.

use std::{
    convert::Infallible,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tests_support::{
    always_ready::AlwaysReady,
    pushes::{TOKEN, URL, now, signer},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::Full;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_eventbridge::{Rejection, Verifier, VerifyLayer, signature::RejectionKind};

fn empty() -> Frame<Bytes> {
    Frame::data(Bytes::new())
}

fn trailers() -> Frame<Bytes> {
    Frame::trailers(HeaderMap::new())
}

fn byte() -> Frame<Bytes> {
    Frame::data(Bytes::from_static(b"x"))
}

fn signed() -> http::request::Parts {
    let signer = signer();
    signer.push(URL).token(TOKEN).body("{\"a\":1}").sign(now()).unwrap().into_parts().0
}

fn service() -> impl Service<
    Request<AlwaysReady>,
    Response: Send + Into<Response<tower_eventbridge::verify::ResponseBody<Full<Bytes>>>>,
    Error = Infallible,
    Future: Send,
> + Clone {
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .build()
        .unwrap();
    let handler = service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::from("handled"))));
    VerifyLayer::builder(verifier).clock(now).build().unwrap().layer(handler)
}

async fn rejected_as(body: AlwaysReady) -> Option<RejectionKind> {
    let response = service().oneshot(Request::from_parts(signed(), body)).await.unwrap().into();
    response.extensions().get::<Rejection>().map(Rejection::kind)
}

#[tokio::test(start_paused = true)]
async fn the_deadline_holds_for_a_body_that_never_waits() {
    let body = AlwaysReady { takes: Duration::from_secs(1), ..AlwaysReady::new(byte) };
    let polled = Arc::clone(&body.polled);
    assert_eq!(rejected_as(body).await, Some(RejectionKind::BodyTimeout));
    assert!(polled.load(Ordering::SeqCst) <= 11, "10 s, a second each");
}

#[tokio::test(start_paused = true)]
async fn frames_without_data_have_a_bound() {
    for frame in [empty, trailers] {
        let body = AlwaysReady::new(frame);
        assert_eq!(rejected_as(body).await, Some(RejectionKind::BodyIncomplete));
    }
    // A few, as HTTP/2 and proxies send them, change nothing.
    let then = Some((100, Bytes::from_static(b"{\"a\":1}")));
    assert_eq!(rejected_as(AlwaysReady { then, ..AlwaysReady::new(empty) }).await, None);
}

/// What a rejection leaves of a body is read in the background, within 2 s and a bound of frames
/// without data.
#[tokio::test(start_paused = true)]
async fn the_rest_of_a_rejected_body_is_not_read_for_ever() {
    for (frame, takes) in [(empty as fn() -> _, Duration::ZERO), (byte, Duration::from_millis(10))]
    {
        let body = AlwaysReady { takes, ..AlwaysReady::new(frame) };
        let polled = Arc::clone(&body.polled);
        let mut head = signed();
        head.headers.remove("x-eventbridge-signature-token");
        let response = service().oneshot(Request::from_parts(head, body)).await.unwrap().into();
        assert!(response.status().is_client_error());
        // The body goes when nobody reads it any more.
        let dropped = async {
            while Arc::strong_count(&polled) > 1 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(3), dropped).await.expect("it is given up");
        assert!(polled.load(Ordering::SeqCst) <= 500, "{}", polled.load(Ordering::SeqCst));
    }
}
