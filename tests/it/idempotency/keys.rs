//! What makes two events one, or two.

use super::setup::*;
use crate::wall::Wall;
use http::StatusCode;
use std::{sync::atomic::Ordering, time::Duration};
use tests_support::pushes::{OTHER_TOKEN, OTHER_URL, TOKEN, URL};
use tokio::time::sleep;
use tower_eventbridge::idempotency::{IdempotencyKey, IdempotencyLayer};

#[tokio::test(start_paused = true)]
async fn what_makes_another_event() {
    let handler = Handler::new();
    let world = idempotent(&handler);
    let send = async |url: &str, token: &str, body: String| {
        assert_eq!(world.send(world.sign(url, token, body)).await.0, 200);
        handler.runs.swap(0, Ordering::SeqCst)
    };
    assert_eq!(send(URL, TOKEN, event("a")).await, 1);
    assert_eq!(send(URL, TOKEN, event("a")).await, 0);
    assert_eq!(send(URL, TOKEN, event("b")).await, 1, "another id");
    assert_eq!(send(URL, TOKEN, event("a").replace("acs.test", "acs.other")).await, 1, "source");
    assert_eq!(send(URL, OTHER_TOKEN, event("a")).await, 1, "another tenant");
    assert_eq!(send(OTHER_URL, TOKEN, event("a")).await, 1, "another URL");
    // Parts do not run into each other.
    let key = |parts: [&[u8]; 2]| IdempotencyKey::of(parts);
    assert_ne!(key([b"acs.testx", b"y"]), key([b"acs.test", b"xy"]));

    // The same name with another body is handled, once too.
    let other_body = event("a").replace("\"data\":1", "\"data\":2");
    assert_eq!(send(URL, TOKEN, other_body.clone()).await, 1);
    assert_eq!(send(URL, TOKEN, other_body).await, 0);
    assert_eq!(send(URL, TOKEN, event("a")).await, 0);

    // Without an id there is nothing to tell it by; nor is there for what is no event.
    for body in [event(""), "no JSON".to_owned(), "[]".to_owned()] {
        assert_eq!(send(URL, TOKEN, body.clone()).await, 1, "{body}");
        assert_eq!(send(URL, TOKEN, body.clone()).await, 1, "{body}");
    }

    // A batch is one unit.
    let batch = format!("[{},{}]", event("1"), event("2"));
    assert_eq!(send(URL, TOKEN, batch.clone()).await, 1);
    assert_eq!(send(URL, TOKEN, batch).await, 0);
    assert_eq!(send(URL, TOKEN, format!("[{},{}]", event("1"), event("3"))).await, 1);
    assert_eq!(send(URL, TOKEN, format!("[{},{}]", event("1"), event(""))).await, 1);
    assert_eq!(send(URL, TOKEN, event("1")).await, 1, "alone it is told apart from the batch");
}

/// Two bodies under one name have nothing to do with each other, whatever becomes of the first.
#[tokio::test(start_paused = true)]
async fn another_body_is_handled_once_whatever_becomes_of_the_first() {
    let handler = Handler::new();
    let world = idempotent(&handler);
    let other = || world.sign(URL, TOKEN, event("a").replace("\"data\":1", "\"data\":2"));
    handler.now(Does::Wait);
    let first = tokio::spawn({
        let world = world.clone();
        async move { world.push("a").await }
    });
    while handler.runs() < 1 {
        tokio::task::yield_now().await;
    }
    handler.now(Does::Answer(StatusCode::OK));
    assert_eq!(world.send(other()).await.0, 200);
    assert_eq!(world.send(other()).await.0, 200);
    assert_eq!(handler.runs(), 2, "once beside the first");
    first.abort();
    sleep(Duration::from_secs(41)).await;
    assert_eq!(world.send(other()).await.0, 200);
    assert_eq!(handler.runs(), 2, "and not again when the first has failed");
    assert_eq!(world.push("a").await, 200);
    assert_eq!(handler.runs(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_key_can_be_replaced() {
    let handler = Handler::new();
    let wall = Wall::new();
    let layer = IdempotencyLayer::new(wall.store()).key(|push| {
        push.body().starts_with(b"{").then(|| IdempotencyKey::of([push.body().as_ref()]))
    });
    let world = World::new(wall, &layer, &handler);
    for (body, runs) in [("{1", 1), ("{1", 1), ("{2", 2), ("x", 3), ("x", 4)] {
        assert_eq!(world.send(world.sign(URL, TOKEN, body.to_owned())).await.0, 200);
        assert_eq!(handler.runs(), runs, "{body}");
    }
}
