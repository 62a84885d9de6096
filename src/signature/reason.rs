//! The facts behind a refusal, and their text.

use std::fmt;

use super::{
    facts::{Excerpt, HeaderProblem, Query, SecretProblem, UtcMillis},
    kind::{RejectionKind, Stage},
    names::SignatureHeader,
};
use crate::certificate::{Fingerprint, PublicKeyError, RepresentativeError, UrlRefusal};

/// The facts of a refusal. Nothing in here may hold a token, a secret or body bytes.
#[derive(PartialEq, Eq)]
pub(crate) enum Reason {
    HttpMethod {
        got: Excerpt,
    },
    ContentEncoding {
        got: Excerpt,
    },
    MissingHeader {
        stage: Stage,
        header: SignatureHeader,
    },
    /// There is no v2 signature, and nothing else is accepted.
    OnlyV2,
    DuplicateHeader {
        header: SignatureHeader,
    },
    MalformedHeader {
        stage: Stage,
        header: SignatureHeader,
        problem: HeaderProblem,
    },
    SignatureMethod {
        header: SignatureHeader,
        got: Excerpt,
        want: &'static str,
    },
    SignatureVersion {
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
    UnexpectedToken,
    UnknownToken,
    TokenOfOtherEndpoint,
    /// The query is left out of logs: people put credentials there.
    Endpoint {
        path: Excerpt,
        query: Query,
    },
    CertificateUrl {
        got: Excerpt,
        refusal: UrlRefusal,
    },
    MalformedLength,
    DeclaredTooLarge {
        declared: u64,
        limit: u64,
    },
    CertificateUnavailable {
        url: Excerpt,
        cause: Excerpt,
    },
    CertificateKey {
        error: PublicKeyError,
    },
    CertificateExpired {
        not_before: UtcMillis,
        not_after: UtcMillis,
        now: UtcMillis,
    },
    CertificateNotPinned {
        fingerprint: Fingerprint,
    },
    /// Another certificate than the one configured for the URL.
    CertificateNotGiven {
        fingerprint: Fingerprint,
    },
    Secret {
        problem: SecretProblem,
    },
    BodyTooLarge {
        limit: u64,
    },
    BodyIncomplete {
        declared: u64,
        got: u64,
    },
    BodyInterrupted {
        got: u64,
        cause: Excerpt,
    },
    BodyTimeout {
        got: u64,
    },
    BodyAmbiguous,
    Overloaded,
    SignatureRepresentative {
        header: SignatureHeader,
        problem: RepresentativeError,
    },
    Signature {
        header: SignatureHeader,
        candidates: usize,
    },
}

impl Reason {
    pub(crate) const fn kind(&self) -> RejectionKind {
        match self {
            Self::HttpMethod { .. } => RejectionKind::HttpMethodNotAllowed,
            Self::ContentEncoding { .. } => RejectionKind::ContentEncodingNotSupported,
            Self::MissingHeader { .. } | Self::OnlyV2 => RejectionKind::MissingHeader,
            Self::DuplicateHeader { .. } => RejectionKind::DuplicateHeader,
            Self::MalformedHeader { .. } | Self::MalformedLength => RejectionKind::MalformedHeader,
            Self::SignatureMethod { .. } => RejectionKind::UnsupportedSignatureMethod,
            Self::SignatureVersion { .. } => RejectionKind::UnsupportedSignatureVersion,
            Self::StaleTimestamp { .. } => RejectionKind::StaleTimestamp,
            Self::FutureTimestamp { .. } => RejectionKind::FutureTimestamp,
            Self::UnexpectedToken => RejectionKind::UnexpectedToken,
            Self::UnknownToken | Self::TokenOfOtherEndpoint => RejectionKind::TokenMismatch,
            Self::Endpoint { .. } => RejectionKind::EndpointMismatch,
            Self::CertificateUrl { .. } => RejectionKind::CertificateUrlNotAllowed,
            Self::DeclaredTooLarge { .. } | Self::BodyTooLarge { .. } => {
                RejectionKind::BodyTooLarge
            }
            Self::CertificateUnavailable { .. } => RejectionKind::CertificateUnavailable,
            Self::CertificateKey { .. } | Self::CertificateExpired { .. } => {
                RejectionKind::CertificateInvalid
            }
            Self::CertificateNotPinned { .. } | Self::CertificateNotGiven { .. } => {
                RejectionKind::CertificatePinMismatch
            }
            Self::Secret { .. } => RejectionKind::SecretInvalid,
            Self::BodyIncomplete { .. } | Self::BodyInterrupted { .. } => {
                RejectionKind::BodyIncomplete
            }
            Self::BodyTimeout { .. } => RejectionKind::BodyTimeout,
            Self::BodyAmbiguous => RejectionKind::BodyAmbiguous,
            Self::Overloaded => RejectionKind::Overloaded,
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
            Self::OnlyV2
            | Self::DuplicateHeader { .. }
            | Self::SignatureMethod { .. }
            | Self::SignatureVersion { .. } => Stage::SignatureHeaders,
            Self::StaleTimestamp { .. } | Self::FutureTimestamp { .. } => Stage::Timestamp,
            Self::UnexpectedToken | Self::UnknownToken | Self::TokenOfOtherEndpoint => Stage::Token,
            Self::Endpoint { .. } => Stage::Endpoint,
            Self::CertificateUrl { .. } => Stage::CertificateUrl,
            Self::MalformedLength | Self::DeclaredTooLarge { .. } => Stage::ContentLength,
            Self::CertificateUnavailable { .. }
            | Self::CertificateKey { .. }
            | Self::CertificateExpired { .. }
            | Self::CertificateNotPinned { .. }
            | Self::CertificateNotGiven { .. } => Stage::Certificate,
            Self::Secret { .. } => Stage::Secret,
            Self::BodyTooLarge { .. }
            | Self::BodyIncomplete { .. }
            | Self::BodyInterrupted { .. }
            | Self::BodyTimeout { .. }
            | Self::BodyAmbiguous
            | Self::Overloaded => Stage::Body,
            Self::SignatureRepresentative { .. } | Self::Signature { .. } => Stage::Signature,
        }
    }

