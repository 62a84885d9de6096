//! Alibaba Cloud Function Compute behind API Gateway.

use serde::Serialize;

use super::keys::are_of_gateway;
use crate::{
    body::Body,
    dialect::Dialect,
    enclosed::{Enclosed, FieldNames},
    error::EnvelopeError,
    http_parts::Encoding,
    json::{Object, OtherMembers, Shape},
    request::ApiGatewayRequest,
    values::ValueMap,
};

/// Holds the event that a function gets from the API Gateway trigger (docs/wire-facts.md section
/// 4.1). The answer to it is an [`FcApiGatewayResponse`](crate::FcApiGatewayResponse).
///
/// A posted form comes as a JSON object in a string. The request that is made of it has a form
/// again.
///
/// ```
/// use eventbridge_envelope::{EnvelopeError, FcApiGatewayEvent};
///
/// let event = FcApiGatewayEvent::from_slice(br#"{
///     "path": "/api/321", "httpMethod": "POST", "headers": {"content-type": "application/json"},
///     "queryParameters": {}, "pathParameters": {"userId": "321"},
///     "body": "eyJjIjoiYiJ9", "isBase64Encoded": true
/// }"#)?;
/// let request = http::Request::<bytes::Bytes>::try_from(event)?;
/// assert_eq!(request.body(), r#"{"c":"b"}"#);
/// # Ok::<(), EnvelopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FcApiGatewayEvent {
    /// `path`.
    pub path: String,
    /// `httpMethod`.
    pub http_method: String,
    /// `headers`; their case differs from gateway to gateway.
    pub headers: ValueMap,
    /// `queryParameters`.
    pub query_parameters: ValueMap,
    /// `pathParameters`.
    pub path_parameters: ValueMap,
    /// `body`.
    pub body: Body,
    /// `isBase64Encoded`, a boolean or its text.
    pub is_base64_encoded: bool,
    /// Every other member.
    #[serde(flatten)]
    pub other: OtherMembers,
}

impl FcApiGatewayEvent {
    pub(super) const NAMES: FieldNames =
        FieldNames { method: "httpMethod", path: "path", headers: "headers", body: "body" };

    /// Reads an event.
    ///
    /// # Errors
    ///
    /// Fails if a field is missing or malformed.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        let shape = Shape { maps: Self::MAPS, data: None };
        shape.read_event(Dialect::FcApiGateway, json, Self::read)
    }

    /// The fields that are names with values.
    const MAPS: &'static [&'static str] = &["headers", "queryParameters", "pathParameters"];

    /// Returns the own key. The flag is in events of other platforms too.
    pub(super) fn own_key(event: &Object<'_>) -> Option<&'static str> {
        (are_of_gateway(event) && event.contains(QUERY)).then_some(QUERY)
    }

    pub(super) fn shared_key(event: &Object<'_>) -> Option<&'static str> {
        (are_of_gateway(event) && event.contains(BASE64)).then_some(BASE64)
    }

    pub(super) fn read(mut event: Object<'_>) -> Result<Self, EnvelopeError> {
        Ok(Self {
            path: event.required_string("path")?,
            http_method: event.required_string("httpMethod")?,
            headers: event.values("headers")?,
            query_parameters: event.values(QUERY)?,
            path_parameters: event.values("pathParameters")?,
            body: event.body("body")?,
            is_base64_encoded: event.flag(BASE64)?,
            other: event.rest(),
        })
    }
}

impl TryFrom<FcApiGatewayEvent> for ApiGatewayRequest {
    type Error = EnvelopeError;

    fn try_from(event: FcApiGatewayEvent) -> Result<Self, EnvelopeError> {
        let content_type = event.headers.get_ignoring_case("content-type").unwrap_or_default();
        let encoding = if event.is_base64_encoded {
            Encoding::Base64
        } else if is_form(content_type) {
            Encoding::FormAsJson
        } else {
            Encoding::AsIs
        };
        Enclosed {
            dialect: Dialect::FcApiGateway,
            names: FcApiGatewayEvent::NAMES,
            method: event.http_method,
            path: event.path,
            query: event.query_parameters,
            headers: event.headers,
            body: event.body,
            encoding,
            path_parameters: event.path_parameters,
            stage_variables: ValueMap::default(),
            context: None,
            event: None,
        }
        .into_request()
    }
}

fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

const QUERY: &str = "queryParameters";
const BASE64: &str = "isBase64Encoded";
