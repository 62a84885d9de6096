//! Pushes to measure with, by the keys of the fixtures.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::must_use_candidate,
    clippy::exhaustive_structs,
    missing_debug_implementations,
    reason = "each bench uses a part"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::request::Parts;
use tower_eventbridge::{
    Verifier,
    certificate::Certificate,
    signature::Scheme,
    signer::{SignWith, Signer},
};

pub const URL: &str = "https://hooks.example.com/eventbridge";
pub const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b5b0c0f6e7c0d";
pub const SIZES: [(&str, usize); 3] = [("1KB", 1024), ("64KB", 64 * 1024), ("1MB", 1024 * 1024)];
pub const KEY_BITS: [u32; 4] = [1024, 2048, 3072, 4096];

pub fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_796_083_200) // 2026-12-01T00:00:00Z
}

pub fn key_pem(bits: u32) -> String {
    let path = format!("{}/fixtures/keys/rsa{bits}.key", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("the key is committed")
}

/// A key, who signs with it and who verifies.
pub struct World {
    pub signer: Signer,
    pub certificate: Certificate,
    pub verifier: Verifier,
}

impl World {
    pub fn new(bits: u32) -> Self {
        let signer = Signer::from_private_key_pem(&key_pem(bits)).expect("a key");
        let pem = signer.certificate_pem().as_bytes();
        let certificate = Certificate::from_pem_or_der(pem).expect("a certificate");
        let verifier = Verifier::builder()
            .endpoint(URL)
            .token(TOKEN)
            .region("cn-hangzhou")
            .max_body_bytes(16 * 1024 * 1024)
            .build()
            .expect("a verifier");
        Self { signer, certificate, verifier }
    }

    pub fn push(&self, scheme: Scheme, bytes: usize) -> (Parts, Bytes) {
        let with = match scheme {
            Scheme::V1 => SignWith::V1,
            Scheme::V2 => SignWith::V2,
            other => panic!("no signer for {other}"),
        };
        let push = self.signer.push(URL).token(TOKEN).with(with).body(body(bytes));
        let (mut parts, body) = push.sign(now()).expect("it is signed").into_parts();
        // What a server and a proxy add.
        for (name, value) in [
            ("host", "hooks.example.com"),
            ("user-agent", "Apache-HttpClient/4.5.6"),
            ("content-type", "application/json; charset=utf-8"),
            ("accept-encoding", "gzip,deflate"),
            ("x-forwarded-for", "203.0.113.7"),
            ("x-request-id", "5f0c0b7e-54f0-4dd5-8b68-2a7a4fd1c1b1"),
        ] {
            parts.headers.insert(name, value.parse().expect("a header value"));
        }
        (parts, body)
    }

    /// What a user's handler waits for: head, key operation, digest, proof.
    pub fn verify(&self, parts: &Parts, body: &Bytes) {
        let authentic =
            self.verifier.verify_with_certificate(parts, body.clone(), &self.certificate, now());
        assert!(std::hint::black_box(authentic).is_ok());
    }
}

/// An event of this many bytes.
pub fn body(bytes: usize) -> Bytes {
    let start = r#"{"id":"1","source":"bench","specversion":"1.0","type":"bench:Event","data":""#;
    let mut body = start.as_bytes().to_vec();
    body.resize(bytes.saturating_sub(2), b'x');
    body.extend(b"\"}");
    body.into()
}

/// The string to sign, in the reference form.
pub fn string_to_sign(scheme: Scheme, parts: &Parts, body: &[u8]) -> Vec<u8> {
    let method = match scheme {
        Scheme::V1 => "x-eventbridge-signature-method",
        Scheme::V2 => "x-eventbridge-hash-method",
        other => panic!("no method line for {other}"),
    };
    let mut string = format!("{URL}\n").into_bytes();
    for name in [
        "x-eventbridge-signature-timestamp",
        method,
        "x-eventbridge-signature-version",
        "x-eventbridge-signature-url",
        "x-eventbridge-signature-token",
    ] {
        string.extend(name.as_bytes());
        string.extend(b": ");
        string.extend(parts.headers[name].as_bytes());
        string.extend(b"\n");
    }
    string.extend(body);
    string.extend(b"\n");
    string
}

/// A published event.
pub fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/envelopes/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}
