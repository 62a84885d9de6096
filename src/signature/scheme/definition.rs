//! The one trait behind which each signature scheme is a file.

use std::fmt;

use super::{
    string_to_sign::{MethodLine, Sink},
    words::{Assurance, TokenLine},
};
use crate::{
    certificate::{PublicKey, RepresentativeError},
    signature::header::{HeaderFault, SignatureHeader, SingleHeaders},
};

/// A push's claim under one scheme: read from its headers, then verified.
pub(crate) trait SignatureScheme: Sized {
    const SPEC: SchemeSpec;
    /// A digest of one string to sign.
    type Digest: Sink + Clone;

    /// Reads the scheme's own headers, in the order in which faults are reported.
    fn read(headers: &SingleHeaders<'_>) -> Result<Self, HeaderFault>;

    /// Begins a digest under this key.
    fn begin(&self, key: &PublicKey) -> Result<Self::Digest, SecretProblem>;

    /// Returns the name of the first digest that the signature is of. The digests are complete.
    fn first_match<T>(
        &self,
        key: &PublicKey,
        digests: impl Iterator<Item = (T, Self::Digest)>,
    ) -> Result<Option<T>, RepresentativeError>;
}

/// The constants of a scheme.
#[derive(Debug)]
pub(crate) struct SchemeSpec {
    /// Its word in logs, metrics and tools.
    pub(crate) name: &'static str,
    pub(crate) method: MethodLine,
    /// The header whose presence says that a push is signed under this scheme.
    pub(crate) signature: SignatureHeader,
    pub(crate) can_be_signed_by: CanBeSignedBy,
}

/// Tells who can make a signature under a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CanBeSignedBy {
    /// The holder of the certificate's private key.
    KeyHolder,
    /// Everyone who has seen one push: only the token authenticates.
    Anybody,
}

impl CanBeSignedBy {
    pub(crate) const fn assurance(self, has_token: bool) -> Assurance {
        match (self, has_token) {
            (Self::KeyHolder, _) => Assurance::Signed,
            (Self::Anybody, true) => Assurance::TokenOnly,
            (Self::Anybody, false) => Assurance::None,
        }
    }

    /// Returns the token lines to try. Where only the token authenticates its line is always
    /// signed.
    pub(crate) const fn token_lines(self, configured: &[TokenLine]) -> &[TokenLine] {
        match self {
            Self::KeyHolder => configured,
            Self::Anybody => &[TokenLine::Signed],
        }
    }
}

/// Why no temporary secret comes out of a wrapped one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretProblem {
    Representative(RepresentativeError),
    /// The block does not begin with `00 01`.
    BlockType,
    /// There are fewer than eight `FF` before the zero byte, or another byte among them.
    Padding,
    /// The secret has too few or too many bytes.
    Length {
        bytes: usize,
    },
    /// The secret has a byte that is not an ASCII letter or digit.
    Alphabet,
}

impl fmt::Display for SecretProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Representative(problem) => problem.fmt(formatter),
            Self::BlockType => formatter.write_str("its block does not begin with 00 01"),
            Self::Padding => {
                formatter.write_str("its padding is not eight or more FF bytes and a zero byte")
            }
            Self::Length { bytes } => {
                write!(formatter, "the secret has {bytes} bytes, not 16 to 64")
            }
            Self::Alphabet => {
                formatter.write_str("the secret has a byte that is not an ASCII letter or digit")
            }
        }
    }
}
