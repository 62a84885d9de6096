//! Fixtures, judged by the library.

use std::time::{Duration, SystemTime};

use http::{Method, request::Parts};
use tower_eventbridge::{
    Authentic, ConfigError, Endpoint, Rejection, Token, Verifier,
    certificate::{Certificate, Fingerprint},
    signature::{BodyEnding, TokenLine, ValidityPolicy},
};

use crate::conformance::{Conformance, Expected, Policy, TokenJson, clock};

impl Expected {
    /// Returns the verdict in the words of the fixtures.
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

/// Makes the verifier that a policy describes.
pub fn verifier(policy: &Policy) -> Result<Verifier, ConfigError> {
    let token = |token: &TokenJson| Token::new(&token.value).tenant(&token.tenant);
    let mut builder = Verifier::builder()
        .validity(match policy.validity.as_str() {
            "ignore" => ValidityPolicy::Ignore,
            _ => ValidityPolicy::Enforce,
        })
        .min_key_bits(policy.min_key_bits)
        .max_age(Duration::from_millis(policy.max_age_ms))
        .max_future(Duration::from_millis(policy.max_future_ms))
        .max_body_bytes(policy.max_body_bytes)
        .methods(policy.methods.iter().map(|method| method.parse::<Method>().expect("a method")));
    for json in &policy.endpoints {
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
    for value in &policy.tokens {
        builder = builder.token(token(value));
    }
    if policy.accept_any_tenant {
        builder = builder.dangerous_accept_any_tenant();
    }
    if policy.accept_v1_without_token {
        builder = builder.dangerous_accept_v1_without_token();
    }
    if policy.require_v2 {
        builder = builder.require_v2();
    }
    builder = match policy.form.as_str() {
        "reference" => builder.body_ending(BodyEnding::Reference),
        "documented" => builder.body_ending(BodyEnding::Documented),
        _ => builder,
    };
    if policy.accept_unsigned_token_line {
        builder = builder.dangerous_accept_token_line(TokenLine::Unsigned);
    }
    for region in &policy.regions {
        builder = builder.region(region);
    }
    for url in &policy.certificate_urls {
        builder = builder.certificate_url(url);
    }
    for pin in &policy.public_key_pins {
        builder = builder.public_key_pin(pin.parse::<Fingerprint>().expect("a fingerprint"));
    }
    builder.build()
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

/// Judges all cases, and returns a line for each whose verdict is another than expected.
pub fn wrong_verdicts(conformance: &Conformance) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in &conformance.cases {
        let verifier =
            verifier(&case.policy).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let certificate = conformance.certificates[&case.certificate].as_bytes();
        let (parts, body) = (case.request.parts(), case.request.body());
        let verdict = verify(&verifier, &parts, body, certificate, clock(case.clock_ms));
        if Expected::of(&verdict) != case.expected {
            wrong.push(format!("{}: expected {:?}, got {verdict:?}", case.name, case.expected));
        }
    }
    wrong
}
