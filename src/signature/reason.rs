//! The facts behind a refusal, and their text.

use std::fmt;

use super::{
    error::{RejectionKind, Stage},
    facts::{Excerpt, HeaderProblem, Query, SecretProblem},
};
use crate::certificate::{Fingerprint, PublicKeyError, RepresentativeError, UrlRefusal};

/// The facts of a refusal. Nothing in here may hold a token, a secret or body bytes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    HttpMethod {
        got: Excerpt,
    },
    ContentEncoding {
        got: Excerpt,
    },
    MissingHeader {
        stage: Stage,
        header: &'static str,
    },
    DuplicateHeader {
        header: &'static str,
    },
    MalformedHeader {
        stage: Stage,
        header: &'static str,
        problem: HeaderProblem,
    },
    SignatureMethod {
        header: &'static str,
        got: Excerpt,
        want: &'static str,
    },
    SignatureVersion {
        header: &'static str,
        got: Excerpt,
        want: &'static str,
    },
    StaleTimestamp {
        timestamp: i64,
        age_millis: i128,
        limit_millis: u128,
    },
    FutureTimestamp {
        timestamp: i64,
        age_millis: i128,
        limit_millis: u128,
    },
    UnexpectedToken {
        header: &'static str,
    },
    UnknownToken {
        header: &'static str,
    },
    TokenOfOtherEndpoint {
        header: &'static str,
    },
    /// The query is left out of logs: people put credentials there.
    Endpoint {
        path: Excerpt,
        query: Query,
    },
    CertificateUrl {
        header: &'static str,
        got: Excerpt,
        refusal: UrlRefusal,
    },
    DeclaredTooLarge {
        declared: u64,
        limit: u64,
    },
    CertificateUnavailable {
        url: Excerpt,
        cause: Box<str>,
    },
    CertificateKey {
        error: PublicKeyError,
    },
    CertificateExpired {
        not_before: u64,
        not_after: u64,
        now_millis: i128,
    },
    CertificatePin {
        fingerprint: Fingerprint,
    },
    Secret {
        header: &'static str,
        problem: SecretProblem,
    },
    BodyTooLarge {
        limit: u64,
    },
    BodyIncomplete {
        declared: u64,
        got: u64,
    },
    BodyAmbiguous,
    SignatureRepresentative {
        header: &'static str,
        problem: RepresentativeError,
    },
    Signature {
        header: &'static str,
        candidates: usize,
    },
}

impl Reason {
    pub(crate) const fn kind(&self) -> RejectionKind {
        match self {
            Self::HttpMethod { .. } => RejectionKind::HttpMethodNotAllowed,
            Self::ContentEncoding { .. } => RejectionKind::ContentEncodingNotSupported,
            Self::MissingHeader { .. } => RejectionKind::MissingHeader,
            Self::DuplicateHeader { .. } => RejectionKind::DuplicateHeader,
            Self::MalformedHeader { .. } => RejectionKind::MalformedHeader,
            Self::SignatureMethod { .. } => RejectionKind::UnsupportedSignatureMethod,
            Self::SignatureVersion { .. } => RejectionKind::UnsupportedSignatureVersion,
            Self::StaleTimestamp { .. } => RejectionKind::StaleTimestamp,
            Self::FutureTimestamp { .. } => RejectionKind::FutureTimestamp,
            Self::UnexpectedToken { .. } => RejectionKind::UnexpectedToken,
            Self::UnknownToken { .. } | Self::TokenOfOtherEndpoint { .. } => {
                RejectionKind::TokenMismatch
            }
            Self::Endpoint { .. } => RejectionKind::EndpointMismatch,
            Self::CertificateUrl { .. } => RejectionKind::CertificateUrlNotAllowed,
            Self::DeclaredTooLarge { .. } | Self::BodyTooLarge { .. } => {
                RejectionKind::BodyTooLarge
            }
            Self::CertificateUnavailable { .. } => RejectionKind::CertificateUnavailable,
            Self::CertificateKey { .. } | Self::CertificateExpired { .. } => {
                RejectionKind::CertificateInvalid
            }
            Self::CertificatePin { .. } => RejectionKind::CertificatePinMismatch,
            Self::Secret { .. } => RejectionKind::SecretInvalid,
            Self::BodyIncomplete { .. } => RejectionKind::BodyIncomplete,
            Self::BodyAmbiguous => RejectionKind::BodyAmbiguous,
            Self::SignatureRepresentative { .. } | Self::Signature { .. } => {
                RejectionKind::SignatureMismatch
            }
        }
    }

    pub(crate) const fn stage(&self) -> Stage {
        match self {
            Self::HttpMethod { .. } => Stage::Method,
            Self::ContentEncoding { .. } => Stage::Encoding,
            Self::MissingHeader { stage, .. } | Self::MalformedHeader { stage, .. } => *stage,
            Self::DuplicateHeader { .. }
            | Self::SignatureMethod { .. }
            | Self::SignatureVersion { .. } => Stage::SignatureHeaders,
            Self::StaleTimestamp { .. } | Self::FutureTimestamp { .. } => Stage::Timestamp,
            Self::UnexpectedToken { .. }
            | Self::UnknownToken { .. }
            | Self::TokenOfOtherEndpoint { .. } => Stage::Token,
            Self::Endpoint { .. } => Stage::Endpoint,
            Self::CertificateUrl { .. } => Stage::CertificateUrl,
            Self::DeclaredTooLarge { .. } => Stage::ContentLength,
            Self::CertificateUnavailable { .. }
            | Self::CertificateKey { .. }
            | Self::CertificateExpired { .. }
            | Self::CertificatePin { .. } => Stage::Certificate,
            Self::Secret { .. } => Stage::Secret,
            Self::BodyTooLarge { .. } | Self::BodyIncomplete { .. } | Self::BodyAmbiguous => {
                Stage::Body
            }
            Self::SignatureRepresentative { .. } | Self::Signature { .. } => Stage::Signature,
        }
    }

