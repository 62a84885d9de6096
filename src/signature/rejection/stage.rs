//! The stages of a verification: one table.

use crate::as_str_display::display_as_str;

macro_rules! stage_table {
    ($($(#[$doc:meta])* $stage:ident = $word:literal),+ $(,)?) => {
        /// Names the checks, in the order in which they are made.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Stage {
            $($(#[$doc])* $stage),+
        }

        impl Stage {
            /// Lists every stage, in order.
            pub const ALL: &'static [Self] = &[$(Self::$stage),+];

            /// Returns the kebab-case name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$stage => $word),+
                }
            }
        }
    };
}

// The order is that of `verifier.rs`, whose test walks a push through both.
stage_table! {
    /// The request method.
    Method = "method",
    /// The content encoding.
    Encoding = "encoding",
    /// The signature headers: present, single, well-formed, of an allowed method and version.
    SignatureHeaders = "signature-headers",
    /// The age of the timestamp.
    Timestamp = "timestamp",
    /// The token.
    Token = "token",
    /// The endpoint that was signed for.
    Endpoint = "endpoint",
    /// The certificate's URL.
    CertificateUrl = "certificate-url",
    /// The declared length of the body.
    ContentLength = "content-length",
    /// The certificate: there, valid, its key within limits and pinned.
    Certificate = "certificate",
    /// v1: the temporary secret.
    Secret = "secret",
    /// The body as it arrives.
    Body = "body",
    /// The signature.
    Signature = "signature",
}

display_as_str!(Stage);
