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
