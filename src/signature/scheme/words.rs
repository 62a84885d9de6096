//! The words for how a push was signed and how much it proves.

use crate::as_str_display::display_as_str;

/// Tells how the string to sign ends (docs/wire-facts.md section 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyEnding {
    /// One line feed after the body, as the vendor's code and the only public capture have it.
    Reference,
    /// Nothing after the body, as the vendor's documentation has it.
    Documented,
}

impl BodyEnding {
    /// Every ending, the likelier one first.
    pub(crate) const ALL: [Self; 2] = [Self::Reference, Self::Documented];

    /// Returns the bytes that stand after the body.
    pub(crate) const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Reference => b"\n",
            Self::Documented => b"",
        }
    }

    /// Returns `reference` or `documented`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Documented => "documented",
        }
    }
}

/// Tells whether the token is a line of the string to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenLine {
    /// It is, as the documentation says. Also said of a push that carries no token.
    Signed,
    /// It is not, as in the vendor's own v2 sample (docs/wire-facts.md section 1.2): the token
    /// comes in its header only.
    Unsigned,
}

impl TokenLine {
    /// Returns `signed` or `unsigned`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Unsigned => "unsigned",
        }
    }
}

/// Tells what an accepted push is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Assurance {
    /// v2: EventBridge signed this URL, time and body. If a token was required, the sender also
    /// knew it.
    Signed,
    /// v1 with a token: the sender knew the token. Nothing else authenticates under v1.
    TokenOnly,
    /// v1 without a token: anybody can have sent it.
    None,
}

impl Assurance {
    /// Returns `signed`, `token-only` or `none`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::TokenOnly => "token-only",
            Self::None => "none",
        }
    }
}

display_as_str!(BodyEnding, TokenLine, Assurance);
