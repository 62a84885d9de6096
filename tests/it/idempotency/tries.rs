//! Tries of one event that come again, together or after a failure.

use super::setup::*;
use crate::wall::Wall;
use http::StatusCode;
use std::time::Duration;
use tests_support::pushes::{TOKEN, URL};
use tokio::time::sleep;
use tower_eventbridge::idempotency::IdempotencyLayer;

#[tokio::test(start_paused = true)]
async fn an_event_that_is_done_is_acknowledged_for_a_day() {
    let handler = Handler::new();
    let world = idempotent(&handler);
    assert_eq!(world.send(world.sign(URL, TOKEN, event("a"))).await, (200, "handled".to_owned()));
    for _ in 0..3 {
        sleep(Duration::from_secs(8 * 3_600)).await;
        let again = world.send(world.sign(URL, TOKEN, event("a"))).await;
        assert_eq!(again, (200, "{\"status\":\"accepted\"}".to_owned()));
    }
    assert_eq!(handler.runs(), 1);
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(world.push("a").await, 200);
    assert_eq!(handler.runs(), 2, "25 h after it was done it is forgotten");
}

#[tokio::test(start_paused = true)]
async fn tries_that_come_together_run_one_handler() {
    let handler = Handler::new();
    handler.now(Does::Wait);
    let world = idempotent(&handler);
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let world = world.clone();
        tries.spawn(async move { world.push("a").await });
    }
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    handler.gate.notify_one();
    let mut statuses = tries.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1], statuses[49]), (200, 503, 503));
    assert_eq!(world.push("a").await, 200);
    assert_eq!(handler.runs(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_failed_runs_again() {
    let handler = Handler::new();
    let world = idempotent(&handler);
    let started = tokio::time::Instant::now();
    for (does, status) in [
        (Does::Answer(StatusCode::INTERNAL_SERVER_ERROR), 500),
        (Does::Answer(StatusCode::NOT_FOUND), 404),
        (Does::Err, 0),
        (Does::Panic, 500),
        (Does::Hang, 503),
        (Does::Answer(StatusCode::NO_CONTENT), 204),
    ] {
        handler.now(does);
        assert_eq!(world.push("a").await, status);
        tokio::task::yield_now().await;
    }
    assert_eq!(
        started.elapsed(),
        Duration::from_secs(30),
        "the time limit of the handler that hung"
    );
    assert_eq!(world.push("a").await, 200);
    assert_eq!(handler.runs(), 6);
}

/// The handler belongs to the event and not to the connection.
#[tokio::test(start_paused = true)]
async fn a_sender_that_hangs_up_finds_the_work_done() {
    let handler = Handler::new();
    handler.now(Does::Wait);
    let wall = Wall::new();
    let layer = IdempotencyLayer::new(wall.store());
    let world = World::new(wall, &layer, &handler);
    let early = tokio::time::timeout(Duration::from_secs(1), world.push("a")).await;
    assert!(early.is_err());
    assert_eq!(world.push("a").await, 503, "it goes on");
    let drained = tokio::spawn({
        let layer = layer.clone();
        async move { layer.drained().await }
    });
    tokio::task::yield_now().await;
    assert!(!drained.is_finished());
    handler.gate.notify_one();
    tokio::time::timeout(Duration::from_secs(1), drained).await.expect("it ends").unwrap();
    assert_eq!(world.push("a").await, 200);
    assert_eq!(handler.runs(), 1);
}
