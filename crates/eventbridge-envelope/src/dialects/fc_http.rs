//! Alibaba Cloud Function Compute, HTTP trigger.

use serde::Serialize;

use super::keys::are_of_http_trigger;
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

/// Holds the event that a function in a built-in runtime gets from the HTTP trigger: version `v1`.
///
/// Several values of one header or parameter come joined by commas. They stay joined, because a
/// comma may be part of a value.
///
/// ```
/// use eventbridge_envelope::{EnvelopeError, FcHttpEvent};
///
/// let event = FcHttpEvent::from_slice(br#"{
///     "version": "v1", "rawPath": "/a%20b", "queryParameters": {"q": "1,2"}, "body": "Hello FC!",
///     "isBase64Encoded": false, "headers": {},
///     "requestContext": {"http": {"method": "GET", "path": "/a b"}}
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
    /// `requestContext`, as it was written: `accountId`, `domainName`, `domainPrefix`, `http`
    /// (`method`, `path`, `protocol`, `sourceIp`, `userAgent`), `requestId`, `time`, `timeEpoch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_context: Option<JsonText>,
    /// `requestContext.http.method`.
    #[serde(skip)]
    pub method: String,
    /// Every other member.
    #[serde(flatten)]
    pub other: OtherMembers,
}

impl FcHttpEvent {
    /// Names the `version` of these events.
    pub const VERSION: &'static str = "v1";

    pub(super) const NAMES: FieldNames = FieldNames {
        method: "requestContext.http.method",
        path: "rawPath",
        headers: "headers",
        body: "body",
    };

    /// Reads an event.
    ///
    /// # Errors
    ///
    /// Fails if the event is of another version, or a field is missing or malformed.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        let shape = Shape { maps: Self::MAPS, data: None };
        shape.read_event(Dialect::FcHttp, json, Self::read)
    }

    /// The fields that are names with values.
    const MAPS: &'static [&'static str] = &["headers", "queryParameters"];

    pub(super) fn own_key(event: &Object<'_>) -> Option<&'static str> {
        are_of_http_trigger(event).then_some("rawPath")
    }

    pub(super) fn read(mut event: Object<'_>) -> Result<Self, EnvelopeError> {
        let version = event.required_text("version")?;
        if version != Self::VERSION {
            let problem =
                "is not v1, the only one of Function Compute's HTTP trigger that is known";
            return Err(EnvelopeError::malformed("version", problem));
        }
        let request_context = event.json("requestContext");
        let method = method(request_context.as_ref());
        Ok(Self {
            version,
            raw_path: event.required_string("rawPath")?,
            body: event.body("body")?,
            is_base64_encoded: event.flag("isBase64Encoded")?,
            headers: event.values("headers")?,
            query_parameters: event.values("queryParameters")?,
            request_context,
            method: method.map_err(|error| error.below("requestContext"))?,
            other: event.rest(),
        })
    }
}

fn method(context: Option<&JsonText>) -> Result<String, EnvelopeError> {
    let missing = || EnvelopeError::missing("http.method");
    let mut context = Object::from_raw(context.ok_or_else(missing)?.raw())?;
    let mut http = context.take_object("http")?;
    http.required_string("method").map_err(|error| error.below("http"))
}

impl TryFrom<FcHttpEvent> for ApiGatewayRequest {
    type Error = EnvelopeError;

    fn try_from(event: FcHttpEvent) -> Result<Self, EnvelopeError> {
        let encoding = if event.is_base64_encoded { Encoding::Base64 } else { Encoding::AsIs };
        Enclosed {
            dialect: Dialect::FcHttp,
            names: FcHttpEvent::NAMES,
            method: event.method,
            path: event.raw_path,
            query: event.query_parameters,
            headers: event.headers,
            body: event.body,
            encoding,
            path_parameters: ValueMap::default(),
            stage_variables: ValueMap::default(),
            context: event.request_context,
            event: None,
        }
        .into_request()
    }
}
