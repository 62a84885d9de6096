//! Events of Alibaba Cloud EventBridge as typed values, and the HTTP requests that gateways enclose
//! in them.
//!
//! [`CloudEvent`] reads one event and [`CloudEventBatch`] a batch. [`ApiGatewayRequest`] reads the
//! request that is enclosed in an event, in any [`Dialect`], and turns into an [`http::Request`].
//! [`FcApiGatewayResponse`] and [`TencentScfResponse`] are the way back. Everything is decoded from
//! bytes alone, and leniently where senders differ. The error for an unreadable value names its
//! field.
//!
//! **Nothing in this crate checks who sent the bytes.** The crate `tower-eventbridge` does that,
//! and re-exports this one as `tower_eventbridge::envelope`: there, decode the body of an
//! `Authentic`.
//!
//! No input makes this crate panic. The size of its results stays in proportion to the event.
//!
//! ```
//! use eventbridge_envelope::{ApiGatewayRequest, CloudEvent, EnvelopeError};
//!
//! let json = br#"{
//!     "specversion": "1.0", "source": "my-api", "type": "eventbridge:Events:ApiGateway",
//!     "data": {"method": "GET", "path": "/users/1", "headers": {"Accept": "text/plain"}}
//! }"#;
//! let event: CloudEvent = CloudEvent::from_slice(json)?;
//! assert_eq!(event.attributes().source(), "my-api");
//!
//! let request = http::Request::try_from(ApiGatewayRequest::from_slice(json)?)?;
//! assert_eq!(request.uri(), "/users/1");
//! assert_eq!(request.headers()["accept"], "text/plain");
//! # Ok::<(), EnvelopeError>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

// A file imports only from files above its own.
mod dialect;
mod error;

mod base64_text;
mod hop_by_hop;
mod time;
mod trace_context;
mod values;

mod json;

mod body;

mod fields;
mod one_event;

mod attributes;
mod cloud_event;

mod batch;

mod extensions;
mod http_parts;

mod request;

mod enclosed;

mod dialects;

mod http_request;
mod response;

#[cfg(feature = "cloudevents")]
mod cloud_events_sdk;

#[cfg(feature = "events")]
#[cfg_attr(docsrs, doc(cfg(feature = "events")))]
pub mod events;

pub use attributes::EventAttributes;
pub use batch::{CloudEventBatch, batch_texts, event_texts};
pub use body::{Body, BodyText};
pub use cloud_event::{CloudEvent, EventData, Undecoded};
pub use dialect::Dialect;
pub use dialects::{
    ApiGatewayData, ApiGatewayEvent, FcApiGatewayEvent, FcHttpEvent, HttpSourceData,
    HttpSourceEvent, TencentConnectorData, TencentConnectorEvent, TencentScfEvent,
};
pub use error::{EnvelopeError, EnvelopeErrorKind};
pub use extensions::{GatewayContext, PathParameters, StageVariables};
pub use hop_by_hop::remove_hop_by_hop;
pub use json::{JsonText, OtherMembers, decode_json, strip_byte_order_marks};
pub use request::ApiGatewayRequest;
pub use response::{FcApiGatewayResponse, TencentScfResponse};
pub use time::{EventTimeError, parse_event_time};
pub use trace_context::TraceContext;
pub use values::ValueMap;
