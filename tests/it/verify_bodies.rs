//! The layer: what cargo-mutants found that no other test asked. What bodies say of their length,
//! and the limits of the limits.

#![allow(clippy::unwrap_used, missing_docs, reason = "test code")]

use std::{
    convert::Infallible,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower::{Layer, Service, ServiceExt};
use tower_eventbridge::{
    Rejection, Verifier, VerifyLayer,
    signer::Signer,
    verify::{VerifiedBody, Verify, VerifyLayerBuilder, WholeBody},
};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_796_083_200) // 2026-12-01T00:00:00Z
}

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

fn builder(max_body_bytes: u64) -> VerifyLayerBuilder {
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .max_body_bytes(max_body_bytes);
    VerifyLayer::builder(verifier.build().unwrap()).clock(now)
}

fn push(body: &'static str) -> Request<Full<Bytes>> {
    signer().push(URL).token(TOKEN).body(body).sign(now()).unwrap().map(Full::new)
}

fn next<B: Body<Data = Bytes, Error = Infallible> + Unpin>(body: &mut B) -> Option<Bytes> {
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(frame) = Pin::new(body).poll_frame(&mut context) else { return None };
    frame.map(|Ok(frame)| frame.into_data().unwrap())
}

/// Says before and after each frame how much is left.
fn says_its_length<B>(name: &str, mut body: B, text: &'static str)
where
    B: Body<Data = Bytes, Error = Infallible> + Unpin,
{
    let length = u64::try_from(text.len()).unwrap();
    assert_eq!(body.size_hint().exact(), Some(length), "{name}");
    assert_eq!(body.is_end_stream(), text.is_empty(), "{name}");
    assert_eq!(next(&mut body), (!text.is_empty()).then(|| Bytes::from(text)), "{name}");
    assert_eq!(body.size_hint().exact(), Some(0), "{name}");
    assert!(body.is_end_stream(), "{name}");
    assert_eq!(next(&mut body), None, "{name}");
}

#[tokio::test]
async fn bodies_say_how_long_they_are() {
    let layer = builder(100).build().unwrap();
    for text in ["", "{\"a\":1}"] {
        says_its_length("whole", WholeBody::from(Bytes::from(text)), text);
        assert_eq!(WholeBody::from(Bytes::from(text)).into_bytes(), text);
        let (_, request) = layer.verify(push(text)).await.unwrap();
        says_its_length("verified", request.into_body(), text);
        let (_, request) = layer.verify(push(text)).await.unwrap();
        assert_eq!(request.into_body().into_bytes(), text);
        let inner = tower::service_fn(async |request: Request<VerifiedBody>| {
            Ok::<_, Infallible>(Response::new(request.into_body()))
        });
        let service: Verify<_> = layer.layer(inner);
        let response = service.clone().oneshot(push(text)).await.unwrap();
        says_its_length("the service's", response.into_body(), text);
        let mut forged = push(text);
        forged.headers_mut().remove("x-eventbridge-signature-token");
        let response = service.oneshot(forged).await.unwrap();
        says_its_length("a rejection's", response.into_body(), "{\"status\":\"rejected\"}");
    }
}

/// An axum handler that verifies by itself answers as the layer does.
#[tokio::test]
async fn a_rejected_request_is_an_answer_of_axum() {
    let layer = builder(100).build().unwrap();
    let mut forged = push("{}");
    forged.headers_mut().remove("x-eventbridge-signature-token");
    let rejected = layer.verify(forged).await.unwrap_err();
    let response = axum::response::IntoResponse::into_response(rejected);
    assert_eq!(response.status(), 400);
    assert!(response.extensions().get::<Rejection>().is_some());
    let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
    assert_eq!(body, "{\"status\":\"rejected\"}");
}

#[test]
fn limits_are_what_their_documentation_says() {
    const DAY: Duration = Duration::from_secs(86_400);
    const CAP: u64 = 67_108_864;
    assert!(builder(100).body_timeout(DAY).build().is_ok());
    let longer = builder(100).body_timeout(DAY + Duration::from_nanos(1)).build();
    assert!(longer.unwrap_err().to_string().contains("body_timeout"));
    assert!(builder(CAP).build().is_ok(), "64 MiB is the default");
    let larger = builder(CAP + 1).build();
    assert!(larger.unwrap_err().to_string().contains("max_body_in_flight"));
}

/// A stranger's slow request must not hold a permit of the inner service.
#[test]
fn it_is_always_ready() {
    let mut context = Context::from_waker(Waker::noop());
    let inner = tower::limit::ConcurrencyLimit::new(
        tower::service_fn(async |_: Request<VerifiedBody>| {
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        }),
        0,
    );
    let mut service = builder(100).build().unwrap().layer(inner);
    let readiness = Service::<Request<Full<Bytes>>>::poll_ready(&mut service, &mut context);
    assert!(matches!(readiness, Poll::Ready(Ok(()))));
}

/// 4 MiB that a rejection leaves are read, so that the connection can be used again; more is not.
#[tokio::test]
async fn a_rejected_request_keeps_its_connection_if_little_enough_is_left() {
    const MOST: usize = 4 * 1024 * 1024;
    let layer = builder(100).build().unwrap();
    for (left, connection) in [(MOST, None), (MOST + 1, Some("close"))] {
        let mut forged = push("").map(|_| Full::new(Bytes::from(vec![0; left])));
        forged.headers_mut().remove("x-eventbridge-signature-token");
        let response = layer.verify(forged).await.unwrap_err().into_response();
        let header = response.headers().get("connection").map(|value| value.to_str().unwrap());
        assert_eq!(header, connection, "{left}");
    }
}

/// Nothing is left of a body without content, so nothing is in the way of the next request.
#[tokio::test]
async fn a_rejected_request_without_content_keeps_its_connection() {
    let layer = builder(100).build().unwrap();
    for (text, connection) in [("", None), ("{}", Some("close"))] {
        let mut forged = push(text);
        forged.headers_mut().remove("x-eventbridge-signature-token");
        forged.headers_mut().insert("expect", "100-continue".parse().unwrap());
        let response = layer.verify(forged).await.unwrap_err().into_response();
        let header = response.headers().get("connection").map(|value| value.to_str().unwrap());
        assert_eq!(header, connection, "{text:?}");
    }
}
