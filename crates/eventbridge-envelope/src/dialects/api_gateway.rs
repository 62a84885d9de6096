//! Alibaba Cloud EventBridge, events of API Gateway.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    attributes::EventAttributes,
    body::Body,
    dialect::Dialect,
    enclosed::{Enclosed, FieldNames},
    error::EnvelopeError,
    http_parts::Encoding,
    json::{Object, OtherMembers, Shape},
    request::ApiGatewayRequest,
    values::ValueMap,
};

/// Holds an event of type `eventbridge:Events:ApiGateway`: a request to an API whose backend is an
/// event bus.
///
/// ```
/// use eventbridge_envelope::{ApiGatewayEvent, EnvelopeError};
///
/// let event = ApiGatewayEvent::from_slice(br#"{
///     "specversion": "1.0", "source": "my-api", "type": "eventbridge:Events:ApiGateway",
///     "data": {"method": "GET", "path": "/users/1", "queryParameters": {"a": "1"}}
/// }"#)?;
/// let request = http::Request::<bytes::Bytes>::try_from(event)?;
/// assert_eq!(request.uri(), "/users/1?a=1");
/// # Ok::<(), EnvelopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ApiGatewayEvent {
    /// The attributes of the event.
    #[serde(flatten)]
    pub attributes: EventAttributes,
    /// The request.
    pub data: ApiGatewayData,
}

/// Holds the request in an [`ApiGatewayEvent`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiGatewayData {
    /// `method`.
    pub method: String,
    /// `path`.
    pub path: String,
    /// `pathParameters`.
    pub path_parameters: ValueMap,
    /// `queryParameters`, without the token, which the gateway takes out.
    pub query_parameters: ValueMap,
    /// `headers`. They may hold credentials.
    pub headers: ValueMap,
    /// `body`: text, or the parsed value if the request was JSON.
    pub body: Body,
    /// Every other member.
    #[serde(flatten)]
    pub other: OtherMembers,
}

impl ApiGatewayEvent {
    /// Names the `type` of these events.
    pub const TYPE: &'static str = "eventbridge:Events:ApiGateway";

    pub(super) const NAMES: FieldNames = FieldNames {
        method: "data.method",
        path: "data.path",
        headers: "data.headers",
        body: "data.body",
    };

    /// Reads an event.
    ///
    /// # Errors
    ///
    /// Fails if the event is of another type, or a field is missing or malformed.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        let shape = Shape { maps: &[], data: Some(ApiGatewayData::MAPS) };
        shape.read_event(Dialect::ApiGateway, json, Self::read)
    }

    pub(super) fn read(event: Object<'_>) -> Result<Self, EnvelopeError> {
        let (attributes, data) =
            EventAttributes::read_with_data(event, Self::TYPE, ApiGatewayData::MAPS)?;
        Self::of_object(attributes, data)
    }

    pub(super) fn of(attributes: EventAttributes, data: &RawValue) -> Result<Self, EnvelopeError> {
        let data =
            Object::of_raw(data, ApiGatewayData::MAPS).map_err(|error| error.below("data"))?;
        Self::of_object(attributes, data)
    }

    fn of_object(attributes: EventAttributes, data: Object<'_>) -> Result<Self, EnvelopeError> {
        let data = ApiGatewayData::read(data);
        Ok(Self { attributes, data: data.map_err(|error| error.below("data"))? })
    }
}

impl ApiGatewayData {
    /// The fields that are names with values.
    const MAPS: &'static [&'static str] = &["pathParameters", "queryParameters", "headers"];

    fn read(mut data: Object<'_>) -> Result<Self, EnvelopeError> {
        Ok(Self {
            method: data.required_string("method")?,
            path: data.required_string("path")?,
            path_parameters: data.values("pathParameters")?,
            query_parameters: data.values("queryParameters")?,
            headers: data.values("headers")?,
            body: data.body("body")?,
            other: data.rest(),
        })
    }
}

impl TryFrom<ApiGatewayEvent> for ApiGatewayRequest {
    type Error = EnvelopeError;

    fn try_from(
        ApiGatewayEvent { attributes, data }: ApiGatewayEvent,
    ) -> Result<Self, EnvelopeError> {
        Enclosed {
            dialect: Dialect::ApiGateway,
            names: ApiGatewayEvent::NAMES,
            method: data.method,
            path: data.path,
            query: data.query_parameters,
            headers: data.headers,
            body: data.body,
            encoding: Encoding::AsIs,
            path_parameters: data.path_parameters,
            stage_variables: ValueMap::default(),
            context: None,
            event: Some(attributes),
        }
        .into_request()
    }
}
