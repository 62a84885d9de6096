//! One replay of a captured push under one setup.

use std::time::SystemTime;

use bytes::Bytes;
use http::{Method, Request, Uri, request::Parts};
use tower_eventbridge::{
    Authentic, ConfigError, Rejection, Verifier,
    certificate::Certificate,
    signature::{Assurance, BodyEnding, Scheme, Timestamp, ValidityPolicy},
};

use super::head_file::Head;
use crate::arguments::EndpointArg;

/// What was captured.
#[derive(Clone)]
pub struct Capture {
    pub head: Head,
    pub body: Bytes,
}

/// What the receiver is said to trust.
#[derive(Clone)]
pub struct Setup {
    pub endpoints: Vec<EndpointArg>,
    pub tokens: Tokens,
    pub regions: Vec<String>,
    pub unlisted_regions: Vec<String>,
    pub internal_oss_host: bool,
    pub certificates: Vec<(String, Certificate)>,
    /// Near misses: the certificate that every URL serves.
    pub substitute: Option<Certificate>,
    pub require_v2: bool,
    /// `None`: any.
    pub form: Option<BodyEnding>,
    pub now: SystemTime,
    pub age_judged: bool,
}

#[derive(Clone)]
pub enum Tokens {
    AnyTenant,
    Known(Vec<String>),
}

/// How far the push got, and what was learnt on the way.
pub struct Outcome {
    pub verdict: Result<Accepted, Rejection>,
    pub head: Option<HeadFacts>,
    pub certificate: Option<Certificate>,
}

/// The facts of a proof, without the body.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub scheme: Scheme,
    pub body_ending: BodyEnding,
    pub assurance: Assurance,
    pub url: String,
}

impl Accepted {
    /// Takes the facts of a proof.
    pub fn of(authentic: &Authentic) -> Self {
        Self {
            scheme: authentic.scheme(),
            body_ending: authentic.body_ending(),
            assurance: authentic.assurance(),
            url: authentic.url().to_owned(),
        }
    }
}

/// What a head that passed says.
pub struct HeadFacts {
    pub scheme: Scheme,
    pub timestamp: Timestamp,
    pub certificate_url: String,
    pub candidate_urls: Vec<String>,
    /// What was signed before the body, for each of the URLs.
    pub signed: Vec<Vec<u8>>,
}

impl Setup {
    pub fn verifier(&self, capture: &Capture) -> Result<Verifier, ConfigError> {
        let mut builder = Verifier::builder()
            .max_body_bytes(u64::MAX)
            // The captured method is judged by the receiver's default.
            .methods([Method::POST]);
        let endpoints = match capture.head.request_line {
            Some(_) => self.endpoints.clone(),
            // Then an exact endpoint's path is taken for granted.
            None => self.seen_anywhere().endpoints,
        };
        for endpoint in &endpoints {
            builder = builder.endpoint(endpoint.endpoint());
        }
        match &self.tokens {
            Tokens::AnyTenant => {
                builder = builder.dangerous_accept_any_tenant();
                if !self.require_v2 {
                    builder = builder.dangerous_accept_v1_without_token();
                }
            }
            Tokens::Known(tokens) => {
                for token in tokens {
                    builder = builder.token(token);
                }
            }
        }
        if self.require_v2 {
            builder = builder.require_v2();
        }
        if let Some(form) = self.form {
            builder = builder.body_ending(form);
        }
        for region in &self.regions {
            builder = builder.region(region);
        }
        for region in &self.unlisted_regions {
            builder = builder.unlisted_region(region);
        }
        if self.internal_oss_host {
            builder = builder.internal_oss_host();
        }
        for (url, _) in &self.certificates {
            builder = builder.certificate_url(url);
        }
        if self.substitute.is_some() {
            builder = builder.validity(ValidityPolicy::Ignore);
        }
        builder.build()
    }

    /// The same, wherever the pushes arrive.
    pub fn seen_anywhere(&self) -> Self {
        let mut endpoints: Vec<EndpointArg> = Vec::new();
        for endpoint in self.endpoints.iter().map(EndpointArg::seen_anywhere) {
            // One URL that is seen at several paths is seen anywhere once.
            if endpoints.iter().all(|other| other.text() != endpoint.text()) {
                endpoints.push(endpoint);
            }
        }
        Self { endpoints, ..self.clone() }
    }

    /// Whether the certificate is given that a push names.
    pub fn names_certificate(&self, capture: &Capture) -> bool {
        let named = capture.head.headers.get("x-eventbridge-signature-url");
        let named = named.and_then(|url| url.to_str().ok());
        named.is_some_and(|url| self.certificate_at(url).is_some())
    }

    fn certificate_at(&self, url: &str) -> Option<&Certificate> {
        let given = self
            .certificates
            .iter()
            .find(|(given, _)| given == url)
            .map(|(_, certificate)| certificate);
        self.substitute.as_ref().or(given)
    }
}

impl Capture {
    pub fn parts(&self) -> Parts {
        let (method, target) = match &self.head.request_line {
            Some(line) => (line.method.clone(), line.target.clone()),
            None => (Method::POST, Uri::from_static("/")),
        };
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.uri_mut() = target;
        *request.headers_mut() = self.head.headers.clone();
        request.into_parts().0
    }
}

pub fn replay(setup: &Setup, capture: &Capture) -> Result<Outcome, ConfigError> {
    let verifier = setup.verifier(capture)?;
    let mut outcome_head = None;
    let mut outcome_certificate = None;
    let mut steps = || {
        let head = verifier.check_head(&capture.parts(), setup.now)?;
        outcome_head = Some(HeadFacts {
            scheme: head.scheme(),
            timestamp: head.timestamp(),
            certificate_url: head.certificate_url().to_string(),
            candidate_urls: head.candidate_urls().map(Into::into).collect(),
            signed: head.candidate_urls().map(|url| head.signed_head(url)).collect(),
        });
        let Some(certificate) = setup.certificate_at(head.certificate_url().as_str()) else {
            return Err(head.certificate_unavailable(
                "no --certificate gives it, and explain fetches nothing",
            ));
        };
        outcome_certificate = Some(certificate.clone());
        let mut check = head.check_certificate(certificate, setup.now)?;
        check.update(capture.body.clone())?;
        check.finish()
    };
    let verdict = steps().map(|authentic| Accepted::of(&authentic));
    Ok(Outcome { verdict, head: outcome_head, certificate: outcome_certificate })
}
