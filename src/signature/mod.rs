//! From a request head and body to a proof. No tower, no async, no JSON.

mod authentic;
mod body_buffer;
mod builder;
mod candidate;
mod config_error;
mod digests;
mod endpoint;
mod error;
mod facts;
mod head;
mod hmac_sha1;
mod names;
mod policy;
mod reason;
mod rsa_sha256;
mod scheme;
mod secret;
mod string_to_sign;
mod timestamp;
mod token;
mod trust;
mod verdict_event;
mod verifier;

pub use authentic::Authentic;
pub use builder::VerifierBuilder;
pub use config_error::ConfigError;
pub use endpoint::{Endpoint, ForwardedHeaders};
pub use error::{Rejection, RejectionKind, Stage};
pub use names::SIGNATURE_HEADERS;
pub use policy::ValidityPolicy;
pub use scheme::{Assurance, Form, Scheme, TokenLine};
pub use timestamp::Timestamp;
pub use token::Token;
pub use verifier::{BodyCheck, CheckedHead, Verifier};

/// What the signer shares with the verifier: how a string to sign is laid out.
#[cfg(feature = "signer")]
pub(crate) mod signer_support {
    pub(crate) use super::{
        names::SignatureHeader,
        string_to_sign::{SignedHead, VERSION, ending, method_line},
    };
}

#[cfg(test)]
mod tests;
