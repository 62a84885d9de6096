//! From a request head and body to a proof. No tower, no async, no JSON.
//!
//! A file imports only from the files and folders above its own.

// Words and facts.
mod candidate;
mod excerpt;
mod header;

// How a push is signed: one file a scheme.
mod scheme;

// Why a push is rejected.
mod rejection;

// One file a rule.
mod rules;

// The rules' settings, and the proof.
mod authentic;
mod body_buffer;
mod policy;

// The order of the rules.
mod verifier;

mod in_progress;

// Where a policy comes from.
mod config;

pub use authentic::Authentic;
pub use config::{ConfigError, VerifierBuilder};
pub use header::signature_headers;
pub use rejection::{Rejection, RejectionKind, Stage};
pub use rules::{
    certificate::ValidityPolicy,
    endpoint::{Endpoint, ForwardedHeaders},
    timestamp::Timestamp,
    token::Token,
};
pub use scheme::{Assurance, BodyEnding, Scheme, TokenLine};
pub use verifier::{BodyCheck, CheckedHead, Verifier};

/// What the signer shares with the verifier: how a string to sign is laid out.
#[cfg(feature = "signer")]
pub(crate) mod signer_support {
    pub(crate) use super::{
        header::SignatureHeader,
        scheme::{SignedHead, VERSION},
    };
}

#[cfg(fuzzing)]
pub(crate) mod fuzzing;
