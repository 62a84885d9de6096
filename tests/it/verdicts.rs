//! The verdict on every fixture. Its steps are compared in `src/signature/tests.rs`.

use tests_support::{
    conformance::{Expected, clock},
    signature_fixture::Fixture,
    verdict::{verifier, verify},
};

#[test]
fn every_fixture_has_its_verdict() {
    let fixtures = Fixture::all();
    assert!(fixtures.len() >= 120, "only {} fixtures", fixtures.len());
    for fixture in fixtures {
        let name = &fixture.name;
        let verifier = verifier(&fixture.policy).unwrap_or_else(|error| panic!("{name}: {error}"));
        let now = clock(fixture.clock_ms);
        let verdict = verify(&verifier, &fixture.parts, fixture.body, &fixture.certificate, now);
        assert_eq!(Expected::of(&verdict), fixture.expected, "{name}: {verdict:?}");
    }
}
