//! Tencent Cloud EventBridge, API Gateway connector.

use serde::Serialize;

use super::{
    ApiGatewayRequest, Dialect,
    attributes::EventAttributes,
    error::EnvelopeError,
    json::{Object, OtherMembers},
    lenient::Body,
    request::{Enclosed, Encoding, Field},
    values::ValueMap,
};

/// An event of type `connector:apigw` (docs/wire-facts.md section 5). **Nothing that Tencent Cloud pushes is signed**: it is
/// never an [`Authentic`](crate::Authentic), and what it says is only as trustworthy as the network it came over.
///
/// `time` is milliseconds since 1970 in a string. There is no mark for base64, so bodies that are no text do not survive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TencentConnectorEvent {
    /// The attributes of the event; `region` is an extension.
    #[serde(flatten)]
    pub attributes: EventAttributes,
    /// The request.
    pub data: TencentConnectorData,
}

/// The request in a [`TencentConnectorEvent`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TencentConnectorData {
    /// `httpMethod`.
    pub http_method: String,
    /// `path`.
    pub path: String,
    /// `queryString`; one capture has several values in an array, and `true` for a parameter without a value.
    pub query_string: ValueMap,
    /// `headers`.
    pub headers: ValueMap,
    /// `body`.
    pub body: Body,
    /// `stageVariables`.
    pub stage_variables: ValueMap,
    /// Everything else.
    #[serde(flatten)]
    pub other: OtherMembers,
}

impl TencentConnectorEvent {
    /// The `type` of these events.
    pub const TYPE: &'static str = "connector:apigw";

    /// Reads an event.
    ///
    /// # Errors
    ///
    /// If it is of another type, or a field is missing or malformed.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        Dialect::TencentConnector.read(json, Self::read)
    }

    /// The subject: `subject`, or `subjuect` as the Chinese page of the vendor spells it.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        let misspelt = || self.attributes.extension("subjuect").and_then(|json| json.decode().ok());
        self.attributes.subject().map(str::to_owned).or_else(misspelt)
    }

    pub(super) fn read(event: Object<'_>) -> Result<Self, EnvelopeError> {
        let (attributes, data) = EventAttributes::read_with_data(event, Self::TYPE, |mut data| {
            Ok(TencentConnectorData {
                http_method: data.required_text("httpMethod")?,
                path: data.required_text("path")?,
                query_string: data.values("queryString")?,
                headers: data.values("headers")?,
                body: data.body("body")?,
                stage_variables: data.values("stageVariables")?,
                other: data.rest(),
            })
        })?;
        Ok(Self { attributes, data })
    }
}

impl TryFrom<TencentConnectorEvent> for ApiGatewayRequest {
    type Error = EnvelopeError;

    fn try_from(
        TencentConnectorEvent { attributes, data }: TencentConnectorEvent,
    ) -> Result<Self, EnvelopeError> {
        Enclosed {
            dialect: Dialect::TencentConnector,
            method: Field("data.httpMethod", data.http_method),
            path: Field("data.path", data.path),
            query: data.query_string,
            headers: Field("data.headers", data.headers),
            body: Field("data.body", data.body),
            encoding: Encoding::AsIs,
            path_parameters: ValueMap::default(),
            stage_variables: data.stage_variables,
            context: None,
            event: Some(attributes),
        }
        .into_request()
    }
}