    pub(crate) const fn header(&self) -> Option<&'static str> {
        match self {
            Self::MissingHeader { header, .. }
            | Self::DuplicateHeader { header }
            | Self::MalformedHeader { header, .. }
            | Self::SignatureMethod { header, .. }
            | Self::SignatureVersion { header, .. }
            | Self::UnexpectedToken { header }
            | Self::UnknownToken { header }
            | Self::TokenOfOtherEndpoint { header }
            | Self::CertificateUrl { header, .. }
            | Self::Secret { header, .. }
            | Self::SignatureRepresentative { header, .. }
            | Self::Signature { header, .. } => Some(header),
            Self::ContentEncoding { .. } => Some("content-encoding"),
            Self::DeclaredTooLarge { .. } | Self::BodyIncomplete { .. } => Some("content-length"),
            Self::StaleTimestamp { .. } | Self::FutureTimestamp { .. } => {
                Some("x-eventbridge-signature-timestamp")
            }
            Self::HttpMethod { .. }
            | Self::Endpoint { .. }
            | Self::CertificateUnavailable { .. }
            | Self::CertificateKey { .. }
            | Self::CertificateExpired { .. }
            | Self::CertificatePin { .. }
            | Self::BodyTooLarge { .. }
            | Self::BodyAmbiguous => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HttpMethod { got } => write!(formatter, "method {got} is not allowed"),
            Self::ContentEncoding { got } => {
                write!(formatter, "content-encoding {got} is not supported, only identity is")
            }
            Self::MissingHeader { header, .. } => write!(formatter, "header {header} is missing"),
            Self::DuplicateHeader { header } => {
                write!(formatter, "header {header} occurs more than once")
            }
            Self::MalformedHeader { header, problem, .. } => {
                write!(formatter, "header {header} {problem}")
            }
            Self::SignatureMethod { header, got, want }
            | Self::SignatureVersion { header, got, want } => {
                write!(formatter, "header {header} is {got}, only {want} is supported")
            }
            Self::StaleTimestamp { timestamp, age_millis, limit_millis } => {
                write!(
                    formatter,
                    "timestamp {timestamp} is {age_millis} ms old, at most {limit_millis} ms are allowed"
                )
            }
            Self::FutureTimestamp { timestamp, age_millis, limit_millis } => write!(
                formatter,
                "timestamp {timestamp} is {} ms in the future, at most {limit_millis} ms are allowed",
                age_millis.unsigned_abs()
            ),
            Self::UnexpectedToken { header } => {
                write!(formatter, "header {header} is there, no token is configured")
            }
            Self::UnknownToken { header } => {
                write!(formatter, "header {header} is no configured token")
            }
            Self::TokenOfOtherEndpoint { header } => {
                write!(formatter, "header {header} is another endpoint's token")
            }
            Self::Endpoint { path, query: Query::Absent } => {
                write!(formatter, "no endpoint is seen at {path} without a query")
            }
            Self::Endpoint { path, query: Query::Present { bytes } } => {
                write!(formatter, "no endpoint is seen at {path} with this query of {bytes} bytes")
            }
            Self::CertificateUrl { header, got, refusal } => {
                write!(
                    formatter,
                    "header {header} is {got}, not an allowed certificate URL: {refusal}"
                )
            }
            Self::DeclaredTooLarge { declared, limit } => {
                write!(formatter, "content-length is {declared}, at most {limit} bytes are allowed")
            }
            Self::CertificateUnavailable { url, cause } => {
                write!(formatter, "the certificate at {url} is not available: {cause}")
            }
            Self::CertificateKey { error } => {
                write!(formatter, "the certificate is not valid: {error}")
            }
            Self::CertificateExpired { not_before, not_after, now_millis } => write!(
                formatter,
                "the certificate is valid from {not_before} to {not_after} (seconds since 1970), now is {now_millis} ms"
            ),
            Self::CertificatePin { fingerprint } => {
                write!(
                    formatter,
                    "the certificate's key {fingerprint} is not among the pinned ones"
                )
            }
            Self::Secret { header, problem } => {
                write!(formatter, "header {header} holds no temporary secret: {problem}")
            }
            Self::BodyTooLarge { limit } => {
                write!(formatter, "the body has more than {limit} bytes")
            }
            Self::BodyIncomplete { declared, got } => {
                write!(formatter, "the body ended after {got} bytes, content-length is {declared}")
            }
            Self::BodyAmbiguous => formatter
                .write_str("the body begins like a token line, and no token line is signed"),
            Self::SignatureRepresentative { header, problem } => {
                write!(formatter, "header {header} is no signature under this key: {problem}")
            }
            Self::Signature { header, candidates } => write!(
                formatter,
                "header {header} does not match the string to sign for any of {candidates} endpoint(s)"
            ),
        }
    }
}
