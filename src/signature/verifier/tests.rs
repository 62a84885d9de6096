//! The order of the checks is that of `Stage`.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderValue, Method, Request};

use super::*;
use crate::{
    signature::rejection::Stage,
    signer::{SignWith, Signer},
};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_796_083_200) // 2026-12-01T00:00:00Z
}

struct Attempt {
    request: Request<Bytes>,
    certificate: Certificate,
    received_at: SystemTime,
}

impl Attempt {
    fn set(&mut self, name: &'static str, value: &'static str) {
        self.request.headers_mut().insert(name, HeaderValue::from_static(value));
    }

    /// Makes the push fail at this stage, if no earlier one fails.
    fn spoil(&mut self, stage: Stage, stranger: &Signer) {
        match stage {
            Stage::Method => *self.request.method_mut() = Method::GET,
            Stage::Encoding => self.set("content-encoding", "gzip"),
            Stage::SignatureHeaders => self.set("x-eventbridge-signature-version", "2.0"),
            Stage::Timestamp => self.received_at += Duration::from_secs(3600),
            Stage::Token => self.set("x-eventbridge-signature-token", "another-tenants-token"),
            Stage::Endpoint => *self.request.uri_mut() = "/other".parse().unwrap(),
            Stage::CertificateUrl => {
                self.set("x-eventbridge-signature-url", "https://evil.example.com/a.pem");
            }
            Stage::ContentLength => self.set("content-length", "99999999"),
            Stage::Certificate => {
                let pem = stranger.certificate_pem().as_bytes();
                self.certificate = Certificate::from_pem_or_der(pem).unwrap();
            }
            Stage::Secret => self.set("x-eventbridge-signature-secret", "AAAA"),
            Stage::Body => self.set("content-length", "3"),
            Stage::Signature => {
                self.set("x-eventbridge-signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
            }
        }
    }
}

#[test]
fn the_first_stage_that_fails_is_told() {
    let (signer, stranger) = (Signer::generate().unwrap(), Signer::generate().unwrap());
    let certificate = Certificate::from_pem_or_der(signer.certificate_pem().as_bytes()).unwrap();
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .region("cn-hangzhou")
        .public_key_pin(certificate.public_key_fingerprint())
        .build()
        .unwrap();
    let push = signer.push(URL).token(TOKEN).with(SignWith::V1).body("{}");
    for spoilt in 0..=Stage::ALL.len() {
        let request = push.sign(now()).unwrap();
        let mut attempt = Attempt { request, certificate: certificate.clone(), received_at: now() };
        for stage in Stage::ALL[spoilt..].iter().rev() {
            attempt.spoil(*stage, &stranger);
        }
        let (parts, body) = attempt.request.into_parts();
        let verdict = verifier.verify_with_certificate(
            &parts,
            body,
            &attempt.certificate,
            attempt.received_at,
        );
        let failed_at = verdict.err().map(|rejection| rejection.stage());
        assert_eq!(failed_at, Stage::ALL.get(spoilt).copied());
    }
}

/// Programs read limits and values without parsing text.
#[test]
fn a_rejection_gives_its_facts() {
    use crate::signature::rejection::RejectionDetails as Details;

    let signer = Signer::generate().unwrap();
    let pem = signer.certificate_pem().as_bytes();
    let certificate = Certificate::from_pem_or_der(pem).unwrap();
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .region("cn-hangzhou")
        .max_age(Duration::from_secs(30))
        .max_body_bytes(4)
        .build()
        .unwrap();
    let push = signer.push(URL).token(TOKEN).body("12345").sign(now()).unwrap();
    let judge = |spoil: fn(&mut Request<Bytes>), seconds| {
        let mut request = push.clone();
        spoil(&mut request);
        let (parts, body) = request.into_parts();
        let received_at = now() + Duration::from_secs(seconds);
        verifier.verify_with_certificate(&parts, body, &certificate, received_at).unwrap_err()
    };
    let stale = judge(|_| (), 40);
    let Some(Details::Age { age_millis, limit, .. }) = stale.details() else {
        panic!("{:?}", stale.details());
    };
    assert_eq!((age_millis, limit), (40_000, Duration::from_secs(30)));

    let too_large = judge(|_| (), 0);
    let limit = Details::BodyLimit { declared: None, limit: 4 };
    assert_eq!(too_large.details(), Some(limit));

    let elsewhere = judge(|request| *request.uri_mut() = "/x?yz".parse().unwrap(), 0);
    let endpoint = Details::Endpoint { path: "\"/x\"", query_bytes: Some(2), arrived_at: None };
    assert_eq!(elsewhere.details(), Some(endpoint));

    let without_token =
        judge(|request| drop(request.headers_mut().remove("x-eventbridge-signature-token")), 0);
    assert_eq!(without_token.details(), None);
}
