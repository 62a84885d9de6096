//! Signs pushes as EventBridge signs them, for tests, simulators and examples. **Not for production trees**: it brings
//! private-key operations of the `rsa` crate, which are on advisory lists (RUSTSEC-2023-0071).
//!
//! Test a handler behind a verifier without the cloud:
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//! use tower_eventbridge::{RejectionKind, Verifier, signer::{Forgery, Signer}};
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
//!     let certificate = head.pinned_certificate().expect("given to the builder").clone();
//!     let mut check = head.with_certificate(&certificate, now)?;
//!     check.update(body)?;
//!     check.finish()
//! };
//!
//! let push = signer.push("https://hooks.example.com/events").token("5b0c0f6e7c0d4e5f8a9b").body("{}");
//! assert!(verify(push.sign(now)?).is_ok());
//!
//! let rejection = verify(push.forgery(Forgery::TamperedBody).sign(now)?).unwrap_err();
//! assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod forgery;
mod key;
mod push;

use std::fmt;

pub use forgery::Forgery;
pub use push::{Push, SignWith};

use key::SigningKey;
use zeroize::Zeroizing;

/// Stands for EventBridge: a key, its self-signed certificate, and the URL where the certificate is said to be.
#[derive(Clone, Debug)]
pub struct Signer {
    key: SigningKey,
    certificate_pem: String,
    certificate_url: String,
}

impl Signer {
    /// Makes a throw-away RSA-1024 key, the size of the published ones; takes well under a second in a debug build too.
    ///
    /// # Errors
    ///
    /// If no key can be made.
    pub fn generate() -> Result<Self, SignerError> {
        Self::generate_with_bits(1024)
    }

    /// Makes a throw-away RSA key of this many bits, 1024 to 4096.
    ///
    /// # Errors
    ///
    /// If no such key can be made.
    pub fn generate_with_bits(bits: u32) -> Result<Self, SignerError> {
        Self::with_key(SigningKey::generate(bits)?)
    }

    /// Takes a private RSA key in PEM, PKCS#1 or PKCS#8.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn from_private_key_pem(pem: &str) -> Result<Self, SignerError> {
        Self::with_key(SigningKey::from_pem(pem)?)
    }

    fn with_key(key: SigningKey) -> Result<Self, SignerError> {
        let certificate_pem = key.self_signed_certificate()?;
        Ok(Self { key, certificate_pem, certificate_url: DEFAULT_CERTIFICATE_URL.to_owned() })
    }

    /// The certificate in PEM: X.509 v1, self-signed, valid from 2020 to 2120.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The URL that the pushes name; default:
    /// `https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem`.
    #[must_use]
    pub fn certificate_url(&self) -> &str {
        &self.certificate_url
    }

    /// Returns the private key in PEM (PKCS#8), as
    /// [`from_private_key_pem`](Self::from_private_key_pem) reads it.
    ///
    /// The text is overwritten when it is dropped. Keep it as secret as the key.
    ///
    /// # Errors
    ///
    /// If the key cannot be encoded.
    pub fn private_key_pem(&self) -> Result<Zeroizing<String>, SignerError> {
        self.key.to_pem()
    }

    /// Names another certificate URL in the pushes.
    #[must_use]
    pub fn with_certificate_url(mut self, url: impl Into<String>) -> Self {
        self.certificate_url = url.into();
        self
    }

    /// Begins a push to a URL.
    pub fn push(&self, url: impl Into<String>) -> Push<'_> {
        Push::new(self, url.into())
    }
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerError {
    message: String,
}

impl SignerError {
    fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string() }
    }
}

impl fmt::Display for SignerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for SignerError {}

const DEFAULT_CERTIFICATE_URL: &str = "https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem";
