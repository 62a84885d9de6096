//! Limits of bodies: time, size, memory of all together.

use super::setup::*;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use std::{convert::Infallible, sync::Arc, time::Duration};
use tower::{Layer, ServiceExt, limit::ConcurrencyLimitLayer, service_fn};
use tower_eventbridge::{Rejection, signature::RejectionKind, verify::VerifiedBody};

#[tokio::test(start_paused = true)]
async fn bodies_that_do_not_end_well() {
    let seen = Seen::default();
    let service = builder().build().unwrap().layer(seen.service());
    let started = tokio::time::Instant::now();
    for (steps, kind, status) in [
        (vec![Step::Frame("{\"a\""), Step::Fails], RejectionKind::BodyIncomplete, 400),
        (vec![Step::Frame("{\"a\""), Step::Hangs], RejectionKind::BodyTimeout, 408),
    ] {
        let response = service.clone().oneshot(scripted(steps)).await.unwrap();
        assert_eq!(response.extensions().get::<Rejection>().unwrap().kind(), kind);
        assert_eq!(response.status().as_u16(), status);
    }
    assert_eq!(started.elapsed(), Duration::from_secs(10), "the deadline of a body in all");

    // Split anywhere, it is the same body.
    let frames = vec![Step::Frame("{"), Step::Frame(""), Step::Frame("\"a\":"), Step::Frame("1}")];
    assert_eq!(service.oneshot(scripted(frames)).await.unwrap().status(), 200);
    assert_eq!(seen.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_beyond_the_limit() {
    let service = builder_of(small_verifier(7)).build().unwrap().layer(Seen::default().service());
    // What hangs would be waited for, if it were read.
    let over = vec![Step::Frame("{\"a\":1}"), Step::Frame("x"), Step::Hangs];
    let response = service.clone().oneshot(scripted(over)).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);

    let mut declared = scripted(vec![Step::Hangs]);
    declared.headers_mut().insert("content-length", "8".parse().unwrap());
    let started = tokio::time::Instant::now();
    let response = service.oneshot(declared).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_cap_on_bytes_in_flight_is_given_back() {
    let seen = Seen::default();
    let service = builder_of(small_verifier(10)).max_body_in_flight(10).build().unwrap();
    let service = service.layer(seen.service());
    let slow = tokio::spawn({
        let service = service.clone();
        let steps = vec![Step::Frame("{\"a\":"), Step::Hangs];
        async move { service.oneshot(scripted(steps)).await.unwrap().status() }
    });
    tokio::task::yield_now().await;
    let full = service.clone().oneshot(push()).await.unwrap();
    assert_eq!(full.extensions().get::<Rejection>().unwrap().kind(), RejectionKind::Overloaded);
    let (status, headers, _) = answer(full).await;
    assert_eq!(
        (status, headers["retry-after"].to_str().unwrap()),
        (StatusCode::SERVICE_UNAVAILABLE, "5")
    );
    assert_eq!(slow.await.unwrap(), StatusCode::REQUEST_TIMEOUT);
    for _ in 0..3 {
        assert_eq!(service.clone().oneshot(push()).await.unwrap().status(), 200);
    }
}

/// A piece that grows has room to spare, which is memory all the same.
#[tokio::test(start_paused = true)]
async fn in_flight_is_what_buffers_hold() {
    let service = builder_of(small_verifier(60)).max_body_in_flight(60).build().unwrap();
    let service = service.layer(Seen::default().service());
    let hanging = |frames: [&'static str; 2]| {
        let [first, second] = frames.map(Step::Frame);
        tokio::spawn(service.clone().oneshot(scripted(vec![first, second, Step::Hangs])))
    };
    // 33 bytes, and room for 64, of which the limit leaves 60.
    let slow = hanging(["{\"a\":", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaa"]);
    tokio::task::yield_now().await;
    let kind = async || {
        let response = service.clone().oneshot(scripted(vec![Step::Frame("{\"a\":1234}")])).await;
        response.unwrap().extensions().get::<Rejection>().map(Rejection::kind)
    };
    assert_eq!(kind().await, Some(RejectionKind::Overloaded), "60 and 10 bytes");
    // What is too large is so at any load: who is told to come back later would come back for ever.
    let large = service.clone().oneshot(scripted(vec![Step::Frame(SIXTY_ONE)])).await.unwrap();
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(slow.await.unwrap().unwrap().status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(kind().await, Some(RejectionKind::SignatureMismatch));
}

const SIXTY_ONE: &str = "0123456789012345678901234567890123456789012345678901234567890";

/// A stranger's slow request holds no permit of the inner service.
#[tokio::test(start_paused = true)]
async fn readiness_is_awaited_after_the_proof() {
    let seen = Seen::default();
    let inner = ConcurrencyLimitLayer::new(1).layer(seen.service());
    let service = builder().build().unwrap().layer(inner);
    let mut strangers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let service = service.clone();
        strangers.spawn(async move {
            service.oneshot(scripted(vec![Step::Hangs])).await.unwrap().status()
        });
    }
    tokio::task::yield_now().await;
    let started = tokio::time::Instant::now();
    assert_eq!(service.oneshot(push()).await.unwrap().status(), 200);
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert!(strangers.join_all().await.iter().all(|status| *status == StatusCode::REQUEST_TIMEOUT));
}

/// Bytes count until the handler has answered, and not until the client has read the answer.
#[tokio::test]
async fn bytes_are_in_flight_until_the_service_has_answered() {
    let gate = Arc::new(tokio::sync::Notify::new());
    let entered = Arc::new(tokio::sync::Notify::new());
    let (opened, waiting) = (gate.clone(), entered.clone());
    let inner = service_fn(move |request: Request<VerifiedBody>| {
        let (opened, waiting) = (opened.clone(), waiting.clone());
        async move {
            drop(request);
            waiting.notify_one();
            opened.notified().await;
            Ok::<_, Infallible>(Response::new(Full::from("handled")))
        }
    });
    let layer = builder_of(small_verifier(7)).max_body_in_flight(7).build().unwrap();
    let service = layer.layer(inner);
    let status = async |request| service.clone().oneshot(request).await.unwrap().status().as_u16();
    let first = tokio::spawn(service.clone().oneshot(push()));
    entered.notified().await;
    assert_eq!(status(push()).await, 503, "while the handler runs");
    gate.notify_one();
    let unread = first.await.unwrap().unwrap();
    gate.notify_one();
    assert_eq!(status(push()).await, 200);
    drop(unread);
}
