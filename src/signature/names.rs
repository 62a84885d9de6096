//! The names of the headers that take part in a signature (docs/wire-facts.md sections 1.1 and 1.2).

use http::HeaderName;

/// Every header name that takes part in a signature, v1 or v2. Each may occur once at most, whichever scheme decides.
///
/// A service that hands a verified request on should remove them all: a wrapped secret, once seen, signs v1 pushes.
#[must_use]
pub fn signature_headers() -> &'static [HeaderName] {
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
    &NAMES
}

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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_listed_once() {
        assert_eq!(SignatureHeader::ALL.map(SignatureHeader::name), signature_headers());
        for (index, name) in signature_headers().iter().enumerate() {
            assert!(!signature_headers()[..index].contains(name), "{name}");
        }
    }
}
