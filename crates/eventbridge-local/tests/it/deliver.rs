//! From publishing to a push that a receiver verifies.

use aliyun_eventbridge::{
    operation::Protocol,
    publish::Publisher,
    sinks::{HttpsTarget, Transformed},
    targets::{ConcurrentConfig, PushRetryStrategy},
};
use eventbridge_local::{
    LocalEventBridge,
    observe::{Observed, Outcome, Seen},
};
use serde_json::Value;
use tower_eventbridge::{signature::BodyEnding, signer::SignWith};

use crate::support::{Service, TOKEN, client, event, in_time, listen, rule, target};

#[tokio::test]
async fn what_is_published_by_either_protocol_is_verified() {
    for with in [SignWith::V2, SignWith::Both, SignWith::V1] {
        for ending in [BodyEnding::Reference, BodyEnding::Documented] {
            let (listener, url) = listen().await;
            let bridge = LocalEventBridge::builder()
                .rule(rule("to-hook", target("hook", &url)))
                .sign_with(with)
                .body_ending(ending)
                .start()
                .await
                .unwrap();
            let service = Service::verifying(&bridge, listener, &url).await;
            for (id, protocol) in [("1", Protocol::OpenApi), ("2", Protocol::Api20200401)] {
                let publisher = Publisher::new(client(&bridge, protocol)).bus("default");
                let report = publisher.put_events([event(id)]).await;
                assert!(report.all_accepted(), "{report:?}");
                in_time(bridge.wait_for_deliveries(id.parse().unwrap())).await;
            }
            let received = service.received(2).await;
            for (received, id) in received.iter().zip(["1", "2"]) {
                let body: Value = serde_json::from_str(&received.body).unwrap();
                assert_eq!(body["id"], id);
                assert_eq!(body["aliyuneventbusname"], "default");
                assert!(received.body.contains(r#""n":1.50"#), "digits stay: {}", received.body);
                assert_eq!(received.target, "/hook?a=b");
            }
        }
    }
}

#[tokio::test]
async fn bodies_are_made_by_the_four_transforms() {
    let service = Service::start().await;
    let mut builder = LocalEventBridge::builder();
    for (name, body) in [
        ("original", Transformed::original()),
        ("constant", Transformed::constant("fixed")),
        ("path", Transformed::json_path("$.data.n")),
        ("template", Transformed::template(r#"{"n":"$.data.n"}"#, "n is ${n}")),
    ] {
        let target = HttpsTarget::new(&service.url).body(body).into_target("hook").unwrap();
        builder = builder.rule(rule(name, target));
    }
    let bridge = builder.start().await.unwrap();
    bridge.publish(event("1")).await.unwrap();
    let mut bodies: Vec<_> = service.received(4).await.into_iter().map(|one| one.body).collect();
    bodies.sort();
    assert_eq!(bodies[..3], ["1.50", "fixed", "n is 1.50"]);
    assert!(bodies[3].starts_with(r#"{"id":"1""#));
}

#[tokio::test]
async fn an_observer_sees_what_matched_and_why_not_and_each_try_without_the_token() {
    let service = Service::start().await;
    service.answers([500]);
    let mut other = rule("other", target("hook", &service.url));
    other.filter_pattern = r#"{"source":["another.app"]}"#.to_owned();
    let bridge = LocalEventBridge::builder()
        .rule(rule("to-hook", target("hook", &service.url)))
        .rule(other)
        .time_scale(1_000_000.0)
        .start()
        .await
        .unwrap();
    let mut seen = bridge.observer().subscribe();
    bridge.publish(event("1")).await.unwrap();
    in_time(bridge.wait_for_deliveries(1)).await;
    let mut tries = Vec::new();
    let mut published = None;
    while tries.len() < 2 {
        let Seen::Observation(one) = in_time(seen.next()).await.unwrap() else {
            panic!("an observation was lost");
        };
        if let Observed::Published(one) = &one.what {
            published = Some(one.clone());
        } else if let Observed::Tried(one) = &one.what {
            tries.push(one.clone());
        }
    }
    let published = published.unwrap();
    assert_eq!(published.matched, ["to-hook"]);
    assert_eq!(published.not_matched[0].rule, "other");
    assert!(published.not_matched[0].why.contains("$.source"), "{}", published.not_matched[0].why);
    assert!(matches!(tries[0].outcome, Outcome::Retry { .. }));
    assert!(matches!(tries[1].outcome, Outcome::Delivered { .. }));
    let json = serde_json::to_string(&tries).unwrap();
    assert!(!json.contains(TOKEN), "{json}");
    assert!(json.contains("x-eventbridge-signature-token: <redacted>"));
    let text = &tries[0].strings_to_sign[0].text.text;
    assert!(text.starts_with(&service.url), "{text}");
}

#[tokio::test]
async fn a_slow_target_holds_no_other_and_has_no_more_pushes_than_it_wants() {
    // It accepts connections and answers none of them.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("http://{}/", silent.local_addr().unwrap());
    let service = Service::start().await;
    let slow = target("slow", &silent_url).concurrent_config(ConcurrentConfig::from(2));
    let both = rule("both", target("quick", &service.url)).target(slow);
    let bridge = LocalEventBridge::builder().rule(both).start().await.unwrap();
    for id in 0..50 {
        bridge.publish(event(&id.to_string())).await.unwrap();
    }
    assert_eq!(service.received(50).await.len(), 50);
    let _first = in_time(silent.accept()).await.unwrap();
    let _second = in_time(silent.accept()).await.unwrap();
    let status = bridge.status();
    let slow = status.targets.iter().find(|one| one.to.target == "slow").unwrap();
    assert_eq!(slow.open, 50);
    // A third connection would be in the queue of the listener: no time has to pass for that, as
    // pushes begin before those to the other target end.
    let third = tokio::time::timeout(std::time::Duration::from_millis(1), silent.accept()).await;
    assert!(third.is_err(), "a third push runs");
}

#[tokio::test]
async fn with_one_push_at_a_time_events_arrive_in_order() {
    let service = Service::start().await;
    let one = target("hook", &service.url).concurrent_config(ConcurrentConfig::from(1));
    let bridge = LocalEventBridge::builder().rule(rule("r", one)).start().await.unwrap();
    for id in 0..200 {
        bridge.publish(event(&id.to_string())).await.unwrap();
    }
    for (at, received) in service.received(200).await.iter().enumerate() {
        let body: Value = serde_json::from_str(&received.body).unwrap();
        assert_eq!(body["id"], at.to_string());
    }
}

#[tokio::test]
async fn a_retry_is_signed_anew_and_comes_by_the_schedule() {
    let service = Service::start().await;
    service.answers([500, 302, 503]);
    let retried = target("hook", &service.url).push_retry_strategy(PushRetryStrategy::Backoff);
    let bridge = LocalEventBridge::builder()
        .rule(rule("r", retried))
        .time_scale(10_000.0)
        .start()
        .await
        .unwrap();
    bridge.publish(event("1")).await.unwrap();
    let received = service.received(4).await;
    let mut timestamps: Vec<_> =
        received.iter().map(|one| one.header("x-eventbridge-signature-timestamp")).collect();
    timestamps.dedup();
    assert_eq!(timestamps.len(), 4, "each try has a time of its own: {timestamps:?}");
    in_time(bridge.wait_for_deliveries(1)).await;
}
