//! Events that cannot be delivered.

use aliyun_eventbridge::targets::{DeadLetterQueue, ErrorsTolerance};
use eventbridge_local::LocalEventBridge;
use serde_json::Value;

use crate::support::{Service, event, in_time, rule, target};

const QUEUE: &str = "acs:mns:cn-hangzhou:123456789098:/queues/dead";

async fn get(bridge: &LocalEventBridge, path: &str) -> Value {
    let url = format!("{}/local/{path}", bridge.url());
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn post(bridge: &LocalEventBridge, path: &str) -> (u16, Value) {
    let url = format!("{}/local/{path}", bridge.url());
    let response = reqwest::Client::new().post(url).send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn a_queue_is_listed_read_and_redriven_over_http() {
    let service = Service::start().await;
    service.answers([500; 4]);
    let dead = target("hook", &service.url).dead_letter_queue(DeadLetterQueue::from(QUEUE));
    let bridge = LocalEventBridge::builder()
        .rule(rule("r", dead))
        .time_scale(1_000_000.0)
        .start()
        .await
        .unwrap();
    bridge.publish(event("1")).await.unwrap();
    in_time(bridge.wait_for_dead_letters(1)).await;
    assert_eq!(
        get(&bridge, "dead-letters?queue=other").await["dead_letters"],
        Value::Array(vec![])
    );
    let list = get(&bridge, &format!("dead-letters?queue={QUEUE}")).await;
    let letter = &list["dead_letters"][0];
    assert_eq!(letter["id"], "1");
    assert_eq!(letter["attempts"], 4);
    assert_eq!(letter["reason"], "status 500");
    assert_eq!(letter["queue"], QUEUE);
    let number = letter["number"].as_u64().unwrap();
    assert_eq!(get(&bridge, &format!("dead-letters/{number}")).await, *letter);
    let (status, redriven) = post(&bridge, &format!("dead-letters/{number}/redrive")).await;
    assert_eq!((status, &redriven["redriven"]), (200, &Value::from(1)));
    in_time(bridge.wait_for_deliveries(1)).await;
    assert_eq!(service.received(5).await.len(), 5);
    assert_eq!(bridge.status().dead_letters, 0);
    assert_eq!(post(&bridge, &format!("dead-letters/{number}/redrive")).await.0, 404);
    assert_eq!(bridge.status().pending_bytes, 0);
}

#[tokio::test]
async fn a_target_that_tolerates_no_errors_stops_at_the_event() {
    let service = Service::start().await;
    service.answers([500; 4]);
    let strict = target("hook", &service.url).errors_tolerance(ErrorsTolerance::None);
    let bridge = LocalEventBridge::builder()
        .rule(rule("r", strict))
        .time_scale(1_000_000.0)
        .start()
        .await
        .unwrap();
    bridge.publish(event("1")).await.unwrap();
    bridge.publish(event("2")).await.unwrap();
    service.received(4).await;
    in_time(bridge.wait_for(|counts| counts.tries == 4)).await;
    while !bridge.status().targets[0].blocked {
        tokio::task::yield_now().await;
    }
    assert_eq!(bridge.status().targets[0].open, 2);
    let to = bridge.status().targets[0].to.clone();
    bridge.unblock(&to).unwrap();
    in_time(bridge.wait_for_deliveries(2)).await;
    let ids: Vec<_> = service.received(6).await;
    let id = |at: usize| serde_json::from_str::<Value>(&ids[at].body).unwrap()["id"].clone();
    assert_eq!([id(3), id(4), id(5)], ["1", "1", "2"]);
}

#[tokio::test]
async fn what_fails_each_time_is_not_tried_again() {
    let service = Service::start().await;
    let mut bad = target("hook", &service.url);
    bad.param_list[0].value = Some("http://127.0.0.1:1/a b".to_owned());
    let bridge = LocalEventBridge::builder().rule(rule("r", bad)).start().await.unwrap();
    bridge.publish(event("1")).await.unwrap();
    in_time(bridge.wait_for_dead_letters(1)).await;
    let letter = bridge.dead_letters(0, None, 10).remove(0);
    assert_eq!(letter.attempts, 1);
    assert!(letter.reason.contains("URL"), "{}", letter.reason);
    assert_eq!(letter.queue, "no-queue");
}
