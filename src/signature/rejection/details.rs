//! The facts of a rejection, for programs.

use std::time::{Duration, SystemTime};

use super::reason::{Query, Reason};
use crate::{
    certificate::{Fingerprint, PublicKeyError},
    signature::header::HeaderProblem,
};

/// Tells the facts of a rejection beyond its kind, stage and header: limits, values and times.
///
/// Text that the sender chose is quoted, escaped and cut at 200 bytes. Tokens, secrets, queries and
/// bodies are never among them. For the operator only, as the [`Rejection`](crate::Rejection) is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectionDetails<'a> {
    /// A value is not the one that is accepted: of the method, the content encoding, the signature
    /// method or version, or the certificate URL.
    #[non_exhaustive]
    NotAccepted {
        /// The value that came.
        got: &'a str,
    },
    /// A value has too many or too few bytes.
    #[non_exhaustive]
    Length {
        /// The bytes that it has; of base64, before or after decoding as the limit is.
        bytes: usize,
        /// The bytes that are allowed, or that it must have.
        limit: usize,
    },
    /// The timestamp lies outside the window.
    #[non_exhaustive]
    Age {
        /// Milliseconds since 1970 in the timestamp.
        timestamp_millis: i64,
        /// Milliseconds from the timestamp to the receipt; negative if it lies in the future.
        age_millis: i128,
        /// The limit on that side of now.
        limit: Duration,
    },
    /// No endpoint is seen at this path and query.
    #[non_exhaustive]
    Endpoint {
        /// The path that was judged.
        path: &'a str,
        /// The bytes of the query; `None` without a query.
        query_bytes: Option<usize>,
        /// The path that arrived, where a router has changed it since.
        arrived_at: Option<&'a str>,
    },
    /// The certificate is unavailable.
    #[non_exhaustive]
    CertificateUnavailable {
        /// Its URL, without the query.
        url: &'a str,
        /// Why it is unavailable.
        cause: &'a str,
    },
    /// The certificate's key cannot be used.
    #[non_exhaustive]
    PublicKey {
        /// The fault.
        error: &'a PublicKeyError,
    },
    /// The certificate is not valid now.
    #[non_exhaustive]
    Validity {
        /// Its first second.
        not_before: SystemTime,
        /// Its last second.
        not_after: SystemTime,
        /// When it was judged.
        now: SystemTime,
    },
    /// The key is not pinned, or the certificate is not the given one.
    #[non_exhaustive]
    Fingerprint {
        /// That of the key, or of the certificate.
        got: Fingerprint,
    },
    /// The body has too many bytes.
    #[non_exhaustive]
    BodyLimit {
        /// The bytes that were declared, if the declaration was over the limit.
        declared: Option<u64>,
        /// The bytes that are allowed.
        limit: u64,
    },
    /// The body ended too early, too late or not at all.
    #[non_exhaustive]
    BodyReceived {
        /// The bytes that were declared, if the declaration was not met.
        declared: Option<u64>,
        /// The bytes that came.
        received: u64,
    },
    /// The signature is that of none of the strings to sign.
    #[non_exhaustive]
    Candidates {
        /// The endpoints that the push may have been for.
        count: usize,
    },
}

impl Reason {
    pub(super) fn details(&self) -> Option<RejectionDetails<'_>> {
        Some(match self {
            Self::HttpMethod { got }
            | Self::ContentEncoding { got }
            | Self::SignatureMethod { got, .. }
            | Self::SignatureVersion { got, .. }
            | Self::CertificateUrl { got, .. } => {
                RejectionDetails::NotAccepted { got: got.as_str() }
            }
            Self::Header { fault, .. } => match fault.problem {
                HeaderProblem::TooLong { bytes, limit }
                | HeaderProblem::NotAMac { bytes, want: limit } => {
                    RejectionDetails::Length { bytes, limit }
                }
                HeaderProblem::Missing
                | HeaderProblem::Repeated
                | HeaderProblem::Empty
                | HeaderProblem::NotDigits
                | HeaderProblem::NotBase64 => return None,
            },
            Self::TimestampStale { timestamp, age_millis, limit_millis }
            | Self::TimestampFuture { timestamp, age_millis, limit_millis } => {
                let limit = u64::try_from(*limit_millis).unwrap_or(u64::MAX);
                RejectionDetails::Age {
                    timestamp_millis: *timestamp,
                    age_millis: *age_millis,
                    limit: Duration::from_millis(limit),
                }
            }
            Self::Endpoint { path, query, arrived_at } => RejectionDetails::Endpoint {
                path: path.as_str(),
                query_bytes: match query {
                    Query::Absent => None,
                    Query::Present { bytes } => Some(*bytes),
                },
                arrived_at: arrived_at.as_ref().map(|path| path.as_str()),
            },
            Self::CertificateUnavailable { url, cause } => {
                RejectionDetails::CertificateUnavailable {
                    url: url.as_str(),
                    cause: cause.as_str(),
                }
            }
            Self::CertificateKey { error } => RejectionDetails::PublicKey { error },
            Self::CertificateExpired { not_before, not_after, now } => RejectionDetails::Validity {
                not_before: *not_before,
                not_after: *not_after,
                now: *now,
            },
            Self::CertificateNotPinned { fingerprint }
            | Self::CertificateNotGiven { fingerprint } => {
                RejectionDetails::Fingerprint { got: *fingerprint }
            }
            Self::DeclaredTooLarge { declared, limit } => {
                RejectionDetails::BodyLimit { declared: Some(*declared), limit: *limit }
            }
            Self::BodyTooLarge { limit } => {
                RejectionDetails::BodyLimit { declared: None, limit: *limit }
            }
            Self::BodyIncomplete { declared, got } => {
                RejectionDetails::BodyReceived { declared: Some(*declared), received: *got }
            }
            Self::BodyInterrupted { got, .. } | Self::BodyTimeout { got } => {
                RejectionDetails::BodyReceived { declared: None, received: *got }
            }
            Self::Signature { candidates, .. } => {
                RejectionDetails::Candidates { count: *candidates }
            }
            Self::SchemeNotAccepted { .. }
            | Self::TokenUnexpected
            | Self::UnknownToken
            | Self::TokenOfOtherEndpoint
            | Self::MalformedLength
            | Self::Secret { .. }
            | Self::BodyAmbiguous
            | Self::Overloaded
            | Self::SignatureRepresentative { .. } => return None,
        })
    }
}
