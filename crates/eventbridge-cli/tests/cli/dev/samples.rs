//! `push SAMPLE`, `--list` and `--set`.

use serde_json::{Value, json};

use super::{events, push, receiver};
use crate::process::run;

/// Every sample of the list arrives, with an id and a time of its own.
#[tokio::test]
async fn every_sample_arrives() {
    let output = run("push", &["--list"]).await;
    assert_eq!(output.status.code(), Some(0));
    let list = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Vec<_>> = list.lines().map(|row| row.split_whitespace().collect()).collect();
    let (note, rows) = rows.split_last().unwrap();
    assert_eq!(note.first(), Some(&"composed:"));
    assert_eq!(rows.len(), 24, "{list}");
    let server = receiver(&[]).await;
    for row in rows {
        let (code, line) = push(&server, &[row[0], "--count", "2"]).await;
        assert_eq!(code, 0, "{row:?}: {line}");
    }
    let events = events(server).await;
    let mut ids = std::collections::HashSet::new();
    for (pair, row) in events.chunks(2).zip(rows) {
        for line in pair {
            assert_eq!(line["type"], row[0]);
            assert_eq!(line["source"], row[1]);
            assert!(ids.insert(line["id"].as_str().unwrap().to_owned()), "{line}");
            let time = line["event"]["time"].as_str().unwrap();
            assert!(time.len() == 24 && time.ends_with('Z'), "{line}");
        }
    }
    assert_eq!(ids.len(), 48);
}

#[tokio::test]
async fn set_changes_fields() {
    let server = receiver(&[]).await;
    let changes = ["data.oss.object.size=7", "data.oss.object.key=a b", "id=mine", "x={\"a\":[1]}"];
    let changes: Vec<_> = changes.iter().flat_map(|change| ["--set", *change]).collect();
    let sample = ["oss:ObjectCreated:PutObject"];
    let (code, line) = push(&server, &[&sample[..], &changes].concat()).await;
    assert_eq!(code, 0, "{line}");
    // A file, of which the rest stays as written.
    let file = crate::process::temporary_file("set.json", b"{ \"z\":1.00, \"a\" : {\"n\":1e400} }");
    let event = ["--event", file.to_str().unwrap(), "--set", "a.m=null"];
    assert_eq!(push(&server, &event).await.0, 0);
    let (code, printed, _) = server.stop().await;
    assert_eq!(code, 0);
    let mut lines = printed.lines();
    let line: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    let event = &line["event"];
    assert_eq!(event["data"]["oss"]["object"]["size"], 7);
    assert_eq!(event["data"]["oss"]["object"]["key"], "a b");
    assert_eq!((&event["id"], &event["x"]), (&json!("mine"), &json!({"a": [1]})));
    let file = lines.next().unwrap();
    assert!(file.ends_with(r#""event":{"z":1.00,"a":{"n":1e400,"m":null}}}"#), "{file}");
}

#[tokio::test]
async fn what_is_no_sample_and_no_field_is_one_line() {
    for (arguments, expected) in [
        (
            &["oss:PutObject"][..],
            "SAMPLE: there is no sample \"oss:PutObject\"; near it: oss:ObjectCreated:PutObject",
        ),
        (&["zzzz"], "SAMPLE: there is no sample \"zzzz\"; see push --list"),
        (&["dm:Deliver:Fail", "--set", "data.a.b=1"], "--set: data.a.b: there is no \"a\""),
        (&["--set", "nonsense"], "--set: \"nonsense\" is not PATH=VALUE"),
        (&["--set", "=1"], "--set: \"=1\" has an empty name"),
        (&["--event", "README.md", "--set", "a=1"], "--set: the event is not one JSON object"),
        (&["dm:Deliver:Fail", "--event", "README.md"], "cannot be used with"),
    ] {
        let output = run("push", &[&["--dev"], arguments].concat()).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}
