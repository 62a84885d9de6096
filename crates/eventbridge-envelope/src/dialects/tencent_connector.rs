//! Tencent Cloud EventBridge, API Gateway connector.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    attributes::EventAttributes,
    body::Body,
    dialect::Dialect,
    enclosed::{Enclosed, FieldNames},
    error::EnvelopeError,
    fields::scalar_text,
    http_parts::Encoding,
    json::{Object, OtherMembers, Shape},
    request::ApiGatewayRequest,
    values::ValueMap,
};

/// Holds an event of type `connector:apigw` (docs/wire-facts.md section 5). **Nothing that Tencent
/// Cloud pushes is signed**: it is as trustworthy as the network that it came over.
///
/// The event has no mark for base64, so bodies that are not text are damaged.
///
/// ```
/// use eventbridge_envelope::{EnvelopeError, TencentConnectorEvent};
///
/// let event = TencentConnectorEvent::from_slice(br#"{
///     "specversion": "1.0", "source": "apigw.cloud.tencent", "type": "connector:apigw",
///     "time": "1615430559146",
///     "data": {"httpMethod": "POST", "path": "/test", "queryString": {"a": ["b", "c"]}}
/// }"#)?;
/// let request = http::Request::<bytes::Bytes>::try_from(event)?;
/// assert_eq!(request.uri(), "/test?a=b&a=c");
/// # Ok::<(), EnvelopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TencentConnectorEvent {
    /// The attributes of the event; `region` is an extension.
    #[serde(flatten)]
    pub attributes: EventAttributes,
    /// The request.
    pub data: TencentConnectorData,
}

/// Holds the request in a [`TencentConnectorEvent`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TencentConnectorData {
    /// `httpMethod`.
    pub http_method: String,
    /// `path`.
    pub path: String,
    /// `queryString`. One capture has several values in an array, and `true` for a parameter
    /// without a value.
    pub query_string: ValueMap,
    /// `headers`.
    pub headers: ValueMap,
    /// `body`.
    pub body: Body,
    /// `stageVariables`.
    pub stage_variables: ValueMap,
    /// Every other member.
    #[serde(flatten)]
    pub other: OtherMembers,
}

impl TencentConnectorEvent {
    /// Names the `type` of these events.
    pub const TYPE: &'static str = "connector:apigw";

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
        let shape = Shape { maps: &[], data: Some(TencentConnectorData::MAPS) };
        shape.read_event(Dialect::TencentConnector, json, Self::read)
    }

    /// Returns `subject`, or `subjuect` as the Chinese page of the vendor spells it.
    ///
    /// # Errors
    ///
    /// Fails if the misspelt one is neither text nor a number.
    pub fn subject(&self) -> Result<Option<Cow<'_, str>>, EnvelopeError> {
        self.spelt(self.attributes.subject(), "subjuect")
    }

    /// Returns the time as text, in milliseconds since 1970: `time`, or `timer` as a table of the
    /// vendor spells it.
    ///
    /// # Errors
    ///
    /// Fails if the misspelt one is neither text nor a number.
    pub fn time(&self) -> Result<Option<Cow<'_, str>>, EnvelopeError> {
        self.spelt(self.attributes.time(), "timer")
    }

    fn spelt<'a>(
        &'a self,
        well: Option<&'a str>,
        misspelt: &str,
    ) -> Result<Option<Cow<'a, str>>, EnvelopeError> {
        match (well, self.attributes.extension(misspelt)) {
            (Some(well), _) => Ok(Some(well.into())),
            (None, None) => Ok(None),
            (None, Some(json)) => {
                let text = scalar_text(json).map_err(|error| error.below(misspelt))?;
                Ok(text.map(Cow::from))
            }
        }
    }

    pub(super) fn read(event: Object<'_>) -> Result<Self, EnvelopeError> {
        let (attributes, data) =
            EventAttributes::read_with_data(event, Self::TYPE, TencentConnectorData::MAPS)?;
        Self::of_object(attributes, data)
    }

    pub(super) fn of(attributes: EventAttributes, data: &RawValue) -> Result<Self, EnvelopeError> {
        let data = Object::of_raw(data, TencentConnectorData::MAPS)
            .map_err(|error| error.below("data"))?;
        Self::of_object(attributes, data)
    }

    fn of_object(attributes: EventAttributes, data: Object<'_>) -> Result<Self, EnvelopeError> {
        let data = TencentConnectorData::read(data);
        Ok(Self { attributes, data: data.map_err(|error| error.below("data"))? })
    }
}

impl TencentConnectorData {
    /// The fields that are names with values.
    const MAPS: &'static [&'static str] = &["queryString", "headers", "stageVariables"];

    fn read(mut data: Object<'_>) -> Result<Self, EnvelopeError> {
        Ok(Self {
            http_method: data.required_string("httpMethod")?,
            path: data.required_string("path")?,
            query_string: data.values("queryString")?,
            headers: data.values("headers")?,
            body: data.body("body")?,
            stage_variables: data.values("stageVariables")?,
            other: data.rest(),
        })
    }
}

impl TryFrom<TencentConnectorEvent> for ApiGatewayRequest {
    type Error = EnvelopeError;

    fn try_from(
        TencentConnectorEvent { attributes, data }: TencentConnectorEvent,
    ) -> Result<Self, EnvelopeError> {
        Enclosed {
            dialect: Dialect::TencentConnector,
            names: TencentConnectorEvent::NAMES,
            method: data.http_method,
            path: data.path,
            query: data.query_string,
            headers: data.headers,
            body: data.body,
            encoding: Encoding::AsIs,
            path_parameters: ValueMap::default(),
            stage_variables: data.stage_variables,
            context: None,
            event: Some(attributes),
        }
        .into_request()
    }
}
