//! `publish`: what arrives, what is printed, and what is checked before anything is sent.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Child, time::timeout};

use super::service::{Call, Ran, Reply, Service, ok};
use crate::process::{PATIENCE, Text, temporary_file};

/// Takes every event.
pub(super) fn accepted(call: &Call) -> Reply {
    let entry = |event: &Value| json!({"EventId": event["id"], "TraceId": "T"});
    let list: Vec<_> = call.events.iter().map(entry).collect();
    ok(json!({"RequestId": "REQ-1", "FailedEntryCount": 0, "EntryList": list}))
}

pub(super) fn event(id: u64) -> String {
    json!({"id": id.to_string(), "source": "demo.app", "type": "t", "data": {"n": id}}).to_string()
}

fn events(count: u64) -> Vec<String> {
    (0..count).map(event).collect()
}

fn ids(service: &Service) -> Vec<String> {
    let events = service.calls().into_iter().flat_map(|call| call.events);
    events.map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lines_arrays_and_standard_input_arrive_in_order() {
    let all = events(40);
    let lines = temporary_file("publish.jsonl", all.join("\n").as_bytes());
    let array = temporary_file("publish.json", format!("[{}]", all.join(",\n")).as_bytes());
    let (lines, array) = (lines.to_str().unwrap(), array.to_str().unwrap());
    for (file, place) in [(lines, format!("{lines}:3")), (array, format!("{array}:3"))] {
        let service = Service::start(|_, call| accepted(call)).await;
        let ran = service.run(&["publish", "--bus", "orders", file]).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ids(&service), (0..40).map(|id| id.to_string()).collect::<Vec<_>>());
        assert_eq!(service.names(), ["putevents"; 3], "16, 16 and 8 events");
        assert_eq!(service.calls()[0].events[0]["aliyuneventbusname"], "orders");
        let expected = json!({
            "index": 2, "event": place, "id": "2", "outcome": "accepted", "code": null,
            "message": null, "trace_id": "T",
        });
        assert_eq!(ran.lines()[2], expected);
        assert_eq!(ran.lines().len(), 40);
        assert!(ran.stderr.contains("accepted 40, rejected 0"), "{ran:?}");
    }
    let service = Service::start(|_, call| accepted(call)).await;
    let ran = service.run_with_input(&["publish", "-", lines], &all[0]).await;
    assert_eq!((ran.code, ran.lines().len()), (0, 41), "{ran:?}");
    assert_eq!(ran.lines()[0]["event"], "standard input:1");
    let ran = service.run_with_input(&["publish", "-"], "").await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
}

