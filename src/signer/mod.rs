//! Signs pushes as EventBridge signs them, for tests, simulators and examples. **Not for production
//! trees**: it brings private-key operations of the `rsa` crate, which are on advisory lists
//! (RUSTSEC-2023-0071).
//!
//! Test a handler behind a verifier without the cloud:
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//! use tower_eventbridge::{Verifier, signature::RejectionKind, signer::{Forgery, Signer}};
//!
//! let now = UNIX_EPOCH + Duration::from_secs(1_796_083_200); // 2026-12-01T00:00:00Z
//! let signer = Signer::generate()?;
//! let verifier = Verifier::builder()
//!     .endpoint("https://hooks.example.com/events")
//!     .token("5b0c0f6e7c0d4e5f8a9b")
//!     .certificate(signer.certificate_url(), signer.certificate_pem())
//!     .build()?;
//! let verify = |request: http::Request<bytes::Bytes>| {
//!     let (parts, body) = request.into_parts();
//!     let head = verifier.check_head(&parts, now)?;
//!     let certificate = head.given_certificate().expect("given to the builder").clone();
//!     let mut check = head.check_certificate(&certificate, now)?;
//!     check.update(body)?;
//!     check.finish()
//! };
//!
//! let push = signer
//!     .push("https://hooks.example.com/events")
//!     .token("5b0c0f6e7c0d4e5f8a9b")
//!     .body("{}");
//! assert!(verify(push.sign(now)?).is_ok());
//!
//! let rejection = verify(push.forgery(Forgery::TamperedBody).sign(now)?).unwrap_err();
//! assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod sign_with;

mod private_operation;

mod forgery;
mod key;

mod identity;

mod push;

mod forge;

pub use error::SignerError;
pub use forgery::Forgery;
pub use identity::Signer;
pub use push::Push;
pub use sign_with::SignWith;
