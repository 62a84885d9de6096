//! `pattern`: verdicts and reasons, and every case of the case files.

use std::collections::BTreeMap;

use serde_json::Value;

use super::service::{Ran, without_credentials};
use crate::{process::temporary_file, sender::repository};

async fn pattern(arguments: &[&str]) -> Ran {
    Ran::of(without_credentials("pattern", arguments)).await
}

const EVENT: &str = r#"{"id":"1","source":"acs.oss","data":{"size":4}}"#;
const LARGE: &str = r#"{"source":["acs.oss"],"data":{"size":[{"numeric":[">",5]}]}}"#;

#[tokio::test]
async fn the_exit_code_is_the_verdict_and_the_reason_names_the_field() {
    let ran = pattern(&["--pattern", r#"{"source":["acs.oss"]}"#, "--event", EVENT]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "match\n"));
    let ran = pattern(&["--pattern", LARGE, "--event", EVENT]).await;
    let reason = "no match: $.data.size is 4, which {\"numeric\":[\">\",5]} does not hold for: \
         outside the range\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (1, reason));
    let escape = r#"{"source":"\u001b[31m\n"}"#;
    let ran = pattern(&["--pattern", r#"{"source":["a"]}"#, "--event", escape]).await;
    assert!(!ran.stdout.contains('\u{1b}') && ran.stdout.lines().count() == 1, "{ran:?}");
    let ran = pattern(&["--pattern", r#"{"source":"acs.oss"}"#, "--event", EVENT]).await;
    ran.is_bad_usage(
        "eventbridge pattern: --pattern: inline text: $.source: a field takes an array",
    );
}

#[tokio::test]
async fn json_has_every_field_and_condition() {
    let ran = pattern(&["--json", "--pattern", LARGE, "--event", EVENT]).await;
    assert_eq!(ran.code, 1);
    let line: Value = serde_json::from_str(&ran.stdout).unwrap();
    let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["data_missing", "event", "fields", "id", "index", "matches", "pattern"];
    assert_eq!(keys, expected);
    assert_eq!(line["matches"], false);
    assert_eq!(line["fields"][0]["holds"], true);
    assert_eq!(line["fields"][1]["path"], "$.data.size");
    assert_eq!(line["fields"][1]["conditions"][0]["mismatch"], "out_of_range");
    assert_eq!((&line["index"], &line["id"]), (&Value::from(0), &Value::from("1")));
}

#[tokio::test]
async fn several_events_and_patterns_are_named_by_their_places() {
    let lines = format!("{EVENT}\n{}\n", EVENT.replace("4}", "6}"));
    let events = temporary_file("pattern-events.jsonl", lines.as_bytes());
    let large = temporary_file("pattern-large.json", LARGE.as_bytes());
    let (events, large) = (events.to_str().unwrap(), large.to_str().unwrap());
    let ran = pattern(&["--pattern", large, "--event", events]).await;
    assert_eq!(ran.code, 1);
    let starts = [format!("{events}:1: no match: $.data.size"), format!("{events}:2: match")];
    for (line, start) in ran.stdout.lines().zip(starts) {
        assert!(line.starts_with(&start), "{line}");
    }
    let ran = pattern(&["--pattern", large, "{}", "--event", events]).await;
    assert_eq!(ran.stdout.lines().nth(1).unwrap(), format!("{events}:1: inline text: match"));
    assert_eq!(ran.stdout.lines().count(), 4);

    let all = [r#"{"source":["acs.oss"]}"#, "--event", "-"];
    let command = without_credentials("pattern", &[&["--pattern"], &all[..]].concat());
    let ran = Ran::with_input(command, &format!("[{EVENT},\n{EVENT}]")).await;
    assert_eq!((ran.code, ran.stdout.lines().count()), (0, 2), "{ran:?}");
    assert!(ran.stdout.ends_with("standard input:2: match\n"), "{ran:?}");
}

#[tokio::test]
async fn what_cannot_be_read_is_named_with_its_place() {
    let broken = temporary_file("pattern-broken.jsonl", format!("{EVENT}\n{{\"a\" 1}}").as_bytes());
    let broken = broken.to_str().unwrap();
    pattern(&["--pattern", "{}", "--event", broken])
        .await
        .is_bad_usage(&format!("--event: {broken}: line 2 column 6: expected `:`"));
    pattern(&["--pattern", "{}", "--event", "[]"]).await.is_bad_usage("has no event");
    pattern(&["--pattern", "{}", "--event", "/no/file"]).await.is_bad_usage("/no/file: No such");
    pattern(&["--pattern", "-", "--event", "-"])
        .await
        .is_bad_usage("--pattern: cannot be -: --event reads standard input already");
    let strict = [r#"{"subject":[{"contains":"a"}]}"#, "--event", EVENT, "--strict"];
    pattern(&[&["--pattern"], &strict[..]].concat()).await.is_bad_usage("$.subject[0]");
}

/// Every case: the events of a pattern in one process.
#[tokio::test]
async fn the_case_files() {
    let (mut count, mut invalid) = (0, 0);
    for file in ["pattern-cases.json", "pattern-cases-run.json"] {
        let cases = std::fs::read(repository(&format!("fixtures/api/{file}"))).unwrap();
        let cases: Value = serde_json::from_slice(&cases).unwrap();
        let mut of_pattern: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
        for case in cases["cases"].as_array().unwrap() {
            let event = (case["event"].as_str().unwrap(), case["match"].as_bool().unwrap());
            of_pattern.entry(case["pattern"].as_str().unwrap()).or_default().push(event);
        }
        for (pattern, events) in of_pattern {
            let input: Vec<_> = events.iter().map(|(event, _)| *event).collect();
            let arguments = ["--json", "--pattern", pattern, "--event", "-"];
            let command = without_credentials("pattern", &arguments);
            let ran = Ran::with_input(command, &input.join("\n")).await;
            let expected: Vec<_> = events.iter().map(|(_, matches)| *matches).collect();
            let found: Vec<_> =
                ran.lines().iter().map(|line| line["matches"].as_bool().unwrap()).collect();
            assert_eq!(found, expected, "{pattern}: {ran:?}");
            assert_eq!(ran.code == 0, expected.iter().all(|matches| *matches), "{pattern}");
            count += events.len();
        }
        for pattern in cases["invalid_patterns"].as_array().unwrap_or(&Vec::new()) {
            let file = temporary_file("invalid-pattern", pattern.as_str().unwrap().as_bytes());
            self::pattern(&["--pattern", file.to_str().unwrap(), "--event", EVENT])
                .await
                .is_bad_usage("--pattern: ");
            invalid += 1;
        }
    }
    assert!(count >= 212 && invalid >= 22, "{count} {invalid}");
}
