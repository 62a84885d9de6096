//! The URLs that EventBridge signs: the configured URL of a target, and the path that arrives.

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, Uri, header::GetAll, header::HeaderValue, request::Parts};

use super::{
    target::{comparable, problem},
    token::{SentToken, Token, TokenSet},
    url_text::{check_origin, is_authority, target_of_exact},
};
use crate::{
    redacted_url::redacted_url,
    signature::{
        candidate::Candidate,
        excerpt::Excerpt,
        rejection::{Query, Reason},
    },
};

/// Holds a URL to which EventBridge pushes. It is signed, so it must be known exactly as the
/// console has it.
///
/// A proxy may rewrite the path, so the one that arrives may differ from the signed one. The sender
/// chooses `Host` freely. So the configuration says which URL was signed and which path is seen.
/// The signed URL is never decoded, encoded or normalised.
///
/// A wrong URL is found when the verifier is built.
#[derive(Clone)]
#[must_use]
pub struct Endpoint {
    pub(crate) signed: Signed,
    pub(crate) seen: Option<Seen>,
    pub(crate) tokens: Vec<Token>,
}

/// Tells which forwarded headers name the scheme and host that the sender used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedHeaders {
    /// `X-Forwarded-Proto` and `X-Forwarded-Host`, each exactly once and with one value.
    XForwarded,
}

#[derive(Clone)]
pub(crate) enum Signed {
    Exact(String),
    Origin(String),
    Forwarded(ForwardedHeaders),
}

#[derive(Clone)]
pub(crate) enum Seen {
    As(String),
    Anywhere,
}

impl Endpoint {
    /// Makes an endpoint of exactly this URL, as it stands in the console. The same path and query
    /// must arrive, unless [`seen_as`](Self::seen_as) or [`seen_anywhere`](Self::seen_anywhere)
    /// says otherwise.
    ///
    /// Clients escape some characters, such as `é`, a space or `{`. The escaped path is accepted
    /// too, with hex digits in either case. So `https://h.example/café` accepts `/caf%C3%A9` and
    /// `/caf%c3%a9`. The signed URL stays the text given here. A URL that no client can send, such
    /// as one with a control character, is a configuration error.
    pub fn exact(url: impl Into<String>) -> Self {
        Self::signed(Signed::Exact(url.into()))
    }

    /// Makes an endpoint of any path and query under a scheme and host, such as
    /// `https://hooks.example.com`. The signed URL is the origin, followed by path and query as
    /// they arrive. They must begin with exactly one `/`.
    ///
    /// A target URL with user information, a fragment or non-ASCII characters needs
    /// [`exact`](Self::exact).
    pub fn origin(origin: impl Into<String>) -> Self {
        Self::signed(Signed::Origin(origin.into()))
    }

    /// Makes an endpoint with scheme and host from forwarded headers, for hosts that cannot be
    /// listed.
    ///
    /// **Dangerous**: a client that reaches the service past the proxy chooses the host. Then each
    /// push that EventBridge signed for a URL with the same path passes here. The proxy must
    /// overwrite these headers.
    pub fn dangerous_forwarded_headers(headers: ForwardedHeaders) -> Self {
        Self::signed(Signed::Forwarded(headers))
    }

    /// Sets the path and query that arrive where an exact URL was signed, for a proxy that rewrites
    /// them in one known way. Escapes are met as those of the URL itself are.
    pub fn seen_as(mut self, path_and_query: impl Into<String>) -> Self {
        self.seen = Some(Seen::As(path_and_query.into()));
        self
    }

    /// Accepts any path and query where an exact URL was signed, for a proxy that rewrites them.
    /// The signature still covers the exact URL.
    pub fn seen_anywhere(mut self) -> Self {
        self.seen = Some(Seen::Anywhere);
        self
    }

    /// Adds a token that is accepted at this endpoint only. It may be given several times. It comes
    /// in addition to the tokens given to
    /// [`VerifierBuilder::token`](crate::VerifierBuilder::token), which are accepted everywhere.
    /// Give none there if an endpoint is to have only tokens of its own.
    ///
    /// Where endpoints with different tokens are seen at one path, distinguish pushes by
    /// [`Authentic::endpoint`](crate::Authentic::endpoint) or
    /// [`Authentic::tenant`](crate::Authentic::tenant), not by the path.
    pub fn token(mut self, token: impl Into<Token>) -> Self {
        self.tokens.push(token.into());
        self
    }

