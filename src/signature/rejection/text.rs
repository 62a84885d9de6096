//! The text of a rejection, for the operator.

use std::fmt;

use super::reason::{Query, Reason};
use crate::signature::excerpt::UtcMillis;

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(header) = self.class().header {
            write!(formatter, "header {header} ")?;
        }
        match self {
            Self::HttpMethod { got } => write!(formatter, "method {got} is not allowed"),
            Self::ContentEncoding { got } => {
                write!(formatter, "is {got}, only identity is supported")
            }
            Self::Header { fault, .. } => fault.problem.fmt(formatter),
            Self::SchemeNotAccepted { rejected, .. } => {
                write!(formatter, "is missing, and {rejected} is not accepted")
            }
            Self::SignatureMethod { got, want, .. } | Self::SignatureVersion { got, want } => {
                write!(formatter, "is {got}, only {want} is supported")
            }
            Self::TimestampStale { timestamp, age_millis, limit_millis } => {
                write!(
                    formatter,
                    "is {timestamp}, {age_millis} ms ago, at most {limit_millis} ms are allowed"
                )
            }
            Self::TimestampFuture { timestamp, age_millis, limit_millis } => {
                let ahead = age_millis.unsigned_abs();
                write!(
                    formatter,
                    "is {timestamp}, {ahead} ms in the future, at most {limit_millis} ms are \
                     allowed"
                )
            }
            Self::TokenUnexpected => {
                formatter.write_str("is there, but no token is configured: configure it")
            }
            Self::UnknownToken => formatter.write_str("does not match any configured token"),
            Self::TokenOfOtherEndpoint => formatter.write_str("is the token of another endpoint"),
            Self::Endpoint { path, query, arrived_at } => {
                write!(formatter, "no endpoint is seen at {path} ")?;
                match query {
                    Query::Absent => formatter.write_str("without a query")?,
                    Query::Present { bytes } => {
                        write!(formatter, "with this query of {bytes} bytes")?;
                    }
                }
                match arrived_at {
                    Some(arrived_at) => write!(
                        formatter,
                        "; it arrived at {arrived_at} and a router changed the path: let the layer \
                         judge what arrived with original_uri(), or name the rest with \
                         Endpoint::seen_as(..)"
                    ),
                    None => Ok(()),
                }
            }
            Self::CertificateUrl { got, problem } => {
                write!(formatter, "is {got}, which is not an allowed certificate URL: {problem}")
            }
            Self::MalformedLength => formatter.write_str("is not a number, or its values differ"),
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
                let [from, to, now] = [*not_before, *not_after, *now].map(UtcMillis::from);
                write!(formatter, "the certificate is valid from {from} to {to}, now is {now}")
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
                write!(formatter, "is not a signature under this key: {problem}")
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
