//! How a push is signed. Each scheme is one file behind one trait, and one line in a table.
//!
//! To add a scheme, implement [`SignatureScheme`](definition::SignatureScheme) in a file of its
//! own. Give it a line in `table.rs`, and give each of its headers a line in `../header.rs`. The
//! throw-away scheme of the unit tests is added so. Nothing else names schemes one by one but the
//! signer and the settings about v1.

mod words;

mod string_to_sign;

mod definition;

mod digests;
#[cfg(test)]
mod throw_away;
mod v1;
mod v2;

mod table;

pub(crate) use definition::SecretProblem;
pub(crate) use digests::{Match, NoMatch, SignedParts};
pub(crate) use string_to_sign::{SignedHead, VERSION};
pub use table::Scheme;
pub(crate) use table::{Claim, Digests};
#[cfg(feature = "signer")]
pub(crate) use v2::emsa_pkcs1_v1_5;
pub use words::{Assurance, BodyEnding, TokenLine};
#[cfg(fuzzing)]
pub(crate) use {string_to_sign::Sink, v1::TemporarySecret};

#[cfg(test)]
mod tests;
