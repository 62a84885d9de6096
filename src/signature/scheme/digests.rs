//! The strings to sign that a push may have been signed with, digested side by side as the body
//! arrives. The same for every scheme.

use std::sync::Arc;

use super::{
    definition::{SecretProblem, SignatureScheme},
    string_to_sign::{SignedHead, Sink},
    words::{BodyEnding, TokenLine},
};
use crate::{
    certificate::{PublicKey, RepresentativeError},
    signature::candidate::Candidate,
};

/// The parts before the body, and the choices that are left among them.
pub(crate) struct SignedParts<'a> {
    pub(crate) timestamp: &'a [u8],
    pub(crate) certificate_url: &'a [u8],
    pub(crate) token: Option<&'a [u8]>,
    pub(crate) candidates: &'a [Candidate],
    /// Tried in this order where the push carries a token.
    pub(crate) token_lines: &'a [TokenLine],
}

/// One digest for each string to sign, up to its ending.
pub(crate) struct SchemeDigests<S: SignatureScheme> {
    claim: S,
    key: Arc<PublicKey>,
    variants: Vec<Variant<S::Digest>>,
}

/// One string to sign under way, with the settings that distinguish it from the others.
struct Variant<D> {
    candidate: Candidate,
    token_line: TokenLine,
    digest: D,
}

/// The string to sign that was signed.
pub(crate) struct Match {
    pub(crate) candidate: Candidate,
    pub(crate) token_line: TokenLine,
    pub(crate) body_ending: BodyEnding,
}

/// Why none was.
pub(crate) enum NoMatch {
    Representative(RepresentativeError),
    Different,
}

impl<S: SignatureScheme> SchemeDigests<S> {
    /// Begins the digests and feeds each with everything that stands before the body.
    pub(crate) fn begin(
        claim: S,
        parts: &SignedParts<'_>,
        key: Arc<PublicKey>,
    ) -> Result<Self, SecretProblem> {
        let empty = claim.begin(&key)?;
        let token_lines = match parts.token {
            Some(_) => S::SPEC.can_be_signed_by.token_lines(parts.token_lines),
            None => &[TokenLine::Signed],
        };
        // The likelier token line of every candidate comes before the other one of any.
        let pairs = token_lines.iter().flat_map(|&token_line| {
            parts.candidates.iter().map(move |candidate| (candidate.clone(), token_line))
        });
        let variant_of = |(candidate, token_line): (Candidate, TokenLine)| {
            let token = match token_line {
                TokenLine::Signed => parts.token,
                TokenLine::Unsigned => None,
            };
            let head = SignedHead {
                url: &candidate.url,
                method: S::SPEC.method,
                timestamp: parts.timestamp,
                certificate_url: parts.certificate_url,
                token,
            };
            let mut digest = empty.clone();
            head.feed(&mut digest);
            Variant { candidate, token_line, digest }
        };
        let variants = pairs.map(variant_of).collect();
        Ok(Self { claim, key, variants })
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.variants.iter_mut().for_each(|variant| variant.digest.put(bytes));
    }

    /// Returns the first string to sign that was signed. Endings are tried in this order.
    pub(crate) fn first_match(&self, body_endings: &[BodyEnding]) -> Result<Match, NoMatch> {
        let ended = self.variants.iter().flat_map(|variant| {
            body_endings.iter().map(move |&ending| {
                let mut digest = variant.digest.clone();
                digest.put(ending.bytes());
                ((variant, ending), digest)
            })
        });
        let matching = self.claim.first_match(&self.key, ended).map_err(NoMatch::Representative)?;
        let (variant, body_ending) = matching.ok_or(NoMatch::Different)?;
        let (candidate, token_line) = (variant.candidate.clone(), variant.token_line);
        Ok(Match { candidate, token_line, body_ending })
    }
}
