//! What the server holds is bounded: each bound is reached here.

use std::time::Duration;

use aliyun_eventbridge::{error::ErrorCode, targets::ConcurrentConfig};
use eventbridge_local::{Bounds, Fault, LocalEventBridge, Quotas};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Service, event, in_time, rule, target};

/// A target that accepts connections and answers nothing.
async fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    (listener, url)
}

fn is_unavailable(result: Result<u64, Fault>) -> bool {
    match result {
        Ok(_) => false,
        Err(fault) => {
            assert_eq!((fault.status, fault.code), (503, ErrorCode::ServiceUnavailable));
            true
        }
    }
}

#[tokio::test]
async fn bytes_that_wait_for_delivery() {
    let (_listener, url) = silent().await;
    let mut bounds = Bounds::default();
    bounds.pending_bytes = 10_000;
    let bridge = LocalEventBridge::builder()
        .rule(rule("r", target("hook", &url)))
        .bounds(bounds)
        .start()
        .await
        .unwrap();
    let mut accepted = 0;
    while !is_unavailable(bridge.publish(event(&accepted.to_string())).await) {
        accepted += 1;
    }
    assert!((5..20).contains(&accepted), "{accepted}");
    assert!(bridge.status().pending_bytes <= 10_000);
    assert_eq!(bridge.status().targets[0].open, accepted);
    // What no rule matches waits for nothing.
    let other = aliyun_eventbridge::publish::Event::new("another.app", "t").id("1");
    assert!(!is_unavailable(bridge.publish(other).await));
}

#[tokio::test]
async fn deliveries_that_wait_for_a_slow_target() {
    let (_listener, url) = silent().await;
    let mut bounds = Bounds::default();
    bounds.pending_per_target = 3;
    let bridge = LocalEventBridge::builder()
        .rule(rule("r", target("hook", &url)))
        .bounds(bounds)
        .start()
        .await
        .unwrap();
    for id in ["1", "2", "3"] {
        assert!(!is_unavailable(bridge.publish(event(id)).await));
    }
    assert!(is_unavailable(bridge.publish(event("4")).await));
    assert_eq!(bridge.status().targets[0].open, 3);
}

#[tokio::test]
async fn a_target_that_fails_holds_no_other_when_too_many_wait_for_it() {
    let bad = Service::start().await;
    bad.answers([500; 1_000]);
    let good = Service::start().await;
    let mut bounds = Bounds::default();
    bounds.pending_per_target = 3;
    let bridge = LocalEventBridge::builder()
        .rule(rule("bad", target("hook", &bad.url)))
        .rule(rule("good", target("hook", &good.url).concurrent_config(ConcurrentConfig::from(64))))
        .bounds(bounds)
        .start()
        .await
        .unwrap();
    for id in ["1", "2", "3"] {
        bridge.publish(event(id)).await.unwrap();
        in_time(bridge.wait_for_deliveries(id.parse().unwrap())).await;
    }
    bad.received(3).await;
    in_time(bridge.wait_for(|counts| counts.tries >= 6)).await;
    for id in 4..14 {
        bridge.publish(event(&id.to_string())).await.unwrap();
        in_time(bridge.wait_for_deliveries(id)).await;
    }
    assert_eq!(bridge.counts().dead_lettered, 10);
    let letter = bridge.dead_letters(0, None, 1).remove(0);
    assert!(letter.reason.contains("too many events wait"), "{}", letter.reason);
    assert_eq!(letter.attempts, 0);
}

#[tokio::test]
async fn connections() {
    let mut bounds = Bounds::default();
    bounds.connections = 2;
    let bridge = LocalEventBridge::builder().bounds(bounds).start().await.unwrap();
    let idle = [
        TcpStream::connect(bridge.address()).await.unwrap(),
        TcpStream::connect(bridge.address()).await.unwrap(),
    ];
    let url = format!("{}/local/status", bridge.url());
    let mut asked = tokio::spawn(reqwest::get(url));
    let early = tokio::time::timeout(Duration::from_millis(100), &mut asked).await;
    assert!(early.is_err(), "a third connection is served");
    drop(idle);
    assert_eq!(in_time(asked).await.unwrap().unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn events_of_a_second_are_answered_429() {
    let mut quotas = Quotas::default();
    quotas.default_bus_events_per_second = 5;
    let bridge = LocalEventBridge::builder().quotas(quotas).start().await.unwrap();
    let mut accepted = 0;
    let fault = loop {
        match bridge.publish(event(&accepted.to_string())).await {
            Ok(_) => accepted += 1,
            Err(fault) => break fault,
        }
    };
    assert_eq!((fault.status, fault.code), (429, ErrorCode::TooManyRequests));
    // More than one second can pass on a busy machine.
    assert!(accepted >= 5, "{accepted}");
}
