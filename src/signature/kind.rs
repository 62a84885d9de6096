//! The kinds of refusal with the status of each, and the stages at which a push can be refused.

use http::StatusCode;

use crate::display::display_as_str;

/// The kinds of refusal. Kebab-case in logs, metrics and tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// A header that must be there is not.
    MissingHeader,
    /// A signature header occurs more than once, even with equal values.
    DuplicateHeader,
    /// A header is empty or cannot be read.
    MalformedHeader,
    /// `HMAC-SHA1` (v1) or `SHA256` (v2) was expected.
    UnsupportedSignatureMethod,
    /// Version `1.0` was expected.
    UnsupportedSignatureVersion,
    /// The push carries a token where none is configured.
    UnexpectedToken,
    /// The body begins like a token line where no token line is signed.
    BodyAmbiguous,
    /// The body broke off, or it is not as long as Content-Length says.
    BodyIncomplete,
    /// The push was signed too long ago.
    StaleTimestamp,
    /// The push was signed too far in the future.
    FutureTimestamp,
    /// The token is none of those configured for the endpoint.
    TokenMismatch,
    /// No endpoint has this path and query.
    EndpointMismatch,
    /// The certificate URL is none that is trusted. Nothing was fetched.
    CertificateUrlNotAllowed,
    /// The certificate does not satisfy the policy.
    CertificateInvalid,
    /// The certificate's key is none of those pinned.
    CertificatePinMismatch,
    /// v1: the temporary secret does not come out of the wrapped secret.
    SecretInvalid,
    /// The signature is not that of this URL, time, certificate URL, token and body.
    SignatureMismatch,
    /// The request method is not allowed.
    HttpMethodNotAllowed,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body has too many bytes.
    BodyTooLarge,
    /// The body is encoded.
    ContentEncodingNotSupported,
    /// The certificate cannot be had now.
    CertificateUnavailable,
    /// Too many bodies are in flight.
    Overloaded,
}

impl RejectionKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::MissingHeader,
        Self::DuplicateHeader,
        Self::MalformedHeader,
        Self::UnsupportedSignatureMethod,
        Self::UnsupportedSignatureVersion,
        Self::UnexpectedToken,
        Self::BodyAmbiguous,
        Self::BodyIncomplete,
        Self::StaleTimestamp,
        Self::FutureTimestamp,
        Self::TokenMismatch,
        Self::EndpointMismatch,
        Self::CertificateUrlNotAllowed,
        Self::CertificateInvalid,
        Self::CertificatePinMismatch,
        Self::SecretInvalid,
        Self::SignatureMismatch,
        Self::HttpMethodNotAllowed,
        Self::BodyTimeout,
        Self::BodyTooLarge,
        Self::ContentEncodingNotSupported,
        Self::CertificateUnavailable,
        Self::Overloaded,
    ];

    /// The status to answer with.
    ///
    /// EventBridge retries every status outside 2xx (docs/wire-facts.md section 2). An outage of ours is 503, never 401, so
    /// that it does not hide among forgeries.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            // The request is not well-formed, or it can be read in two ways.
            Self::MissingHeader
            | Self::DuplicateHeader
            | Self::MalformedHeader
            | Self::UnsupportedSignatureMethod
            | Self::UnsupportedSignatureVersion
            | Self::UnexpectedToken
            | Self::BodyAmbiguous
            | Self::BodyIncomplete => StatusCode::BAD_REQUEST,
            // It does not prove what it claims.
            Self::StaleTimestamp
            | Self::FutureTimestamp
            | Self::TokenMismatch
            | Self::EndpointMismatch
            | Self::CertificateUrlNotAllowed
            | Self::CertificateInvalid
            | Self::CertificatePinMismatch
            | Self::SecretInvalid
            | Self::SignatureMismatch => StatusCode::UNAUTHORIZED,
            Self::HttpMethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::ContentEncodingNotSupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            // Our side cannot judge it now.
            Self::CertificateUnavailable | Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingHeader => "missing-header",
            Self::DuplicateHeader => "duplicate-header",
            Self::MalformedHeader => "malformed-header",
            Self::UnsupportedSignatureMethod => "unsupported-signature-method",
            Self::UnsupportedSignatureVersion => "unsupported-signature-version",
            Self::UnexpectedToken => "unexpected-token",
            Self::BodyAmbiguous => "body-ambiguous",
            Self::BodyIncomplete => "body-incomplete",
            Self::StaleTimestamp => "stale-timestamp",
            Self::FutureTimestamp => "future-timestamp",
            Self::TokenMismatch => "token-mismatch",
            Self::EndpointMismatch => "endpoint-mismatch",
            Self::CertificateUrlNotAllowed => "certificate-url-not-allowed",
            Self::CertificateInvalid => "certificate-invalid",
            Self::CertificatePinMismatch => "certificate-pin-mismatch",
            Self::SecretInvalid => "secret-invalid",
            Self::SignatureMismatch => "signature-mismatch",
            Self::HttpMethodNotAllowed => "http-method-not-allowed",
            Self::BodyTimeout => "body-timeout",
            Self::BodyTooLarge => "body-too-large",
            Self::ContentEncodingNotSupported => "content-encoding-not-supported",
            Self::CertificateUnavailable => "certificate-unavailable",
            Self::Overloaded => "overloaded",
        }
    }
}

/// The checks, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The request method.
    Method,
    /// The content encoding.
    Encoding,
    /// The signature headers: present, single, well-formed, of an allowed method and version.
    SignatureHeaders,
    /// The age of the timestamp.
    Timestamp,
    /// The token.
    Token,
    /// The endpoint that was signed for.
    Endpoint,
    /// The certificate's URL.
    CertificateUrl,
    /// The declared length of the body.
    ContentLength,
    /// The certificate: there, valid, its key within limits and pinned.
    Certificate,
    /// v1: the temporary secret.
    Secret,
    /// The body as it arrives.
    Body,
    /// The signature.
    Signature,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: &'static [Self] = &[
        Self::Method,
        Self::Encoding,
        Self::SignatureHeaders,
        Self::Timestamp,
        Self::Token,
        Self::Endpoint,
        Self::CertificateUrl,
        Self::ContentLength,
        Self::Certificate,
        Self::Secret,
        Self::Body,
        Self::Signature,
    ];

    /// The kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Encoding => "encoding",
            Self::SignatureHeaders => "signature-headers",
            Self::Timestamp => "timestamp",
            Self::Token => "token",
            Self::Endpoint => "endpoint",
            Self::CertificateUrl => "certificate-url",
            Self::ContentLength => "content-length",
            Self::Certificate => "certificate",
            Self::Secret => "secret",
            Self::Body => "body",
            Self::Signature => "signature",
        }
    }
}

display_as_str!(RejectionKind, Stage);
