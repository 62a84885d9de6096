//! The request that is enclosed in an event: from any dialect to one typed struct, and from that to an `http::Request`.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, uri::PathAndQuery};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{
    ApiGatewayEvent, CloudEvent, Dialect, FcApiGatewayEvent, FcHttpEvent, HttpSourceEvent,
    TencentConnectorEvent, TencentScfEvent,
    attributes::EventAttributes,
    error::{EnvelopeError, EnvelopeErrorKind},
    json::{JsonText, Kind, Object, kind},
    lenient::{Body, value_map},
    values::ValueMap,
};

/// The request that a gateway enclosed in an event, whatever the dialect.
///
/// Its header values are marked sensitive, and its `Debug` shows no values, because gateways pass credentials on.
///
/// ```
/// use tower_eventbridge::envelope::{ApiGatewayRequest, Dialect, EnvelopeError};
///
/// let request = ApiGatewayRequest::from_slice(br#"{
///     "specversion": "1.0", "source": "my-api", "type": "eventbridge:Events:ApiGateway",
///     "data": {"method": "PUT", "path": "/users/1", "headers": {"Content-Type": "application/json"},
///              "queryParameters": {"dry run": null}, "body": {"price": 1.10}}
/// }"#)?;
/// assert_eq!(request.dialect, Dialect::ApiGateway);
/// assert_eq!(request.headers["content-type"], "application/json");
///
/// let request = http::Request::try_from(request)?;
/// assert_eq!(request.uri(), "/users/1?dry%20run");
/// assert_eq!(request.body(), r#"{"price": 1.10}"#);
/// # Ok::<(), EnvelopeError>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ApiGatewayRequest {
    /// How it was enclosed.
    pub dialect: Dialect,
    /// The method.
    pub method: Method,
    /// The path as the event has it; begins with `/`.
    pub path: String,
    /// The query, decoded.
    pub query: ValueMap,
    /// The headers; names differ in case from gateway to gateway, and are compared without.
    pub headers: HeaderMap,
    /// The body's bytes, decoded from base64 where the event says so.
    pub body: Bytes,
    /// What the gateway took out of the path.
    pub path_parameters: ValueMap,
    /// The variables of the gateway's stage.
    pub stage_variables: ValueMap,
    /// The gateway's request context.
    pub context: Option<JsonText>,
    /// The attributes of the event around it, if there is one.
    pub event: Option<EventAttributes>,
}

impl ApiGatewayRequest {
    /// Reads an enclosed request of any dialect. The dialect is told by `type` and by the names of the keys, never by trying
    /// one after another.
    ///
    /// # Errors
    ///
    /// If it is of no known dialect, or a field is missing or malformed.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        let raw: &RawValue = serde_json::from_slice(json).map_err(super::json::not_json)?;
        if kind(raw) == Kind::Array {
            let problem = "is a batch of events, and one enclosed request was asked for";
            return Err(EnvelopeError::new(EnvelopeErrorKind::NotOneEvent, "", problem));
        }
        let object = Object::from_raw(raw)?;
        let dialect = dialect_of(&object)?;
        let request = match dialect {
            Dialect::ApiGateway => ApiGatewayEvent::read(object).and_then(Self::try_from),
            Dialect::HttpSource => HttpSourceEvent::read(object).and_then(Self::try_from),
            Dialect::FcApiGateway => FcApiGatewayEvent::read(object).and_then(Self::try_from),
            Dialect::FcHttp => FcHttpEvent::read(object).and_then(Self::try_from),
            Dialect::TencentConnector => {
                TencentConnectorEvent::read(object).and_then(Self::try_from)
            }
            Dialect::TencentScf => TencentScfEvent::read(object).and_then(Self::try_from),
        };
        request.map_err(|error| error.in_dialect(dialect))
    }

    /// The request that is enclosed in an event of a batch.
    ///
    /// # Errors
    ///
    /// As [`from_slice`](Self::from_slice).
    pub fn from_event<D>(event: &CloudEvent<D>) -> Result<Self, EnvelopeError> {
        let json = serde_json::to_vec(event).map_err(super::json::not_json)?;
        Self::from_slice(&json)
    }

    /// Decodes the body from JSON.
    ///
    /// # Errors
    ///
    /// If it is no JSON or does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let problem = "does not fit the type that was asked for";
            EnvelopeError::malformed("body", problem).in_dialect(self.dialect).because(error)
        })
    }

    /// Why it must not be handed on.
    #[cfg(feature = "forward")]
    pub(crate) fn cannot_be_forwarded(&self, field: &str, problem: &'static str) -> EnvelopeError {
        EnvelopeError::malformed(field, problem).in_dialect(self.dialect)
    }

    /// The path and query as a request line has them: the path as it is, with what cannot stand in a URI percent-encoded; the
    /// query in the event's order, `%20` for spaces, a name once for each value, and alone where it has none.
    ///
    /// # Errors
    ///
    /// If they are too long (65,534 bytes).
    pub fn path_and_query(&self) -> Result<PathAndQuery, EnvelopeError> {
        let mut target = utf8_percent_encode(&self.path, NOT_IN_PATH).to_string();
        if !self.query.is_empty() {
            target.push('?');
            target.push_str(&encoded(&self.query));
        }
        PathAndQuery::from_maybe_shared(Bytes::from(target)).map_err(|error| {
            let problem = "and query are too long or cannot stand in a URI";
            EnvelopeError::malformed("path", problem).in_dialect(self.dialect).because(error)
        })
    }
}

