//! Log lines and measurements of the verifier, the layer and the cache, in words and numbers only.
//!
//! Nothing here knows a type of the rooms that report, so each of them can import it.

/// Defines functions whose bodies need a feature. Without the feature they do nothing.
macro_rules! only_with {
    ($feature:tt: $(
        $(#[$meta:meta])*
        $vis:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $body:block
    )+) => {$(
        #[cfg(feature = $feature)]
        $(#[$meta])*
        $vis fn $name($($argument: $kind),*) $body

        #[cfg(not(feature = $feature))]
        $(#[$meta])*
        $vis fn $name($($argument: $kind),*) {
            $(let _ = $argument;)*
        }
    )+};
}

mod events;
#[cfg(any(feature = "cache", feature = "layer"))]
pub(crate) mod metrics;

pub(crate) use events::{Accepted, Rejected, accepted, rejected};
#[cfg(feature = "cache")]
pub(crate) use events::{certificate_recovered, certificate_unavailable, new_key};
#[cfg(all(feature = "envelope", feature = "layer"))]
pub(crate) use only_with;
