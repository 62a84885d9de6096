//! Signs a push, honestly or as a forgery.

use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Request, header};

use super::{
    error::SignerError,
    forgery::Forgery,
    identity::Signer,
    key::certificate_signature,
    push::{Push, random_bytes},
    sign_with::SignWith,
};
use crate::signature::{Scheme, signer_support::SignatureHeader};

impl Push<'_> {
    /// Signs the push at `now`. The request has the URL's path and query as its target and the host
    /// in `Host`.
    ///
    /// # Errors
    ///
    /// Fails if the URL, the token or the target cannot stand in a request, or the forgery does not
    /// apply to the scheme.
    pub fn sign(&self, now: SystemTime) -> Result<Request<Bytes>, SignerError> {
        match self.forgery {
            Some(forgery) => forged(forgery, self, now),
            None => self.sign_honestly(now),
        }
    }
}

fn forged(
    forgery: Forgery,
    push: &Push<'_>,
    now: SystemTime,
) -> Result<Request<Bytes>, SignerError> {
    if !forgery.applies_to(push.with) {
        return Err(SignerError::new(format_args!(
            "{forgery:?} does not apply to {:?}",
            push.with
        )));
    }
    let ten_minutes = Duration::from_secs(600);
    match forgery {
        Forgery::TamperedBody => {
            let mut request = push.sign_honestly(now)?;
            *request.body_mut() = flip_bit(request.body().to_vec()).into();
            Ok(request)
        }
        Forgery::TamperedSignature => tampered_signature(push, now),
        Forgery::SignedForOtherUrl => {
            let honest = push.sign_honestly(now)?;
            let other = Push { url: format!("{}x", push.url), ..push.clone() };
            let mut request = other.sign_honestly(now)?;
            *request.uri_mut() = honest.uri().clone();
            Ok(request)
        }
        Forgery::OtherToken => push.clone().token("another-tenants-token").sign_honestly(now),
        Forgery::NoToken => Push { token: None, ..push.clone() }.sign_honestly(now),
        Forgery::TokenLineInBody => token_line_in_body(push, now),
        Forgery::Stale => push.sign_honestly(shifted(now, ten_minutes, true)?),
        Forgery::Future => push.sign_honestly(shifted(now, ten_minutes, false)?),
        Forgery::ForeignBucket => {
            let attacker = Signer::generate()?.with_certificate_url(FOREIGN_CERTIFICATE_URL);
            Push { signer: &attacker, ..push.clone() }.sign_honestly(now)
        }
        Forgery::OtherKey => {
            let attacker = Signer::generate()?.with_certificate_url(push.signer.certificate_url());
            Push { signer: &attacker, ..push.clone() }.sign_honestly(now)
        }
        Forgery::RandomSecret => {
            let mut wrapped = random_bytes(push.signer.key.modulus_bytes())?;
            // Below every modulus of this length, so that it is the block that is judged.
            wrapped.splice(..1, [0]);
            push.sign_with_secret(now, b"0123456789abcdef0123456789abcdef", Some(wrapped))
        }
        Forgery::CertificateSignatureAsSecret => {
            let wrapped = certificate_signature(&push.signer.certificate_pem)?;
            push.sign_with_secret(now, &wrapped_text(push.signer, &wrapped)?, Some(wrapped))
        }
        Forgery::V2SignatureAsSecret => {
            let wrapped = push.signer.key.sign_sha256(&push.string_to_sign(Scheme::V2, "0"))?;
            push.sign_with_secret(now, &wrapped_text(push.signer, &wrapped)?, Some(wrapped))
        }
        Forgery::BadV2BesideGoodV1 => {
            let mut request = push.sign_honestly(now)?;
            flip_header_bit(&mut request, SignatureHeader::SignatureV2)?;
            Ok(request)
        }
        Forgery::DoubledHeader => {
            let mut request = push.sign_honestly(now)?;
            let name = SignatureHeader::Timestamp.name();
            let value = request.headers().get(&name).cloned();
            request
                .headers_mut()
                .append(name, value.unwrap_or_else(|| HeaderValue::from_static("")));
            Ok(request)
        }
        Forgery::EncodedBody => {
            let mut request = push.sign_honestly(now)?;
            request
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Ok(request)
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

/// Returns the text that everyone can read out of a type 1 block with the public key.
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
fn flip_bit(mut octets: Vec<u8>) -> Vec<u8> {
    match octets.last_mut() {
        Some(last) => *last ^= 1,
        None => octets.push(1),
    }
    octets
}

const FOREIGN_CERTIFICATE_URL: &str =
    "https://evil-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem";

fn shifted(now: SystemTime, by: Duration, back: bool) -> Result<SystemTime, SignerError> {
    let shifted = if back { now.checked_sub(by) } else { now.checked_add(by) };
    shifted.ok_or_else(|| SignerError::new("the time cannot be shifted that far"))
}

/// Flips one bit of a base64 header's octets; it stays base64 of the same length.
fn flip_header_bit(
    request: &mut Request<Bytes>,
    header: SignatureHeader,
) -> Result<(), SignerError> {
    let missing = || SignerError::new(format_args!("the push has no {}", header.as_str()));
    let value = request.headers().get(header.name()).ok_or_else(missing)?;
    let octets = STANDARD.decode(value.as_bytes()).map_err(SignerError::new)?;
    let flipped =
        HeaderValue::from_str(&STANDARD.encode(flip_bit(octets))).map_err(SignerError::new)?;
    request.headers_mut().insert(header.name(), flipped);
    Ok(())
}
