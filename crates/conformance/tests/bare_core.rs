//! Runs `fixtures/conformance/eventbridge-push.json` on the crate without any feature.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

#[path = "../../../tests/support/mod.rs"]
mod support;

use support::{Conformance, Expected, clock, verify};

#[test]
fn every_case_of_the_conformance_file_has_its_verdict() {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/conformance/eventbridge-push.json");
    let conformance: Conformance = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert!(conformance.cases.len() >= 120, "only {} cases", conformance.cases.len());

    let mut wrong = Vec::new();
    for case in &conformance.cases {
        let verifier =
            case.policy.verifier().unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let certificate = conformance.certificates[&case.certificate].as_bytes();
        let request = &case.request;
        let verdict =
            verify(&verifier, &request.parts(), request.body(), certificate, clock(case.clock_ms));
        let got = Expected::of(&verdict);
        if got != case.expected {
            wrong.push(format!("{}: expected {:?}, got {verdict:?}", case.name, case.expected));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        conformance.cases.len(),
        wrong.join("\n")
    );
}