fn dialect_of(object: &Object<'_>) -> Result<Dialect, EnvelopeError> {
    let has = |name| object.contains(name);
    let unknown =
        |problem: String| Err(EnvelopeError::new(EnvelopeErrorKind::UnknownDialect, "", problem));
    if has("specversion") {
        let event_type = object.peek_text("type")?.unwrap_or_default();
        return match &*event_type {
            ApiGatewayEvent::TYPE => Ok(Dialect::ApiGateway),
            HttpSourceEvent::TYPE => Ok(Dialect::HttpSource),
            TencentConnectorEvent::TYPE => Ok(Dialect::TencentConnector),
            other => unknown(format!("encloses no request: its type is {:?}", excerpt(other))),
        };
    }
    if has("rawPath") && has("version") {
        return Ok(Dialect::FcHttp);
    }
    if has("httpMethod") {
        if has("requestContext") || has("queryStringParameters") || has("headerParameters") {
            return Ok(Dialect::TencentScf);
        }
        if has("isBase64Encoded") || has("queryParameters") || has("pathParameters") {
            return Ok(Dialect::FcApiGateway);
        }
    }
    let names: Vec<_> = object.names().take(16).map(excerpt).collect();
    unknown(format!("encloses no request: its keys are {names:?}"))
}

fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}

/// What a dialect has, before it is checked. `Field` names where it was found.
pub(super) struct Enclosed {
    pub(super) dialect: Dialect,
    pub(super) method: Field<String>,
    pub(super) path: Field<String>,
    pub(super) query: ValueMap,
    pub(super) headers: Field<ValueMap>,
    pub(super) body: Field<Body>,
    pub(super) encoding: Encoding,
    pub(super) path_parameters: ValueMap,
    pub(super) stage_variables: ValueMap,
    pub(super) context: Option<JsonText>,
    pub(super) event: Option<EventAttributes>,
}

pub(super) struct Field<T>(pub(super) &'static str, pub(super) T);

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    AsIs,
    Base64,
    /// A form whose fields are the members of a JSON object in a string.
    FormAsJson,
}

impl Enclosed {
    pub(super) fn into_request(self) -> Result<ApiGatewayRequest, EnvelopeError> {
        let dialect = self.dialect;
        self.checked().map_err(|error| error.in_dialect(dialect))
    }

    fn checked(self) -> Result<ApiGatewayRequest, EnvelopeError> {
        let Field(method_field, method) = self.method;
        let method = Method::from_bytes(method.as_bytes()).map_err(|error| {
            EnvelopeError::malformed(method_field, "is no HTTP method").because(error)
        })?;
        let Field(path_field, path) = self.path;
        if !path.starts_with('/') {
            return Err(EnvelopeError::malformed(path_field, "does not begin with /"));
        }
        let Field(headers_field, headers) = self.headers;
        let headers = header_map(&headers).map_err(|error| error.below(headers_field))?;
        let Field(body_field, body) = self.body;
        let body = body_bytes(body, self.encoding).map_err(|error| error.below(body_field))?;
        Ok(ApiGatewayRequest {
            dialect: self.dialect,
            method,
            path,
            query: self.query,
            headers,
            body,
            path_parameters: self.path_parameters,
            stage_variables: self.stage_variables,
            context: self.context,
            event: self.event,
        })
    }
}

