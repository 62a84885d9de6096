//! Runs `fixtures/conformance/eventbridge-push.json` on the crate without any feature.

#![allow(clippy::panic, clippy::indexing_slicing, missing_docs, reason = "test code")]

use tests_support::{
    conformance::{Conformance, Expected, clock},
    verdict::{verifier, verify},
};

#[test]
fn every_case_of_the_conformance_file_has_its_verdict() {
    let conformance = Conformance::read();
    assert!(conformance.cases.len() >= 120, "only {} cases", conformance.cases.len());

    let mut wrong = Vec::new();
    for case in &conformance.cases {
        let verifier =
            verifier(&case.policy).unwrap_or_else(|error| panic!("{}: {error}", case.name));
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
