//! The headers that take part in a signature, in one table with the values that are read
//! (docs/wire-facts.md sections 1.1 and 1.2).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};

macro_rules! header_table {
    ($($(#[$doc:meta])* $header:ident = $name:literal $(if $cfg:ident)?),+ $(,)?) => {
        /// A header that takes part in a signature.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum SignatureHeader {
            $($(#[$doc])* $(#[cfg($cfg)])? $header),+
        }

        impl SignatureHeader {
            /// Every header. Of several faults the first header's is reported.
            pub(crate) const ALL: &'static [Self] =
                &[$($(#[cfg($cfg)])? Self::$header),+];

            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $($(#[cfg($cfg)])? Self::$header => $name),+
                }
            }
        }

        static NAMES: [HeaderName; COUNT] =
            [$($(#[cfg($cfg)])? HeaderName::from_static($name)),+];
    };
}

header_table! {
    /// When the push was signed, in milliseconds since 1970.
    Timestamp = "x-eventbridge-signature-timestamp",
    /// v1: the name of the MAC, `HMAC-SHA1`.
    Method = "x-eventbridge-signature-method",
    /// v2: the name of the hash, `SHA256`.
    HashMethod = "x-eventbridge-hash-method",
    /// The version, `1.0` in every scheme.
    Version = "x-eventbridge-signature-version",
    /// Where the certificate is.
    CertificateUrl = "x-eventbridge-signature-url",
    /// The token configured for the target, in clear.
    Token = "x-eventbridge-signature-token",
    /// v1: the temporary secret, wrapped with the private key, base64.
    Secret = "x-eventbridge-signature-secret",
    /// v1: the MAC, base64.
    Signature = "x-eventbridge-signature",
    /// v2: the signature, base64.
    SignatureV2 = "x-eventbridge-signature-v2",
    /// Of the throw-away scheme of unit tests.
    SignatureV3 = "x-eventbridge-signature-v3" if test,
}

const COUNT: usize = SignatureHeader::ALL.len();

/// Returns every header name that takes part in a signature, under any scheme.
///
/// Each may occur once at most in a push, whichever scheme decides. A service that hands a
/// verified request on should remove them all: a wrapped secret, once seen, signs v1 pushes.
#[must_use]
pub fn signature_headers() -> &'static [HeaderName] {
    &NAMES
}

impl SignatureHeader {
    #[cfg(any(feature = "signer", test))]
    pub(crate) const fn name(self) -> HeaderName {
        HeaderName::from_static(self.as_str())
    }

    fn of(name: &str) -> Option<Self> {
        if !name.starts_with("x-eventbridge-") {
            return None;
        }
        Self::ALL.iter().copied().find(|header| header.as_str() == name)
    }

    fn position(self) -> usize {
        Self::ALL.iter().position(|header| *header == self).unwrap_or(COUNT)
    }
}

/// A signature header that cannot be read, without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeaderFault {
    pub(crate) header: SignatureHeader,
    pub(crate) problem: HeaderProblem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderProblem {
    Missing,
    /// It occurs more than once.
    Repeated,
    Empty,
    TooLong {
        bytes: usize,
        limit: usize,
    },
    NotDigits,
    NotBase64,
    /// Decoded, it is not as long as a MAC.
    NotAMac {
        bytes: usize,
        want: usize,
    },
}

impl fmt::Display for HeaderProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("is missing"),
            Self::Repeated => formatter.write_str("occurs more than once"),
            Self::Empty => formatter.write_str("is empty"),
            Self::TooLong { bytes, limit } => {
                write!(formatter, "has {bytes} bytes, at most {limit} are allowed")
            }
            Self::NotDigits => formatter.write_str("is not 1 to 19 digits that fit 63 bits"),
            Self::NotBase64 => formatter.write_str("is not padded base64"),
            Self::NotAMac { bytes, want } => {
                write!(formatter, "is {bytes} bytes long when decoded, not {want}")
            }
        }
    }
}

impl SignatureHeader {
    pub(crate) const fn fault(self, problem: HeaderProblem) -> HeaderFault {
        HeaderFault { header: self, problem }
    }
}

/// The signature headers of a request, each there once at most.
pub(crate) struct SingleHeaders<'a> {
    values: [Option<&'a HeaderValue>; COUNT],
}

impl<'a> SingleHeaders<'a> {
    /// Rejects a header that occurs twice, with equal values too: readers differ in which they
    /// take.
    pub(crate) fn of(headers: &'a HeaderMap) -> Result<Self, HeaderFault> {
        let mut single = Self { values: [None; COUNT] };
        let mut repeated: Option<SignatureHeader> = None;
        for (name, value) in headers {
            let Some(header) = SignatureHeader::of(name.as_str()) else { continue };
            let Some(slot) = single.values.get_mut(header.position()) else { continue };
            let is_first = repeated.is_none_or(|other| header.position() < other.position());
            if slot.replace(value).is_some() && is_first {
                repeated = Some(header);
            }
        }
        match repeated {
            Some(header) => Err(header.fault(HeaderProblem::Repeated)),
            None => Ok(single),
        }
    }

    pub(crate) fn get(&self, header: SignatureHeader) -> Option<&'a HeaderValue> {
        self.values.get(header.position()).copied().flatten()
    }

    /// Returns a value that is there and not empty.
    pub(crate) fn present(&self, header: SignatureHeader) -> Result<&'a HeaderValue, HeaderFault> {
        let value = self.get(header).ok_or_else(|| header.fault(HeaderProblem::Missing))?;
        if value.is_empty() {
            return Err(header.fault(HeaderProblem::Empty));
        }
        Ok(value)
    }

    /// Decodes strict base64: the standard alphabet, padded, nothing else (RFC 4648 section 4).
    pub(crate) fn base64(&self, header: SignatureHeader) -> Result<Vec<u8>, HeaderFault> {
        let value = self.present(header)?;
        if value.len() > MAX_BASE64_BYTES {
            let (bytes, limit) = (value.len(), MAX_BASE64_BYTES);
            return Err(header.fault(HeaderProblem::TooLong { bytes, limit }));
        }
        STANDARD.decode(value.as_bytes()).map_err(|_| header.fault(HeaderProblem::NotBase64))
    }
}

/// Far above the 684 characters of a 4096-bit signature.
const MAX_BASE64_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_listed_once() {
        for (index, name) in signature_headers().iter().enumerate() {
            assert!(!signature_headers()[..index].contains(name), "{name}");
            let header = SignatureHeader::of(name.as_str()).unwrap();
            assert_eq!((header.position(), header.name()), (index, name.clone()));
        }
        for other in ["x-eventbridge-signature-v4", "x-eventbridge-", "signature", "host"] {
            assert_eq!(SignatureHeader::of(other), None, "{other}");
        }
    }

    /// Whatever order they come in, the operator reads the same name.
    #[test]
    fn of_headers_that_occur_twice_the_first_in_the_table_is_named() {
        let mut headers = HeaderMap::new();
        for header in [SignatureHeader::Signature, SignatureHeader::Token, SignatureHeader::Secret]
        {
            for value in ["a", "b"] {
                headers.append(header.name(), HeaderValue::from_static(value));
            }
        }
        let fault = SingleHeaders::of(&headers).err();
        assert_eq!(fault, Some(SignatureHeader::Token.fault(HeaderProblem::Repeated)));
    }

    #[test]
    fn base64_has_4096_characters_at_most() {
        for (characters, fits) in [(4092, true), (4096, true), (4100, false)] {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::try_from("A".repeat(characters)).unwrap();
            headers.insert(SignatureHeader::SignatureV2.name(), value);
            let single = SingleHeaders::of(&headers).unwrap_or_else(|_| panic!("one of each"));
            let decoded = single.base64(SignatureHeader::SignatureV2);
            assert_eq!(decoded.is_ok(), fits, "{characters}");
        }
    }
}