/// A header without a value (null) is no header.
pub(super) fn header_map(values: &ValueMap) -> Result<HeaderMap, EnvelopeError> {
    let mut headers = HeaderMap::with_capacity(values.len().min(100));
    for (name, value) in values.iter() {
        let Some(value) = value else { continue };
        let malformed = |problem| EnvelopeError::malformed(name, problem);
        let header = HeaderName::from_bytes(name.as_bytes())
            .map_err(|error| malformed("is no header name").because(error))?;
        let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| {
            malformed("has a value that cannot stand in a header").because(error)
        })?;
        value.set_sensitive(true);
        headers
            .try_append(header, value)
            .map_err(|error| malformed("is one header too many").because(error))?;
    }
    Ok(headers)
}

pub(super) fn body_bytes(body: Body, encoding: Encoding) -> Result<Bytes, EnvelopeError> {
    match (body, encoding) {
        (Body::Empty, _) => Ok(Bytes::new()),
        (Body::Json(_), Encoding::Base64) => {
            Err(EnvelopeError::malformed("", "is marked as base64 and is no text"))
        }
        (Body::Json(json), _) => Ok(Bytes::from(json.as_str().to_owned())),
        (Body::Text(text), Encoding::AsIs) => Ok(Bytes::from(String::from(text))),
        (Body::Text(text), Encoding::Base64) => {
            let decoded = STANDARD.decode(text.as_str()).map_err(|error| {
                EnvelopeError::malformed("", "is marked as base64 and is none").because(error)
            })?;
            Ok(decoded.into())
        }
        (Body::Text(text), Encoding::FormAsJson) => form(text.into()),
    }
}

/// A form body again, unless it was one already.
fn form(text: String) -> Result<Bytes, EnvelopeError> {
    match serde_json::from_str::<&RawValue>(&text) {
        Ok(raw) if kind(raw) == Kind::Object => Ok(Bytes::from(encoded(&value_map(raw)?))),
        _ => Ok(Bytes::from(text)),
    }
}

/// `application/x-www-form-urlencoded`, with `%20` for spaces, which every reader of it understands.
fn encoded(values: &ValueMap) -> String {
    let mut text = String::new();
    for (name, value) in values.iter() {
        if !text.is_empty() {
            text.push('&');
        }
        text.extend(utf8_percent_encode(name, RESERVED));
        if let Some(value) = value {
            text.push('=');
            text.extend(utf8_percent_encode(value, RESERVED));
        }
    }
    text
}

/// Parameters that the gateway took out of the path: an extension of the `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathParameters(ValueMap);

/// The variables of the gateway's stage: an extension of the `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageVariables(ValueMap);

/// The gateway's request context: an extension of the `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayContext(JsonText);

impl PathParameters {
    /// The parameters.
    #[must_use]
    pub fn values(&self) -> &ValueMap {
        &self.0
    }
}

impl StageVariables {
    /// The variables.
    #[must_use]
    pub fn values(&self) -> &ValueMap {
        &self.0
    }
}

impl GatewayContext {
    /// The context, as it was written.
    #[must_use]
    pub fn json(&self) -> &JsonText {
        &self.0
    }
}

/// Method, path, query, headers and body as they were; the rest as extensions: [`Dialect`], and where there are any
/// [`PathParameters`], [`StageVariables`], [`GatewayContext`] and [`EventAttributes`].
impl TryFrom<ApiGatewayRequest> for Request<Bytes> {
    type Error = EnvelopeError;

    fn try_from(enclosed: ApiGatewayRequest) -> Result<Self, EnvelopeError> {
        let uri = Uri::from(enclosed.path_and_query()?);
        let mut request = Self::new(enclosed.body);
        *request.method_mut() = enclosed.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = enclosed.headers;
        let extensions = request.extensions_mut();
        extensions.insert(enclosed.dialect);
        if !enclosed.path_parameters.is_empty() {
            extensions.insert(PathParameters(enclosed.path_parameters));
        }
        if !enclosed.stage_variables.is_empty() {
            extensions.insert(StageVariables(enclosed.stage_variables));
        }
        if let Some(context) = enclosed.context {
            extensions.insert(GatewayContext(context));
        }
        if let Some(event) = enclosed.event {
            extensions.insert(event);
        }
        Ok(request)
    }
}

macro_rules! dialects_into_requests {
    ($($dialect:ty),*) => {$(
        impl TryFrom<$dialect> for Request<Bytes> {
            type Error = EnvelopeError;

            fn try_from(event: $dialect) -> Result<Self, EnvelopeError> {
                ApiGatewayRequest::try_from(event)?.try_into()
            }
        }
    )*};
}

dialects_into_requests!(
    ApiGatewayEvent,
    HttpSourceEvent,
    FcApiGatewayEvent,
    FcHttpEvent,
    TencentConnectorEvent,
    TencentScfEvent
);

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

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What the path of a URI cannot hold, or what would end it.
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');
