//! The one who signs the pushes of these tests, and where files are.

use std::sync::OnceLock;

use tower_eventbridge::signer::Signer;

use crate::process::{REPOSITORY, temporary_file};

pub(crate) const URL: &str = "https://hooks.example.com/events";
pub(crate) const TOKEN: &str = "token-secret-0123456789";

pub(crate) fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

/// `URL=FILE` of the signer's certificate; the file is written once for all tests.
pub(crate) fn certificate_argument() -> &'static str {
    static ARGUMENT: OnceLock<String> = OnceLock::new();
    ARGUMENT.get_or_init(|| {
        let file = temporary_file("signer.pem", signer().certificate_pem().as_bytes());
        format!("{}={}", signer().certificate_url(), file.display())
    })
}

/// A file of the repository.
pub(crate) fn repository(file: &str) -> String {
    format!("{REPOSITORY}/{file}")
}

/// A sample event of the fixtures.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    std::fs::read(repository(&format!("fixtures/envelopes/{name}.json"))).unwrap()
}

/// The test root, under which `push` serves certificates.
pub(crate) const TEST_ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/test_root.pem");
