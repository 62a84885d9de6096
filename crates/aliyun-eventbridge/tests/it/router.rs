//! Events of signed pushes by pattern, behind the real layers.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use aliyun_eventbridge::{
    EventError, EventErrorKind,
    pattern::EventPattern,
    router::{MatchedPattern, PatternRouter, Unmatched},
};
use axum::{
    Extension, Router,
    body::Body,
    http::StatusCode,
    routing::{MethodRouter, any},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use tests_support::pushes::{TOKEN, URL, now, signer, verifier};
use tower::{Layer as _, Service, ServiceExt as _, limit::ConcurrencyLimit, service_fn};
use tower_eventbridge::{
    VerifyLayer,
    each_event::{EachEventLayer, EventStatuses, PushedEvent},
    envelope::CloudEvent,
    extract::Verified,
    idempotency::{IdempotencyLayer, MemoryStore},
    verify::VerifiedBody,
};

fn verify() -> VerifyLayer {
    VerifyLayer::builder(verifier()).clock(now).build().unwrap()
}

fn pattern(text: &str) -> EventPattern {
    text.parse().unwrap()
}

fn event(source: &str, id: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"{source}","type":"t","id":"{id}","data":1}}"#)
}

fn sign(body: impl Into<Bytes>) -> Request<Bytes> {
    signer().push(URL).token(TOKEN).body(body).sign(now()).unwrap()
}

async fn send(app: &Router, body: impl Into<Bytes>) -> (u16, String, http::Extensions) {
    let response = app.clone().oneshot(sign(body).map(Body::from)).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), String::from_utf8(body.to_vec()).unwrap(), parts.extensions)
}

/// What ran, in order: name of the pattern and id of the event. Fails as it is told to.
#[derive(Clone, Default)]
struct Ran {
    events: Arc<Mutex<Vec<String>>>,
    fails: Arc<Mutex<BTreeMap<String, u16>>>,
}

impl Ran {
    fn handler(&self) -> MethodRouter {
        let ran = self.clone();
        any(async move |Extension(by): Extension<MatchedPattern>, event: Verified<CloudEvent>| {
            let id = event.attributes().id().unwrap_or_default().to_owned();
            ran.events.lock().unwrap().push(format!("{} {id}", by.name()));
            let status = ran.fails.lock().unwrap().get(&id).copied().unwrap_or(200);
            StatusCode::from_u16(status).unwrap()
        })
    }

