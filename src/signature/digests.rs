//! The strings to sign that a push may have been signed with, digested side by side as the body arrives.

use super::{
    hmac_sha1::{HmacSha1, MAC_BYTES},
    rsa_sha256::RsaSha256,
    scheme::{Form, TokenLine},
    string_to_sign::Sink,
};
use crate::certificate::{Certificate, RepresentativeError};

/// One digest for each string to sign, up to its ending.
pub(crate) enum Digests {
    V1 { macs: Vec<(Variant, HmacSha1)>, mac: [u8; MAC_BYTES] },
    V2 { hashes: Vec<(Variant, RsaSha256)>, signature: Vec<u8> },
}

/// What distinguishes one string to sign from its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    /// Index of the endpoint among the candidates.
    pub(crate) candidate: usize,
    pub(crate) token_line: TokenLine,
}

/// The string to sign that was signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match {
    pub(crate) variant: Variant,
    pub(crate) form: Form,
}

/// Why none was.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NoMatch {
    Representative(RepresentativeError),
    Different,
}

impl Digests {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::V1 { macs, .. } => macs.iter_mut().for_each(|(_, mac)| mac.put(bytes)),
            Self::V2 { hashes, .. } => hashes.iter_mut().for_each(|(_, hash)| hash.put(bytes)),
        }
    }

    pub(crate) fn verify(
        &self,
        certificate: &Certificate,
        forms: &[Form],
    ) -> Result<Match, NoMatch> {
        match self {
            Self::V1 { macs, mac } => first_match(macs, |state| state.matching_form(forms, mac)),
            Self::V2 { hashes, signature } => {
                let key = certificate.public_key().map_err(|_| NoMatch::Different)?;
                let encoded = key.rsavp1(signature).map_err(NoMatch::Representative)?;
                first_match(hashes, |state| state.matching_form(forms, &encoded))
            }
        }
    }
}

fn first_match<S>(
    states: &[(Variant, S)],
    form_of: impl Fn(&S) -> Option<Form>,
) -> Result<Match, NoMatch> {
    let mut states = states.iter();
    let found = states
        .find_map(|(variant, state)| Some(Match { variant: *variant, form: form_of(state)? }));
    found.ok_or(NoMatch::Different)
}

/// Whether a body without a token line begins like one, and so could be read as one.
pub(crate) fn begins_like_a_token_line(body: &[u8]) -> bool {
    let prefix = b"x-eventbridge-signature-token:";
    body.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
