//! Hands a verified batch to a service one event at a time.
//!
//! EventBridge may put several events into one push. [`EachEventLayer`] goes behind a
//! [`VerifyLayer`](crate::VerifyLayer) and calls its inner service once for each event of the push.
//! The request of each call has that one event as its body and as a [`PushedEvent`] extension. The
//! extractor `Verified`, the `Forward` service and the `IdempotencyLayer` read the one event. The
//! [`Authentic`](crate::Authentic) extension is the proof of the whole push.
//!
//! | events of the push | answer |
//! |---|---|
//! | one | the inner service's |
//! | several, each answered 2xx | 200 |
//! | several, of which some failed | the worst of their answers: 5xx before 4xx before any other |
//!
//! An event that fails, or cannot be read, does not stop the others. With an `IdempotencyLayer`
//! behind this layer, the next try of the push runs only the events that are not done. **Without
//! one, a push that the sender breaks off begins again at its first event.** A service that panics
//! then takes the rest of the push with it. So a batch that takes longer than the sender waits
//! needs an `IdempotencyLayer`.
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "idempotency"))] {
//! use axum::{Router, routing::post};
//! use tower_eventbridge::{
//!     VerifyLayer,
//!     each_event::EachEventLayer,
//!     envelope::CloudEvent,
//!     extract::Verified,
//!     idempotency::{IdempotencyLayer, MemoryStore},
//! };
//!
//! fn app(verify: VerifyLayer) -> Router {
//!     // The layer that is added last is the outermost.
//!     Router::new()
//!         .route("/events", post(async |_: Verified<CloudEvent>| "handled"))
//!         .route_layer(IdempotencyLayer::new(MemoryStore::new()))
//!         .route_layer(EachEventLayer::new())
//!         .route_layer(verify)
//! }
//! # }
//! ```

mod pushed_event;

mod run;

mod service;

pub use pushed_event::PushedEvent;
pub use run::EventStatuses;
pub use service::{EachEvent, EachEventLayer, ResponseFuture};
