//! The strings to sign that a push may have been signed with, digested side by side as the body arrives.

use std::sync::Arc;

use http::HeaderValue;

use super::{
    candidate::Candidate,
    head::SignatureHead,
    hmac_sha1::{HmacSha1, MAC_BYTES},
    rsa_sha256::RsaSha256,
    scheme::{Form, TokenLine},
    secret::TemporarySecret,
    string_to_sign::{SignedHead, Sink},
};
use crate::certificate::{PublicKey, RepresentativeError};

/// One digest for each string to sign, up to its ending, and what it is compared with.
pub(crate) enum Digests {
    V1 { macs: Vec<Variant<HmacSha1>>, mac: [u8; MAC_BYTES] },
    V2 { hashes: Vec<Variant<RsaSha256>>, signature: Vec<u8>, key: Arc<PublicKey> },
}

/// One string to sign under way, and what distinguishes it from its siblings.
pub(crate) struct Variant<S> {
    candidate: Candidate,
    token_line: TokenLine,
    state: S,
}

/// The string to sign that was signed.
pub(crate) struct Match {
    pub(crate) candidate: Candidate,
    pub(crate) token_line: TokenLine,
    pub(crate) form: Form,
}

/// Why none was.
pub(crate) enum NoMatch {
    Representative(RepresentativeError),
    Different,
}

/// What all strings to sign of one push share.
pub(crate) struct Shared<'a> {
    pub(crate) head: &'a SignatureHead,
    pub(crate) token: Option<&'a HeaderValue>,
    pub(crate) candidates: &'a [Candidate],
}

impl Digests {
    pub(crate) fn v1(shared: &Shared<'_>, secret: &TemporarySecret, mac: [u8; MAC_BYTES]) -> Self {
        let keyed = HmacSha1::new(secret);
        // Under v1 only the token authenticates, so its line is never left out.
        Self::V1 { macs: shared.feed(&[TokenLine::Signed], || keyed.clone()), mac }
    }

    pub(crate) fn v2(
        shared: &Shared<'_>,
        token_lines: &[TokenLine],
        signature: Vec<u8>,
        key: Arc<PublicKey>,
    ) -> Self {
        let token_lines = match shared.token {
            Some(_) => token_lines,
            None => &[TokenLine::Signed],
        };
        Self::V2 { hashes: shared.feed(token_lines, RsaSha256::new), signature, key }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::V1 { macs, .. } => macs.iter_mut().for_each(|mac| mac.state.put(bytes)),
            Self::V2 { hashes, .. } => hashes.iter_mut().for_each(|hash| hash.state.put(bytes)),
        }
    }

    pub(crate) fn verify(&self, forms: &[Form]) -> Result<Match, NoMatch> {
        match self {
            Self::V1 { macs, mac } => first_match(macs, |state| state.matching_form(forms, mac)),
            Self::V2 { hashes, signature, key } => {
                let encoded = key.rsavp1(signature).map_err(NoMatch::Representative)?;
                first_match(hashes, |state| state.matching_form(forms, &encoded))
            }
        }
    }
}

impl Shared<'_> {
    /// One digest for each candidate and token line, fed with everything that stands before the body.
    fn feed<S: Sink>(&self, token_lines: &[TokenLine], new: impl Fn() -> S) -> Vec<Variant<S>> {
        // The likelier token line of every candidate comes before the other one of any.
        let pairs = token_lines.iter().flat_map(|&token_line| {
            self.candidates.iter().map(move |candidate| (candidate.clone(), token_line))
        });
        let variant_of = |(candidate, token_line): (Candidate, TokenLine)| {
            let signed_token = match token_line {
                TokenLine::Signed => self.token,
                TokenLine::Unsigned => None,
            };
            let head = SignedHead {
                url: &candidate.url,
                scheme: self.head.proof.scheme(),
                timestamp: self.head.timestamp_text.as_bytes(),
                certificate_url: self.head.certificate_url.as_bytes(),
                token: signed_token.map(HeaderValue::as_bytes),
            };
            let mut state = new();
            head.feed(&mut state);
            Variant { candidate, token_line, state }
        };
        pairs.map(variant_of).collect()
    }
}

fn first_match<S>(
    variants: &[Variant<S>],
    form_of: impl Fn(&S) -> Option<Form>,
) -> Result<Match, NoMatch> {
    for Variant { candidate, token_line, state } in variants {
        if let Some(form) = form_of(state) {
            return Ok(Match { candidate: candidate.clone(), token_line: *token_line, form });
        }
    }
    Err(NoMatch::Different)
}

/// Whether a body without a token line begins like one, and so could be read as one.
pub(crate) fn begins_like_a_token_line(body: &[u8]) -> bool {
    let prefix = b"x-eventbridge-signature-token:";
    body.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
