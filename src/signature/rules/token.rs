//! Tokens: the only thing that separates one tenant's pushes from another's.

use std::{fmt, sync::Arc};

use http::HeaderValue;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::signature::{
    candidate::MatchedToken,
    header::{SignatureHeader, SingleHeaders},
    rejection::{Reason, Stage},
};

/// Holds a token as it is set in the EventBridge console, with the label of its tenant.
///
/// It has at least 16 visible ASCII characters; `openssl rand -hex 32` makes a good one. Several
/// tokens may be valid at once, for rotation or for several tenants. Never printed; wiped when
/// dropped.
///
/// ```
/// use tower_eventbridge::Token;
///
/// let token = Token::new("5b0c0f6e7c0d4e5f8a9b").tenant("blue");
/// assert!(!format!("{token:?}").contains("5b0c"));
/// ```
#[derive(Clone)]
pub struct Token {
    value: Zeroizing<Vec<u8>>,
    tenant: Arc<str>,
}

impl Token {
    /// Makes a token for the tenant `default`. Its form is checked when the verifier is built.
    #[must_use]
    pub fn new(value: impl AsRef<str>) -> Self {
        Self {
            value: Zeroizing::new(value.as_ref().as_bytes().to_vec()),
            tenant: DEFAULT_TENANT.into(),
        }
    }

    /// Labels the token with the tenant that holds it; default: `default`. The label of the token
    /// that a push carried is in [`Authentic::tenant`](crate::Authentic::tenant). It is not secret.
    #[must_use]
    pub fn tenant(mut self, label: impl AsRef<str>) -> Self {
        self.tenant = label.as_ref().into();
        self
    }

    /// Returns the fault of the token, if it has one.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.value.len() < MIN_TOKEN_BYTES {
            return Some("it has fewer than 16 characters");
        }
        if self.value.len() > MAX_TOKEN_BYTES {
            return Some("it has more than 1024 characters");
        }
        if self.value.starts_with(b" ") || self.value.ends_with(b" ") {
            return Some("it begins or ends with a space");
        }
        if !self.value.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
            return Some("it has a character that is not visible ASCII");
        }
        self.tenant.is_empty().then_some("its tenant label is empty")
    }
}

impl From<&str> for Token {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl From<&String> for Token {
    fn from(value: &String) -> Self {
        Self::new(value)
    }
}

impl From<String> for Token {
    fn from(value: String) -> Self {
        Self::new(&*Zeroizing::new(value))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Token(<redacted>, tenant: {:?})", self.tenant)
    }
}

/// At which endpoints a token is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenScope {
    /// At every endpoint.
    EveryEndpoint,
    /// At the endpoint with this index.
    Endpoint(usize),
}

impl TokenScope {
    pub(crate) fn covers(self, endpoint: usize) -> bool {
        self == Self::EveryEndpoint || self == Self::Endpoint(endpoint)
    }
}

/// The tokens of a verifier, in the order in which
/// [`Authentic::token_index`](crate::Authentic::token_index) counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenSet {
    tokens: Vec<(Token, TokenScope)>,
}

impl TokenSet {
    pub(crate) fn push(&mut self, token: Token, scope: TokenScope) {
        self.tokens.push((token, scope));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Token, TokenScope)> {
        self.tokens.iter()
    }

    /// Returns whether an endpoint has a token.
    pub(crate) fn covers(&self, endpoint: usize) -> bool {
        self.tokens.iter().any(|(_, scope)| scope.covers(endpoint))
    }

    /// Returns whether one token value has two meanings at one endpoint.
    pub(crate) fn has_conflict(&self) -> bool {
        self.tokens.iter().enumerate().any(|(index, (token, scope))| {
            self.tokens.iter().take(index).any(|(earlier, earlier_scope)| {
                let overlap = scope == earlier_scope
                    || [scope, earlier_scope].contains(&&TokenScope::EveryEndpoint);
                overlap && bool::from(token.value.ct_eq(&earlier.value))
            })
        })
    }

    /// Compares with every token in constant time; only the length of a token can show.
    pub(crate) fn find(&self, received: &[u8]) -> Option<KnownToken> {
        let mut any = Choice::from(0);
        let matches: Vec<Choice> = self
            .tokens
            .iter()
            .map(|(token, _)| {
                let equal = token.value.as_slice().ct_eq(received);
                any |= equal;
                equal
            })
            .collect();
        bool::from(any).then_some(KnownToken { matches })
    }
}

