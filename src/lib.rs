#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The fixtures' reader names the crate as users do.
#[cfg(test)]
extern crate self as tower_eventbridge;

mod as_str_display;
#[cfg(any(feature = "cache", feature = "idempotency"))]
mod bounded_cache;
pub mod clock;
#[cfg(feature = "layer")]
mod data_frames;
#[cfg(any(
    feature = "cache",
    all(feature = "tracing", any(feature = "axum", all(feature = "envelope", feature = "layer")))
))]
mod error_chain;
#[cfg(feature = "layer")]
mod inner_service;
#[cfg(all(feature = "envelope", feature = "layer"))]
mod oneshot;
mod redacted_url;
mod telemetry;

pub mod certificate;

pub mod signature;

#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "signer")]
#[cfg_attr(docsrs, doc(cfg(feature = "signer")))]
pub mod signer;

#[cfg(feature = "layer")]
#[cfg_attr(docsrs, doc(cfg(feature = "layer")))]
pub mod verify;

#[cfg(feature = "envelope")]
#[cfg_attr(docsrs, doc(cfg(feature = "envelope")))]
#[doc(inline)]
pub use eventbridge_envelope as envelope;

#[cfg(feature = "events")]
#[cfg_attr(docsrs, doc(cfg(feature = "events")))]
#[doc(inline)]
pub use eventbridge_envelope::events;

#[cfg(all(feature = "envelope", feature = "layer"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "envelope", feature = "layer"))))]
pub mod each_event;

#[cfg(feature = "forward")]
#[cfg_attr(docsrs, doc(cfg(feature = "forward")))]
pub mod forward;

#[cfg(feature = "idempotency")]
#[cfg_attr(docsrs, doc(cfg(feature = "idempotency")))]
pub mod idempotency;

#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub mod extract;

#[cfg(feature = "layer")]
#[cfg_attr(docsrs, doc(cfg(feature = "layer")))]
pub use verify::layer::VerifyLayer;

// The samples on these pages compile and run as those of README.md do.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../docs/events.md")]
    mod events {}
    #[doc = include_str!("../docs/once.md")]
    mod once {}
    #[doc = include_str!("../docs/tracing.md")]
    mod tracing {}
    #[doc = include_str!("../docs/typed-events.md")]
    mod typed_events {}
    #[doc = include_str!("../docs/verify.md")]
    mod verify {}
}

/// Any error, boxed.
#[cfg(feature = "layer")]
type BoxError = Box<dyn std::error::Error + Send + Sync>;

// Each type has one path. Whatever is not here is in its module.
pub use signature::{
    authentic::Authentic,
    config::{ConfigError, VerifierBuilder},
    rejection::Rejection,
    rules::{endpoint::Endpoint, token::Token},
    verifier::Verifier,
};
