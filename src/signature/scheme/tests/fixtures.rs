//! Every fixture, step by step: each value that the verifier computes is compared with what the openssl command gave.

// The one reader of the fixtures, which the integration tests have too.
#[path = "../../../../tests/support/mod.rs"]
mod support;

use std::{fs, path::Path};

use http::{HeaderValue, request::Parts};

use self::support::{Expected, Policy, clock, verify};
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

struct Fixture {
    parts: Parts,
    body: Vec<u8>,
    certificate: Vec<u8>,
    policy: Policy,
    clock_ms: u64,
    expected: Expected,
    string_to_sign: Option<Vec<u8>>,
    recovered_block: Option<Vec<u8>>,
    secret: Option<Vec<u8>>,
    mac: Option<Vec<u8>>,
    encoded_message: Option<Vec<u8>>,
    expected_message: Option<Vec<u8>>,
}

impl Fixture {
    fn read(folder: &Path) -> Self {
        let read = |file: &str| fs::read(folder.join(file)).ok();
        let hex = |file: &str| read(file).map(|text| from_hex(&text));
        let needed = |file: &str| read(file).unwrap_or_else(|| panic!("{folder:?} has no {file}"));
        Self {
            parts: parts(&needed("head")),
            body: needed("body"),
            certificate: needed("certificate.pem"),
            policy: serde_json::from_slice(&needed("policy.json")).unwrap(),
            clock_ms: String::from_utf8(needed("clock")).unwrap().trim().parse().unwrap(),
            expected: serde_json::from_slice(&needed("verdict.json")).unwrap(),
            string_to_sign: read("string-to-sign"),
            recovered_block: hex("recovered-block.hex"),
            secret: read("secret"),
            mac: hex("mac.hex"),
            encoded_message: hex("encoded-message.hex"),
            expected_message: hex("expected-message.hex"),
        }
    }

    fn header(&self, header: SignatureHeader) -> Option<&HeaderValue> {
        self.parts.headers.get(header.name())
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
        let token_line = self.expected.token_line.as_deref() == Some("unsigned");
        let head = SignedHead {
            url: std::str::from_utf8(url).unwrap(),
            method: self.scheme().method(),
            timestamp: bytes(SignatureHeader::Timestamp).unwrap(),
            certificate_url: bytes(SignatureHeader::CertificateUrl).unwrap(),
            token: bytes(SignatureHeader::Token).filter(|_| !token_line),
        };
        let mut ours = Vec::new();
        head.feed(&mut ours);
        ours.extend(&self.body);
        let ending = if ours.len() == expected.len() {
            BodyEnding::Documented
        } else {
            BodyEnding::Reference
        };
        ours.extend(ending.bytes());
        ours
    }
}

fn parts(head: &[u8]) -> Parts {
    let mut lines = head.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let request_line = std::str::from_utf8(lines.next().unwrap()).unwrap();
    let mut words = request_line.split(' ');
    let mut request =
        http::Request::builder().method(words.next().unwrap()).uri(words.next().unwrap());
    for line in lines {
        let colon = line.iter().position(|&byte| byte == b':').unwrap();
        let (name, value) = (&line[..colon], &line[colon + 2..]);
        request = request.header(name, HeaderValue::from_bytes(value).unwrap());
    }
    request.body(()).unwrap().into_parts().0
}

fn from_hex(text: &[u8]) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap();
    text.trim_ascii()
        .chunks(2)
        .map(|pair| u8::try_from(digit(&pair[0]) * 16 + digit(&pair[1])).unwrap())
        .collect()
}

#[test]
fn every_fixture_step_by_step() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/signature");
    let mut folders: Vec<_> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 120, "only {} fixtures", folders.len());

    let mut steps = [0_usize; 6];
    for folder in &folders {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let fixture = Fixture::read(folder);
        check_steps(name, &fixture, &mut steps);
        let verifier = fixture.policy.verifier().unwrap_or_else(|error| panic!("{name}: {error}"));
        let verdict = verify(
            &verifier,
            &fixture.parts,
            fixture.body.clone(),
            &fixture.certificate,
            clock(fixture.clock_ms),
        );
        assert_eq!(Expected::of(&verdict), fixture.expected, "{name}: verdict: {verdict:?}");
    }
    // A fixture without a step is fine; a step that no fixture takes is a test that cannot fail.
    assert!(steps.iter().all(|&count| count >= 20), "{steps:?}");
}

fn check_steps(name: &str, fixture: &Fixture, steps: &mut [usize; 6]) {
    let Some(expected) = &fixture.string_to_sign else { return };
    let ours = fixture.our_string_to_sign(expected);
    assert!(ours == *expected, "{name}: string to sign");
    steps[0] += 1;

    let certificate = Certificate::from_pem_or_der(&fixture.certificate).unwrap();
    let key = certificate.public_key().unwrap();
    match fixture.scheme() {
        Scheme::V1 => {
            let wrapped = fixture.decoded(SignatureHeader::Secret);
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
            let signature = fixture.decoded(SignatureHeader::SignatureV2);
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
