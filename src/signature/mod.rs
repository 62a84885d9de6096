//! From a request head and body to a proof. No tower, no async, no JSON.
//!
//! In the order of the walk: a file imports only from files above its own.

// Words and facts.
mod facts;
mod kind;
mod names;
mod scheme;

// Why a push is refused.
mod reason;

mod error;

// The parts of a push.
mod string_to_sign;
mod target;
mod timestamp;
mod token;

mod endpoint;
mod rsa_sha256;
mod secret;

mod hmac_sha1;

mod head;

mod candidate;

mod body_buffer;
mod digests;

// What is trusted, the proof, and the order of the checks.
mod policy;

mod authentic;

mod verdict_event;

mod steps;
mod verifier;

// Configuration.
mod config_error;

mod trust;

mod builder;

pub use authentic::Authentic;
pub use builder::VerifierBuilder;
pub use config_error::ConfigError;
pub use endpoint::{Endpoint, ForwardedHeaders};
pub use error::Rejection;
pub use kind::{RejectionKind, Stage};
pub use names::signature_headers;
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

#[cfg(fuzzing)]
pub(crate) mod fuzzing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wycheproof_tests;
