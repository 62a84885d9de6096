//! Makes a proof of a request head and body: the words, steps and settings of a [`Verifier`].
//!
//! The types that most users need are at the root of the crate. The others are here.
//! [`CheckedHead`] and [`BodyCheck`] are the steps for users without the tower layer.
//! [`RejectionKind`] and [`Stage`] are facts of a rejection, [`Scheme`] and [`Assurance`] those of
//! a proof. No tower, no async, no JSON.
//!
//! [`Verifier`]: crate::Verifier

// A file imports only from the files and folders above its own.

// Words and facts.
mod candidate;
mod excerpt;
mod header;

// How a push is signed: one file a scheme.
mod scheme;

// Why a push is rejected.
pub(crate) mod rejection;

// One file a rule.
pub(crate) mod rules;

// The rules' settings, and the proof.
pub(crate) mod authentic;
mod body_buffer;
mod policy;

// The order of the rules.
pub(crate) mod verifier;

mod in_progress;

// Where a policy comes from.
pub(crate) mod config;

pub use header::signature_headers;
pub use rejection::{RejectionDetails, RejectionKind, Stage};
pub use rules::{certificate::ValidityPolicy, endpoint::ForwardedHeaders, timestamp::Timestamp};
pub use scheme::{Assurance, BodyEnding, Scheme, TokenLine};
pub use verifier::{BodyCheck, CheckedHead};

// Public at the root of the crate, and only there.
#[cfg(any(feature = "layer", test))]
pub(crate) use {authentic::Authentic, rejection::Rejection, verifier::Verifier};

/// The layout of the string to sign, which the signer shares with the verifier.
#[cfg(feature = "signer")]
pub(crate) mod signer_support {
    pub(crate) use super::{
        header::SignatureHeader,
        scheme::{SignedHead, VERSION, emsa_pkcs1_v1_5},
    };
}

#[cfg(fuzzing)]
pub(crate) mod fuzzing;
