//! Why a configuration is rejected, and how to mend it.

use std::fmt;

use crate::certificate::{CertificateError, ParseFingerprintError, PublicKeyError, SourceError};

/// Says which setting is contradictory or dangerous, and how to mend it.
///
/// [`source`](std::error::Error::source) is the cause where there is one: print the chain. Never
/// holds a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// No endpoint is configured.
    NoEndpoint,
    /// An endpoint's URL or path cannot be used.
    #[non_exhaustive]
    InvalidEndpoint {
        /// The endpoint as configured, without user information and query.
        endpoint: String,
        /// The fault.
        problem: &'static str,
    },
    /// An endpoint is given twice.
    #[non_exhaustive]
    DuplicateEndpoint {
        /// The endpoint as configured, without user information and query.
        endpoint: String,
    },
    /// One request could be for too many endpoints.
    #[non_exhaustive]
    TooManyCandidates {
        /// How many.
        candidates: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// A token is missing, and no setting lets every tenant push.
    NoToken,
    /// One endpoint lacks a token, and others have one.
    #[non_exhaustive]
    EndpointWithoutToken {
        /// The endpoint as configured, without user information and query.
        endpoint: String,
    },
    /// A token cannot be used.
    #[non_exhaustive]
    InvalidToken {
        /// Which one, as [`Authentic::token_index`](crate::Authentic::token_index) counts.
        index: usize,
        /// The fault.
        problem: &'static str,
    },
    /// One token value is given twice for one endpoint.
    DuplicateToken,
    /// Tokens are configured, and pushes of any tenant are to be accepted too.
    TokenAndAnyTenant,
    /// v1 without a token is accepted although tokens are configured or v2 is required.
    V1WithoutTokenContradicted,
    /// Nothing says which certificates to trust.
    NoCertificate,
    /// A region id is not listed.
    #[non_exhaustive]
    UnknownRegion {
        /// The region id as configured.
        region: String,
    },
    /// A region id cannot be one.
    #[non_exhaustive]
    InvalidRegion {
        /// The region id as configured.
        region: String,
        /// The fault.
        problem: &'static str,
    },
    /// A certificate URL cannot be used.
    #[non_exhaustive]
    InvalidCertificateUrl {
        /// The URL as configured, without user information and query.
        url: String,
        /// The fault.
        problem: &'static str,
    },
    /// A certificate URL is given twice.
    #[non_exhaustive]
    DuplicateCertificateUrl {
        /// The URL as configured, without user information and query.
        url: String,
    },
    /// The bytes given for a certificate URL are not a certificate.
    #[non_exhaustive]
    InvalidCertificate {
        /// The URL as configured, without user information and query.
        url: String,
        /// The fault of the bytes.
        error: CertificateError,
    },
    /// The certificate given for a URL has a key that is not used.
    #[non_exhaustive]
    InvalidCertificateKey {
        /// The URL as configured, without user information and query.
        url: String,
        /// The fault of the key.
        error: PublicKeyError,
    },
    /// The certificate given for a URL has none of the pinned keys.
    #[non_exhaustive]
    CertificateKeyNotPinned {
        /// The URL as configured, without user information and query.
        url: String,
    },
    /// A pin is not a fingerprint.
    #[non_exhaustive]
    InvalidPublicKeyPin {
        /// The pin as configured.
        pin: String,
        /// The fault of the pin.
        error: ParseFingerprintError,
    },
    /// Certificates are to be fetched, and a source of them is missing.
    NoCertificateSource,
    /// Certificates are to be fetched, and their source cannot be made.
    #[non_exhaustive]
    CertificateSource {
        /// The fault, and its cure.
        error: SourceError,
    },
    /// More than one source or cache of certificates is given.
    CertificateSourceGivenTwice,
    /// A limit is out of range.
    #[non_exhaustive]
    InvalidLimit {
        /// The setting.
        setting: &'static str,
        /// The possible values.
        possible: &'static str,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEndpoint => formatter.write_str(
                "no endpoint: give the URL of the EventBridge target with \
                 endpoint(Endpoint::exact(..)) or endpoint(Endpoint::origin(..))",
            ),
            Self::InvalidEndpoint { endpoint, problem } => {
                write!(formatter, "endpoint {endpoint:?}: {problem}")
            }
            Self::DuplicateEndpoint { endpoint } => {
                write!(
                    formatter,
                    "endpoint {endpoint:?} is given twice: give it once, with all its tokens"
                )
            }
            Self::TooManyCandidates { candidates, limit } => write!(
                formatter,
                "{candidates} endpoints could be meant by one request, at most {limit} may: give \
                 exact URLs with different paths"
            ),
            Self::NoToken => formatter.write_str(
                "no token: without one every EventBridge customer can push here; set a token of 16 \
                 characters or more \
                 (openssl rand -hex 32) on the target and give it with token(..), or say \
                 dangerous_accept_any_tenant()",
            ),
            Self::EndpointWithoutToken { endpoint } => write!(
                formatter,
                "endpoint {endpoint:?} has no token while others have: give it one with \
                 Endpoint::token(..), or one for all with token(..)"
            ),
            Self::InvalidToken { index, problem } => {
                write!(
                    formatter,
                    "token {index} (counted from 0): {problem}; a good one: openssl rand -hex 32"
                )
            }
            Self::DuplicateToken => formatter.write_str(
                "one token is given twice for the same endpoint: leave one of the two out",
            ),
            Self::TokenAndAnyTenant => formatter.write_str(
                "tokens are given and dangerous_accept_any_tenant() is called: leave one of the \
                 two out",
            ),
            Self::V1WithoutTokenContradicted => formatter.write_str(
                "dangerous_accept_v1_without_token() goes with dangerous_accept_any_tenant(), and \
                 neither with tokens nor with require_v2()",
            ),
            Self::NoCertificate => formatter.write_str(
                "no certificate is trusted: name the regions that push with \
                 region(\"cn-hangzhou\"), exact URLs with \
                 certificate_url(..), or give a certificate with certificate(..)",
            ),
            Self::UnknownRegion { region } => write!(
                formatter,
                "region {region:?} is not a known region id such as cn-hangzhou; a misspelt one \
                 would trust a bucket \
                 that anybody can create; if it is new, use unlisted_region(..)"
            ),
            Self::InvalidRegion { region, problem } => {
                write!(formatter, "region {region:?}: {problem}")
            }
            Self::InvalidCertificateUrl { url, problem } => {
                write!(formatter, "certificate URL {url:?}: {problem}")
            }
            Self::DuplicateCertificateUrl { url } => {
                write!(formatter, "certificate URL {url:?} is given twice")
            }
            Self::InvalidCertificate { url, .. } => {
                write!(formatter, "certificate for {url:?} cannot be read")
            }
            Self::InvalidCertificateKey { url, .. } => {
                write!(formatter, "certificate for {url:?} has a key that cannot be used")
            }
            Self::InvalidPublicKeyPin { pin, .. } => {
                write!(formatter, "public key pin {pin:?} cannot be read")
            }
            Self::CertificateKeyNotPinned { url } => {
                write!(
                    formatter,
                    "certificate for {url:?}: its key is not among those of public_key_pin(..)"
                )
            }
            Self::NoCertificateSource => formatter.write_str(
                "certificates are to be fetched, and there is no source: give a source, turn the \
                 feature `reqwest` on, or give the certificates themselves",
            ),
            Self::CertificateSource { .. } => {
                formatter.write_str("certificates are to be fetched, and cannot be")
            }
            Self::CertificateSourceGivenTwice => formatter.write_str(
                "source(..) and cache(..) are given more than once: leave one, the last would win",
            ),
            Self::InvalidLimit { setting, possible } => write!(formatter, "{setting}: {possible}"),
        }
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InvalidCertificate { error, .. } => Some(error),
            Self::InvalidCertificateKey { error, .. } => Some(error),
            Self::InvalidPublicKeyPin { error, .. } => Some(error),
            Self::CertificateSource { error } => Some(error),
            Self::NoEndpoint
            | Self::InvalidEndpoint { .. }
            | Self::DuplicateEndpoint { .. }
            | Self::TooManyCandidates { .. }
            | Self::NoToken
            | Self::EndpointWithoutToken { .. }
            | Self::InvalidToken { .. }
            | Self::DuplicateToken
            | Self::TokenAndAnyTenant
            | Self::V1WithoutTokenContradicted
            | Self::NoCertificate
            | Self::UnknownRegion { .. }
            | Self::InvalidRegion { .. }
            | Self::InvalidCertificateUrl { .. }
            | Self::DuplicateCertificateUrl { .. }
            | Self::CertificateKeyNotPinned { .. }
            | Self::NoCertificateSource
            | Self::CertificateSourceGivenTwice
            | Self::InvalidLimit { .. } => None,
        }
    }
}
