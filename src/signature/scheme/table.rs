//! The table of signature schemes. A line of it is all that knows a scheme's file.

use std::sync::Arc;

#[cfg(test)]
use super::throw_away::ThrowAway;
use super::{
    definition::{CanBeSignedBy, SchemeSpec, SecretProblem, SignatureScheme},
    digests::{Match, NoMatch, SchemeDigests, SignedParts},
    string_to_sign::MethodLine,
    v1::V1,
    v2::V2,
    words::{Assurance, BodyEnding},
};
use crate::{
    as_str_display::display_as_str,
    certificate::PublicKey,
    signature::header::{HeaderFault, SignatureHeader, SingleHeaders},
};

macro_rules! scheme_table {
    ($($(#[$doc:meta])* $scheme:ident is $claim:ident $(if $cfg:ident)?),+ $(,)?) => {
        /// Names a signature scheme.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Scheme {
            $($(#[$doc])* $(#[cfg($cfg)])? $scheme),+
        }

        impl Scheme {
            /// Every scheme. The first of them that signed a push decides.
            pub(crate) const ALL: &'static [Self] = &[$($(#[cfg($cfg)])? Self::$scheme),+];

            const fn spec(self) -> &'static SchemeSpec {
                match self {
                    $($(#[cfg($cfg)])? Self::$scheme => &<$claim as SignatureScheme>::SPEC),+
                }
            }

            /// Reads the headers that only this scheme has, but for its method.
            pub(crate) fn read(self, headers: &SingleHeaders<'_>) -> Result<Claim, HeaderFault> {
                match self {
                    $($(#[cfg($cfg)])? Self::$scheme => {
                        <$claim as SignatureScheme>::read(headers).map(Claim::$scheme)
                    }),+
                }
            }
        }

        /// Holds the claims of a push about itself under its scheme. Proves nothing yet.
        pub(crate) enum Claim {
            $($(#[cfg($cfg)])? $scheme($claim)),+
        }

        impl Claim {
            /// Begins one digest for each string to sign, under this key.
            pub(crate) fn begin(
                self,
                parts: &SignedParts<'_>,
                key: Arc<PublicKey>,
            ) -> Result<Digests, SecretProblem> {
                Ok(match self {
                    $($(#[cfg($cfg)])? Self::$scheme(claim) => {
                        Digests::$scheme(SchemeDigests::begin(claim, parts, key)?)
                    }),+
                })
            }
        }

        /// One digest for each string to sign.
        pub(crate) enum Digests {
            $($(#[cfg($cfg)])? $scheme(SchemeDigests<$claim>)),+
        }

        impl Digests {
            pub(crate) fn update(&mut self, bytes: &[u8]) {
                match self {
                    $($(#[cfg($cfg)])? Self::$scheme(digests) => digests.update(bytes)),+
                }
            }

            /// Returns the string to sign that was signed. Endings are tried in this order.
            pub(crate) fn first_match(&self, endings: &[BodyEnding]) -> Result<Match, NoMatch> {
                match self {
                    $($(#[cfg($cfg)])? Self::$scheme(digests) => digests.first_match(endings)),+
                }
            }
        }
    };
}

// The scheme that decides where a push is signed under several comes first.
scheme_table! {
    /// The throw-away scheme of unit tests shows the work for a third scheme.
    V3 is ThrowAway if test,
    /// `x-eventbridge-signature-v2`: RSASSA-PKCS1-v1_5 with SHA-256.
    V2 is V2,
    /// `x-eventbridge-signature`: HMAC-SHA1 under a temporary secret that the certificate's key
    /// recovers. Only the token authenticates under it: everyone who has seen one wrapped secret
    /// can sign any push.
    V1 is V1,
}

impl Scheme {
    /// The scheme as which a push without any signature is read.
    pub(crate) const FALLBACK: Self = Self::V1;

    /// Returns `v1` or `v2`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.spec().name
    }

    pub(crate) const fn method(self) -> MethodLine {
        self.spec().method
    }

    /// Returns the header whose presence says that a push is signed under this scheme.
    pub(crate) const fn signature_header(self) -> SignatureHeader {
        self.spec().signature
    }

    pub(crate) const fn assurance(self, has_token: bool) -> Assurance {
        self.spec().can_be_signed_by.assurance(has_token)
    }

    /// Returns whether a push under this scheme proves only that its sender knew the token.
    pub(crate) fn needs_token(self) -> bool {
        self.spec().can_be_signed_by == CanBeSignedBy::Anybody
    }
}

display_as_str!(Scheme);