    fn signed(signed: Signed) -> Self {
        Self { signed, seen: None, tokens: Vec::new() }
    }

    /// Returns the name by which configuration errors and
    /// [`Authentic::endpoint`](crate::Authentic::endpoint) call it.
    pub(crate) fn label(&self) -> &str {
        match &self.signed {
            Signed::Exact(text) | Signed::Origin(text) => text,
            Signed::Forwarded(ForwardedHeaders::XForwarded) => "x-forwarded headers",
        }
    }

    pub(crate) fn compile(&self) -> Result<CompiledEndpoint, &'static str> {
        let label: Arc<str> = self.label().into();
        let target = match (&self.signed, &self.seen) {
            (Signed::Exact(url), seen) => {
                let own = target_of_exact(url)?;
                match seen {
                    None => Target::fixed(&own),
                    Some(Seen::As(seen)) if seen.starts_with('/') => {
                        if let Some(problem) = problem(seen) {
                            return Err(problem);
                        }
                        Target::fixed(seen)
                    }
                    Some(Seen::As(_)) => {
                        return Err("the path that it is seen as must begin with /");
                    }
                    Some(Seen::Anywhere) => Target::Anywhere,
                }
            }
            (Signed::Origin(_) | Signed::Forwarded(_), Some(_)) => {
                return Err("only an exact URL can be seen as another path");
            }
            (Signed::Origin(origin), None) => {
                check_origin(origin)?;
                Target::UnderOrigin
            }
            (Signed::Forwarded(_), None) => Target::UnderForwarded,
        };
        Ok(CompiledEndpoint { label, target })
    }
}

/// Text is an exact URL.
impl From<&str> for Endpoint {
    fn from(url: &str) -> Self {
        Self::exact(url)
    }
}

/// Text is an exact URL.
impl From<&String> for Endpoint {
    fn from(url: &String) -> Self {
        Self::exact(url)
    }
}

/// Text is an exact URL.
impl From<String> for Endpoint {
    fn from(url: String) -> Self {
        Self::exact(url)
    }
}

impl fmt::Debug for Endpoint {
    /// Leaves out user information and query, where people put credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = match &self.seen {
            None => None,
            Some(Seen::As(target)) => Some(redacted_url(target)),
            Some(Seen::Anywhere) => Some("anywhere".to_owned()),
        };
        formatter
            .debug_struct("Endpoint")
            .field("signed", &redacted_url(self.label()))
            .field("seen", &seen)
            .field("tokens", &self.tokens)
            .finish()
    }
}

/// An endpoint with its parts checked.
#[derive(Clone)]
pub(crate) struct CompiledEndpoint {
    /// The exact URL or the origin, as configured.
    pub(crate) label: Arc<str>,
    target: Target,
}

#[derive(Clone)]
enum Target {
    /// The label is the signed URL, and exactly this path and query must arrive, as targets are
    /// compared.
    Fixed(Arc<str>),
    /// The label is the signed URL.
    Anywhere,
    /// The label, followed by path and query as they arrive, is the signed URL.
    UnderOrigin,
    /// Forwarded headers, followed by path and query as they arrive, are the signed URL.
    UnderForwarded,
}

impl Target {
    fn fixed(target: &str) -> Self {
        Self::Fixed(comparable(target).map(char::from).collect::<String>().into())
    }
}

impl fmt::Debug for CompiledEndpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CompiledEndpoint({:?})", redacted_url(&self.label))
    }
}

impl CompiledEndpoint {
    /// Returns the rank. If several endpoints give one URL, the most specific wins, which has the
    /// lowest rank: exact, origin, forwarded.
    pub(crate) fn rank(&self) -> u8 {
        match self.target {
            Target::Fixed(_) | Target::Anywhere => 0,
            Target::UnderOrigin => 1,
            Target::UnderForwarded => 2,
        }
    }

