//! Parameter sets of what receives events: an HTTP or HTTPS target of a rule, and the sinks of
//! event streams.
//!
//! | type | used as |
//! |---|---|
//! | [`HttpsTarget`] | target of a rule: makes a [`Target`](crate::targets::Target) |
//! | [`ApiDestinationTarget`] | target of a rule: an API destination |
//! | [`SinkOssParameters`], [`SinkMqttParameters`], [`SinkRabbitMqParameters`], [`SinkApiDestinationParameters`] | `Sink` of an event stream |
//!
//! Sinks of event streams are not targets of rules. Some guides mix them: `Id` and `Type` beside
//! `SinkMQTTParameters` are neither.

mod transformed;

mod api_destination;
mod https;
mod mqtt;
mod oss;
mod rabbitmq;

pub use api_destination::{ApiDestinationTarget, SinkApiDestinationParameters};
pub use https::{HttpsTarget, Network};
pub use mqtt::SinkMqttParameters;
pub use oss::SinkOssParameters;
pub use rabbitmq::SinkRabbitMqParameters;
pub use transformed::Transformed;