/// Proof that a push carries a configured token; which one depends on the endpoint.
pub(crate) struct KnownToken {
    matches: Vec<Choice>,
}

impl KnownToken {
    /// Returns the token that the push carries, if it is accepted at this endpoint.
    pub(crate) fn at(&self, endpoint: usize, set: &TokenSet) -> Option<MatchedToken> {
        let mut tokens = set.tokens.iter().zip(&self.matches).enumerate();
        tokens.find_map(|(index, ((token, scope), matched))| {
            let right = bool::from(*matched) && scope.covers(endpoint);
            right.then(|| MatchedToken { index, tenant: Arc::clone(&token.tenant) })
        })
    }
}

/// The token that a push carries: known, and as received.
pub(crate) struct SentToken {
    pub(crate) known: KnownToken,
    pub(crate) text: HeaderValue,
}

/// Accepts a configured token. Where none is configured, the push must carry none.
pub(crate) fn check(
    headers: &SingleHeaders<'_>,
    configured: &TokenSet,
) -> Result<Option<SentToken>, Reason> {
    if configured.is_empty() {
        return match headers.get(SignatureHeader::Token) {
            Some(_) => Err(Reason::TokenUnexpected),
            None => Ok(None),
        };
    }
    let received = headers
        .present(SignatureHeader::Token)
        .map_err(|fault| Reason::Header { stage: Stage::Token, fault })?;
    let known = configured.find(received.as_bytes()).ok_or(Reason::UnknownToken)?;
    Ok(Some(SentToken { known, text: received.clone() }))
}

const DEFAULT_TENANT: &str = "default";
const MIN_TOKEN_BYTES: usize = 16;
/// Far above the limit of the console; keeps the comparison short.
const MAX_TOKEN_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbb";

    #[test]
    fn tokens_are_visible_ascii_of_16_to_1024_characters() {
        for good in [A, "0123456789 abcdef", "~!@#$%^&*()_+{}|", &"x".repeat(1024)] {
            assert_eq!(Token::new(good).problem(), None, "{good}");
        }
        for bad in [
            "",
            "short",
            "fifteen-letters",
            " aaaaaaaaaaaaaaaaa",
            "aaaaaaaaaaaaaaaaa ",
            "aaaaaaaaaaaaaaaaa\n",
            "aaaaaaaa\taaaaaaaaa",
            "ééééééééééééééééé",
            &"x".repeat(1025),
        ] {
            assert!(Token::new(bad).problem().is_some(), "{bad:?}");
        }
        assert!(Token::new(A).tenant("").problem().is_some());
    }

    #[test]
    fn a_token_is_found_whole_or_not_at_all() {
        let mut set = TokenSet::default();
        set.push(Token::new(A).tenant("blue"), TokenScope::EveryEndpoint);
        set.push(Token::new(B).tenant("green"), TokenScope::Endpoint(1));

        let blue = set.find(A.as_bytes()).unwrap();
        assert_eq!(
            blue.at(0, &set).map(|token| (token.index, token.tenant)),
            Some((0, "blue".into()))
        );
        let green = set.find(B.as_bytes()).unwrap();
        assert!(green.at(0, &set).is_none(), "right, but at another endpoint");
        assert_eq!(
            green.at(1, &set).map(|token| (token.index, token.tenant)),
            Some((1, "green".into()))
        );

        for wrong in ["", &A[..15], &format!("{A}a"), &A.to_uppercase(), "cccccccccccccccc"] {
            assert!(set.find(wrong.as_bytes()).is_none(), "{wrong:?}");
        }
        assert!(TokenSet::default().find(b"").is_none());
    }

    #[test]
    fn one_value_with_two_meanings_is_a_conflict() {
        use TokenScope::{Endpoint, EveryEndpoint};
        for (first, second, conflict) in [
            (EveryEndpoint, EveryEndpoint, true),
            (EveryEndpoint, Endpoint(1), true),
            (Endpoint(1), EveryEndpoint, true),
            (Endpoint(1), Endpoint(1), true),
            (Endpoint(0), Endpoint(1), false),
        ] {
            let mut set = TokenSet::default();
            set.push(Token::new(A), first);
            set.push(Token::new(A), second);
            assert_eq!(set.has_conflict(), conflict, "{first:?} {second:?}");
        }
    }
}
