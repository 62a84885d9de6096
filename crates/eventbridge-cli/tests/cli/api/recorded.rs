//! The program against the answers that were recorded with the vendor's SDKs: what arrives, and
//! what each answer means.

use serde_json::Value;

use super::service::{Ran, Reply, Service};
use crate::sender::repository;

fn vectors(folder: &str, begins: &str) -> Vec<(String, Value)> {
    let folder = repository(&format!("fixtures/api/vectors/{folder}"));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name.starts_with(begins) {
            let vector = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            found.push((name, vector));
        }
    }
    found
}

async fn answering(vector: &Value) -> Service {
    let reply = vector["server_reply"].clone();
    Service::start(move |_, _| {
        let status = u16::try_from(reply["status"].as_u64().unwrap()).unwrap();
        Reply::Json(status, reply["body"].clone())
    })
    .await
}

/// The service's code, in either spelling, where the answer is a failure.
fn code(reply: &Value) -> Option<&str> {
    let body = &reply["body"];
    let code = body["Code"].as_str().or_else(|| body["code"].as_str());
    let fine = reply["status"] == 200 && matches!(code, None | Some("Success" | "200"));
    if fine { None } else { code }
}

#[tokio::test]
async fn rules_get() {
    let vectors = vectors("python-2020-04-01", "get-rule");
    assert!(vectors.len() >= 12);
    for (name, vector) in vectors {
        let service = answering(&vector).await;
        let arguments =
            ["rules", "get", "rule-1", "--bus", "demo-bus", "--json", "--attempts", "1"];
        let ran: Ran = service.run(&arguments).await;
        let call = &service.calls()[0];
        let names = [&call.members["EventBusName"], &call.members["RuleName"]];
        assert_eq!(names, ["demo-bus", "rule-1"], "{name}");
        match code(&vector["server_reply"]) {
            None => assert_eq!((ran.code, ran.stdout.as_str()), (0, EMPTY), "{name}"),
            Some(code) => {
                assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{name}: {ran:?}");
                assert!(ran.stderr.contains(&format!("code {code}: ")), "{name}: {ran:?}");
            }
        }
    }
}

#[tokio::test]
async fn publish() {
    let (mut sent, mut failed) = (0, 0);
    for (name, vector) in vectors("python", "put-events") {
        let Some(body) = vector["requests"][0]["body"].as_str().filter(|body| *body != "[]") else {
            continue;
        };
        let Ok(Value::Array(events)) = serde_json::from_str(body) else { continue };
        let service = answering(&vector).await;
        let ran = service.run(&["publish", body, "--attempts", "1", "--keep-going"]).await;
        if events[0].get("extensions").is_some() {
            // The SDK's own slip where an event names no bus.
            ran.is_bad_usage("extensions is an extension named like an attribute");
            continue;
        }
        let arrived = &service.calls()[0].events;
        for (arrived, event) in arrived.iter().zip(&events) {
            for member in ["id", "source", "type", "subject", "time", "aliyuneventbusname"] {
                assert_eq!(arrived.get(member), event.get(member), "{name}: {member}");
            }
        }
        let reply = &vector["server_reply"];
        let entry_fails = reply["body"]["FailedEntryCount"].as_u64().is_some_and(|count| count > 0);
        let fails = code(reply).is_some() || entry_fails;
        assert_eq!(ran.code, i32::from(fails), "{name}: {ran:?}");
        if let Some(code) = code(reply) {
            assert_eq!(ran.lines()[0]["code"], code, "{name}: {ran:?}");
        }
        sent += 1;
        failed += i32::from(fails);
    }
    assert!(sent >= 25 && failed >= 9, "{sent} {failed}");
}

/// A rule of which the answer says nothing.
const EMPTY: &str = "{\n  \"Targets\": []\n}\n";
