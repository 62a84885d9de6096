#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The fixtures' reader names the crate as users do.
#[cfg(test)]
extern crate self as tower_eventbridge;

pub mod certificate;
pub mod clock;
#[cfg(feature = "layer")]
mod data_frames;
mod display;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(any(feature = "cache", feature = "idempotency"))]
mod lru;
#[cfg(any(feature = "cache", feature = "layer"))]
mod measure;
#[cfg(all(feature = "envelope", feature = "layer"))]
mod ready_and_call;
mod redacted_url;
mod signature;
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
#[doc(inline)]
pub use verify::VerifyLayer;

/// Any error, boxed.
#[cfg(feature = "layer")]
type BoxError = Box<dyn std::error::Error + Send + Sync>;

pub use signature::{
    Assurance, Authentic, BodyCheck, CheckedHead, ConfigError, Endpoint, Form, ForwardedHeaders,
    Rejection, RejectionKind, Scheme, Stage, Timestamp, Token, TokenLine, ValidityPolicy, Verifier,
    VerifierBuilder, signature_headers,
};
