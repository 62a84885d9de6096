//! A tower layer that lets only authentic pushes through. The verifier makes every decision.
//!
//! # A body over a limit
//!
//! [`VerifierBuilder::max_body_bytes`](crate::VerifierBuilder::max_body_bytes) limits one body, and
//! [`VerifyLayerBuilder::max_body_in_flight`] the bodies of all requests together.
//!
//! - A declared length over the limit is rejected before any byte is read: 413, check 8 of
//!   `signature/verifier.rs`.
//! - A frame that would exceed the limit is rejected before it is copied, and none of it is kept.
//!   This is a 413, of check 11 of `signature/verifier.rs`, which `verify_request.rs` calls.
//! - A frame for which there is no room among all bodies is rejected: 503, `in_flight.rs`.
//! - `request_body.rs` then reads up to 4 MiB of the rest for up to 2 s and throws it away. So the
//!   sender reads the answer, and the connection is not reset. If more is to come,
//!   `rejected_request.rs` adds `Connection: close` on HTTP/1.

mod certificates;
mod in_flight;
mod request_body;
#[cfg(feature = "axum")]
mod routed;
#[cfg(all(feature = "envelope", feature = "tracing"))]
mod trace;

mod body;

mod config;

mod rejected_request;

mod verify_request;

mod future;

mod service;

pub(crate) mod layer;

pub use body::{ResponseBody, VerifiedBody, WholeBody};
pub use future::ResponseFuture;
pub use layer::VerifyLayerBuilder;
#[cfg(any(feature = "axum", feature = "envelope"))]
pub(crate) use rejected_request::answer;
pub use rejected_request::{RejectedRequest, rejection_response};
pub use service::Verify;
