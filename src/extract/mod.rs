//! Extractors for axum 0.8: the proof of a push, and the event in it.
//!
//! [`Authentic`](crate::Authentic) is an extractor, and so is `Option<Authentic>` for a handler
//! that serves other requests too. With the feature `envelope`, `Verified` reads a
//! [`CloudEvent`](crate::envelope::CloudEvent), a
//! [`CloudEventBatch`](crate::envelope::CloudEventBatch) or an
//! [`ApiGatewayRequest`](crate::envelope::ApiGatewayRequest): the signature of such a handler shows
//! that its event was proved.
//!
//! Any number of extractors can be in one handler, in any order.

mod answer;

mod proof;

#[cfg(feature = "envelope")]
mod unreadable_event;
#[cfg(feature = "envelope")]
mod verified;

pub use proof::MissingProof;
#[cfg(feature = "envelope")]
#[cfg_attr(docsrs, doc(cfg(feature = "envelope")))]
pub use unreadable_event::UnreadableEvent;
#[cfg(feature = "envelope")]
#[cfg_attr(docsrs, doc(cfg(feature = "envelope")))]
pub use verified::Verified;