    pub(crate) const fn header(&self) -> Option<&'static str> {
        let header = match self {
            Self::MissingHeader { header, .. }
            | Self::DuplicateHeader { header }
            | Self::MalformedHeader { header, .. }
            | Self::SignatureMethod { header, .. }
            | Self::SignatureRepresentative { header, .. }
            | Self::Signature { header, .. } => *header,
            Self::OnlyV2 => SignatureHeader::SignatureV2,
            Self::SignatureVersion { .. } => SignatureHeader::Version,
            Self::StaleTimestamp { .. } | Self::FutureTimestamp { .. } => {
                SignatureHeader::Timestamp
            }
            Self::UnexpectedToken | Self::UnknownToken | Self::TokenOfOtherEndpoint => {
                SignatureHeader::Token
            }
            Self::CertificateUrl { .. } => SignatureHeader::CertificateUrl,
            Self::Secret { .. } => SignatureHeader::Secret,
            Self::ContentEncoding { .. } => return Some("content-encoding"),
            Self::MalformedLength | Self::DeclaredTooLarge { .. } | Self::BodyIncomplete { .. } => {
                return Some("content-length");
            }
            Self::HttpMethod { .. }
            | Self::Endpoint { .. }
            | Self::CertificateUnavailable { .. }
            | Self::CertificateKey { .. }
            | Self::CertificateExpired { .. }
            | Self::CertificateNotPinned { .. }
            | Self::CertificateNotGiven { .. }
            | Self::BodyTooLarge { .. }
            | Self::BodyInterrupted { .. }
            | Self::BodyTimeout { .. }
            | Self::BodyAmbiguous
            | Self::Overloaded => return None,
        };
        Some(header.as_str())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(header) = self.header() {
            write!(formatter, "header {header} ")?;
        }
        match self {
            Self::HttpMethod { got } => write!(formatter, "method {got} is not allowed"),
            Self::ContentEncoding { got } => {
                write!(formatter, "is {got}, only identity is supported")
            }
            Self::MissingHeader { .. } => formatter.write_str("is missing"),
            Self::OnlyV2 => formatter.write_str("is missing, and v1 is not accepted"),
            Self::DuplicateHeader { .. } => formatter.write_str("occurs more than once"),
            Self::MalformedHeader { problem, .. } => problem.fmt(formatter),
            Self::SignatureMethod { got, want, .. } | Self::SignatureVersion { got, want } => {
                write!(formatter, "is {got}, only {want} is supported")
            }
            Self::StaleTimestamp { timestamp, age_millis, limit_millis } => {
                write!(
                    formatter,
                    "is {timestamp}, {age_millis} ms ago, at most {limit_millis} ms are allowed"
                )
            }
            Self::FutureTimestamp { timestamp, age_millis, limit_millis } => {
                let ahead = age_millis.unsigned_abs();
                write!(
                    formatter,
                    "is {timestamp}, {ahead} ms in the future, at most {limit_millis} ms are allowed"
                )
            }
            Self::UnexpectedToken => {
                formatter.write_str("is there, but no token is configured: configure it")
            }
            Self::UnknownToken => formatter.write_str("is no configured token"),
            Self::TokenOfOtherEndpoint => formatter.write_str("is the token of another endpoint"),
            Self::Endpoint { path, query: Query::Absent } => {
                write!(formatter, "no endpoint is seen at {path} without a query")
            }
            Self::Endpoint { path, query: Query::Present { bytes } } => {
                write!(formatter, "no endpoint is seen at {path} with this query of {bytes} bytes")
            }
            Self::CertificateUrl { got, refusal } => {
                write!(formatter, "is {got}, which is no allowed certificate URL: {refusal}")
            }
            Self::MalformedLength => formatter.write_str("is no length, or two different ones"),
            Self::DeclaredTooLarge { declared, limit } => {
                write!(formatter, "is {declared}, at most {limit} bytes are allowed")
            }
            Self::CertificateUnavailable { url, cause } => {
                write!(formatter, "the certificate at {url} is not available: {cause}")
            }
            Self::CertificateKey { error } => {
                write!(formatter, "the certificate is not valid: {error}")
            }
            Self::CertificateExpired { not_before, not_after, now } => {
                write!(
                    formatter,
                    "the certificate is valid from {not_before} to {not_after}, now is {now}"
                )
            }
            Self::CertificateNotPinned { fingerprint } => {
                write!(
                    formatter,
                    "the certificate's key {fingerprint} is not among the pinned ones"
                )
            }
            Self::CertificateNotGiven { fingerprint } => {
                write!(
                    formatter,
                    "the certificate {fingerprint} is not the one configured for this URL"
                )
            }
            Self::Secret { problem } => write!(formatter, "holds no temporary secret: {problem}"),
            Self::BodyTooLarge { limit } => {
                write!(formatter, "the body has more than {limit} bytes")
            }
            Self::BodyIncomplete { declared, got } => {
                write!(formatter, "is {declared}, but the body has {got} bytes")
            }
            Self::BodyInterrupted { got, cause } => {
                write!(formatter, "the body broke off after {got} bytes: {cause}")
            }
            Self::BodyTimeout { got } => {
                write!(formatter, "the body did not end in time, {got} bytes came")
            }
            Self::BodyAmbiguous => formatter
                .write_str("the body begins like a token line, and no token line is signed"),
            Self::Overloaded => formatter.write_str("too many body bytes are in flight"),
            Self::SignatureRepresentative { problem, .. } => {
                write!(formatter, "is no signature under this key: {problem}")
            }
            Self::Signature { candidates: 1, .. } => {
                formatter.write_str("does not match the string to sign")
            }
            Self::Signature { candidates, .. } => {
                write!(
                    formatter,
                    "does not match the string to sign of any of {candidates} endpoints"
                )
            }
        }
    }
}
