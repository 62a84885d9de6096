//! The endpoints that one request may be for, and the strings to sign that follow.

use std::sync::Arc;

use http::HeaderValue;

use super::{
    digests::Variant,
    head::SignatureHead,
    scheme::TokenLine,
    string_to_sign::{SignedHead, Sink},
    token::{KnownToken, MatchedToken},
};

/// An endpoint that the push may have been signed for.
pub(crate) struct Candidate {
    /// The endpoint as configured.
    pub(crate) endpoint: Arc<str>,
    /// The URL that was signed if this is the endpoint.
    pub(crate) url: Arc<str>,
    /// The token as it is known at this endpoint; `None` if no token is configured.
    pub(crate) token: Option<MatchedToken>,
}

/// The token that a push carries: known, and as received.
pub(crate) struct SentToken {
    pub(crate) known: KnownToken,
    pub(crate) text: HeaderValue,
}

/// One digest for each candidate and token line, fed with everything that stands before the body.
pub(crate) fn digest_each<S: Sink>(
    candidates: &[Candidate],
    token_lines: &[TokenLine],
    head: &SignatureHead,
    token: Option<&HeaderValue>,
    new: impl Fn() -> S,
) -> Vec<(Variant, S)> {
    // The likelier token line of every candidate comes before the other one of any.
    let variants = token_lines.iter().flat_map(|&token_line| {
        candidates.iter().enumerate().map(move |(index, candidate)| (index, candidate, token_line))
    });
    let digest_of = |(candidate_index, candidate, token_line): (usize, &Candidate, TokenLine)| {
        let signed_token = match token_line {
            TokenLine::Signed => token,
            TokenLine::Unsigned => None,
        };
        let signed_head = SignedHead {
            url: &candidate.url,
            scheme: head.proof.scheme(),
            timestamp: head.timestamp_text.as_bytes(),
            certificate_url: head.certificate_url.as_bytes(),
            token: signed_token.map(HeaderValue::as_bytes),
        };
        let mut digest = new();
        signed_head.feed(&mut digest);
        (Variant { candidate: candidate_index, token_line }, digest)
    };
    variants.map(digest_of).collect()
}
