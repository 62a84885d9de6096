//! The cases of `fixtures/api`: every transform, byte for byte.

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
    transform::{Form, TargetParameter},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    form: Form,
    value: Option<String>,
    template: Option<String>,
    event: String,
    result: Option<String>,
}

/// Cases where the facts decide otherwise than the file says, by form, value and template, each
/// with the reason. None is known.
const DIFFERENCES: [(Form, Option<&str>, Option<&str>, &str); 0] = [];

fn check(file: &str, at_least: usize) {
    let path = format!("{}/../../fixtures/api/{file}", env!("CARGO_MANIFEST_DIR"));
    let cases: Cases = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(cases.cases.len() >= at_least);
    let mut wrong = Vec::new();
    for Case { form, value, template, event, result } in cases.cases {
        let differs = DIFFERENCES
            .iter()
            .any(|(f, v, t, _)| (f, *v, *t) == (&form, value.as_deref(), template.as_deref()));
        let mut parameter = TargetParameter::original("Body");
        (parameter.form, parameter.value, parameter.template) = (form, value, template);
        let transform =
            parameter.compile().unwrap_or_else(|error| panic!("{parameter:?}: {error}"));
        let event = JsonEvent::parse(&event).unwrap();
        let made = transform.apply(&event).unwrap();
        if (made.as_deref() == result.as_deref()) == differs {
            wrong.push(format!("{parameter:?}: {made:?}"));
        }
    }
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
}

#[test]
fn the_cases_made_by_the_rules() {
    check("transform-cases.json", 20);
}

#[test]
fn the_cases_that_the_reference_code_ran() {
    check("transform-cases-run.json", 49);
}
