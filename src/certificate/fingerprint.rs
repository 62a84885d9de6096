//! SHA-256 fingerprints of certificates and public keys.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

/// Holds a SHA-256 fingerprint, of a certificate's DER or of a public key's SubjectPublicKeyInfo
/// DER (the form that RFC 7469 section 2.4 pins).
///
/// Printed as 64 lower-case hexadecimal digits; read from hexadecimal in any case, with or without
/// colons:
///
/// ```
/// use tower_eventbridge::certificate::Fingerprint;
///
/// let colons = "E3:04:DD:DE:55:CA:86:11:F5:C4:9C:90:BF:93:75:9C:\
///     7F:EB:C9:B9:B6:DD:CA:7B:67:92:B2:2F:E1:F3:E1:43";
/// let digits = "e304ddde55ca8611f5c49c90bf93759c7febc9b9b6ddca7b6792b22fe1f3e143";
/// assert_eq!(colons.parse::<Fingerprint>()?.to_string(), digits);
/// # Ok::<(), tower_eventbridge::certificate::ParseFingerprintError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the 32 bytes of the digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl From<[u8; 32]> for Fingerprint {
    fn from(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

impl TryFrom<&str> for Fingerprint {
    type Error = ParseFingerprintError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digest = [0_u8; 32];
        let mut digits = text.chars().filter(|&character| character != ':');
        for byte in &mut digest {
            let mut nibble = || {
                digits
                    .next()
                    .and_then(|digit| digit.to_digit(16))
                    .and_then(|digit| u8::try_from(digit).ok())
                    .ok_or(ParseFingerprintError(()))
            };
            *byte = (nibble()? << 4) | nibble()?;
        }
        if digits.next().is_some() {
            return Err(ParseFingerprintError(()));
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // At once: a proxy writes it for every push.
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let digits: String =
            digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
        formatter.write_str(&digits)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({self})")
    }
}

/// Says that a text is not 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseFingerprintError(());

impl fmt::Display for ParseFingerprintError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a SHA-256 fingerprint is 64 hexadecimal digits")
    }
}

impl std::error::Error for ParseFingerprintError {}

/// Names a trusted key by its fingerprint, for
/// [`public_key_pin`](crate::VerifierBuilder::public_key_pin).
///
/// Text is read when the verifier is built: text that is not a fingerprint is a configuration
/// error.
///
/// ```
/// use tower_eventbridge::certificate::{Fingerprint, PublicKeyPin};
///
/// let of_text: PublicKeyPin =
///     "e304ddde55ca8611f5c49c90bf93759c7febc9b9b6ddca7b6792b22fe1f3e143".into();
/// let of_digest = PublicKeyPin::from(Fingerprint::from([0; 32]));
/// # let _ = (of_text, of_digest);
/// ```
#[derive(Clone, Debug)]
pub struct PublicKeyPin {
    given: Result<Fingerprint, Box<str>>,
}

impl PublicKeyPin {
    /// Reads the text, if text was given.
    pub(crate) fn fingerprint(&self) -> Result<Fingerprint, (String, ParseFingerprintError)> {
        match &self.given {
            Ok(fingerprint) => Ok(*fingerprint),
            Err(text) => text.parse().map_err(|error| (text.to_string(), error)),
        }
    }
}

impl From<Fingerprint> for PublicKeyPin {
    fn from(fingerprint: Fingerprint) -> Self {
        Self { given: Ok(fingerprint) }
    }
}

impl From<[u8; 32]> for PublicKeyPin {
    fn from(digest: [u8; 32]) -> Self {
        Fingerprint::from(digest).into()
    }
}

impl From<&str> for PublicKeyPin {
    fn from(text: &str) -> Self {
        Self { given: Err(text.into()) }
    }
}

impl From<&String> for PublicKeyPin {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for PublicKeyPin {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_no_digest_is_an_error() {
        let good = "ab".repeat(32);
        assert_eq!(good.parse::<Fingerprint>().unwrap().to_string(), good);
        for bad in ["", "ab", &"ab".repeat(31), &"ab".repeat(33), &"zz".repeat(32), &"é".repeat(64)]
        {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }
}
