//! Tencent Cloud SCF behind API Gateway.

use serde::Serialize;

use super::keys::are_of_gateway;
use crate::{
    body::Body,
    dialect::Dialect,
    enclosed::{Enclosed, FieldNames},
    error::EnvelopeError,
    http_parts::Encoding,
    json::{JsonText, Object, OtherMembers, Shape},
    request::ApiGatewayRequest,
    values::ValueMap,
};

/// Holds the event that an SCF function gets from its API Gateway trigger (docs/wire-facts.md
/// section 5). **It carries no signature.** The answer to it is a
/// [`TencentScfResponse`](crate::TencentScfResponse).
///
/// ```
/// use eventbridge_envelope::{EnvelopeError, TencentScfEvent};
///
/// let event = TencentScfEvent::from_slice(br#"{
///     "requestContext": {"serviceId": "service-f94sy04v", "httpMethod": "ANY"},
///     "httpMethod": "POST", "path": "/test/value", "queryString": {"foo": "bar"}, "body": "text"
/// }"#)?;
/// let request = http::Request::<bytes::Bytes>::try_from(event)?;
/// assert_eq!((request.method().as_str(), request.body().as_ref()), ("POST", &b"text"[..]));
/// # Ok::<(), EnvelopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TencentScfEvent {
    /// `requestContext`: `serviceId`, `path`, `httpMethod` (which may be `ANY`), `requestId`,
    /// `identity`, `sourceIp`, `stage`. It may grow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_context: Option<JsonText>,
    /// `headers`.
    pub headers: ValueMap,
    /// `body`.
    pub body: Body,
    /// `isBase64Encoded`, a boolean or its text. False if it is missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_base64_encoded: bool,
    /// `pathParameters`.
    pub path_parameters: ValueMap,
    /// `queryStringParameters`: those of [`query_string`](Self::query_string) that the API
    /// declares. The request that is made of the event has the values of both.
    pub query_string_parameters: ValueMap,
    /// `headerParameters`: headers that the API declares.
    pub header_parameters: ValueMap,
    /// `stageVariables`.
    pub stage_variables: ValueMap,
    /// `path`.
    pub path: String,
    /// `queryString`: the whole query.
    pub query_string: ValueMap,
    /// `httpMethod`.
    pub http_method: String,
    /// Every other member.
    #[serde(flatten)]
    pub other: OtherMembers,
}

impl TencentScfEvent {
    pub(super) const NAMES: FieldNames =
        FieldNames { method: "httpMethod", path: "path", headers: "headers", body: "body" };

    /// Reads an event.
    ///
    /// # Errors
    ///
    /// Fails if a field is missing or malformed.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        let shape = Shape { maps: Self::MAPS, data: None };
        shape.read_event(Dialect::TencentScf, json, Self::read)
    }

    /// The fields that are names with values.
    const MAPS: &'static [&'static str] = &[
        "headers",
        "pathParameters",
        "queryStringParameters",
        "headerParameters",
        "stageVariables",
        "queryString",
    ];

    pub(super) fn own_key(event: &Object<'_>) -> Option<&'static str> {
        OWN_KEYS.iter().copied().find(|key| are_of_gateway(event) && event.contains(key))
    }

    pub(super) fn read(mut event: Object<'_>) -> Result<Self, EnvelopeError> {
        Ok(Self {
            request_context: event.json("requestContext"),
            headers: event.values("headers")?,
            body: event.body("body")?,
            is_base64_encoded: event.flag("isBase64Encoded")?,
            path_parameters: event.values("pathParameters")?,
            query_string_parameters: event.values("queryStringParameters")?,
            header_parameters: event.values("headerParameters")?,
            stage_variables: event.values("stageVariables")?,
            path: event.required_string("path")?,
            query_string: event.values("queryString")?,
            http_method: event.required_string("httpMethod")?,
            other: event.rest(),
        })
    }
}

impl TryFrom<TencentScfEvent> for ApiGatewayRequest {
    type Error = EnvelopeError;

    fn try_from(event: TencentScfEvent) -> Result<Self, EnvelopeError> {
        let encoding = if event.is_base64_encoded { Encoding::Base64 } else { Encoding::AsIs };
        let mut query = event.query_string;
        query.add_missing(event.query_string_parameters);
        Enclosed {
            dialect: Dialect::TencentScf,
            names: TencentScfEvent::NAMES,
            method: event.http_method,
            path: event.path,
            query,
            headers: event.headers,
            body: event.body,
            encoding,
            path_parameters: event.path_parameters,
            stage_variables: event.stage_variables,
            context: event.request_context,
            event: None,
        }
        .into_request()
    }
}

/// The keys that no other platform's gateway sends.
const OWN_KEYS: [&str; 5] = [
    "requestContext",
    "queryStringParameters",
    "headerParameters",
    "queryString",
    "stageVariables",
];
