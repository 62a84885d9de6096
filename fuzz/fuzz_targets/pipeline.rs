//! Whole pushes: signed well, then spoiled in some ways and split in any. What is accepted was not
//! spoiled.

#![no_main]

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use arbitrary::Arbitrary;
use bytes::Bytes;
use http::HeaderValue;
use libfuzzer_sys::fuzz_target;
use tower_eventbridge::{
    Verifier,
    certificate::Certificate,
    signature::{BodyEnding, signature_headers},
    signer::{SignWith, Signer},
};

const URL: &str = "https://hooks.example.com/eventbridge";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";

#[derive(Arbitrary, Debug)]
enum Spoil {
    Header { which: u8, value: Vec<u8> },
    HeaderByte { which: u8, place: u16, bits: u8 },
    RemoveHeader { which: u8 },
    RepeatHeader { which: u8 },
    BodyByte { place: u16, bits: u8 },
    Append { bytes: Vec<u8> },
    Cut { bytes: u16 },
    Later { millis: i32 },
    Path { path: String },
}

#[derive(Arbitrary, Debug)]
struct Input {
    with: u8,
    documented: bool,
    body: Vec<u8>,
    splits: Vec<u8>,
    spoils: Vec<Spoil>,
}

struct World {
    signer: Signer,
    certificate: Certificate,
    verifier: Verifier,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let signer =
            Signer::from_private_key_pem(include_str!("../../fixtures/keys/rsa1024.key")).unwrap();
        let certificate =
            Certificate::from_pem_or_der(signer.certificate_pem().as_bytes()).unwrap();
        let verifier =
            Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou").build().unwrap();
        World { signer, certificate, verifier }
    })
}

fn signed_at() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_796_083_200)
}

fuzz_target!(|input: Input| {
    let World { signer, certificate, verifier } = world();
    let with = [SignWith::V1, SignWith::V2, SignWith::Both][usize::from(input.with % 3)];
    let form = if input.documented { BodyEnding::Documented } else { BodyEnding::Reference };
    let push = signer.push(URL).token(TOKEN).with(with).body_ending(form).body(input.body.clone());
    let (mut parts, body) = push.sign(signed_at()).unwrap().into_parts();
    let (good_head, good_body) = (parts.clone(), body.clone());
    let mut body = body.to_vec();
    let mut now = signed_at();
    for spoil in input.spoils.iter().take(4) {
        let name =
            |which: u8| signature_headers()[usize::from(which) % signature_headers().len()].clone();
        match spoil {
            Spoil::Header { which, value } => {
                if let Ok(value) = HeaderValue::from_bytes(value) {
                    parts.headers.insert(name(*which), value);
                }
            }
            Spoil::HeaderByte { which, place, bits } => {
                let name = name(*which);
                if let Some(value) = parts.headers.get(&name) {
                    let mut bytes = value.as_bytes().to_vec();
                    let length = bytes.len().max(1);
                    if let Some(byte) = bytes.get_mut(usize::from(*place) % length) {
                        *byte ^= bits;
                    }
                    if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                        parts.headers.insert(name, value);
                    }
                }
            }
            Spoil::RemoveHeader { which } => {
                parts.headers.remove(name(*which));
            }
            Spoil::RepeatHeader { which } => {
                if let Some(value) = parts.headers.get(name(*which)).cloned() {
                    parts.headers.append(name(*which), value);
                }
            }
            Spoil::BodyByte { place, bits } => {
                let length = body.len().max(1);
                if let Some(byte) = body.get_mut(usize::from(*place) % length) {
                    *byte ^= bits;
                }
            }
            Spoil::Append { bytes } => body.extend(bytes),
            Spoil::Cut { bytes } => body.truncate(body.len().saturating_sub(usize::from(*bytes))),
            Spoil::Later { millis } => {
                let shift = Duration::from_millis(u64::from(millis.unsigned_abs()));
                now = if *millis < 0 { signed_at() - shift } else { signed_at() + shift };
            }
            Spoil::Path { path } => {
                if let Ok(uri) = path.parse() {
                    parts.uri = uri;
                }
            }
        }
    }
    let verdict = verifier
        .check_head(&parts, now)
        .and_then(|head| head.check_certificate(certificate, now))
        .and_then(|mut check| {
            let mut rest = Bytes::from(body.clone());
            for split in &input.splits {
                let frame = rest.split_to(usize::from(*split).min(rest.len()));
                check.update(frame)?;
            }
            check.update(rest)?;
            check.finish()
        });
    let age = match now.duration_since(signed_at()) {
        Ok(age) => age,
        Err(error) => error.duration(),
    };
    match verdict {
        Ok(proof) => {
            assert_eq!(proof.body(), &body);
            assert!(age <= Duration::from_secs(60));
            // The octets that were signed, read in one form or the other.
            let mut signed_octets = good_body.to_vec();
            if !input.documented {
                signed_octets.push(b'\n');
            }
            assert!(signed_octets == body || signed_octets == [&body[..], b"\n"].concat());
            let signed = [
                "x-eventbridge-signature-timestamp",
                "x-eventbridge-signature-url",
                "x-eventbridge-signature-token",
            ];
            for name in signed {
                assert_eq!(parts.headers.get(name), good_head.headers.get(name));
            }
            assert_eq!(parts.uri.path(), good_head.uri.path());
        }
        Err(rejection) => {
            assert!(!input.spoils.is_empty() || begins_like_a_token(&good_body), "{rejection:?}");
            let text = format!("{rejection} {rejection:?}");
            assert!(!text.contains(TOKEN));
        }
    }
});

fn begins_like_a_token(body: &[u8]) -> bool {
    body.to_ascii_lowercase().starts_with(b"x-eventbridge-signature-token:")
}
