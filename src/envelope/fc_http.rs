//! Alibaba Cloud Function Compute, HTTP trigger.

use serde::Serialize;

use super::{
    ApiGatewayRequest, Dialect,
    error::EnvelopeError,
    json::{JsonText, Object, OtherMembers},
    lenient::Body,
    request::{Enclosed, Encoding, Field},
    values::ValueMap,
};

/// What a function in a built-in runtime gets from the HTTP trigger: version `v1`.
///
/// Several values of one header or parameter come joined by commas, and stay so: a comma may be part of a value.
///
/// ```
/// use tower_eventbridge::envelope::{EnvelopeError, FcHttpEvent};
///
/// let event = FcHttpEvent::from_slice(br#"{
///     "version": "v1", "rawPath": "/a%20b", "queryParameters": {"q": "1,2"}, "body": "Hello FC!",
///     "isBase64Encoded": false, "headers": {}, "requestContext": {"http": {"method": "GET", "path": "/a b"}}
/// }"#)?;
/// let request = http::Request::<bytes::Bytes>::try_from(event)?;
/// assert_eq!(request.uri(), "/a%20b?q=1%2C2");
/// # Ok::<(), EnvelopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FcHttpEvent {
    /// `version`, which is `v1`.
    pub version: String,
    /// `rawPath`: the path, percent-encoded.
    pub raw_path: String,
    /// `body`.
    pub body: Body,
    /// `isBase64Encoded`, a boolean or its text.
    pub is_base64_encoded: bool,
    /// `headers`.
    pub headers: ValueMap,
    /// `queryParameters`.
    pub query_parameters: ValueMap,
    /// `requestContext`.
    pub request_context: FcHttpContext,
    /// Everything else.
    #[serde(flatten)]
    pub other: OtherMembers,
}

/// The context of an [`FcHttpEvent`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FcHttpContext {
    /// `http`: the request line and who sent it.
    pub http: FcHttpRequestLine,
    /// Everything else: `accountId`, `domainName`, `domainPrefix`, `requestId`, `time`, `timeEpoch`.
    #[serde(flatten)]
    pub other: OtherMembers,
}

/// `requestContext.http` of an [`FcHttpEvent`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FcHttpRequestLine {
    /// `method`.
    pub method: String,
    /// `path`: the path, percent-decoded. [`FcHttpEvent::raw_path`] is as it was requested.
    pub path: Option<String>,
    /// Everything else: `protocol`, `sourceIp`, `userAgent`.
    #[serde(flatten)]
    pub other: OtherMembers,
}

impl FcHttpEvent {
    /// The `version` of these events.
    pub const VERSION: &'static str = "v1";

    /// Reads an event.
    ///
    /// # Errors
    ///
    /// If it is of another version, or a field is missing or malformed.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        Dialect::FcHttp.read(json, Self::read)
    }

    pub(super) fn read(mut event: Object<'_>) -> Result<Self, EnvelopeError> {
        let version = event.required_text("version")?;
        if version != Self::VERSION {
            return Err(EnvelopeError::malformed("version", "is not v1"));
        }
        let context = event.take_object("requestContext")?;
        let request_context =
            FcHttpContext::read(context).map_err(|error| error.below("requestContext"))?;
        Ok(Self {
            version,
            raw_path: event.required_text("rawPath")?,
            body: event.body("body")?,
            is_base64_encoded: event.flag("isBase64Encoded")?,
            headers: event.values("headers")?,
            query_parameters: event.values("queryParameters")?,
            request_context,
            other: event.rest(),
        })
    }
}

impl FcHttpContext {
    fn read(mut context: Object<'_>) -> Result<Self, EnvelopeError> {
        let mut http = context.take_object("http")?;
        let method = http.required_text("method").map_err(|error| error.below("http"))?;
        let path = http.text("path").map_err(|error| error.below("http"))?;
        let http = FcHttpRequestLine { method, path, other: http.rest() };
        Ok(Self { http, other: context.rest() })
    }
}

impl TryFrom<FcHttpEvent> for ApiGatewayRequest {
    type Error = EnvelopeError;

    fn try_from(event: FcHttpEvent) -> Result<Self, EnvelopeError> {
        let context = JsonText::of(&event.request_context);
        let encoding = if event.is_base64_encoded { Encoding::Base64 } else { Encoding::AsIs };
        Enclosed {
            dialect: Dialect::FcHttp,
            method: Field("requestContext.http.method", event.request_context.http.method),
            path: Field("rawPath", event.raw_path),
            query: event.query_parameters,
            headers: Field("headers", event.headers),
            body: Field("body", event.body),
            encoding,
            path_parameters: ValueMap::default(),
            stage_variables: ValueMap::default(),
            context,
            event: None,
        }
        .into_request()
    }
}
