//! The request that is enclosed in an event: from any dialect to one typed struct, and from that to an `http::Request`.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Uri, header, uri::PathAndQuery};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::de::DeserializeOwned;

use crate::detect::dialect_in_function_compute;
use crate::{
    ApiGatewayEvent, CloudEvent, Dialect, FcApiGatewayEvent, FcHttpEvent, HttpSourceEvent,
    TencentConnectorEvent, TencentScfEvent,
    attributes::EventAttributes,
    detect::{dialect_of, dialect_of_type, not_in_an_event, one_request_expected},
    enclosed::encoded,
    error::{EnvelopeError, EnvelopeErrorKind},
    extensions::{GatewayContext, PathParameters, StageVariables},
    hop_by_hop::{remove_always_hop_by_hop, remove_lookalikes},
    json::{JsonText, Kind, Object, decode_as, decode_as_lossy, first_kind},
    lossy::as_unicode,
    values::ValueMap,
};

/// The request that a gateway enclosed in an event, whatever the dialect.
///
/// Its header values are marked sensitive, and its `Debug` shows no values, because gateways pass credentials on.
///
/// ```
/// use eventbridge_envelope::{ApiGatewayRequest, Dialect, EnvelopeError};
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
#[derive(Clone, PartialEq)]
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
        Self::of_dialects(json, dialect_of)
    }

    /// As [`from_slice`](Self::from_slice), with half of a surrogate pair, which no text can hold,
    /// and bytes that are not UTF-8 read as U+FFFD.
    ///
    /// # Errors
    ///
    /// As [`from_slice`](Self::from_slice).
    pub fn from_slice_lossy(json: &[u8]) -> Result<Self, EnvelopeError> {
        Self::from_slice(&as_unicode(json))
    }

    /// Reads a request that Function Compute hands to a function: of a dialect of that platform, and
    /// of no other, whatever keys of other platforms the event has too.
    ///
    /// # Errors
    ///
    /// As [`from_slice`](Self::from_slice). An event that encloses no request of Function Compute
    /// is of the kind [`UnknownDialect`](EnvelopeErrorKind::UnknownDialect).
    pub fn from_function_compute(json: &[u8]) -> Result<Self, EnvelopeError> {
        Self::of_dialects(json, dialect_in_function_compute)
    }

    fn of_dialects(
        json: &[u8],
        dialect_of: fn(&Object<'_>) -> Result<Dialect, EnvelopeError>,
    ) -> Result<Self, EnvelopeError> {
        let object = Object::from_slice(json).map_err(|error| match first_kind(json) {
            Some(Kind::Array) if error.kind() == EnvelopeErrorKind::MalformedField => {
                one_request_expected()
            }
            _ => error,
        })?;
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
        let attributes = event.attributes().clone();
        let dialect = dialect_of_type(attributes.event_type())?;
        let data = event.json_data().ok_or_else(|| EnvelopeError::missing("data"));
        let request = data.and_then(|data| match dialect {
            Dialect::HttpSource => HttpSourceEvent::of(attributes, data.raw())?.try_into(),
            Dialect::TencentConnector => {
                TencentConnectorEvent::of(attributes, data.raw())?.try_into()
            }
            Dialect::ApiGateway => ApiGatewayEvent::of(attributes, data.raw())?.try_into(),
            // Those have no event around them: `dialect_of_type` names none of them.
            Dialect::FcApiGateway | Dialect::FcHttp | Dialect::TencentScf => {
                Err(not_in_an_event(dialect))
            }
        });
        request.map_err(|error| error.in_dialect(dialect))
    }

    /// A request of a gateway, to test or simulate with. The path must begin with `/`.
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

    /// Decodes the body from JSON.
    ///
    /// # Errors
    ///
    /// If it is no JSON or does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        let decoded = decode_as(self.dialect.field_names().body, &self.body);
        decoded.map_err(|error| error.in_dialect(self.dialect))
    }

    /// Decodes the body from JSON, with what no type can hold replaced as by
    /// [`JsonText::decode_lossy`].
    ///
    /// # Errors
    ///
    /// If it is no JSON or does not fit.
    pub fn json_lossy<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        let decoded = decode_as_lossy(self.dialect.field_names().body, &self.body);
        decoded.map_err(|error| error.in_dialect(self.dialect))
    }

    /// Makes the request as another service may get it: without `Host`, `Content-Length`, `Expect`
    /// and the headers of one connection (RFC 9110 section 7.6.1), and without names that a CGI-like
    /// server would take for another header.
    ///
    /// Such a server writes `_` for `-`, so `Transfer_Encoding` would be `Transfer-Encoding`. A name
    /// with `_` is left out if its spelling with `-` is a header of HTTP or of a gateway, or is there
    /// too. The extensions are those of [`Request::try_from`].
    ///
    /// # Errors
    ///
    /// If the path begins with more than one `/`, which some servers read as a host, or the method
    /// is `CONNECT` or `TRACE`, or path and query are too long.
    pub fn into_forwardable(self) -> Result<Request<Bytes>, EnvelopeError> {
        self.check_forwardable()?;
        let mut request = Request::<Bytes>::try_from(self)?;
        // An envelope is not a hop: what `Connection` names in it is for the service.
        remove_always_hop_by_hop(request.headers_mut());
        remove_lookalikes(request.headers_mut());
        for name in [header::HOST, header::CONTENT_LENGTH, header::EXPECT] {
            request.headers_mut().remove(name);
        }
        Ok(request)
    }

    fn check_forwardable(&self) -> Result<(), EnvelopeError> {
        let names = self.dialect.field_names();
        let malformed = |field, problem: &'static str| {
            Err(EnvelopeError::malformed(field, problem).in_dialect(self.dialect))
        };
        if self.path.starts_with("//") {
            return malformed(
                names.path,
                "begins with more than one /, which some servers read as a host",
            );
        }
        if self.method == Method::CONNECT {
            return malformed(names.method, "is CONNECT, which names no path");
        }
        if self.method == Method::TRACE {
            // RFC 9110 section 9.3.8: the answer shows the headers, credentials among them.
            return malformed(names.method, "is TRACE, whose answer would show every header");
        }
        Ok(())
    }

    /// The path and query as a request line has them: the path as it is, with what cannot stand in
    /// a URI percent-encoded, a `%` without two hexadecimal digits among it (RFC 3986 section 2.1);
    /// the query in the event's order, `%20` for spaces, a name once for each value, and alone
    /// where it has none.
    ///
    /// # Errors
    ///
    /// If the path does not begin with `/`, or both together are too long (65,534 bytes).
    pub fn path_and_query(&self) -> Result<PathAndQuery, EnvelopeError> {
        check_path(self.dialect, &self.path)?;
        let mut target =
            utf8_percent_encode(&escaped_percents(&self.path), NOT_IN_PATH).to_string();
        if !self.query.is_empty() {
            target.push('?');
            // Whatever is longer than a URI can be is refused below.
            target.push_str(&encoded(&self.query, MAX_URI));
        }
        PathAndQuery::from_maybe_shared(Bytes::from(target)).map_err(|error| {
            let problem = "is too long, itself or with the query";
            let path = self.dialect.field_names().path;
            EnvelopeError::malformed(path, problem).in_dialect(self.dialect).with_source(error)
        })
    }
}

/// `%25` for each `%` that does not begin an escape: the path was decoded before it was put into
/// the event.
fn escaped_percents(path: &str) -> Cow<'_, str> {
    let mut parts = path.split('%');
    let mut escaped = String::from(parts.next().unwrap_or_default());
    if escaped.len() == path.len() {
        return path.into();
    }
    for part in parts {
        let digits = part.as_bytes().get(..2);
        let is_escape = digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        escaped.push_str(if is_escape { "%" } else { "%25" });
        escaped.push_str(part);
    }
    escaped.into()
}

pub(crate) fn check_path(dialect: Dialect, path: &str) -> Result<(), EnvelopeError> {
    if path.starts_with('/') {
        return Ok(());
    }
    let field = dialect.field_names().path;
    Err(EnvelopeError::malformed(field, "does not begin with /").in_dialect(dialect))
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

/// What the path of a URI cannot hold, or what would end it.
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
/// The longest that the crate `http` lets a URI be.
const MAX_URI: usize = 65_534;
