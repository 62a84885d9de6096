//! The `http::Request` that is made of an enclosed request.

use std::borrow::Cow;

use bytes::Bytes;
use http::{Method, Request, Uri, header, uri::PathAndQuery};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::de::DeserializeOwned;

use crate::{
    dialects::{
        ApiGatewayEvent, FcApiGatewayEvent, FcHttpEvent, HttpSourceEvent, TencentConnectorEvent,
        TencentScfEvent,
    },
    enclosed::check_path,
    error::EnvelopeError,
    extensions::{GatewayContext, PathParameters, StageVariables},
    hop_by_hop::{remove_always_hop_by_hop, remove_lookalikes},
    json::{decode_as, decode_as_lossy},
    request::ApiGatewayRequest,
};

impl ApiGatewayRequest {
    /// Decodes the body from JSON.
    ///
    /// # Errors
    ///
    /// Fails if the body is not JSON or does not fit `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        let decoded = decode_as(self.dialect.row().names.body, &self.body);
        decoded.map_err(|error| error.in_dialect(self.dialect))
    }

    /// Decodes the body from JSON, with values replaced that no type can hold, as by
    /// [`JsonText::decode_lossy`](crate::JsonText::decode_lossy).
    ///
    /// # Errors
    ///
    /// Fails if the body is not JSON or does not fit `T`.
    pub fn json_lossy<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        let decoded = decode_as_lossy(self.dialect.row().names.body, &self.body);
        decoded.map_err(|error| error.in_dialect(self.dialect))
    }

    /// Makes the request as another service may get it. `Host`, `Content-Length`, `Expect` and the
    /// headers of one connection (RFC 9110 section 7.6.1) are left out. So are names that a
    /// CGI-like server would take for another header.
    ///
    /// Such a server writes `_` for `-`, so `Transfer_Encoding` would be `Transfer-Encoding`. A
    /// name with `_` is left out if its spelling with `-` is a header of HTTP or of a gateway, or
    /// is there too. The extensions are those of [`Request::try_from`].
    ///
    /// # Errors
    ///
    /// Fails if the path begins with more than one `/`, which some servers read as a host. Also
    /// fails if the method is `CONNECT` or `TRACE`, or path and query are too long.
    pub fn into_forwardable(self) -> Result<Request<Bytes>, EnvelopeError> {
        self.check_forwardable()?;
        let mut request = Request::<Bytes>::try_from(self)?;
        // An envelope is not a hop: the headers that `Connection` names in it are for the service.
        remove_always_hop_by_hop(request.headers_mut());
        remove_lookalikes(request.headers_mut());
        for name in [header::HOST, header::CONTENT_LENGTH, header::EXPECT] {
            request.headers_mut().remove(name);
        }
        Ok(request)
    }

    fn check_forwardable(&self) -> Result<(), EnvelopeError> {
        let names = self.dialect.row().names;
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

    /// Returns the path and query as a request line has them.
    ///
    /// The path stays as it is, but characters that cannot stand in a URI are percent-encoded. A
    /// `%` without two hexadecimal digits is one (RFC 3986 section 2.1). The query has the order of
    /// the event and `%20` for spaces. A name occurs once for each value, and alone for a missing
    /// value.
    ///
    /// # Errors
    ///
    /// Fails if the path does not begin with `/`, or path and query together are longer than 65,534
    /// bytes.
    pub fn path_and_query(&self) -> Result<PathAndQuery, EnvelopeError> {
        let names = self.dialect.row().names;
        check_path(&self.path, names).map_err(|error| error.in_dialect(self.dialect))?;
        let mut target =
            utf8_percent_encode(&escaped_percents(&self.path), NOT_IN_PATH).to_string();
        if !self.query.is_empty() {
            target.push('?');
            // A target that is longer than a URI can be is an error below.
            target.push_str(&self.query.to_urlencoded(MAX_URI));
        }
        PathAndQuery::from_maybe_shared(Bytes::from(target)).map_err(|error| {
            let problem = "is too long, itself or with the query";
            EnvelopeError::malformed(names.path, problem)
                .in_dialect(self.dialect)
                .with_source(error)
        })
    }
}

/// Writes `%25` for each `%` that does not begin an escape: the gateway decoded the path before it
/// put it into the event.
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

/// Makes the request as the gateway got it: method, path, query, headers and body.
///
/// The rest are extensions: [`Dialect`](crate::Dialect), and where the event has them
/// [`PathParameters`], [`StageVariables`], [`GatewayContext`] and
/// [`EventAttributes`](crate::EventAttributes).
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

/// The characters that the path of a URI cannot hold, and those that would end it.
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
