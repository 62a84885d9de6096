//! The demands on a push, as plain data. Only the builder makes a policy, so each policy is
//! checked.

use http::Method;

use super::{
    rules::{
        certificate::CertificatePolicy, endpoint::CompiledEndpoint, timestamp::Window,
        token::TokenSet,
    },
    scheme::{BodyEnding, Scheme, TokenLine},
};

#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) methods: Vec<Method>,
    /// In the order of the table of schemes. Never empty.
    pub(crate) schemes: Vec<Scheme>,
    /// Tried in this order.
    pub(crate) body_endings: Vec<BodyEnding>,
    /// Under v2, with a token. Tried in this order.
    pub(crate) token_lines: Vec<TokenLine>,
    pub(crate) window: Window,
    /// Empty: pushes of any tenant are accepted, and a token is rejected.
    pub(crate) tokens: TokenSet,
    pub(crate) endpoints: Vec<CompiledEndpoint>,
    pub(crate) certificates: CertificatePolicy,
    pub(crate) max_body_bytes: u64,
}
