//! Compares each value that the verifier computes for a fixture with that of the openssl command.
//! `tests/it/verdicts.rs` compares the verdicts.

use http::HeaderValue;
use tests_support::signature_fixture::Fixture;

use crate::{
    certificate::Certificate,
    signature::{
        header::SignatureHeader,
        scheme::{
            BodyEnding, Scheme,
            definition::SignatureScheme,
            string_to_sign::{SignedHead, Sink},
            v1::{HmacSha1, TemporarySecret},
            v2::{V2, emsa_pkcs1_v1_5},
        },
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// A fixture, and what is read off it by this module's types.
struct Case<'a>(&'a Fixture);

impl Case<'_> {
    fn header(&self, header: SignatureHeader) -> Option<&HeaderValue> {
        self.0.parts.headers.get(header.name())
    }

    fn decoded(&self, header: SignatureHeader) -> Vec<u8> {
        STANDARD.decode(self.header(header).unwrap()).unwrap()
    }

    fn scheme(&self) -> Scheme {
        let v2 = self.header(SignatureHeader::SignatureV2).is_some();
        if v2 { Scheme::V2 } else { Scheme::V1 }
    }

    /// Our string to sign for the URL with which the expected one begins, with its ending.
    fn our_string_to_sign(&self, expected: &[u8]) -> Vec<u8> {
        let url = expected.split(|&byte| byte == b'\n').next().unwrap();
        let bytes = |header| self.header(header).map(HeaderValue::as_bytes);
        let token_line = self.0.expected.token_line.as_deref() == Some("unsigned");
        let head = SignedHead {
            url: std::str::from_utf8(url).unwrap(),
            method: self.scheme().method(),
            timestamp: bytes(SignatureHeader::Timestamp).unwrap(),
            certificate_url: bytes(SignatureHeader::CertificateUrl).unwrap(),
            token: bytes(SignatureHeader::Token).filter(|_| !token_line),
        };
        let mut ours = Vec::new();
        head.feed(&mut ours);
        ours.extend(&self.0.body);
        let ending = if ours.len() == expected.len() {
            BodyEnding::Documented
        } else {
            BodyEnding::Reference
        };
        ours.extend(ending.bytes());
        ours
    }
}

#[test]
fn every_fixture_step_by_step() {
    let fixtures = Fixture::all();
    assert!(fixtures.len() >= 120, "only {} fixtures", fixtures.len());
    let mut steps = [0_usize; 6];
    for fixture in &fixtures {
        check_steps(&fixture.name, fixture, &mut steps);
    }
    // A fixture without a step is fine; a step that no fixture takes is a test that cannot fail.
    assert!(steps.iter().all(|&count| count >= 20), "{steps:?}");
}

fn check_steps(name: &str, fixture: &Fixture, steps: &mut [usize; 6]) {
    let Some(expected) = &fixture.string_to_sign else { return };
    let case = Case(fixture);
    let ours = case.our_string_to_sign(expected);
    assert!(ours == *expected, "{name}: string to sign");
    steps[0] += 1;

    let certificate = Certificate::from_pem_or_der(&fixture.certificate).unwrap();
    let key = certificate.public_key().unwrap();
    match case.scheme() {
        Scheme::V1 => {
            let wrapped = case.decoded(SignatureHeader::Secret);
            let block = key.rsavp1(&wrapped).ok().map(|block| block.to_vec());
            assert_eq!(block, fixture.recovered_block, "{name}: recovered block");
            steps[1] += 1;
            let secret = TemporarySecret::recover(&wrapped, key);
            let recovered = secret.as_ref().ok().map(|secret| secret.as_bytes().to_vec());
            assert_eq!(recovered, fixture.secret, "{name}: secret");
            steps[2] += 1;
            let (Ok(secret), Some(mac)) = (secret, &fixture.mac) else { return };
            let mut state = HmacSha1::keyed(secret.as_bytes());
            state.put(&ours);
            assert!(state.is(mac.as_slice().try_into().unwrap()), "{name}: MAC");
            steps[3] += 1;
        }
        Scheme::V2 => {
            let signature = case.decoded(SignatureHeader::SignatureV2);
            let encoded = key.rsavp1(&signature);
            let message = encoded.as_ref().ok().map(|message| message.to_vec());
            assert_eq!(message, fixture.encoded_message, "{name}: encoded message");
            steps[4] += 1;
            let expected = emsa_pkcs1_v1_5(&Sha256::digest(&ours).into(), key.modulus_bytes());
            assert_eq!(expected, fixture.expected_message, "{name}: expected message");
            let claim = V2 { signature };
            let mut digest = claim.begin(key).unwrap();
            digest.put(&ours);
            let Ok(matching) = claim.first_match(key, std::iter::once(((), digest))) else {
                return;
            };
            let equal = fixture.encoded_message == fixture.expected_message;
            assert_eq!(matching.is_some(), equal, "{name}: comparison");
            steps[5] += 1;
        }
        Scheme::V3 => panic!("{name}: no fixture is signed so"),
    }
}
