//! From signed bytes to typed events, and to the HTTP requests that gateways enclose in them.
//!
//! [`CloudEvent`] reads one event and [`CloudEventBatch`] a batch; [`ApiGatewayRequest`] reads the request that is enclosed in
//! an event, in any of six [`Dialect`]s, and turns into an [`http::Request`]. Everything is decoded from bytes alone, leniently
//! where publishers differ and strictly where a value cannot be what it must be.
//!
//! Nothing in this crate checks who sent the bytes. The crate `tower-eventbridge` does: decode the
//! body of its `Authentic`.

mod error;

mod hop_by_hop;
mod json;
mod lossy;
mod object;
mod values;

mod base64_text;
mod lenient;
mod time;
mod zone;

mod attributes;

mod batch;
mod cloud_event;
mod dialect;

mod api_gateway;
mod fc_api_gateway;
mod fc_http;
mod http_source;
mod tencent_connector;
mod tencent_scf;

mod detect;
mod enclosed;
mod extensions;

mod request;
mod response;

pub use self::time::{EventTimeError, parse_event_time};
pub use api_gateway::{ApiGatewayData, ApiGatewayEvent};
pub use attributes::EventAttributes;
pub use batch::{CloudEventBatch, batch_texts, event_texts};
pub use cloud_event::{CloudEvent, Undecoded};
pub use dialect::Dialect;
pub use error::{EnvelopeError, EnvelopeErrorKind};
pub use extensions::{GatewayContext, PathParameters, StageVariables};
pub use fc_api_gateway::FcApiGatewayEvent;
pub use fc_http::FcHttpEvent;
pub use hop_by_hop::remove_hop_by_hop;
pub use http_source::{HttpSourceData, HttpSourceEvent};
pub use json::{JsonText, OtherMembers, decode_json, strip_byte_order_marks};
pub use lenient::{Body, BodyText};
pub use request::ApiGatewayRequest;
pub use response::{FcApiGatewayResponse, TencentScfResponse};
pub use tencent_connector::{TencentConnectorData, TencentConnectorEvent};
pub use tencent_scf::TencentScfEvent;
pub use values::ValueMap;
