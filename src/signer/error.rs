//! Why nothing was signed.

use std::fmt;

/// Says why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerError {
    message: String,
}

impl SignerError {
    pub(super) fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string() }
    }
}

impl fmt::Display for SignerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for SignerError {}
