//! The conformance file, as data.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue, Request, request::Parts};
use serde::Deserialize;

use crate::fixtures;

#[derive(Deserialize)]
pub struct Conformance {
    pub certificates: BTreeMap<String, String>,
    pub cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    pub policy: Policy,
    pub certificate: String,
    pub clock_ms: u64,
    pub request: RequestJson,
    pub expected: Expected,
}

#[derive(Deserialize)]
pub struct RequestJson {
    pub method: String,
    pub target: String,
    pub headers: Vec<Header>,
    pub body_base64: String,
}

#[derive(Deserialize)]
pub struct Header {
    pub name: String,
    pub value: Option<String>,
    pub value_base64: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub endpoints: Vec<EndpointJson>,
    pub tokens: Vec<TokenJson>,
    pub accept_any_tenant: bool,
    pub accept_v1_without_token: bool,
    pub require_v2: bool,
    pub form: String,
    pub accept_unsigned_token_line: bool,
    pub regions: Vec<String>,
    pub certificate_urls: Vec<String>,
    pub public_key_pins: Vec<String>,
    pub validity: String,
    pub min_key_bits: u32,
    pub max_age_ms: u64,
    pub max_future_ms: u64,
    pub max_body_bytes: u64,
    pub methods: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointJson {
    pub exact: Option<String>,
    pub origin: Option<String>,
    pub seen_as: Option<String>,
    #[serde(default)]
    pub seen_anywhere: bool,
    #[serde(default)]
    pub tokens: Vec<TokenJson>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenJson {
    pub value: String,
    pub tenant: String,
}

/// A verdict in the words of the fixtures.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub verdict: String,
    pub scheme: Option<String>,
    pub form: Option<String>,
    pub token_line: Option<String>,
    pub assurance: Option<String>,
    pub tenant: Option<String>,
    pub token_index: Option<usize>,
    pub reason: Option<String>,
    pub status: u16,
    pub stage: Option<String>,
    pub header: Option<String>,
}

impl Conformance {
    /// Reads the file.
    pub fn read() -> Self {
        serde_json::from_slice(&fixtures::read("conformance/eventbridge-push.json")).unwrap()
    }

    /// Reads the text of the file, where there are no files.
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap()
    }
}

/// Returns the time so many milliseconds after 1970.
pub fn clock(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

impl RequestJson {
    pub fn parts(&self) -> Parts {
        let mut request = Request::builder().method(self.method.as_str()).uri(&self.target);
        for header in &self.headers {
            let value = match (&header.value, &header.value_base64) {
                (Some(value), None) => value.as_bytes().to_vec(),
                (None, Some(base64)) => STANDARD.decode(base64).expect("base64"),
                _ => panic!("a header has a value or a value_base64"),
            };
            let name: HeaderName = header.name.parse().expect("a header name");
            request =
                request.header(name, HeaderValue::from_bytes(&value).expect("a header value"));
        }
        request.body(()).expect("a request").into_parts().0
    }

    pub fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.body_base64).expect("base64")
    }
}
