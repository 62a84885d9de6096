//! Signatures by the Standard Webhooks specification, version 1.0, symmetric (`v1`).
//!
//! Three lines of HMAC over crates that the tree has; the published crate would bring a second
//! `base64`.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A secret that the service behind shares. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// Tells why a text is no secret, without the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretError;

impl FromStr for Secret {
    type Err = SecretError;

    /// Reads `whsec_` and base64, or base64 alone, of 24 to 64 bytes.
    fn from_str(text: &str) -> Result<Self, SecretError> {
        let base64 = text.strip_prefix("whsec_").unwrap_or(text);
        let bytes = Zeroizing::new(STANDARD.decode(base64).map_err(|_| SecretError)?);
        match bytes.len() {
            24..=64 => Ok(Self(bytes)),
            _ => Err(SecretError),
        }
    }
}

/// Signs a message: one signature for each secret, separated by spaces.
///
/// `id` is the value of `webhook-id`, and `timestamp` that of `webhook-timestamp`, in seconds.
pub fn signatures(secrets: &[Secret], id: &str, timestamp: u64, body: &[u8]) -> String {
    let signed = secrets.iter().filter_map(|secret| {
        // A key of any length fits.
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    });
    signed.collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "must be whsec_ followed by base64 of 24 to 64 bytes: make one by `openssl rand \
             -base64 32`",
        )
    }
}

impl std::error::Error for SecretError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's repository.
    #[test]
    fn the_published_example_is_signed_alike() {
        let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = signatures(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_named_without_it() {
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        for text in ["", "whsec_", "secret", "whsec_!!!!", &short, &long] {
            let error = text.parse::<Secret>().unwrap_err();
            assert!(
                text.is_empty()
                    || !error.to_string().contains(text.trim_start_matches("whsec_"))
                    || text == "whsec_"
            );
        }
        assert!(STANDARD.encode([7; 24]).parse::<Secret>().is_ok());
        assert!(STANDARD.encode([7; 64]).parse::<Secret>().is_ok());
    }
}
