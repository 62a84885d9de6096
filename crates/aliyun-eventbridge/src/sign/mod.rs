//! The two signatures: a canonical request as a value, then a signature.
//!
//! | protocol | signature | covers |
//! |---|---|---|
//! | `openapi` | [`acs`]: HMAC-SHA1 | method, content type, date, `x-acs-` headers, path; **not the body** |
//! | 2020-04-01 | [`acs3`]: HMAC-SHA256 | method, path, query, headers, body |
//!
//! A request of the `openapi` protocol can be sent again with another body while its date is
//! accepted. Its signature proves who may publish, not what was published: TLS protects the body.

pub mod acs3;

pub mod acs;

use std::fmt;

use zeroize::Zeroizing;

/// Holds the text that a signature covers. It can hold tokens and passwords: `Debug` shows its
/// length only.
#[derive(Clone, PartialEq, Eq)]
pub struct CanonicalRequest(Zeroizing<String>);

impl CanonicalRequest {
    /// Returns the text. Never log it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CanonicalRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalRequest({} bytes)", self.0.len())
    }
}
