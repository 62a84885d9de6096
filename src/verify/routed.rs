//! Finds the URI that is judged where a nested axum router cut a prefix off the path.

use axum::extract::OriginalUri;
use http::{Uri, request::Parts};

use crate::signature::rules::endpoint::ArrivedAt;

/// Which URI is judged where a router has changed it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum JudgedUri {
    /// The URI that the layer sees.
    #[default]
    AsRouted,
    /// The URI that arrived.
    Original,
}

/// What is undone in a request after its verdict.
pub(super) enum Routed {
    /// Nothing, because no router has changed the URI.
    AsArrived,
    /// The URI that arrived is in the extensions, for the text of a rejection.
    Noted,
    /// The URI that arrived stands in the place of this one.
    Replaced(Uri),
}

impl Routed {
    pub(super) fn begin(parts: &mut Parts, judged_uri: JudgedUri) -> Self {
        let Some(OriginalUri(arrived)) = parts.extensions.get().cloned() else {
            return Self::AsArrived;
        };
        match judged_uri {
            JudgedUri::Original => Self::Replaced(std::mem::replace(&mut parts.uri, arrived)),
            JudgedUri::AsRouted if arrived == parts.uri => Self::AsArrived,
            JudgedUri::AsRouted => {
                parts.extensions.insert(ArrivedAt(arrived));
                Self::Noted
            }
        }
    }

    pub(super) fn end(self, parts: &mut Parts) {
        match self {
            Self::AsArrived => {}
            Self::Noted => drop(parts.extensions.remove::<ArrivedAt>()),
            Self::Replaced(routed) => parts.uri = routed,
        }
    }
}
