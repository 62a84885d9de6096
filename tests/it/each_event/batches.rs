//! Batches of which some events fail, or cannot be read.

use super::setup::*;
use axum::{Router, routing::any};
use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tests_support::pushes::{TOKEN, URL};
use tower::{Layer, ServiceExt};
use tower_eventbridge::{
    Authentic, Endpoint,
    each_event::{EachEvent, EachEventLayer, EventStatuses, PushedEvent},
    envelope::{CloudEvent, EnvelopeError},
    extract::Verified,
    forward::Forward,
};

#[tokio::test]
async fn what_is_done_of_a_batch_stays_done() {
    let ran = Ran::default();
    let app = behind(Endpoint::exact(URL), each_once(), &ran.router());
    let batch = |ids: &[&str]| {
        let events: Vec<_> = ids.iter().map(|id| event(id)).collect();
        format!("[{}]", events.join(","))
    };
    ran.fail("b", 500);
    assert_eq!(push(&app, batch(&["a", "b", "c"])).await, 500);
    assert_eq!(ran.take(), ["/events a", "/events b", "/events c"]);
    assert_eq!(push(&app, batch(&["a", "b", "c"])).await, 500);
    assert_eq!(ran.take(), ["/events b"]);
    ran.fail("b", 204);
    assert_eq!(push(&app, batch(&["a", "b", "c"])).await, 200);
    assert_eq!(ran.take(), ["/events b"]);

    // However the events are put together, in any published form of a batch, and alone.
    assert_eq!(push(&app, batch(&["d", "e"])).await, 200);
    assert_eq!(ran.take(), ["/events d", "/events e"]);
    let strings = serde_json::to_string(&[event("e"), event("d")]).unwrap();
    let listed = format!("{{\"EventList\": {}}}", batch(&["d", "a"]));
    let spaced = format!(" [ {} ,\n{} ] ", event("e"), event("d"));
    for again in [event("d"), batch(&["e", "d"]), strings, listed, spaced, batch(&["d"])] {
        assert_eq!(push(&app, again.clone()).await, 200, "{again}");
        assert_eq!(push(&app, format!("\n{again}\n")).await, 200, "{again}");
    }
    assert_eq!(ran.take(), [""; 0]);
    for again in [event("d"), batch(&["d", "e"])] {
        assert_eq!(push(&app, format!("\u{feff}{again}")).await, 200, "with a byte order mark");
        assert_eq!(push(&app, format!("\n\u{feff}\n\u{feff}{again} ")).await, 200);
    }
    assert_eq!(ran.take(), [""; 0]);
    // Another body is another event.
    assert_eq!(push(&app, format!("[{}]", event("d").replace("1}", "2}"))).await, 200);
    assert_eq!(ran.take(), ["/events d"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_reported_by_its_place_and_stops_nothing() {
    let ran = Ran::default();
    let app = behind(Endpoint::exact(URL), each_once(), &ran.router());
    let bad = r#"{"specversion":"1.0","type":"t","id":"x"}"#;
    for bad in [bad, "5", "null", "[]", "\"no JSON\"", r#""\ud800""#, "{\"a\":1,\"a\":2}"] {
        let response =
            send(&app, sign(URL, TOKEN, format!("[{},{bad},{}]", event("1"), event("2")))).await;
        assert_eq!(response.status(), 422, "{bad}");
        let statuses = response.extensions().get::<EventStatuses>().unwrap();
        assert_eq!(
            statuses.as_slice(),
            [200, 422, 200].map(|code| StatusCode::from_u16(code).unwrap())
        );
    }
    assert_eq!(ran.take(), ["/events 1", "/events 2"]);
    let response = send(&app, sign(URL, TOKEN, format!("[{},\"\\udfff\"]", event("3")))).await;
    assert!(response.extensions().get::<EnvelopeError>().is_some());
    let statuses = response.extensions().get::<EventStatuses>().unwrap();
    assert_eq!(statuses.as_slice()[1], 422, "half of a surrogate pair");
    // As a whole: the inner service says what is wrong.
    for body in ["no JSON", "{\"EventList\": 5}", "[]", "[", "{}", ""] {
        assert_eq!(push(&app, body).await, 422, "{body}");
    }
    assert_eq!(ran.take(), ["/events 3"]);
}

#[tokio::test]
async fn the_worst_answer_is_that_of_the_push() {
    let ran = Ran::default();
    let app = behind(Endpoint::exact(URL), EachEventLayer::new(), &ran.router());
    for (id, status) in [("302", 302), ("404", 404), ("410", 410), ("500", 500), ("503", 503)] {
        ran.fail(id, status);
    }
    for (ids, status) in [
        (&["1", "2"][..], 200),
        (&["1", "302", "2"], 302),
        (&["302", "404", "1"], 404),
        (&["410", "404"], 410),
        (&["404", "503", "500", "410"], 503),
        (&["500", "503"], 500),
        (&["404"], 404),
    ] {
        let events: Vec<_> = ids.iter().map(|id| event(id)).collect();
        assert_eq!(push(&app, format!("[{}]", events.join(","))).await, status, "{ids:?}");
    }
    // An event that is alone is answered as the handler does.
    ran.fail("1", 204);
    assert_eq!(push(&app, event("1")).await, 204);
    assert_eq!(push(&app, format!("[{}]", event("1"))).await, 204);
}

#[tokio::test]
async fn a_push_has_a_limit_of_events() {
    let ran = Ran::default();
    let layer = EachEventLayer::new().max_events(3);
    let app = behind(Endpoint::exact(URL), layer, &ran.router());
    let batch = |events: usize| format!("[{}]", vec![event("1"); events].join(","));
    assert_eq!(push(&app, batch(4)).await, 422);
    assert_eq!(ran.take().len(), 0);
    assert_eq!(push(&app, batch(3)).await, 200);
    assert_eq!(ran.take().len(), 3);
    let app = behind(Endpoint::exact(URL), EachEventLayer::new(), &ran.router());
    assert_eq!(push(&app, batch(10_001)).await, 422);
    assert_eq!(ran.take().len(), 0);
}

/// So many events of one push run at once, and they begin in order.
#[tokio::test]
async fn events_begin_in_order_and_no_more_than_allowed_run_at_once() {
    for limit in [1, 2, 5] {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let begun = Arc::new(Mutex::new(Vec::new()));
        let (in_handler, seen) = (Arc::clone(&most), Arc::clone(&begun));
        let handler = async move |event: Verified<CloudEvent>| {
            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
            in_handler.fetch_max(now, Ordering::SeqCst);
            let id: usize = event.attributes().id().unwrap().parse().unwrap();
            seen.lock().unwrap().push(id);
            for _ in 0..(5 + id % 3) {
                tokio::task::yield_now().await;
            }
            running.fetch_sub(1, Ordering::SeqCst);
        };
        let router = Router::new().fallback(any(handler));
        let layer = EachEventLayer::new().concurrency(NonZeroUsize::new(limit).unwrap());
        let app = behind(Endpoint::exact(URL), layer, &router);
        let events: Vec<_> = (0..20).map(|id| event(&id.to_string())).collect();
        assert_eq!(push(&app, format!("[{}]", events.join(","))).await, 200);
        assert_eq!(*begun.lock().unwrap(), (0..20).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), limit);
    }
}

/// Each request has the one event, and the proof of the push around it.
#[tokio::test]
async fn a_request_is_of_one_event_and_has_the_proof_of_the_push() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let inner = tower::service_fn(move |request: Request<tower_eventbridge::verify::WholeBody>| {
        let log = Arc::clone(&log);
        async move {
            let event = PushedEvent::of(request.extensions()).unwrap();
            let proof = request.extensions().get::<Authentic>().unwrap().clone();
            assert_eq!(event.proof().body(), proof.body());
            let length = request.headers()["content-length"].to_str().unwrap().to_owned();
            let place = event.place();
            let text = event.body().clone();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            assert_eq!((&body, body.len().to_string()), (&text, length));
            // What is a part of the push is not copied.
            assert!(proof.body().as_ptr_range().contains(&text.as_ptr()));
            log.lock().unwrap().push((place, text));
            Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
        }
    });
    let service = verify(Endpoint::exact(URL)).layer(EachEvent::new(inner));
    let mut request = sign(URL, TOKEN, format!("[{}, {}]", event("1"), event("2")));
    let length = request.body().len().into();
    request.headers_mut().insert("content-length", length);
    let response = service.oneshot(request.map(Full::new)).await.unwrap();
    assert_eq!(response.status(), 200);
    let expected = [(Some(0), Bytes::from(event("1"))), (Some(1), Bytes::from(event("2")))];
    assert_eq!(*seen.lock().unwrap(), expected);

    let without_proof = EachEvent::new(Router::new());
    let response = without_proof.oneshot(Request::new(())).await.unwrap();
    assert_eq!(response.status(), 500);
}

#[tokio::test]
async fn enclosed_requests_of_a_batch_are_forwarded_one_by_one() {
    let paths = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&paths);
    let api = Router::new().fallback(any(async move |uri: Uri| {
        log.lock().unwrap().push(uri.to_string());
    }));
    const TYPE: &str = "eventbridge:Events:ApiGateway";
    let enclosing = |path: &str| {
        let data = format!(r#"{{"method":"GET","path":"{path}"}}"#);
        format!(
            r#"{{"specversion":"1.0","source":"s","type":"{TYPE}","id":"{path}","data":{data}}}"#
        )
    };
    let service = EachEventLayer::new().layer(once().layer(Forward::new(api)));
    let service = verify(Endpoint::exact(URL)).layer(service);
    let batch = format!("[{},{},{}]", enclosing("/a"), event("plain"), enclosing("/b"));
    for _ in 0..2 {
        let request = sign(URL, TOKEN, batch.clone()).map(Full::new);
        assert_eq!(service.clone().oneshot(request).await.unwrap().status(), 422);
    }
    assert_eq!(*paths.lock().unwrap(), ["/a", "/b"]);
}

/// Events that are handled at once do not hold the thread that others need.
#[tokio::test]
async fn a_long_batch_lets_others_run() {
    let ran = Ran::default();
    let app = behind(Endpoint::exact(URL), EachEventLayer::new(), &ran.router());
    let others = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&others);
    let other = tokio::spawn(async move {
        loop {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(push(&app, format!("[{}]", vec!["5"; 5000].join(","))).await, 422);
    assert!(others.load(Ordering::SeqCst) > 50, "{others:?}");
    other.abort();
}
