//! The cases of `fixtures/api`: every verdict, and every pattern that is not valid.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use aliyun_eventbridge::{
    JsonEvent,
    pattern::{EventPattern, EventPatternSet},
};
use eventbridge_envelope::CloudEvent;
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
    #[serde(default)]
    invalid_patterns: Vec<String>,
}

#[derive(Deserialize)]
struct Case {
    pattern: String,
    event: String,
    #[serde(rename = "match")]
    matches: bool,
}

fn cases(file: &str) -> Cases {
    let path = format!("{}/../../fixtures/api/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Cases where the facts decide otherwise than the file says, each with the reason. None is known.
const DIFFERENCES: [(&str, &str, &str); 0] = [];

fn check(file: &str, at_least: usize) {
    let cases = cases(file).cases;
    assert!(cases.len() >= at_least, "{file} has {} cases", cases.len());
    let mut wrong = Vec::new();
    for Case { pattern, event, matches } in &cases {
        let differs = DIFFERENCES.iter().any(|(p, e, _)| p == pattern && e == event);
        let parsed: EventPattern =
            pattern.parse().unwrap_or_else(|error| panic!("{pattern}: {error}"));
        let event_json = JsonEvent::parse(event).unwrap();
        let found = parsed.matches_event(&event_json);
        assert_eq!(parsed.explain(&event_json).matches, found, "explain: {pattern} {event}");
        if (found == *matches) == differs {
            wrong.push(format!("{pattern} {event}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
}

#[test]
fn the_cases_made_by_the_rules() {
    check("pattern-cases.json", 76);
}

#[test]
fn the_cases_that_the_reference_code_ran() {
    check("pattern-cases-run.json", 136);
}

#[test]
fn invalid_patterns_are_rejected() {
    let invalid = cases("pattern-cases.json").invalid_patterns;
    assert!(invalid.len() >= 22);
    for pattern in invalid {
        let error = EventPattern::parse(&pattern).expect_err(&pattern);
        assert!(error.to_string().starts_with('$'), "{error}");
    }
}

/// All patterns of the files in one set give what each gives alone, for every event of the files.
#[test]
fn the_cases_as_one_set() {
    let cases: Vec<_> = ["pattern-cases.json", "pattern-cases-run.json"]
        .iter()
        .flat_map(|file| cases(file).cases)
        .collect();
    let patterns: Vec<EventPattern> =
        cases.iter().map(|case| case.pattern.parse().unwrap()).collect();
    let set: EventPatternSet<usize> = patterns.iter().cloned().enumerate().collect();
    for case in &cases {
        let event = JsonEvent::parse(&case.event).unwrap();
        let alone: Vec<_> =
            (0..patterns.len()).filter(|at| patterns[*at].matches_event(&event)).collect();
        let together: Vec<_> = set.matching_event(&event).into_iter().copied().collect();
        assert_eq!(together, alone, "{}", case.event);
    }
}

/// A typed event gives the verdicts and explanations of its bytes, for every case whose event can
/// be one once it has the required attributes.
#[test]
fn the_cases_as_typed_events() {
    let mut compared = 0;
    for file in ["pattern-cases.json", "pattern-cases-run.json"] {
        let cases = cases(file).cases;
        let patterns: Vec<EventPattern> =
            cases.iter().map(|case| case.pattern.parse().unwrap()).collect();
        let set: EventPatternSet<usize> = patterns.iter().cloned().enumerate().collect();
        for Case { pattern, event, .. } in &cases {
            let text = with_required(event);
            let Ok(typed) = CloudEvent::from_slice(text.as_bytes()) else {
                // A typed event has text for attributes and each name once; any other is an error.
                continue;
            };
            let typed: CloudEvent = typed;
            let parsed: EventPattern = pattern.parse().unwrap();
            let bytes = JsonEvent::parse(&text).unwrap();
            let verdict = parsed.matches(&text).unwrap();
            assert_eq!(parsed.matches_cloud_event(&typed).unwrap(), verdict, "{pattern} {text}");
            let explained = parsed.explain_cloud_event(&typed).unwrap();
            assert_eq!(explained, parsed.explain(&bytes), "{pattern} {text}");
            assert_eq!(set.matching_cloud_event(&typed).unwrap(), set.matching(&text).unwrap());
            assert_eq!(
                set.first_matching_event(&bytes),
                set.matching_event(&bytes).first().copied()
            );
            compared += 1;
        }
    }
    assert!(compared >= 180, "{compared} cases could be typed events");
}

/// Adds the attributes that a typed event must have, where they are not there.
fn with_required(event: &str) -> String {
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(event).unwrap();
    let missing =
        ["specversion", "source", "type"].iter().filter(|name| !members.contains_key(**name));
    let added: String = missing.map(|name| format!("\"{name}\":\"required\",")).collect();
    let rest = event.trim_start().strip_prefix('{').unwrap();
    match rest.trim_start() {
        "}" => format!("{{{}}}", added.trim_end_matches(',')),
        _ => format!("{{{added}{rest}"),
    }
}

/// What a typed event reads leniently, patterns still see as it was written.
#[test]
fn typed_events_are_matched_by_their_original_text() {
    let text = r#" {"specversion":"1.0","source":"s","type":"t","subject":null,"id":7,"x":1.50,
        "time":"","data":{"n":3.0e2,"s":"\ud800x"}}"#;
    let typed: CloudEvent = CloudEvent::from_slice(text.as_bytes()).unwrap();
    for (pattern, matches) in [
        (r#"{"subject":[null]}"#, true),
        (r#"{"subject":[{"exists":false}]}"#, false),
        (r#"{"id":[{"numeric":["=",7]}]}"#, true),
        (r#"{"time":[""]}"#, true),
        (r#"{"x":[1.50]}"#, true),
        (r#"{"data":{"n":[3.0e2],"s":[{"suffix":"x"}]}}"#, true),
        (r#"{"data":{"n":[300]}}"#, false),
    ] {
        let pattern: EventPattern = pattern.parse().unwrap();
        assert_eq!(pattern.matches_cloud_event(&typed).unwrap(), matches, "{pattern}");
        assert_eq!(pattern.matches(text).unwrap(), matches, "{pattern}");
    }
    // A new event is what it would be written as.
    let attributes = eventbridge_envelope::EventAttributes::new("s", "t").with("x", "y");
    let new = CloudEvent::new(attributes, &serde_json::json!({"n": 1.5})).unwrap();
    assert_eq!(new.original_json(), None);
    let pattern: EventPattern = r#"{"x":["y"],"data":{"n":[1.5]}}"#.parse().unwrap();
    assert!(pattern.matches_cloud_event(&new).unwrap());
}
