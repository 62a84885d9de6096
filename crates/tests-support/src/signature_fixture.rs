//! The fixtures below `fixtures/signature/`, one folder for each case.

use std::{fs, path::Path};

use http::{HeaderValue, request::Parts};

use crate::{
    conformance::{Expected, Policy},
    fixtures,
};

/// One case, with each value that a verifier computes, as the openssl command gave it.
pub struct Fixture {
    pub name: String,
    pub parts: Parts,
    pub body: Vec<u8>,
    pub certificate: Vec<u8>,
    pub policy: Policy,
    pub clock_ms: u64,
    pub expected: Expected,
    pub string_to_sign: Option<Vec<u8>>,
    pub recovered_block: Option<Vec<u8>>,
    pub secret: Option<Vec<u8>>,
    pub mac: Option<Vec<u8>>,
    pub encoded_message: Option<Vec<u8>>,
    pub expected_message: Option<Vec<u8>>,
}

impl Fixture {
    /// Reads all cases, sorted by name.
    pub fn all() -> Vec<Self> {
        let entries = fs::read_dir(fixtures::path("signature")).unwrap();
        let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    fn read(folder: &Path) -> Self {
        let read = |file: &str| fs::read(folder.join(file)).ok();
        let hex = |file: &str| read(file).map(|text| from_hex(&text));
        let needed =
            |file: &str| read(file).unwrap_or_else(|| panic!("{} has no {file}", folder.display()));
        Self {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
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
