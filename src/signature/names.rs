//! The names of the headers that take part in a signature (docs/wire-facts.md sections 1.1 and 1.2).

use http::HeaderName;

/// Every header name that takes part in a signature, v1 or v2. Each may occur once at most, whichever scheme decides.
///
/// A service that hands a verified request on should remove them all: a wrapped secret, once seen, signs v1 pushes.
#[must_use]
pub fn signature_headers() -> &'static [HeaderName] {
    &NAMES
}

static NAMES: [HeaderName; SignatureHeader::ALL.len()] = [
    SignatureHeader::Timestamp.name(),
    SignatureHeader::Method.name(),
    SignatureHeader::HashMethod.name(),
    SignatureHeader::Version.name(),
    SignatureHeader::CertificateUrl.name(),
    SignatureHeader::Token.name(),
    SignatureHeader::Secret.name(),
    SignatureHeader::Signature.name(),
    SignatureHeader::SignatureV2.name(),
];

/// A header that takes part in a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureHeader {
    /// When the push was signed, in milliseconds since 1970.
    Timestamp,
    /// v1: the name of the MAC, `HMAC-SHA1`.
    Method,
    /// v2: the name of the hash, `SHA256`.
    HashMethod,
    /// The version, `1.0` in both schemes.
    Version,
    /// Where the certificate is.
    CertificateUrl,
    /// The token configured for the target, in clear.
    Token,
    /// v1: the temporary secret, wrapped with the private key, base64.
    Secret,
    /// v1: the MAC, base64.
    Signature,
    /// v2: the signature, base64.
    SignatureV2,
}

impl SignatureHeader {
    pub(crate) const ALL: [Self; 9] = [
        Self::Timestamp,
        Self::Method,
        Self::HashMethod,
        Self::Version,
        Self::CertificateUrl,
        Self::Token,
        Self::Secret,
        Self::Signature,
        Self::SignatureV2,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Timestamp => "x-eventbridge-signature-timestamp",
            Self::Method => "x-eventbridge-signature-method",
            Self::HashMethod => "x-eventbridge-hash-method",
            Self::Version => "x-eventbridge-signature-version",
            Self::CertificateUrl => "x-eventbridge-signature-url",
            Self::Token => "x-eventbridge-signature-token",
            Self::Secret => "x-eventbridge-signature-secret",
            Self::Signature => "x-eventbridge-signature",
            Self::SignatureV2 => "x-eventbridge-signature-v2",
        }
    }

    pub(crate) const fn name(self) -> HeaderName {
        HeaderName::from_static(self.as_str())
    }

    /// The header of a name in lower case.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name.strip_prefix("x-eventbridge-")? {
            "signature-timestamp" => Self::Timestamp,
            "signature-method" => Self::Method,
            "hash-method" => Self::HashMethod,
            "signature-version" => Self::Version,
            "signature-url" => Self::CertificateUrl,
            "signature-token" => Self::Token,
            "signature-secret" => Self::Secret,
            "signature" => Self::Signature,
            "signature-v2" => Self::SignatureV2,
            _ => return None,
        })
    }

    /// Its place in [`ALL`](Self::ALL).
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Timestamp => 0,
            Self::Method => 1,
            Self::HashMethod => 2,
            Self::Version => 3,
            Self::CertificateUrl => 4,
            Self::Token => 5,
            Self::Secret => 6,
            Self::Signature => 7,
            Self::SignatureV2 => 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_listed_once() {
        assert_eq!(SignatureHeader::ALL.map(SignatureHeader::name), signature_headers());
        for (index, name) in signature_headers().iter().enumerate() {
            assert!(!signature_headers()[..index].contains(name), "{name}");
            let header = SignatureHeader::of(name.as_str()).unwrap();
            assert_eq!((header.index(), header.as_str()), (index, name.as_str()));
        }
    }
}
