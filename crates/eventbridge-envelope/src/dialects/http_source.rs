//! Alibaba Cloud EventBridge, events of an HTTP source.

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

/// Holds an event of type `eventbridge:Events:HTTPEvent`: a request to the webhook address of an
/// event bus.
///
/// The source keeps only the first value of each query parameter (docs/wire-facts.md section 3.3).
///
/// ```
/// use eventbridge_envelope::{EnvelopeError, HttpSourceEvent};
///
/// let event = HttpSourceEvent::from_slice(br#"{
///     "specversion": "1.0", "source": "my.httpSource", "type": "eventbridge:Events:HTTPEvent",
///     "data": {"httpMethod": "POST", "path": "/webhook/putEvents", "body": {"price": 1.10}}
/// }"#)?;
/// let request = http::Request::<bytes::Bytes>::try_from(event)?;
/// assert_eq!(request.body(), r#"{"price": 1.10}"#);
/// # Ok::<(), EnvelopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HttpSourceEvent {
    /// The attributes of the event.
    #[serde(flatten)]
    pub attributes: EventAttributes,
    /// The request.
    pub data: HttpSourceData,
}

/// Holds the request in an [`HttpSourceEvent`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HttpSourceData {
    /// `httpMethod`.
    pub http_method: String,
    /// `path`.
    pub path: String,
    /// `queryString`, without the token, which the source takes out.
    pub query_string: ValueMap,
    /// `headers`.
    pub headers: ValueMap,
    /// `body`: text, or the parsed value if the request was JSON.
    pub body: Body,
    /// Every other member.
    #[serde(flatten)]
    pub other: OtherMembers,
}

impl HttpSourceEvent {
    /// Names the `type` of these events.
    pub const TYPE: &'static str = "eventbridge:Events:HTTPEvent";

    pub(super) const NAMES: FieldNames = FieldNames {
        method: "data.httpMethod",
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
        let shape = Shape { maps: &[], data: Some(HttpSourceData::MAPS) };
        shape.read_event(Dialect::HttpSource, json, Self::read)
    }

    pub(super) fn read(event: Object<'_>) -> Result<Self, EnvelopeError> {
        let (attributes, data) =
            EventAttributes::read_with_data(event, Self::TYPE, HttpSourceData::MAPS)?;
        Self::of_object(attributes, data)
    }

    pub(super) fn of(attributes: EventAttributes, data: &RawValue) -> Result<Self, EnvelopeError> {
        let data =
            Object::of_raw(data, HttpSourceData::MAPS).map_err(|error| error.below("data"))?;
        Self::of_object(attributes, data)
    }

    fn of_object(attributes: EventAttributes, data: Object<'_>) -> Result<Self, EnvelopeError> {
        let data = HttpSourceData::read(data);
        Ok(Self { attributes, data: data.map_err(|error| error.below("data"))? })
    }
}

impl HttpSourceData {
    /// The fields that are names with values.
    const MAPS: &'static [&'static str] = &["queryString", "headers"];

    fn read(mut data: Object<'_>) -> Result<Self, EnvelopeError> {
        Ok(Self {
            http_method: data.required_string("httpMethod")?,
            path: data.required_string("path")?,
            query_string: data.values("queryString")?,
            headers: data.values("headers")?,
            body: data.body("body")?,
            other: data.rest(),
        })
    }
}

impl TryFrom<HttpSourceEvent> for ApiGatewayRequest {
    type Error = EnvelopeError;

    fn try_from(
        HttpSourceEvent { attributes, data }: HttpSourceEvent,
    ) -> Result<Self, EnvelopeError> {
        Enclosed {
            dialect: Dialect::HttpSource,
            names: HttpSourceEvent::NAMES,
            method: data.http_method,
            path: data.path,
            query: data.query_string,
            headers: data.headers,
            body: data.body,
            encoding: Encoding::AsIs,
            path_parameters: ValueMap::default(),
            stage_variables: ValueMap::default(),
            context: None,
            event: Some(attributes),
        }
        .into_request()
    }
}
