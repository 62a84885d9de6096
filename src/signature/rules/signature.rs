//! The signature, the digests that it may sign, and the digest that it signs.

use std::sync::Arc;

use crate::{
    certificate::PublicKey,
    signature::{
        header::SignatureHeader,
        rejection::Reason,
        scheme::{BodyEnding, Claim, Digests, Match, NoMatch, SignedParts},
    },
};

/// Begins a digest for each string to sign. Under v1 the temporary secret must come out of the
/// wrapped one.
pub(crate) fn begin(
    claim: Claim,
    parts: &SignedParts<'_>,
    key: Arc<PublicKey>,
) -> Result<Digests, Reason> {
    claim.begin(parts, key).map_err(|problem| Reason::Secret { problem })
}

/// Returns the string to sign that was signed. `header` and `candidates` are for the operator.
pub(crate) fn verify(
    digests: &Digests,
    body_endings: &[BodyEnding],
    header: SignatureHeader,
    candidates: usize,
) -> Result<Match, Reason> {
    digests.first_match(body_endings).map_err(|error| match error {
        NoMatch::Representative(problem) => Reason::SignatureRepresentative { header, problem },
        NoMatch::Different => Reason::Signature { header, candidates },
    })
}
