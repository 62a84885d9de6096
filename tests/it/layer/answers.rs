//! Requests that reach a handler, and answers that the sender gets.

use super::setup::*;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::Full;
use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use tests_support::pushes::{TOKEN, URL, now, signer};
use tower::{Layer, Service, ServiceExt};
use tower_eventbridge::{
    Authentic, Rejection,
    signature::{RejectionKind, signature_headers},
    signer::{Forgery, SignWith},
    verify::VerifiedBody,
};

#[tokio::test]
async fn a_handler_sees_the_proof_and_the_same_bytes() {
    let seen = Seen::default();
    let service = builder().build().unwrap().layer(seen.service());
    let mut request = push();
    request.headers_mut().insert("x-other", "kept".parse().unwrap());
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(answer(response).await.2, "handled");

    let seen = seen.0.lock().unwrap();
    let (headers, authentic, body) = &seen[0];
    assert_eq!(body, "{\"a\":1}");
    assert_eq!(body.as_ptr(), authentic.body().as_ptr(), "without a copy");
    assert_eq!(authentic.url(), URL);
    assert_eq!(headers.get("x-other").unwrap(), "kept");
    for name in signature_headers() {
        assert!(!headers.contains_key(name), "{name} goes no further");
    }
}

/// S19: the sender learns the status and nothing else; the operator learns all.
#[tokio::test]
async fn rejections_of_one_status_are_alike_to_the_byte() {
    let seen = Seen::default();
    let verdicts = Arc::new(AtomicUsize::new(0));
    let counted = verdicts.clone();
    let layer = builder()
        .on_verdict(move |verdict| {
            assert!(verdict.is_err());
            counted.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    let service = layer.layer(seen.service());
    let mut by_status: HashMap<StatusCode, (HeaderMap, Bytes)> = HashMap::new();
    let mut tried = 0;
    for with in [SignWith::V1, SignWith::V2, SignWith::Both] {
        for &forgery in Forgery::ALL {
            let push = signer().push(URL).token(TOKEN).with(with).body("{}").forgery(forgery);
            let Ok(request) = push.sign(now()) else { continue };
            let response = service.clone().oneshot(request.map(Full::new)).await.unwrap();
            let rejection = response.extensions().get::<Rejection>().unwrap().clone();
            assert_eq!(rejection.kind(), forgery.rejected_as(with), "{forgery:?}");
            let (status, headers, body) = answer(response).await;
            assert_eq!(status, rejection.kind().status(), "{forgery:?}");
            let same = by_status.entry(status).or_insert_with(|| (headers.clone(), body.clone()));
            assert_eq!(*same, (headers, body), "{forgery:?}");
            tried += 1;
        }
    }
    let mut get = push();
    *get.method_mut() = http::Method::GET;
    let (status, headers, _) = answer(service.oneshot(get).await.unwrap()).await;
    assert_eq!(
        (status, headers["allow"].to_str().unwrap()),
        (StatusCode::METHOD_NOT_ALLOWED, "POST")
    );
    assert_eq!(by_status[&StatusCode::UNAUTHORIZED].1, "{\"status\":\"rejected\"}");
    assert!(by_status[&StatusCode::UNAUTHORIZED].0.contains_key("www-authenticate"));
    assert_eq!(seen.count(), 0, "no handler ran");
    assert_eq!(verdicts.load(Ordering::SeqCst), tried + 1, "each verdict once");
}

#[tokio::test]
async fn responses_can_be_replaced() {
    let layer = builder().response(|_| {
        let mut response = Response::new(Bytes::from_static(b"no"));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    });
    let service = layer.build().unwrap().layer(Seen::default().service());
    let forged = signer().push(URL).token(TOKEN).forgery(Forgery::Stale).sign(now()).unwrap();
    let (status, _, body) = answer(service.oneshot(forged.map(Full::new)).await.unwrap()).await;
    assert_eq!((status, body), (StatusCode::IM_A_TEAPOT, Bytes::from_static(b"no")));
}

#[tokio::test]
async fn requests_can_be_verified_without_tower() {
    let layer = builder().build().unwrap();
    let (authentic, request) = layer.verify(push()).await.unwrap();
    assert_eq!(authentic.body(), "{\"a\":1}");
    assert!(request.extensions().get::<Authentic>().is_some());
    let forged = signer().push(URL).token(TOKEN).forgery(Forgery::Stale).sign(now()).unwrap();
    let rejection = layer.verify(forged.map(Full::new)).await.unwrap_err();
    assert_eq!(rejection.rejection().kind(), RejectionKind::TimestampStale);
    let response = rejection.into_response();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.extensions().get::<Rejection>().is_some());
    // The answer is the layer's in all.
    let mut get = push();
    *get.method_mut() = http::Method::GET;
    let response = layer.verify(get).await.unwrap_err().into_response();
    assert_eq!(response.headers()["allow"], "POST");
}

/// Frames of any kind of buffer, and inner services that fail in their own way.
#[tokio::test]
async fn any_body_and_any_inner_error() {
    #[derive(Clone, Copy)]
    struct Failing {
        when_ready: bool,
    }
    impl Service<Request<VerifiedBody>> for Failing {
        type Response = Response<Full<Bytes>>;
        type Error = &'static str;
        type Future = std::future::Ready<Result<Self::Response, &'static str>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            Poll::Ready(if self.when_ready { Err("not ready") } else { Ok(()) })
        }

        fn call(&mut self, _: Request<VerifiedBody>) -> Self::Future {
            std::future::ready(Err("failed"))
        }
    }
    let layer = builder().build().unwrap();
    for (when_ready, error) in [(true, "not ready"), (false, "failed")] {
        let service = layer.layer(Failing { when_ready });
        assert_eq!(service.clone().oneshot(push()).await.unwrap_err(), error);
        let mut forged = push();
        forged.headers_mut().remove("x-eventbridge-signature-token");
        assert_eq!(
            service.oneshot(forged).await.unwrap().status(),
            400,
            "a rejection needs no service"
        );
    }
    let chunks = ["{\"a\"", ":1}"].map(|text| VecDeque::from(text.as_bytes().to_vec()));
    let body = Chunks(chunks.into());
    let seen = Seen::default();
    let response = layer.layer(seen.service()).oneshot(push().map(|_| body)).await.unwrap();
    assert_eq!((response.status().as_u16(), seen.count()), (200, 1));
}

/// A body of buffers that are not `Bytes`.
struct Chunks(Vec<VecDeque<u8>>);

impl Body for Chunks {
    type Data = VecDeque<u8>;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<VecDeque<u8>>, &'static str>>> {
        let more = !self.0.is_empty();
        Poll::Ready(more.then(|| Ok(Frame::data(self.0.remove(0)))))
    }
}
