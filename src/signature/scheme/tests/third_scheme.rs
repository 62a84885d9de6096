//! The throw-away scheme goes the whole way of a push, and no other file knows it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use sha2::{Digest, Sha256};

use crate::{
    certificate::Certificate,
    signature::{
        Assurance, Authentic, Rejection, RejectionKind, Verifier,
        config::VerifierBuilder,
        scheme::{BodyEnding, Scheme, SignedHead},
        signature_headers,
    },
    signer::{SignWith, Signer},
};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";
const V3: HeaderName = HeaderName::from_static("x-eventbridge-signature-v3");

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_796_083_200) // 2026-12-01T00:00:00Z
}

/// Puts a v3 signature and its method beside what is there.
fn sign(request: &mut Request<Bytes>, ending: BodyEnding) {
    let value = |name: &str| request.headers()[name].as_bytes().to_vec();
    let timestamp = value("x-eventbridge-signature-timestamp");
    let certificate_url = value("x-eventbridge-signature-url");
    let head = SignedHead {
        url: URL,
        method: Scheme::V3.method(),
        timestamp: &timestamp,
        certificate_url: &certificate_url,
        token: Some(TOKEN.as_bytes()),
    };
    let mut signed = Vec::new();
    head.feed(&mut signed);
    signed.extend_from_slice(request.body());
    signed.extend_from_slice(ending.bytes());
    let signature = STANDARD.encode(Sha256::digest(&signed));
    let method = HeaderValue::from_static(Scheme::V3.method().value);
    request.headers_mut().insert(Scheme::V3.method().header.name(), method);
    request.headers_mut().insert(V3, HeaderValue::try_from(signature).unwrap());
}

fn verdict(
    signer: &Signer,
    configure: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
    request: Request<Bytes>,
) -> Result<Authentic, Rejection> {
    let verifier = Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou");
    let verifier = configure(verifier).build().unwrap();
    let certificate = Certificate::from_pem_or_der(signer.certificate_pem().as_bytes()).unwrap();
    let (parts, body) = request.into_parts();
    verifier.verify_with_certificate(&parts, body, &certificate, now())
}

#[test]
fn a_third_scheme_decides_and_is_verified() {
    let signer = Signer::generate().unwrap();
    let push = signer.push(URL).token(TOKEN).body("{}");
    for ending in [BodyEnding::Reference, BodyEnding::Documented] {
        for with in [SignWith::V1, SignWith::V2] {
            let mut request = push.clone().with(with).sign(now()).unwrap();
            sign(&mut request, ending);
            let authentic = verdict(&signer, |builder| builder, request).unwrap();
            assert_eq!((authentic.scheme(), authentic.body_ending()), (Scheme::V3, ending));
            assert_eq!(authentic.assurance(), Assurance::Signed);
            assert_eq!(authentic.scheme().as_str(), "v3");
        }
    }
}

#[test]
fn a_bad_third_signature_is_not_rescued_by_a_good_second() {
    let signer = Signer::generate().unwrap();
    let mut request = signer.push(URL).token(TOKEN).body("{}").sign(now()).unwrap();
    sign(&mut request, BodyEnding::Reference);
    *request.body_mut() = Bytes::from_static(b"[]");
    let rejection = verdict(&signer, |builder| builder, request).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
    assert_eq!(rejection.scheme(), Some(Scheme::V3));
    assert_eq!(rejection.header(), Some(V3.as_str()));
}

#[test]
fn settings_about_v1_leave_a_third_scheme_alone() {
    let signer = Signer::generate().unwrap();
    let mut request = signer.push(URL).token(TOKEN).body("{}").sign(now()).unwrap();
    sign(&mut request, BodyEnding::Reference);
    assert!(verdict(&signer, VerifierBuilder::require_v2, request).is_ok());
}

#[test]
fn its_header_is_single_and_is_removed_with_the_others() {
    assert!(signature_headers().contains(&V3));
    let signer = Signer::generate().unwrap();
    let mut request = signer.push(URL).token(TOKEN).body("{}").sign(now()).unwrap();
    sign(&mut request, BodyEnding::Reference);
    let again = request.headers()[V3].clone();
    request.headers_mut().append(V3, again);
    let rejection = verdict(&signer, |builder| builder, request).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::HeaderDuplicate);
}
