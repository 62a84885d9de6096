//! The known ways round a verifier, for tests.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderValue, Request, header};

use super::{
    Push, SignWith, Signer, SignerError,
    key::certificate_signature,
    push::{flip_header_bit, random_bytes, shifted},
};
use crate::signature::{RejectionKind, Scheme, signer_support::SignatureHeader};

/// A known way round a verifier. Each must be refused with [`refused_as`](Self::refused_as) by a verifier that has a
/// token (another than `another-tenants-token`), the signer's region and windows under ten minutes, and accepts v1.
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
    /// v1: the signature on the certificate itself as the wrapped secret; what it wraps is known to everybody.
    CertificateSignatureAsSecret,
    /// v1: a v2 signature as the wrapped secret; what it wraps is known to everybody.
    V2SignatureAsSecret,
    /// A good v1 signature beside a bad v2 one.
    BadV2BesideGoodV1,
    /// One signature header twice, with equal values.
    DoubledHeader,
    /// Claims an encoding that was not there when the body was signed.
    EncodedBody,
}

impl Forgery {
    /// Every forgery.
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

    /// Whether it can be made with these signatures; some concern v1 only.
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

    /// How it must be refused.
    #[must_use]
    pub fn refused_as(self, with: SignWith) -> RejectionKind {
        match self {
            Self::TamperedBody
            | Self::TamperedSignature
            | Self::SignedForOtherUrl
            | Self::BadV2BesideGoodV1 => RejectionKind::SignatureMismatch,
            Self::OtherKey if with == SignWith::V1 => RejectionKind::SecretInvalid,
            Self::OtherKey => RejectionKind::SignatureMismatch,
            Self::OtherToken => RejectionKind::TokenMismatch,
            Self::NoToken | Self::TokenLineInBody => RejectionKind::MissingHeader,
            Self::Stale => RejectionKind::StaleTimestamp,
            Self::Future => RejectionKind::FutureTimestamp,
            Self::ForeignBucket => RejectionKind::CertificateUrlNotAllowed,
            Self::RandomSecret | Self::CertificateSignatureAsSecret | Self::V2SignatureAsSecret => {
                RejectionKind::SecretInvalid
            }
            Self::DoubledHeader => RejectionKind::DuplicateHeader,
            Self::EncodedBody => RejectionKind::ContentEncodingNotSupported,
        }
    }

    pub(super) fn sign(
        self,
        push: &Push<'_>,
        now: SystemTime,
    ) -> Result<Request<Bytes>, SignerError> {
        if !self.applies_to(push.with) {
            return Err(SignerError::new(format_args!(
                "{self:?} does not apply to {:?}",
                push.with
            )));
        }
        let ten_minutes = Duration::from_secs(600);
        match self {
            Self::TamperedBody => {
                let mut request = push.sign_honestly(now)?;
                *request.body_mut() = flip_bit(request.body().to_vec()).into();
                Ok(request)
            }
            Self::TamperedSignature => tampered_signature(push, now),
            Self::SignedForOtherUrl => {
                let honest = push.sign_honestly(now)?;
                let other = Push { url: format!("{}x", push.url), ..push.clone() };
                let mut request = other.sign_honestly(now)?;
                *request.uri_mut() = honest.uri().clone();
                Ok(request)
            }
            Self::OtherToken => push.clone().token("another-tenants-token").sign_honestly(now),
            Self::NoToken => Push { token: None, ..push.clone() }.sign_honestly(now),
            Self::TokenLineInBody => token_line_in_body(push, now),
            Self::Stale => push.sign_honestly(shifted(now, ten_minutes, true)?),
            Self::Future => push.sign_honestly(shifted(now, ten_minutes, false)?),
            Self::ForeignBucket => {
                let attacker = Signer::generate()?.with_certificate_url(FOREIGN_CERTIFICATE_URL);
                Push { signer: &attacker, ..push.clone() }.sign_honestly(now)
            }
            Self::OtherKey => {
                let attacker =
                    Signer::generate()?.with_certificate_url(push.signer.certificate_url());
                Push { signer: &attacker, ..push.clone() }.sign_honestly(now)
            }
            Self::RandomSecret => {
                let mut wrapped = random_bytes(push.signer.key.modulus_bytes())?;
                // Below every modulus of this length, so that it is the block that is judged.
                wrapped.splice(..1, [0]);
                push.sign_with_secret(now, b"0123456789abcdef0123456789abcdef", Some(&wrapped))
            }
            Self::CertificateSignatureAsSecret => {
                let wrapped = certificate_signature(&push.signer.certificate_pem)?;
                push.sign_with_secret(now, &wrapped_text(push.signer, &wrapped)?, Some(&wrapped))
            }
            Self::V2SignatureAsSecret => {
                let wrapped = push.signer.key.sign_sha256(&push.string_to_sign(Scheme::V2, "0"))?;
                push.sign_with_secret(now, &wrapped_text(push.signer, &wrapped)?, Some(&wrapped))
            }
            Self::BadV2BesideGoodV1 => {
                let mut request = push.sign_honestly(now)?;
                flip_header_bit(&mut request, SignatureHeader::SignatureV2)?;
                Ok(request)
            }
            Self::DoubledHeader => {
                let mut request = push.sign_honestly(now)?;
                let name = SignatureHeader::Timestamp.name();
                let value = request.headers().get(&name).cloned();
                request
                    .headers_mut()
                    .append(name, value.unwrap_or_else(|| HeaderValue::from_static("")));
                Ok(request)
            }
            Self::EncodedBody => {
                let mut request = push.sign_honestly(now)?;
                request
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                Ok(request)
            }
        }
    }
}

fn tampered_signature(push: &Push<'_>, now: SystemTime) -> Result<Request<Bytes>, SignerError> {
    let mut request = push.sign_honestly(now)?;
    let deciding = match push.with {
        SignWith::V1 => SignatureHeader::Signature,
        SignWith::V2 | SignWith::Both => SignatureHeader::SignatureV2,
    };
    flip_header_bit(&mut request, deciding)?;
    Ok(request)
}

fn token_line_in_body(push: &Push<'_>, now: SystemTime) -> Result<Request<Bytes>, SignerError> {
    let mut request = push.sign_honestly(now)?;
    let token = push.token.as_deref().unwrap_or_default();
    request.headers_mut().remove(SignatureHeader::Token.name());
    let line = format!("{}: {token}\n", SignatureHeader::Token.as_str());
    *request.body_mut() = [line.as_bytes(), &push.body].concat().into();
    Ok(request)
}

/// What everybody can read out of a type 1 block with the public key.
fn wrapped_text(signer: &Signer, wrapped: &[u8]) -> Result<Vec<u8>, SignerError> {
    let certificate =
        crate::certificate::Certificate::from_pem_or_der(signer.certificate_pem.as_bytes())
            .map_err(SignerError::new)?;
    let key = certificate.public_key().map_err(SignerError::new)?;
    let block = key.rsavp1(wrapped).map_err(SignerError::new)?;
    let text = block.iter().skip(2).skip_while(|&&byte| byte == 0xFF).skip(1);
    Ok(text.copied().collect())
}

/// Flips the lowest bit of the last octet; a single octet if there was none.
pub(super) fn flip_bit(mut octets: Vec<u8>) -> Vec<u8> {
    match octets.last_mut() {
        Some(last) => *last ^= 1,
        None => octets.push(1),
    }
    octets
}

const FOREIGN_CERTIFICATE_URL: &str =
    "https://evil-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem";
