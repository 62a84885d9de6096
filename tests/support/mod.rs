//! Reads the fixtures: shared by the unit tests, the integration tests and the bare core's conformance run.

#![allow(
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    clippy::exhaustive_structs,
    clippy::must_use_candidate,
    missing_debug_implementations,
    unreachable_pub,
    dead_code,
    reason = "test code, of which each test uses a part"
)]

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue, Method, Request, request::Parts};
use serde::Deserialize;
use tower_eventbridge::{
    Authentic, ConfigError, Endpoint, Rejection, Token, Verifier,
    certificate::{Certificate, Fingerprint},
    signature::{BodyEnding, TokenLine, ValidityPolicy},
};

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

/// What a verifier answers, in the words of the fixtures.
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

impl Expected {
    pub fn of(result: &Result<Authentic, Rejection>) -> Self {
        let nothing = Self {
            verdict: "rejected".into(),
            scheme: None,
            form: None,
            token_line: None,
            assurance: None,
            tenant: None,
            token_index: None,
            reason: None,
            status: 200,
            stage: None,
            header: None,
        };
        match result {
            Ok(authentic) => Self {
                verdict: "accepted".into(),
                scheme: Some(authentic.scheme().to_string()),
                form: Some(authentic.body_ending().to_string()),
                token_line: Some(authentic.token_line().to_string()),
                assurance: Some(authentic.assurance().to_string()),
                tenant: authentic.tenant().map(Into::into),
                token_index: authentic.token_index(),
                ..nothing
            },
            Err(rejection) => Self {
                reason: Some(rejection.kind().to_string()),
                status: rejection.kind().status().as_u16(),
                stage: Some(rejection.stage().to_string()),
                header: rejection.header().map(Into::into),
                ..nothing
            },
        }
    }
}

impl Policy {
    pub fn verifier(&self) -> Result<Verifier, ConfigError> {
        let token = |token: &TokenJson| Token::new(&token.value).tenant(&token.tenant);
        let mut builder = Verifier::builder()
            .validity(match self.validity.as_str() {
                "ignore" => ValidityPolicy::Ignore,
                _ => ValidityPolicy::Enforce,
            })
            .min_key_bits(self.min_key_bits)
            .max_age(Duration::from_millis(self.max_age_ms))
            .max_future(Duration::from_millis(self.max_future_ms))
            .max_body_bytes(self.max_body_bytes)
            .methods(self.methods.iter().map(|method| method.parse::<Method>().expect("a method")));
        for json in &self.endpoints {
            let mut endpoint = match (&json.exact, &json.origin) {
                (Some(exact), None) => Endpoint::exact(exact),
                (None, Some(origin)) => Endpoint::origin(origin),
                _ => panic!("an endpoint is exact or an origin"),
            };
            if let Some(seen_as) = &json.seen_as {
                endpoint = endpoint.seen_as(seen_as);
            }
            if json.seen_anywhere {
                endpoint = endpoint.seen_anywhere();
            }
            for value in &json.tokens {
                endpoint = endpoint.token(token(value));
            }
            builder = builder.endpoint(endpoint);
        }
        for value in &self.tokens {
            builder = builder.token(token(value));
        }
        if self.accept_any_tenant {
            builder = builder.dangerous_accept_any_tenant();
        }
        if self.accept_v1_without_token {
            builder = builder.dangerous_accept_v1_without_token();
        }
        if self.require_v2 {
            builder = builder.require_v2();
        }
        builder = match self.form.as_str() {
            "reference" => builder.body_ending(BodyEnding::Reference),
            "documented" => builder.body_ending(BodyEnding::Documented),
            _ => builder,
        };
        if self.accept_unsigned_token_line {
            builder = builder.dangerous_accept_token_line(TokenLine::Unsigned);
        }
        for region in &self.regions {
            builder = builder.region(region);
        }
        for url in &self.certificate_urls {
            builder = builder.certificate_url(url);
        }
        for pin in &self.public_key_pins {
            builder = builder.public_key_pin(pin.parse::<Fingerprint>().expect("a fingerprint"));
        }
        builder.build()
    }
}

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

/// All three steps, with the certificate's bytes as they would come from its URL.
pub fn verify(
    verifier: &Verifier,
    parts: &Parts,
    body: Vec<u8>,
    certificate: &[u8],
    now: SystemTime,
) -> Result<Authentic, Rejection> {
    let head = verifier.check_head(parts, now)?;
    let certificate = match Certificate::from_pem_or_der(certificate) {
        Ok(certificate) => certificate,
        Err(error) => return Err(head.certificate_unavailable(error)),
    };
    let mut check = head.check_certificate(&certificate, now)?;
    check.update(body.into())?;
    check.finish()
}
