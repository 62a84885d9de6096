//! What is trusted, as plain data. Made by the builder only, so a policy that exists is one that makes sense.

use http::Method;

use super::{
    endpoint::CompiledEndpoint,
    head::V1Policy,
    scheme::{Form, TokenLine},
    timestamp::Window,
    token::TokenSet,
};
use crate::certificate::{Fingerprint, PinnedCertificates, UrlPolicy};

/// Whether a certificate must be valid now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValidityPolicy {
    /// Refuse a certificate before its first and after its last second.
    #[default]
    Enforce,
    /// Do not look at the validity period.
    Ignore,
}

#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) methods: Vec<Method>,
    pub(crate) v1: V1Policy,
    pub(crate) forms: Vec<Form>,
    /// In v2, with a token. Tried in this order.
    pub(crate) token_lines: Vec<TokenLine>,
    pub(crate) window: Window,
    /// Empty: pushes of any tenant are accepted, and a token is refused.
    pub(crate) tokens: TokenSet,
    pub(crate) endpoints: Vec<CompiledEndpoint>,
    pub(crate) certificate_urls: UrlPolicy,
    pub(crate) pinned: PinnedCertificates,
    pub(crate) validity: ValidityPolicy,
    pub(crate) min_key_bits: u32,
    /// Empty: any key.
    pub(crate) public_key_pins: Vec<Fingerprint>,
    pub(crate) max_body_bytes: u64,
}