#[tokio::test]
async fn samples_are_events_of_now_and_set_changes_them() {
    let service = Service::start(|_, call| accepted(call)).await;
    let sample = "oss:ObjectCreated:PostObject";
    let arguments = ["publish", sample, sample, "--set", "data.x=1.50", "--set", "source=my.app"];
    let ran = service.run(&arguments).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.lines()[0]["event"], sample);
    let call = &service.calls()[0];
    assert_eq!(call.events.len(), 2);
    assert_ne!(call.events[0]["id"], call.events[1]["id"]);
    for event in &call.events {
        assert_eq!((&event["type"], &event["source"]), (&json!(sample), &json!("my.app")));
        assert!(event["id"].as_str().unwrap().starts_with("publish-"), "{event}");
        let added = event.as_object().unwrap().keys().find(|name| name.starts_with("aliyun"));
        assert_eq!(added, None, "what the service adds is not sent: {event}");
    }
    assert!(call.body.contains(r#""x":1.50"#), "digits stay: {}", call.body);
    let ran = service.run(&["publish", "oss:ObjectCreated:PostObjekt"]).await;
    ran.is_bad_usage("there is neither a file nor a sample");
    assert!(ran.stderr.contains("near it: oss:ObjectCreated:PostObject"), "{ran:?}");
}

#[tokio::test]
async fn the_bus_of_the_option_takes_the_place_of_the_events() {
    let service = Service::start(|_, call| accepted(call)).await;
    let one = r#"{"source":"s","type":"t","aliyuneventbusname":"its-own"}"#;
    assert_eq!(service.run(&["publish", one]).await.code, 0);
    assert_eq!(service.run(&["publish", one, "--bus", "mine"]).await.code, 0);
    let buses: Vec<_> = service
        .calls()
        .into_iter()
        .map(|call| call.events[0]["aliyuneventbusname"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(buses, ["its-own", "mine"]);
    // The 2020-04-01 API has a bus for each request.
    let service = Service::start(|_, call| {
        assert_eq!(call.members["EventBusName"], "mine");
        super::service::data(&json!({"FailedEntryCount": 0, "EntryList": []}))
    })
    .await;
    let one = r#"{"source":"s","type":"t","data":{}}"#;
    let arguments = ["publish", one, "--bus", "mine", "--protocol", "2020-04-01"];
    let ran = service.run(&arguments).await;
    assert_eq!((ran.code, service.names()), (0, vec!["putevents".to_owned()]), "{ran:?}");
}

#[tokio::test]
async fn files_are_checked_before_anything_is_sent() {
    let service = Service::start(|_, call| accepted(call)).await;
    let long = "x".repeat(65);
    let good = event(0);
    for (name, rest, part) in [
        ("type", format!(r#"{{"source":"s","type":"{long}"}}"#), ":41: type has 65 characters"),
        ("source", r#"{"type":"t"}"#.to_owned(), ":41: source is required"),
        ("brace", r#"{"source":"#.to_owned(), ": line 41 column 1: the event that begins here"),
        ("number", "17".to_owned(), ": line 41 column 1: an event is a JSON object"),
        (
            "size",
            format!(r#"{{"source":"s","type":"t","data":"{}"}}"#, "x".repeat(70_000)),
            ":41: event has 70",
        ),
    ] {
        let text = format!("{}{rest}", format!("{good}\n").repeat(40));
        let file = temporary_file(&format!("publish-bad-{name}.jsonl"), text.as_bytes());
        let file = file.to_str().unwrap();
        let ran = service.run(&["publish", &good, file]).await;
        ran.is_bad_usage(&format!("eventbridge publish: FILE: {file}{part}"));
        assert_eq!(ran.stdout, "", "{name}");
    }
    let ran = service.run(&["publish", &good, "--set", "data.x.y=1"]).await;
    ran.is_bad_usage("--set: inline text:1: data.x.y: there is no \"x\"");
    service.run(&["publish", &good, "--bus", "not a bus"]).await.is_bad_usage("bus has another");
    service.run(&["publish", "-", "-"]).await.is_bad_usage("- is given twice");
    let ran = service.run_with_input(&["publish", "--dry-run", "-"], &format!("{good}\n1")).await;
    ran.is_bad_usage("standard input: line 2 column 1");
    let ran = service.run(&["publish", "--dry-run", &good]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert!(ran.stderr.contains("checked 1 events: all can be sent"), "{ran:?}");
    assert!(service.calls().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn standard_input_is_sent_as_it_comes_and_until_it_is_malformed() {
    let service = Service::start(|_, call| accepted(call)).await;
    let invalid = r#"{"id":"i","source":"s","type":"t","specversion":"9"}"#;
    let input = format!("{}\n{invalid}\n{}\n{{\"a\" 1}}\n{}", event(0), event(1), event(2));
    let ran = service.run_with_input(&["publish", "-"], &input).await;
    assert_eq!(ran.code, 2, "{ran:?}");
    let outcomes: Vec<_> = ran.lines().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, ["accepted", "invalid", "accepted"]);
    assert_eq!(ran.lines()[1]["message"], "specversion is not 1.0");
    assert!(ran.stderr.contains("standard input: line 4 column 6: expected `:`"), "{ran:?}");
    assert_eq!(ids(&service), ["0", "1"]);
}

/// A pipe that has a path cannot be read twice.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_is_read_once() {
    let service = Service::start(|_, call| accepted(call)).await;
    let ran = service.run_with_input(&["publish", "/dev/stdin"], &event(0)).await;
    assert_eq!((ran.code, ran.lines().len()), (0, 1), "{ran:?}");
    assert_eq!(ids(&service), ["0"]);
}

/// A publisher that reads from a pipe which stays open.
pub(super) struct Publishing {
    pub(super) process: Child,
    pub(super) printed: Text,
    pub(super) log: Text,
}

impl Publishing {
    pub(super) fn start(service: &Service, arguments: &[&str]) -> Self {
        let mut command = service.command(&[&["publish"], arguments].concat());
        let mut process = command.stdin(Stdio::piped()).spawn().unwrap();
        let printed = Text::of(process.stdout.take().unwrap());
        let log = Text::of(process.stderr.take().unwrap());
        Self { process, printed, log }
    }

    pub(super) async fn write(&mut self, text: &str) {
        let stdin = self.process.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).await.unwrap();
        stdin.flush().await.unwrap();
    }

    pub(super) async fn interrupt(&self) {
        let id = self.process.id().unwrap().to_string();
        let kill = tokio::process::Command::new("kill").args(["-INT", &id]).status().await;
        assert!(kill.unwrap().success());
    }

    pub(super) async fn end(mut self) -> Ran {
        let status = timeout(PATIENCE, self.process.wait()).await.expect("it ends").unwrap();
        let code = status.code().expect("it ends by itself");
        Ran { code, stdout: self.printed.end().await, stderr: self.log.end().await }
    }
}

#[tokio::test]
async fn an_event_on_a_pipe_does_not_wait_for_the_next() {
    let service = Service::start(|_, call| accepted(call)).await;
    let mut publishing = Publishing::start(&service, &["-"]);
    publishing.write(&event(0)).await;
    publishing.printed.line_that_begins(r#"{"index":0,"#).await;
    publishing.write(&format!("\n{}\n", event(1))).await;
    publishing.printed.line_that_begins(r#"{"index":1,"#).await;
    // An end of the input would end it too, if it came first.
    let _open = publishing.process.stdin.take();
    publishing.interrupt().await;
    let ran = publishing.end().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("events from index 2 on were not read"), "{ran:?}");
    assert_eq!(ids(&service), ["0", "1"]);
}

/// Memory is that of some requests, whatever goes through.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_endless_input_takes_bounded_memory() {
    let service = Service::start(|_, call| {
        let list: Vec<_> =
            call.events.iter().map(|event| json!({"EventId": event["id"]})).collect();
        ok(json!({"FailedEntryCount": 0, "EntryList": list}))
    })
    .await;
    let mut publishing = Publishing::start(&service, &["-"]);
    let data = "x".repeat(15_000);
    let total: u64 = 4_000;
    for id in 0..total {
        let line = json!({"id": id.to_string(), "source": "s", "type": "t", "data": data});
        publishing.write(&format!("{line}\n")).await;
    }
    publishing.printed.line_that_begins(&format!("{{\"index\":{},", total - 1)).await;
    let status = format!("/proc/{}/status", publishing.process.id().unwrap());
    let status = std::fs::read_to_string(status).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    drop(publishing.process.stdin.take());
    assert_eq!(publishing.end().await.code, 0);
    assert!(peak < 48 * 1024, "{peak} KiB for 60 MB of events");
}
