//! The kinds of rejection: one table.

use http::StatusCode;

use crate::as_str_display::display_as_str;

macro_rules! kind_table {
    ($($(#[$doc:meta])* $kind:ident = $word:literal, $status:ident;)+) => {
        /// Names the kinds of rejection. Kebab-case in logs, metrics and tools.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum RejectionKind {
            $($(#[$doc])* $kind),+
        }

        impl RejectionKind {
            /// Lists every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// Returns the status to answer with.
            ///
            /// EventBridge retries every status outside 2xx (docs/wire-facts.md section 2). An
            /// outage on our side is 503, never 401, so that it does not hide among forgeries.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$kind => StatusCode::$status),+
                }
            }

            /// Returns the kebab-case name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $word),+
                }
            }
        }
    };
}

// 400: the request is not well-formed, or it can be read in two ways. 401: its claims are not
// proved. 503: the receiver cannot judge it now.
kind_table! {
    /// A header that must be there is not.
    HeaderMissing = "missing-header", BAD_REQUEST;
    /// A signature header occurs more than once, even with equal values.
    HeaderDuplicate = "duplicate-header", BAD_REQUEST;
    /// A header is empty or cannot be read.
    HeaderMalformed = "malformed-header", BAD_REQUEST;
    /// `HMAC-SHA1` (v1) or `SHA256` (v2) was expected.
    SignatureMethodUnsupported = "unsupported-signature-method", BAD_REQUEST;
    /// Version `1.0` was expected.
    SignatureVersionUnsupported = "unsupported-signature-version", BAD_REQUEST;
    /// The push carries a token, and none is configured.
    TokenUnexpected = "unexpected-token", BAD_REQUEST;
    /// The body begins like a token line where no token line is signed.
    BodyAmbiguous = "body-ambiguous", BAD_REQUEST;
    /// The body broke off, or it is not as long as Content-Length says.
    BodyIncomplete = "body-incomplete", BAD_REQUEST;
    /// The push was signed too long ago.
    TimestampStale = "stale-timestamp", UNAUTHORIZED;
    /// The push was signed too far in the future.
    TimestampFuture = "future-timestamp", UNAUTHORIZED;
    /// The token is not one that is configured for the endpoint.
    TokenMismatch = "token-mismatch", UNAUTHORIZED;
    /// No endpoint has this path and query.
    EndpointMismatch = "endpoint-mismatch", UNAUTHORIZED;
    /// The certificate URL is not a trusted one. Nothing was fetched.
    CertificateUrlNotAllowed = "certificate-url-not-allowed", UNAUTHORIZED;
    /// The certificate does not satisfy the policy.
    CertificateInvalid = "certificate-invalid", UNAUTHORIZED;
    /// The certificate's key is not a pinned one.
    CertificatePinMismatch = "certificate-pin-mismatch", UNAUTHORIZED;
    /// v1: the temporary secret does not come out of the wrapped secret.
    SecretInvalid = "secret-invalid", UNAUTHORIZED;
    /// The signature is not that of this URL, time, certificate URL, token and body.
    SignatureMismatch = "signature-mismatch", UNAUTHORIZED;
    /// The request method is not allowed.
    HttpMethodNotAllowed = "http-method-not-allowed", METHOD_NOT_ALLOWED;
    /// The body did not arrive in time.
    BodyTimeout = "body-timeout", REQUEST_TIMEOUT;
    /// The body has too many bytes.
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE;
    /// The body is encoded.
    ContentEncodingUnsupported = "content-encoding-not-supported", UNSUPPORTED_MEDIA_TYPE;
    /// The certificate is unavailable now.
    CertificateUnavailable = "certificate-unavailable", SERVICE_UNAVAILABLE;
    /// Too many bodies are in flight.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE;
}

display_as_str!(RejectionKind);
