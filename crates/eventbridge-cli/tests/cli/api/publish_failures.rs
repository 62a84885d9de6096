//! `publish` against a service that rejects, slows down, answers badly or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{
    publish::{Publishing, accepted, event},
    service::{Ran, Reply, Service, ok},
};
use crate::process::temporary_file;

fn file(name: &str, count: u64) -> String {
    let lines: Vec<_> = (0..count).map(event).collect();
    let file = temporary_file(&format!("{name}.jsonl"), lines.join("\n").as_bytes());
    file.to_str().unwrap().to_owned()
}

fn outcomes(ran: &Ran) -> Vec<String> {
    let outcome = |line: &Value| line["outcome"].as_str().unwrap().to_owned();
    ran.lines().iter().map(outcome).collect()
}

#[tokio::test]
async fn a_rejected_event_has_its_code_and_the_others_are_taken() {
    let service = Service::start(|_, call| {
        let entry = |event: &Value| match event["id"].as_str() {
            Some("1") => json!({
                "EventId": "1", "ErrorCode": "EventBusNotExist", "ErrorMessage": "no bus",
            }),
            _ => json!({"EventId": event["id"], "TraceId": "T"}),
        };
        let list: Vec<_> = call.events.iter().map(entry).collect();
        ok(json!({"FailedEntryCount": 1, "EntryList": list}))
    })
    .await;
    let ran = service.run(&["publish", &file("rejected", 3)]).await;
    assert_eq!(
        (ran.code, outcomes(&ran)),
        (1, vec!["accepted".into(), "rejected".into(), "accepted".into()])
    );
    assert_eq!(ran.lines()[1]["code"], "EventBusNotExist");
    assert_eq!(ran.lines()[1]["message"], "no bus");
    assert_eq!(service.calls().len(), 1, "what is rejected for good is sent once");
}

#[tokio::test]
async fn after_a_request_that_is_rejected_as_a_whole_the_rest_is_not_sent() {
    let denied = || {
        let body = json!({"code": "AccessDenied", "message": "no right", "requestId": "REQ-9"});
        Reply::Json(403, body)
    };
    let service = Service::start(move |_, _| denied()).await;
    let file = file("denied", 100);
    let ran = service.run(&["publish", &file]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(service.calls().len(), 1);
    assert_eq!(outcomes(&ran)[..16], vec!["rejected"; 16]);
    assert!(outcomes(&ran)[16..].iter().all(|outcome| outcome == "not_sent"), "{ran:?}");
    let reason =
        "no event of a request was accepted: the service rejected an event with AccessDenied";
    assert!(ran.stderr.contains(reason), "{ran:?}");
    assert!(ran.stderr.contains("were not read"), "{ran:?}");
    let ran = service.run(&["publish", &file, "--keep-going"]).await;
    assert_eq!((ran.code, ran.lines().len()), (1, 100));
    assert_eq!(service.calls().len(), 1 + 7);
}

#[tokio::test]
async fn what_is_throttled_is_sent_again_with_the_same_id() {
    let service = Service::start(|number, call| match number {
        0 => Reply::Header(
            429,
            ("x-acs-retry-after", "1"),
            json!({"code": "Throttling.User", "message": "slow down"}),
        ),
        _ => accepted(call),
    })
    .await;
    let ran = service.run(&["publish", r#"{"source":"s","type":"t"}"#]).await;
    assert_eq!((ran.code, outcomes(&ran)), (0, vec!["accepted".to_owned()]), "{ran:?}");
    let calls = service.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].events[0]["id"], calls[1].events[0]["id"]);
    assert_eq!(ran.lines()[0]["id"], calls[0].events[0]["id"], "the id that was made is printed");
}

#[tokio::test]
async fn an_answer_that_is_not_of_the_service_leaves_the_fate_open() {
    let service = Service::start(|_, _| Reply::Html(200)).await;
    let ran = service.run(&["publish", "--attempts", "2", &file("html", 2)]).await;
    assert_eq!((ran.code, outcomes(&ran)), (1, vec!["unacknowledged".to_owned(); 2]), "{ran:?}");
    assert_eq!(service.calls().len(), 2);
    let message = ran.lines()[0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("the answer cannot be read (status 200, "), "{message}");
    assert!(ran.stderr.contains("check --api-endpoint and --protocol"), "{ran:?}");
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let service = Service::start(|_, _| Reply::Hang).await;
    let ran = service.run(&["publish", "--call-timeout", "1", &file("hang", 1)]).await;
    assert_eq!((ran.code, outcomes(&ran)), (1, vec!["unacknowledged".to_owned()]), "{ran:?}");
    assert!(ran.stderr.contains("give it more --call-timeout"), "{ran:?}");
}

#[tokio::test]
async fn nobody_listens() {
    let service = Service::start(|_, _| Reply::Hang).await;
    let free = crate::process::free_address();
    let endpoint = format!("http://{free}");
    let arguments = ["publish", "--attempts", "1", "--api-endpoint", &endpoint, &file("nobody", 1)];
    let ran = service.run(&arguments).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("no connection to the endpoint"), "{ran:?}");
}

/// The request under way may end; what was read after it is named as not sent.
#[tokio::test]
async fn an_interruption_ends_with_the_request_under_way() {
    static BEGUN: AtomicUsize = AtomicUsize::new(0);
    let service = Service::start(|_, _| {
        BEGUN.fetch_add(1, Ordering::SeqCst);
        Reply::Hang
    })
    .await;
    let mut publishing = Publishing::start(&service, &["-"]);
    for id in 0..20 {
        publishing.write(&format!("{}\n", event(id))).await;
    }
    while BEGUN.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    // An end of the input would end it too, if it came first.
    let _open = publishing.process.stdin.take();
    publishing.interrupt().await;
    publishing.log.line_that_begins("eventbridge publish: ends with the request under way").await;
    // An end of the input would end it too, if it came first.
    let _open = publishing.process.stdin.take();
    publishing.interrupt().await;
    let ran = publishing.end().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(outcomes(&ran)[..16], vec!["unacknowledged"; 16], "{ran:?}");
    assert_eq!(outcomes(&ran)[16..], vec!["not_sent"; 4], "{ran:?}");
    assert_eq!(ran.lines()[19]["id"], "19");
    assert!(ran.stderr.contains("unacknowledged 16, not sent 4"), "{ran:?}");
}
