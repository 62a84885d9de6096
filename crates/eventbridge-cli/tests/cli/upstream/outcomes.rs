//! What becomes of a request that goes on: the answer to EventBridge, the measurement, the log.

use super::*;
use crate::process::page;

fn event(id: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"acs.test","type":"t:Push","id":"{id}","data":1}}"#)
}

/// The status, and how many seconds EventBridge is asked to wait.
async fn pushed(receiver: &Receiver, id: &str) -> (u16, Option<String>) {
    let push = signer().push(URL).token(TOKEN).body(event(id));
    let push = push.sign(SystemClock::new().now()).unwrap();
    let stream = TokioIo::new(TcpStream::connect(receiver.0.address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(push.map(Full::new));
    let response = tokio::time::timeout(PATIENCE, response).await.unwrap().unwrap();
    let wait = response.headers().get("retry-after");
    (response.status().as_u16(), wait.map(|value| value.to_str().unwrap().to_owned()))
}

async fn counted(admin: &str) -> Vec<String> {
    let text = page(admin, "/metrics").await;
    let lines = text.lines().filter_map(|line| line.strip_prefix("eventbridge_forwards_total"));
    let mut lines: Vec<_> = lines.map(str::to_owned).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn every_outcome_is_answered_counted_and_said() {
    let upstream = Upstream::start().await;
    let url = format!("http://{}/hook", upstream.address);
    let more = ["--admin-listen", "127.0.0.1:0", "--handler-timeout", "1", "--print", "never"];
    let mut receiver = Receiver::with(&[&["--forward", &url][..], &more].concat()).await;
    let admin = receiver.0.log.line_that_begins("admin listening on ").await;
    let wait = Some("5".to_owned());
    for (answered, expected) in [
        (200, (200, None)),
        (201, (201, None)),
        (404, (404, None)),
        (503, (503, wait.clone())),
        (307, (502, None)),
        // The upstream of these tests then never answers.
        (100, (503, wait.clone())),
    ] {
        *upstream.answers.lock().unwrap() = StatusCode::from_u16(answered).unwrap();
        assert_eq!(pushed(&receiver, "1").await, expected, "{answered}");
    }
    let outcomes = [
        r#"{option="--forward",outcome="accepted"} 2"#,
        r#"{option="--forward",outcome="redirected"} 1"#,
        r#"{option="--forward",outcome="rejected"} 2"#,
        r#"{option="--forward",outcome="timed-out"} 1"#,
    ];
    assert_eq!(counted(&admin).await, outcomes);
    let (_, log) = receiver.lines().await;
    for said in [
        "--forward: the upstream answered 404 Not Found",
        "--forward: the upstream answered 503 Service Unavailable",
        "--forward: the upstream answered 307 Temporary Redirect, which is not followed: give the \
         URL that handles pushes",
        "--forward: the upstream gave no answer in time",
    ] {
        assert_eq!(log.matches(said).count(), 1, "{said}: {log}");
    }
}

/// EventBridge brings the event again, and gets it accepted once the service is back.
#[tokio::test]
async fn an_upstream_that_is_down_costs_nothing_but_time() {
    let address = crate::process::free_address();
    let url = format!("http://{address}/hook");
    let more = ["--admin-listen", "127.0.0.1:0", "--dedupe", "memory", "--replay-protection"];
    let mut receiver = Receiver::with(&[&["--forward", &url][..], &more].concat()).await;
    let admin = receiver.0.log.line_that_begins("admin listening on ").await;
    assert_eq!(pushed(&receiver, "1").await, (503, Some("5".to_owned())));

    // It takes a connection and ends it.
    let listener = TcpListener::bind(address).await.unwrap();
    let silent = tokio::spawn(async move {
        let _ = listener.accept().await;
    });
    assert_eq!(pushed(&receiver, "1").await, (503, Some("5".to_owned())));
    silent.await.unwrap();

    let upstream = Upstream::start_at(address).await;
    assert_eq!(pushed(&receiver, "1").await, (200, None));
    assert_eq!(pushed(&receiver, "1").await, (200, None), "it is done");
    assert_eq!(upstream.arrived.lock().unwrap().len(), 1, "once");
    let outcomes = [
        r#"{option="--forward",outcome="accepted"} 1"#,
        r#"{option="--forward",outcome="unreachable"} 2"#,
    ];
    assert_eq!(counted(&admin).await, outcomes);
    let (lines, log) = receiver.lines().await;
    assert_eq!(lines.len(), 1);
    assert_eq!(log.matches("--forward: the upstream cannot be reached: ").count(), 1, "{log}");
    assert_eq!(log.matches("--forward: the upstream gave no answer: ").count(), 1, "{log}");
}

/// They could not be handled event by event afterwards, so that the push would come again for ever.
#[tokio::test]
async fn too_many_events_go_nowhere() {
    let upstream = Upstream::start().await;
    let url = format!("http://{}/hook", upstream.address);
    let batch = |events: usize| format!("[{}]", vec!["{}"; events].join(","));
    for each in [&[][..], &["--forward-each"]] {
        let options = [&["--forward", &url, "--print", "never"], each].concat();
        let receiver = Receiver::with(&options).await;
        assert_eq!(receiver.push(batch(10_001)).await.0, 422);
        assert!(upstream.arrived.lock().unwrap().is_empty(), "{each:?}");
        let (_, log) = receiver.lines().await;
        assert!(log.contains("an authentic push has 10001 events"), "{log}");
    }
    let receiver = Receiver::with(&["--forward", &url, "--print", "never"]).await;
    assert_eq!(receiver.push(batch(10_000)).await.0, 200);
    assert_eq!(upstream.arrived.lock().unwrap().len(), 1);
}

/// A service that looks up `webhook-id` takes none of them for another.
#[tokio::test]
async fn events_without_ids_are_told_apart() {
    let upstream = Upstream::start().await;
    let url = format!("http://{}/hook", upstream.address);
    let secret = ["--forward-secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
    let options = [&["--forward", &url, "--forward-each"][..], &secret].concat();
    let receiver = Receiver::with(&options).await;
    let anonymous = r#"{"specversion":"1.0","source":"s","type":"t"}"#;
    let batch = format!("[{anonymous},{anonymous},{}]", event("1"));
    assert_eq!(receiver.push(batch).await.0, 200);
    assert_eq!(receiver.push(event("1")).await.0, 200);
    let arrived = std::mem::take(&mut *upstream.arrived.lock().unwrap());
    let ids = arrived.iter().map(|(_, headers, _)| {
        headers.iter().find(|(name, _)| name == "webhook-id").unwrap().1.as_str()
    });
    let ids: Vec<_> = ids.collect();
    assert_ne!(ids[0], ids[1]);
    assert!(!ids[..2].contains(&ids[2]), "{ids:?}");
    assert_eq!(ids[2], ids[3], "the same event, alone and in a batch");
}
