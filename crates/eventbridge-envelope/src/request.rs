//! The request that is enclosed in an event, as one struct for every dialect.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::{attributes::EventAttributes, dialect::Dialect, json::JsonText, values::ValueMap};

/// Holds the request that a gateway enclosed in an event, in any dialect.
///
/// Its header values are marked sensitive, and its `Debug` shows no values, because gateways pass
/// credentials on.
///
/// ```
/// use eventbridge_envelope::{ApiGatewayRequest, Dialect, EnvelopeError};
///
/// let request = ApiGatewayRequest::from_slice(br#"{
///     "specversion": "1.0", "source": "my-api", "type": "eventbridge:Events:ApiGateway",
///     "data": {
///         "method": "PUT", "path": "/users/1", "queryParameters": {"dry run": null},
///         "headers": {"Content-Type": "application/json"}, "body": {"price": 1.10}
///     }
/// }"#)?;
/// assert_eq!(request.dialect, Dialect::ApiGateway);
/// assert_eq!(request.headers["content-type"], "application/json");
///
/// let request = http::Request::try_from(request)?;
/// assert_eq!(request.uri(), "/users/1?dry%20run");
/// assert_eq!(request.body(), r#"{"price": 1.10}"#);
/// # Ok::<(), EnvelopeError>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ApiGatewayRequest {
    /// The dialect of the event.
    pub dialect: Dialect,
    /// The method.
    pub method: Method,
    /// The path as the event has it. It begins with `/`.
    pub path: String,
    /// The query, decoded.
    pub query: ValueMap,
    /// The headers. The case of names differs from gateway to gateway and does not matter.
    pub headers: HeaderMap,
    /// The body's bytes, decoded from base64 where the event says so.
    pub body: Bytes,
    /// The parameters that the gateway took out of the path.
    pub path_parameters: ValueMap,
    /// The variables of the gateway's stage.
    pub stage_variables: ValueMap,
    /// The gateway's request context.
    pub context: Option<JsonText>,
    /// The attributes of the event around it, if there is one.
    pub event: Option<EventAttributes>,
}

impl ApiGatewayRequest {
    /// Makes a request of a gateway, to test or simulate with. The path must begin with `/`.
    #[must_use]
    pub fn new(dialect: Dialect, method: Method, path: impl Into<String>) -> Self {
        Self {
            dialect,
            method,
            path: path.into(),
            query: ValueMap::default(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            path_parameters: ValueMap::default(),
            stage_variables: ValueMap::default(),
            context: None,
            event: None,
        }
    }
}

impl fmt::Debug for ApiGatewayRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ApiGatewayRequest")
            .field("dialect", &self.dialect)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}