    fn routes(&self) -> PatternRouter<MethodRouter> {
        PatternRouter::new()
            .on("one", pattern(r#"{"source":["one"],"type":["t"]}"#), self.handler())
            .on("ones", pattern(r#"{"source":[{"prefix":"one"}]}"#), self.handler())
            .on("two", pattern(r#"{"source":["two"]}"#), self.handler())
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }
}

/// A router for one event behind a verifier alone.
fn alone(routes: PatternRouter<MethodRouter>) -> Router {
    Router::new().route_service("/events", routes).route_layer(verify())
}

/// A router behind all three layers.
fn each_once(routes: PatternRouter<MethodRouter>) -> Router {
    Router::new()
        .route_service("/events", routes)
        .route_layer(IdempotencyLayer::new(MemoryStore::builder().clock(now).build()))
        .route_layer(EachEventLayer::new())
        .route_layer(verify())
}

#[tokio::test]
async fn the_first_pattern_in_the_order_of_registration_names_the_handler() {
    let ran = Ran::default();
    let app = alone(ran.routes());
    for (source, name) in [("one", "one"), ("one.b", "ones"), ("two", "two")] {
        let body = event(source, "1");
        // A byte order mark and white space, as senders write them.
        for body in [body.clone(), format!(" \u{feff}{body}\n")] {
            assert_eq!(send(&app, body).await.0, 200);
            assert_eq!(ran.take(), [format!("{name} 1")]);
        }
    }
    let last = PatternRouter::new().on("all", pattern("{}"), ran.handler()).on(
        "never",
        pattern("{}"),
        ran.handler(),
    );
    assert_eq!(send(&alone(last), event("two", "2")).await.0, 200);
    assert_eq!(ran.take(), ["all 2"]);
}

/// Forged pushes reach no handler: the router is behind the verifier.
#[tokio::test]
async fn a_forged_push_is_not_routed() {
    let ran = Ran::default();
    let app = alone(ran.routes());
    let forged = signer().push(URL).token("another-token-0123456789").body(event("one", "1"));
    let forged = forged.sign(now()).unwrap().map(Body::from);
    assert_eq!(app.oneshot(forged).await.unwrap().status(), 401);
    assert!(ran.take().is_empty());
}

#[tokio::test]
async fn each_event_of_a_batch_goes_to_its_handler_and_runs_once() {
    let ran = Ran::default();
    let app = each_once(ran.routes());
    let batch = format!(
        "[{},{},{},{}]",
        event("two", "a"),
        event("one", "b"),
        event("nobody", "c"),
        event("one.x", "d"),
    );
    ran.fails.lock().unwrap().insert("b".to_owned(), 500);
    let (status, _, extensions) = send(&app, batch.clone()).await;
    assert_eq!(status, 500);
    let statuses = extensions.get::<EventStatuses>().unwrap().as_slice().to_vec();
    assert_eq!(statuses, [200, 500, 200, 200], "an unmatched event is acknowledged");
    assert_eq!(ran.take(), ["two a", "one b", "ones d"]);
    ran.fails.lock().unwrap().clear();
    assert_eq!(send(&app, batch.clone()).await.0, 200);
    assert_eq!(ran.take(), ["one b"], "what is done stays done");
    assert_eq!(send(&app, batch).await.0, 200);
    assert!(ran.take().is_empty());
    // In the other published form of a batch, and alone.
    let listed = format!("{{\"EventList\":[{},{}]}}", event("two", "e"), event("one", "f"));
    assert_eq!(send(&app, listed).await.0, 200);
    assert_eq!(send(&app, event("two", "e")).await.0, 200);
    assert_eq!(ran.take(), ["two e", "one f"]);
}

/// Without an `EachEventLayer` a batch would match nothing, and be acknowledged and lost.
#[tokio::test]
async fn a_batch_that_is_not_taken_apart_is_not_acknowledged() {
    let ran = Ran::default();
    let app = alone(ran.routes().on("all", pattern("{}"), ran.handler()));
    let one = event("one", "1");
    for batch in [format!("[{one}]"), "[]".to_owned(), format!("{{\"EventList\":[{one}]}}")] {
        let (status, body, _) = send(&app, batch.clone()).await;
        assert_eq!((status, &*body), (422, r#"{"status":"unreadable"}"#), "{batch}");
    }
    assert!(ran.take().is_empty());
    // An event may have an extension of that name.
    let event = r#"{"specversion":"1.0","source":"one","type":"t","id":"7","EventList":[]}"#;
    assert_eq!(send(&app, event).await.0, 200);
    assert_eq!(ran.take(), ["one 7"]);
}

#[tokio::test]
async fn what_is_not_an_event_is_unreadable_and_says_why() {
    let ran = Ran::default();
    let routes = ran.routes().on("all", pattern("{}"), ran.handler());
    for app in [alone(routes.clone()), each_once(routes)] {
        for (body, kind) in [
            (&b"no JSON"[..], EventErrorKind::NotJson),
            (b"", EventErrorKind::NotJson),
            (b"{\"a\":\"\xff\"}", EventErrorKind::NotUtf8),
        ] {
            let (status, answer, extensions) = send(&app, body).await;
            assert_eq!((status, &*answer), (422, r#"{"status":"unreadable"}"#));
            assert_eq!(extensions.get::<EventError>().unwrap().kind(), kind);
        }
        assert_eq!(send(&app, "5").await.0, 422);
    }
    assert!(ran.take().is_empty());
}

#[tokio::test]
async fn a_router_without_a_verifier_in_front_fails() {
    let routes = Ran::default().routes();
    let response = routes.oneshot(Request::new(Body::empty())).await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn unmatched_events_are_answered_as_configured() {
    let ran = Ran::default();
    let acknowledged = (200, r#"{"status":"accepted"}"#);
    let rejected = (422, r#"{"status":"unmatched"}"#);
    for (unmatched, expected) in [
        (None, acknowledged),
        (Some(Unmatched::Acknowledge), acknowledged),
        (Some(Unmatched::Reject), rejected),
    ] {
        let routes = match unmatched {
            None => ran.routes(),
            Some(unmatched) => ran.routes().unmatched(unmatched),
        };
        let app = each_once(routes);
        for _ in 0..2 {
            let (status, body, _) = send(&app, event("nobody", "1")).await;
            assert_eq!((status, &*body), expected);
        }
    }
    assert!(ran.take().is_empty());
}

/// The proof of a push, as a verifier leaves it in a request.
async fn proved(body: String) -> Request<VerifiedBody> {
    let taken = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&taken);
    let inner = service_fn(move |request: Request<VerifiedBody>| {
        *keep.lock().unwrap() = Some(request);
        async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) }
    });
    let response = verify().layer(inner).oneshot(sign(body).map(Full::new)).await.unwrap();
    assert_eq!(response.status(), 200);
    taken.lock().unwrap().take().unwrap()
}

#[tokio::test]
async fn events_are_counted_by_handler_and_unmatched_ones_apart() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let mut routes = Ran::default().routes();
    for source in ["one", "one.x", "nobody", "one", "somebody"] {
        let request = proved(event(source, "1")).await;
        metrics::with_local_recorder(&recorder, || drop(routes.call(request)));
    }
    let text = recorder.handle().render();
    for line in [
        r#"eventbridge_routed_events_total{handler="one"} 2"#,
        r#"eventbridge_routed_events_total{handler="ones"} 1"#,
        "eventbridge_unmatched_events_total 2",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(!text.contains("nobody"), "no label comes from an event");
}

type Failing = Result<Response<Full<Bytes>>, std::io::Error>;

/// A handler outside of axum: its error is the router's, its body is read unchanged.
#[tokio::test]
async fn errors_and_bodies_of_handlers_are_passed_on() {
    let handler = |request: Request<VerifiedBody>| async move {
        let place = PushedEvent::of(request.extensions()).unwrap().place();
        assert_eq!(place, None);
        let body = request.into_body().collect().await.unwrap().to_bytes();
        if body.windows(5).any(|part| part == b"fails") {
            return Failing::Err(std::io::Error::other("the handler fails"));
        }
        Ok(Response::builder().status(202).body(Full::new(body)).unwrap())
    };
    let routes = PatternRouter::new()
        .on("fails", pattern(r#"{"id":["fails"]}"#), service_fn(handler))
        .on("all", pattern("{}"), service_fn(handler));
    let fails = routes.clone().oneshot(proved(event("one", "fails")).await).await;
    assert_eq!(fails.unwrap_err().to_string(), "the handler fails");
    let body = event("one", "works");
    let response = routes.oneshot(proved(body.clone()).await).await.unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), body);
}

/// A busy handler does not hold up the others, and is called when it is ready.
#[tokio::test]
async fn the_readiness_of_the_handler_is_awaited_and_of_no_other() {
    let (open, gate) = tokio::sync::watch::channel(false);
    let handler = move |request: Request<VerifiedBody>| {
        let mut gate = gate.clone();
        let waits = request.extensions().get::<MatchedPattern>().unwrap().name() == "slow";
        async move {
            if waits {
                gate.wait_for(|open| *open).await.unwrap();
            }
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        }
    };
    let limited = || ConcurrencyLimit::new(service_fn(handler.clone()), 1);
    let mut routes = PatternRouter::new()
        .on("slow", pattern(r#"{"source":["slow"]}"#), limited())
        .on("fast", pattern("{}"), limited());
    let mut context = Context::from_waker(Waker::noop());
    let (one, two) = (proved(event("slow", "1")).await, proved(event("slow", "2")).await);
    assert!(routes.poll_ready(&mut context).is_ready());
    let (mut one, mut two) = (Box::pin(routes.call(one)), pin!(routes.call(two)));
    assert!(one.as_mut().poll(&mut context).is_pending());
    assert!(two.as_mut().poll(&mut context).is_pending(), "there is one permit");
    assert!(poll_fn(|context| routes.poll_ready(context)).await.is_ok());
    let fast = proved(event("fast", "3")).await;
    assert_eq!(routes.call(fast).await.unwrap().status(), 200);
    open.send(true).unwrap();
    assert!(two.as_mut().poll(&mut context).is_pending(), "the permit is the first one's");
    assert!(matches!(one.as_mut().poll(&mut context), Poll::Ready(Ok(_))));
    drop(one);
    assert_eq!(two.await.unwrap().status(), 200);
}

#[test]
fn handlers_can_be_looked_at_and_taken_back() {
    let mut routes = PatternRouter::new()
        .on("a", pattern(r#"{"source":["a"]}"#), 1)
        .on("a", pattern("{}"), 2)
        .unmatched(Unmatched::Reject);
    let clone = routes.clone();
    for (name, handler) in routes.handlers_mut() {
        assert_eq!(name, "a");
        *handler *= 10;
    }
    let seen: Vec<_> = routes.handlers().map(|(_, pattern, at)| (pattern.as_str(), *at)).collect();
    assert_eq!(seen, [(r#"{"source":["a"]}"#, 10), ("{}", 20)]);
    assert_eq!(clone.into_handlers(), [1, 2]);
    assert_eq!(routes.into_handlers(), [10, 20]);
    let shown = format!("{:?}", PatternRouter::new().on("name", pattern("{}"), ()));
    assert!(shown.contains("name") && shown.contains("Acknowledge"), "{shown}");
}
