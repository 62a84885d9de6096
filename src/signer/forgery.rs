//! The known ways round a verifier, for tests.

use super::sign_with::SignWith;
use crate::signature::RejectionKind;

/// Names a known attack on a verifier. Each must be rejected with
/// [`rejected_as`](Self::rejected_as) by a verifier that accepts v1. The verifier has a token
/// (another than `another-tenants-token`), the signer's region and a window under ten minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Forgery {
    /// One bit of the body flipped after signing.
    TamperedBody,
    /// One bit of the signature flipped.
    TamperedSignature,
    /// Signed for another URL.
    SignedForOtherUrl,
    /// Signed with another tenant's token.
    OtherToken,
    /// No token: any EventBridge customer's push.
    NoToken,
    /// No token header, its line at the start of the body instead: the string to sign is the same.
    TokenLineInBody,
    /// Signed ten minutes ago.
    Stale,
    /// Signed ten minutes from now.
    Future,
    /// The certificate is in a bucket that the attacker made.
    ForeignBucket,
    /// Signed with a key of the attacker's own, naming the allowed certificate.
    OtherKey,
    /// v1: random octets for the wrapped secret.
    RandomSecret,
    /// v1: the signature on the certificate itself as the wrapped secret; everyone can read the
    /// text in it.
    CertificateSignatureAsSecret,
    /// v1: a v2 signature as the wrapped secret; everyone can read the text in it.
    V2SignatureAsSecret,
    /// A good v1 signature beside a bad v2 one.
    BadV2BesideGoodV1,
    /// One signature header twice, with equal values.
    DoubledHeader,
    /// Claims an encoding that was not there when the body was signed.
    EncodedBody,
}

impl Forgery {
    /// Lists every forgery.
    pub const ALL: &'static [Self] = &[
        Self::TamperedBody,
        Self::TamperedSignature,
        Self::SignedForOtherUrl,
        Self::OtherToken,
        Self::NoToken,
        Self::TokenLineInBody,
        Self::Stale,
        Self::Future,
        Self::ForeignBucket,
        Self::OtherKey,
        Self::RandomSecret,
        Self::CertificateSignatureAsSecret,
        Self::V2SignatureAsSecret,
        Self::BadV2BesideGoodV1,
        Self::DoubledHeader,
        Self::EncodedBody,
    ];

    /// Returns whether it can be made with these signatures. Some concern v1 only.
    #[must_use]
    pub fn applies_to(self, with: SignWith) -> bool {
        match self {
            Self::RandomSecret | Self::CertificateSignatureAsSecret | Self::V2SignatureAsSecret => {
                with == SignWith::V1
            }
            Self::BadV2BesideGoodV1 => with == SignWith::Both,
            Self::TamperedBody
            | Self::TamperedSignature
            | Self::SignedForOtherUrl
            | Self::OtherToken
            | Self::NoToken
            | Self::TokenLineInBody
            | Self::Stale
            | Self::Future
            | Self::ForeignBucket
            | Self::OtherKey
            | Self::DoubledHeader
            | Self::EncodedBody => true,
        }
    }

    /// Returns the kind of rejection that it must get.
    #[must_use]
    pub fn rejected_as(self, with: SignWith) -> RejectionKind {
        match self {
            Self::TamperedBody
            | Self::TamperedSignature
            | Self::SignedForOtherUrl
            | Self::BadV2BesideGoodV1 => RejectionKind::SignatureMismatch,
            Self::OtherKey if with == SignWith::V1 => RejectionKind::SecretInvalid,
            Self::OtherKey => RejectionKind::SignatureMismatch,
            Self::OtherToken => RejectionKind::TokenMismatch,
            Self::NoToken | Self::TokenLineInBody => RejectionKind::HeaderMissing,
            Self::Stale => RejectionKind::TimestampStale,
            Self::Future => RejectionKind::TimestampFuture,
            Self::ForeignBucket => RejectionKind::CertificateUrlNotAllowed,
            Self::RandomSecret | Self::CertificateSignatureAsSecret | Self::V2SignatureAsSecret => {
                RejectionKind::SecretInvalid
            }
            Self::DoubledHeader => RejectionKind::HeaderDuplicate,
            Self::EncodedBody => RejectionKind::ContentEncodingUnsupported,
        }
    }
}
