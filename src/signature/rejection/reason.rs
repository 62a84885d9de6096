//! The facts behind a rejection: one table.

use std::time::SystemTime;

use super::{kind::RejectionKind as Kind, stage::Stage};
use crate::{
    certificate::{Fingerprint, PublicKeyError, RepresentativeError, UrlProblem},
    signature::{
        excerpt::Excerpt,
        header::{HeaderFault, HeaderProblem, SignatureHeader as Header},
        scheme::{Scheme, SecretProblem},
    },
};

/// The facts of a rejection. Nothing in here may hold a token, a secret or body bytes.
#[derive(PartialEq, Eq)]
pub(crate) enum Reason {
    HttpMethod {
        got: Excerpt,
    },
    ContentEncoding {
        got: Excerpt,
    },
    /// A signature header, or the token's, cannot be read.
    Header {
        stage: Stage,
        fault: HeaderFault,
    },
    /// A signature of an accepted scheme is missing.
    SchemeNotAccepted {
        missing: Header,
        rejected: Scheme,
    },
    SignatureMethod {
        header: Header,
        got: Excerpt,
        want: &'static str,
    },
    SignatureVersion {
        got: Excerpt,
        want: &'static str,
    },
    TimestampStale {
        timestamp: i64,
        age_millis: i128,
        limit_millis: u128,
    },
    TimestampFuture {
        timestamp: i64,
        age_millis: i128,
        limit_millis: u128,
    },
    TokenUnexpected,
    UnknownToken,
    TokenOfOtherEndpoint,
    /// The query is left out of logs: people put credentials there.
    Endpoint {
        path: Excerpt,
        query: Query,
        /// The path that arrived, where a router has changed it since.
        arrived_at: Option<Excerpt>,
    },
    CertificateUrl {
        got: Excerpt,
        problem: UrlProblem,
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
        not_before: SystemTime,
        not_after: SystemTime,
        now: SystemTime,
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
        header: Header,
        problem: RepresentativeError,
    },
    Signature {
        header: Header,
        candidates: usize,
    },
}

/// Whether a request target has a query.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Query {
    Absent,
    Present { bytes: usize },
}

/// How a rejection is classified.
pub(crate) struct Class {
    pub(crate) kind: Kind,
    pub(crate) stage: Stage,
    /// The header at fault, in lower case, where it is one header's fault.
    pub(crate) header: Option<&'static str>,
}

impl Reason {
    pub(crate) const fn class(&self) -> Class {
        match self {
            Self::HttpMethod { .. } => of_none(Kind::HttpMethodNotAllowed, Stage::Method),
            Self::ContentEncoding { .. } => {
                let kind = Kind::ContentEncodingUnsupported;
                Class { kind, stage: Stage::Encoding, header: Some("content-encoding") }
            }
            Self::Header { stage, fault } => of(kind_of(fault.problem), *stage, fault.header),
            Self::SchemeNotAccepted { missing, .. } => {
                of(Kind::HeaderMissing, Stage::SignatureHeaders, *missing)
            }
            Self::SignatureMethod { header, .. } => {
                of(Kind::SignatureMethodUnsupported, Stage::SignatureHeaders, *header)
            }
            Self::SignatureVersion { .. } => {
                of(Kind::SignatureVersionUnsupported, Stage::SignatureHeaders, Header::Version)
            }
            Self::TimestampStale { .. } => {
                of(Kind::TimestampStale, Stage::Timestamp, Header::Timestamp)
            }
            Self::TimestampFuture { .. } => {
                of(Kind::TimestampFuture, Stage::Timestamp, Header::Timestamp)
            }
            Self::TokenUnexpected => of(Kind::TokenUnexpected, Stage::Token, Header::Token),
            Self::UnknownToken | Self::TokenOfOtherEndpoint => {
                of(Kind::TokenMismatch, Stage::Token, Header::Token)
            }
            Self::Endpoint { .. } => of_none(Kind::EndpointMismatch, Stage::Endpoint),
            Self::CertificateUrl { .. } => {
                let kind = Kind::CertificateUrlNotAllowed;
                of(kind, Stage::CertificateUrl, Header::CertificateUrl)
            }
            Self::MalformedLength => of_length(Kind::HeaderMalformed, Stage::ContentLength),
            Self::DeclaredTooLarge { .. } => of_length(Kind::BodyTooLarge, Stage::ContentLength),
            Self::CertificateUnavailable { .. } => {
                of_none(Kind::CertificateUnavailable, Stage::Certificate)
            }
            Self::CertificateKey { .. } | Self::CertificateExpired { .. } => {
                of_none(Kind::CertificateInvalid, Stage::Certificate)
            }
            Self::CertificateNotPinned { .. } | Self::CertificateNotGiven { .. } => {
                of_none(Kind::CertificatePinMismatch, Stage::Certificate)
            }
            Self::Secret { .. } => of(Kind::SecretInvalid, Stage::Secret, Header::Secret),
            Self::BodyTooLarge { .. } => of_none(Kind::BodyTooLarge, Stage::Body),
            Self::BodyIncomplete { .. } => of_length(Kind::BodyIncomplete, Stage::Body),
            Self::BodyInterrupted { .. } => of_none(Kind::BodyIncomplete, Stage::Body),
            Self::BodyTimeout { .. } => of_none(Kind::BodyTimeout, Stage::Body),
            Self::BodyAmbiguous => of_none(Kind::BodyAmbiguous, Stage::Body),
            Self::Overloaded => of_none(Kind::Overloaded, Stage::Body),
            Self::SignatureRepresentative { header, .. } | Self::Signature { header, .. } => {
                of(Kind::SignatureMismatch, Stage::Signature, *header)
            }
        }
    }
}

const fn kind_of(problem: HeaderProblem) -> Kind {
    match problem {
        HeaderProblem::Missing => Kind::HeaderMissing,
        HeaderProblem::Repeated => Kind::HeaderDuplicate,
        HeaderProblem::Empty
        | HeaderProblem::TooLong { .. }
        | HeaderProblem::NotDigits
        | HeaderProblem::NotBase64
        | HeaderProblem::NotAMac { .. } => Kind::HeaderMalformed,
    }
}

const fn of(kind: Kind, stage: Stage, header: Header) -> Class {
    Class { kind, stage, header: Some(header.as_str()) }
}

const fn of_length(kind: Kind, stage: Stage) -> Class {
    Class { kind, stage, header: Some("content-length") }
}

const fn of_none(kind: Kind, stage: Stage) -> Class {
    Class { kind, stage, header: None }
}
