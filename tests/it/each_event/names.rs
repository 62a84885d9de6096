//! What names an event, and what is a replay of another.

use super::setup::*;
use http::HeaderMap;
use tests_support::pushes::{OTHER_TOKEN, TOKEN, URL, now, signer};
use tower::layer::util::Stack;
use tower_eventbridge::{
    Endpoint,
    each_event::EachEventLayer,
    idempotency::{MemoryStore, RejectReplaysLayer},
    signature::ForwardedHeaders,
    signer::SignWith,
};

/// Two targets of one rule get the same event.
#[tokio::test]
async fn targets_under_one_endpoint_are_told_apart_by_the_signed_url() {
    let ran = Ran::default();
    let app = behind(Endpoint::origin("https://hooks.example.com"), once(), &ran.router());
    for path in ["/billing", "/audit", "/billing", "/audit?a=1", "/audit?a=2"] {
        let url = format!("https://hooks.example.com{path}");
        assert_eq!(send(&app, sign(&url, TOKEN, event("1"))).await.status(), 200);
    }
    assert_eq!(ran.take(), ["/billing 1", "/audit 1", "/audit 1", "/audit 1"]);

    let forwarded = ForwardedHeaders::XForwarded;
    let app = behind(Endpoint::dangerous_forwarded_headers(forwarded), once(), &ran.router());
    for host in ["a.example.com", "b.example.com", "a.example.com"] {
        let mut request = sign(&format!("https://{host}/x"), TOKEN, event("1"));
        let headers: &mut HeaderMap = request.headers_mut();
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        headers.insert("x-forwarded-host", host.parse().unwrap());
        headers.insert("host", host.parse().unwrap());
        assert_eq!(send(&app, request).await.status(), 200, "{host}");
    }
    assert_eq!(ran.take().len(), 2);
}

/// Whoever sees a push can move its last line feed from the form into the body, or back.
#[tokio::test]
async fn a_line_feed_that_is_moved_makes_no_other_event() {
    for layered in [false, true] {
        let ran = Ran::default();
        let app = match layered {
            true => behind(Endpoint::exact(URL), each_once(), &ran.router()),
            false => behind(Endpoint::exact(URL), once(), &ran.router()),
        };
        for with in [SignWith::V1, SignWith::V2, SignWith::Both] {
            let push = signer().push(URL).token(TOKEN).with(with).body(event(with_name(with)));
            let captured = push.sign(now()).unwrap();
            let mut moved = captured.clone();
            *moved.body_mut() = [captured.body().as_ref(), b"\n"].concat().into();
            assert_eq!(send(&app, captured).await.status(), 200);
            assert_eq!(send(&app, moved).await.status(), 200);
        }
        assert_eq!(ran.take(), ["/events v1", "/events v2", "/events both"]);
    }
}

fn with_name(with: SignWith) -> &'static str {
    match with {
        SignWith::V1 => "v1",
        SignWith::V2 => "v2",
        SignWith::Both | _ => "both",
    }
}

#[tokio::test]
async fn replays_of_one_tenant_are_no_matter_of_another() {
    let ran = Ran::default();
    let store = MemoryStore::builder().clock(now).build();
    let app = behind(Endpoint::exact(URL), RejectReplaysLayer::new(store), &ran.router());
    for (token, status) in [(TOKEN, 200), (OTHER_TOKEN, 200), (TOKEN, 409), (OTHER_TOKEN, 409)] {
        assert_eq!(send(&app, sign(URL, token, event("1"))).await.status(), status, "{token}");
    }
    assert_eq!(ran.take().len(), 2);
}

/// Behind an `EachEvent` the events of one signed request are not replays of each other.
#[tokio::test]
async fn replay_protection_of_each_event_knows_its_place() {
    let ran = Ran::default();
    let store = MemoryStore::builder().clock(now).build();
    let layer = Stack::new(RejectReplaysLayer::new(store), EachEventLayer::new());
    let app = behind(Endpoint::exact(URL), layer, &ran.router());
    let batch = format!("[{},{}]", event("1"), event("1"));
    assert_eq!(push(&app, batch.clone()).await, 200);
    assert_eq!(ran.take().len(), 2);
    assert_eq!(push(&app, batch).await, 409);
    assert_eq!(ran.take().len(), 0);
}
