//! How a push is signed, as options say it.

use clap::ValueEnum;
use tower_eventbridge::{signature::BodyEnding, signer::SignWith};

/// Which signatures a push carries.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemeArg {
    V1,
    V2,
    Both,
}

/// How the string to sign ends.
#[derive(Clone, Copy, ValueEnum)]
pub enum FormArg {
    Reference,
    Documented,
}

impl SchemeArg {
    pub fn sign_with(self) -> SignWith {
        match self {
            Self::V1 => SignWith::V1,
            Self::V2 => SignWith::V2,
            Self::Both => SignWith::Both,
        }
    }
}

impl FormArg {
    pub fn body_ending(self) -> BodyEnding {
        match self {
            Self::Reference => BodyEnding::Reference,
            Self::Documented => BodyEnding::Documented,
        }
    }
}
