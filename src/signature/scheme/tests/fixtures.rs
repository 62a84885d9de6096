//! Compares each value that the verifier computes for a push of the conformance file with that of
//! the openssl command. `tests/it/verdicts.rs` compares the verdicts.

use std::collections::HashMap;

use serde::Deserialize;

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

#[derive(Deserialize)]
struct File {
    certificates: HashMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    certificate: String,
    request: Request,
    intermediate: Option<Intermediate>,
    expected: Expected,
}

#[derive(Deserialize)]
struct Request {
    headers: Vec<Header>,
    body_base64: String,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: Option<String>,
    value_base64: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    token_line: Option<String>,
}

/// What the openssl command gave for each step; bytes are in hexadecimal.
#[derive(Deserialize)]
struct Intermediate {
    signed_url: String,
    form: String,
    string_to_sign_sha256: String,
    recovered_block_hex: Option<String>,
    secret: Option<String>,
    mac_hex: Option<String>,
    encoded_message_hex: Option<String>,
    expected_message_hex: Option<String>,
}

impl Case {
    fn header(&self, header: SignatureHeader) -> Option<Vec<u8>> {
        let mut headers = self.request.headers.iter();
        let found =
            headers.find(|found| found.name.eq_ignore_ascii_case(header.name().as_str()))?;
        Some(match (&found.value, &found.value_base64) {
            (Some(text), _) => text.as_bytes().to_vec(),
            (None, encoded) => STANDARD.decode(encoded.as_ref().unwrap()).unwrap(),
        })
    }

    fn decoded(&self, header: SignatureHeader) -> Vec<u8> {
        STANDARD.decode(self.header(header).unwrap()).unwrap()
    }

    fn scheme(&self) -> Scheme {
        let v2 = self.header(SignatureHeader::SignatureV2).is_some();
        if v2 { Scheme::V2 } else { Scheme::V1 }
    }

    fn our_string_to_sign(&self, made: &Intermediate) -> Vec<u8> {
        let token_line = self.expected.token_line.as_deref() == Some("unsigned");
        let (timestamp, url) = (
            self.header(SignatureHeader::Timestamp).unwrap(),
            self.header(SignatureHeader::CertificateUrl).unwrap(),
        );
        let token = self.header(SignatureHeader::Token).filter(|_| !token_line);
        let head = SignedHead {
            url: &made.signed_url,
            method: self.scheme().method(),
            timestamp: &timestamp,
            certificate_url: &url,
            token: token.as_deref(),
        };
        let mut ours = Vec::new();
        head.feed(&mut ours);
        ours.extend(STANDARD.decode(&self.request.body_base64).unwrap());
        let ending = match made.form.as_str() {
            "documented" => BodyEnding::Documented,
            "reference" => BodyEnding::Reference,
            form => panic!("{}: the form {form}", self.name),
        };
        ours.extend(ending.bytes());
        ours
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    text.as_bytes().chunks(2).map(byte).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_case_step_by_step() {
    let file: File = serde_json::from_str(eventbridge_conformance::PUSHES).unwrap();
    assert!(file.cases.len() >= 120, "only {} cases", file.cases.len());
    let mut steps = [0_usize; 6];
    for case in &file.cases {
        if let Some(made) = &case.intermediate {
            let certificate = file.certificates[&case.certificate].as_bytes();
            check_steps(case, made, certificate, &mut steps);
        }
    }
    // A case without a step is fine; a step that no case takes is a test that cannot fail.
    assert!(steps.iter().all(|&count| count >= 20), "{steps:?}");
}

fn check_steps(case: &Case, made: &Intermediate, certificate: &[u8], steps: &mut [usize; 6]) {
    let name = &case.name;
    let ours = case.our_string_to_sign(made);
    assert_eq!(hex(&Sha256::digest(&ours)), made.string_to_sign_sha256, "{name}: string to sign");
    steps[0] += 1;

    let certificate = Certificate::from_pem_or_der(certificate).unwrap();
    let key = certificate.public_key().unwrap();
    match case.scheme() {
        Scheme::V1 => {
            let wrapped = case.decoded(SignatureHeader::Secret);
            let block = key.rsavp1(&wrapped).ok().map(|block| hex(&block));
            assert_eq!(block, made.recovered_block_hex, "{name}: recovered block");
            steps[1] += 1;
            let secret = TemporarySecret::recover(&wrapped, key);
            let recovered = secret.as_ref().ok().map(TemporarySecret::as_bytes);
            assert_eq!(recovered, made.secret.as_deref().map(str::as_bytes), "{name}: secret");
            steps[2] += 1;
            let (Ok(secret), Some(mac)) = (secret, &made.mac_hex) else { return };
            let mut state = HmacSha1::keyed(secret.as_bytes());
            state.put(&ours);
            assert!(state.is(&from_hex(mac).try_into().unwrap()), "{name}: MAC");
            steps[3] += 1;
        }
        Scheme::V2 => {
            let signature = case.decoded(SignatureHeader::SignatureV2);
            let encoded = key.rsavp1(&signature);
            let message = encoded.as_ref().ok().map(|message| hex(message));
            assert_eq!(message, made.encoded_message_hex, "{name}: encoded message");
            steps[4] += 1;
            let expected = emsa_pkcs1_v1_5(&Sha256::digest(&ours).into(), key.modulus_bytes());
            let expected = expected.map(|message| hex(&message));
            assert_eq!(expected, made.expected_message_hex, "{name}: expected message");
            let claim = V2 { signature };
            let mut digest = claim.begin(key).unwrap();
            digest.put(&ours);
            let Ok(matching) = claim.first_match(key, std::iter::once(((), digest))) else {
                return;
            };
            let equal = made.encoded_message_hex == made.expected_message_hex;
            assert_eq!(matching.is_some(), equal, "{name}: comparison");
            steps[5] += 1;
        }
        Scheme::V3 => panic!("{name}: no fixture is signed so"),
    }
}
