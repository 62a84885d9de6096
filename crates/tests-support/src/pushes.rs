//! Pushes signed with a throw-away key, and verifiers that accept them.

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tower_eventbridge::{Verifier, VerifierBuilder, signer::Signer};

/// The URL that pushes are signed for.
pub const URL: &str = "https://hooks.example.com/events";
/// Another URL of the same origin.
pub const OTHER_URL: &str = "https://hooks.example.com/others";
/// The configured token.
pub const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";
/// The token of another tenant.
pub const OTHER_TOKEN: &str = "a-token-of-another-tenant";
/// [`now`] in milliseconds after 1970: 2026-12-01T00:00:00Z.
pub const MILLIS: u64 = 1_796_083_200_000;

/// Returns the time at which tests take place.
pub fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(MILLIS)
}

/// Returns the signer of this process.
pub fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

/// Accepts pushes of [`signer`] to [`URL`] with [`TOKEN`], its certificate given.
pub fn verifier_builder() -> VerifierBuilder {
    Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem())
}

/// Builds [`verifier_builder`].
pub fn verifier() -> Verifier {
    verifier_builder().build().unwrap()
}
