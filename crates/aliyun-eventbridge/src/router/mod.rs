//! Hands verified events to handlers by event pattern.
//!
//! [`PatternRouter`] goes behind a [`VerifyLayer`](tower_eventbridge::VerifyLayer). The first
//! pattern in the order of [`on`](PatternRouter::on) that an event matches names its handler:
//!
//! | event of the push | answer |
//! |---|---|
//! | one pattern matches, or several | that of the first one's handler |
//! | no pattern matches | 200 by default, 422 by [`Unmatched::Reject`] |
//! | it is not a JSON object | 422 `{"status":"unreadable"}`, the reason in the log |
//! | it is a batch, and no `EachEventLayer` is in front | 422, the cure in the log |
//! | no `VerifyLayer` is in front | 500 `{"status":"failed"}` |
//!
//! **One event, one handler.** On an event bus every rule that matches delivers the event, and each
//! delivery has its own retries. A push has one answer. If two handlers ran and one failed, the
//! next try would run both. So the first pattern wins, as the first route does in a router. For
//! several handlers of one event, give each a rule and an endpoint of its own, or call them from
//! one handler. The pattern `{}`, registered last, takes what no other pattern takes.
//!
//! An [`EachEventLayer`](tower_eventbridge::each_event::EachEventLayer) in front takes batches
//! apart, and an `IdempotencyLayer` between the two remembers each event. An unmatched event that
//! is answered 200 counts as handled there.
//!
//! The router reads the event from the proof, whose size the verifier bounds. The request goes to
//! the handler as it came, with a [`MatchedPattern`] among its extensions.
//!
//! ```
//! use aliyun_eventbridge::router::PatternRouter;
//! use axum::{Router, routing::{MethodRouter, any}};
//! use tower_eventbridge::{
//!     VerifyLayer,
//!     each_event::EachEventLayer,
//!     envelope::CloudEvent,
//!     extract::Verified,
//!     idempotency::{IdempotencyLayer, MemoryStore},
//! };
//!
//! async fn on_object(event: Verified<CloudEvent>) -> String {
//!     event.attributes().event_type().to_owned()
//! }
//!
//! # fn app(verify: VerifyLayer) -> Result<Router, Box<dyn std::error::Error>> {
//! let events: PatternRouter<MethodRouter> = PatternRouter::new()
//!     .on("objects", r#"{"source": ["acs.oss"]}"#.parse()?, any(on_object))
//!     .on("the rest", "{}".parse()?, any(async || "handled"));
//! // The layer that is added last is the outermost.
//! let app = Router::new()
//!     .route_service("/events", events)
//!     .route_layer(IdempotencyLayer::new(MemoryStore::new()))
//!     .route_layer(EachEventLayer::new())
//!     .route_layer(verify);
//! # Ok(app)
//! # }
//! ```

mod telemetry;

mod answer;

mod future;

mod service;

pub use future::ResponseFuture;
pub use service::{MatchedPattern, PatternRouter, Unmatched};