    /// Returns whether one request could be for both, with the same signed URL.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        let same_target = match (self.fixed_target(), other.fixed_target()) {
            (Some(here), Some(there)) => here == there,
            (Some(_) | None, None) | (None, Some(_)) => self.rank() == other.rank(),
        };
        same_target && self.label == other.label
    }

    /// Returns the path and query that must arrive, as targets are compared; `None` if more than
    /// one can.
    pub(crate) fn fixed_target(&self) -> Option<&str> {
        match &self.target {
            Target::Fixed(target) => Some(target),
            Target::Anywhere | Target::UnderOrigin | Target::UnderForwarded => None,
        }
    }

    /// Returns the URL that EventBridge must have signed for this request to be this endpoint's;
    /// `None` if it cannot be.
    pub(crate) fn signed_url(&self, parts: &Parts) -> Option<Arc<str>> {
        let received = parts.uri.path_and_query().map_or("", |target| target.as_str());
        match &self.target {
            Target::Fixed(target) => {
                let same = **target == *received || comparable(received).eq(target.bytes());
                same.then(|| Arc::clone(&self.label))
            }
            Target::Anywhere => Some(Arc::clone(&self.label)),
            Target::UnderOrigin => {
                is_plain_target(received).then(|| [&self.label, received].concat().into())
            }
            Target::UnderForwarded => {
                let origin = forwarded_origin(&parts.headers)?;
                is_plain_target(received).then(|| [&origin, received].concat().into())
            }
        }
    }
}

/// An extension of a request whose URI a router has changed: the URI that arrived. Decides nothing;
/// the text of a rejection names it.
#[derive(Clone)]
pub(crate) struct ArrivedAt(pub(crate) Uri);

/// Returns the endpoints that are seen at this path and query, and at which the token is right.
/// Never empty.
pub(crate) fn candidates(
    parts: &Parts,
    token: Option<&SentToken>,
    endpoints: &[CompiledEndpoint],
    tokens: &TokenSet,
) -> Result<Vec<Candidate>, Reason> {
    let seen = endpoints.iter().enumerate().filter_map(|(index, endpoint)| {
        let url = endpoint.signed_url(parts)?;
        Some((index, endpoint, url))
    });
    let seen: Vec<_> = seen.collect();
    let mut candidates = Vec::new();
    for (index, endpoint, url) in &seen {
        // One URL is one endpoint, or a token of the wider one would pass at the narrower.
        if seen.iter().any(|(_, other, same)| same == url && other.rank() < endpoint.rank()) {
            continue;
        }
        let token = match token {
            None => None,
            Some(sent) => match sent.known.at(*index, tokens) {
                Some(matched) => Some(matched),
                None => continue,
            },
        };
        let (endpoint, url) = (Arc::clone(&endpoint.label), Arc::clone(url));
        candidates.push(Candidate { endpoint, url, token });
    }
    if !candidates.is_empty() {
        return Ok(candidates);
    }
    if !seen.is_empty() {
        return Err(Reason::TokenOfOtherEndpoint);
    }
    let path = Excerpt::of(parts.uri.path().as_bytes());
    let query = match parts.uri.query() {
        Some(query) => Query::Present { bytes: query.len() },
        None => Query::Absent,
    };
    let arrived_at = parts.extensions.get::<ArrivedAt>();
    let arrived_at = arrived_at.map(|uri| Excerpt::of(uri.0.path().as_bytes()));
    Err(Reason::Endpoint { path, query, arrived_at })
}

/// Returns whether a target is plain ASCII and begins with exactly one slash, so that no part of it
/// can pose as a host.
fn is_plain_target(target: &str) -> bool {
    target.starts_with('/')
        && !target.starts_with("//")
        && target.bytes().all(|byte| byte.is_ascii_graphic())
}

fn forwarded_origin(headers: &HeaderMap) -> Option<String> {
    let scheme = single(headers, &X_FORWARDED_PROTO)?;
    let host = single(headers, &X_FORWARDED_HOST)?;
    let scheme_known = scheme == "https" || scheme == "http";
    (scheme_known && is_authority(host)).then(|| format!("{scheme}://{host}"))
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let values: GetAll<'a, HeaderValue> = headers.get_all(name);
    let mut values = values.iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

#[cfg(test)]
mod tests;
