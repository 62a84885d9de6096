//! Handles each event once, as far as that can be done. EventBridge delivers at least once, tries
//! again for up to a day, and signs each try anew.
//!
//! [`IdempotencyLayer`] goes behind a [`VerifyLayer`](crate::VerifyLayer). It keeps in a store
//! which events are being handled and which are done:
//!
//! | the event | what happens |
//! |---|---|
//! | is new, or its last handling failed, panicked or lapsed | the handler runs; 2xx makes it done |
//! | is being handled | 503: EventBridge comes back |
//! | is done | 200 without the handler |
//! | has no `id` | the handler runs, every time, because nothing tells the event from others |
//!
//! The key of an event is made of signed facts: URL, tenant, `source` and `id`. The same key with
//! another body is another event.
//!
//! Batches need an [`EachEvent`](crate::each_event::EachEvent) in front of this layer. Then each
//! event of a batch is claimed on its own, by the same key whether it came alone or in any batch.
//! Without it a batch is one unit, and is new whenever EventBridge puts its events together in
//! another way.
//!
//! The handler runs detached from the connection: when the sender hangs up early, its next try
//! finds the work done. The layer promises **at least once, never lost**: a handler whose process
//! dies between its effect and the store's commit runs again. A push is answered 503 while the
//! store is down or full.
//!
//! [`RejectReplaysLayer`] does something else: it rejects the same signed request a second time.
//!
//! ```
//! use axum::{Router, routing::post};
//! use tower_eventbridge::{
//!     VerifyLayer,
//!     each_event::EachEventLayer,
//!     envelope::CloudEvent,
//!     extract::Verified,
//!     idempotency::{IdempotencyLayer, MemoryStore},
//! };
//!
//! # fn app(verify: VerifyLayer) -> Router {
//! // The layer that is added last is the outermost.
//! Router::new()
//!     .route("/events", post(async |_: Verified<CloudEvent>| "handled"))
//!     .route_layer(IdempotencyLayer::new(MemoryStore::new()))
//!     .route_layer(EachEventLayer::new())
//!     .route_layer(verify)
//! # }
//! ```

mod key;
mod store;

mod memory;
#[cfg(feature = "redis")]
mod redis;

mod outcome;

mod give_back;

mod run;

mod service;

mod layer;

#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use self::redis::{RedisStore, RedisStoreBuilder};
pub use key::{BodyDigest, IdempotencyKey};
pub use layer::{IdempotencyLayer, RejectReplaysLayer};
pub use memory::{MemoryStore, MemoryStoreBuilder};
pub use service::{Once, ResponseFuture};
pub use store::{Claim, Claimed, Committed, IdempotencyStore, Owner, StoreError, StoreFuture};
