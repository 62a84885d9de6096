//! The parts of an enclosed request as their dialect writes them, and the checked request that they make.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    ApiGatewayRequest, Dialect,
    attributes::EventAttributes,
    base64_text::decode_base64,
    error::EnvelopeError,
    json::{JsonText, Kind, json_in, kind},
    lenient::{Body, value_map},
    request::check_path,
    values::ValueMap,
};

/// What a dialect has, before it is checked.
pub(crate) struct Enclosed {
    pub(crate) dialect: Dialect,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: ValueMap,
    pub(crate) headers: ValueMap,
    pub(crate) body: Body,
    pub(crate) encoding: Encoding,
    pub(crate) path_parameters: ValueMap,
    pub(crate) stage_variables: ValueMap,
    pub(crate) context: Option<JsonText>,
    pub(crate) event: Option<EventAttributes>,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    AsIs,
    Base64,
    /// A form whose fields are the members of a JSON object in a string.
    FormAsJson,
}

impl Enclosed {
    pub(crate) fn into_request(self) -> Result<ApiGatewayRequest, EnvelopeError> {
        let dialect = self.dialect;
        self.checked().map_err(|error| error.in_dialect(dialect))
    }

    fn checked(self) -> Result<ApiGatewayRequest, EnvelopeError> {
        let names = self.dialect.field_names();
        let method = Method::from_bytes(self.method.as_bytes()).map_err(|error| {
            EnvelopeError::malformed(names.method, "is no HTTP method").with_source(error)
        })?;
        check_path(self.dialect, &self.path)?;
        let mut headers = header_map(self.headers).map_err(|error| error.below(names.headers))?;
        join_cookies(&mut headers);
        // Gateways pass credentials on, under names of the users' own.
        headers.values_mut().for_each(|value| value.set_sensitive(true));
        let body = body_bytes(self.body, self.encoding).map_err(|error| error.below(names.body))?;
        Ok(ApiGatewayRequest {
            dialect: self.dialect,
            method,
            path: self.path,
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
pub(crate) fn header_map(values: ValueMap) -> Result<HeaderMap, EnvelopeError> {
    let mut headers = HeaderMap::with_capacity(values.len().min(100));
    let mut left = MAX_HEADER_BYTES;
    for (name, values) in values.into_entries() {
        let malformed = |problem| EnvelopeError::malformed(name.as_str(), problem);
        let mut header = None;
        for value in values.flatten() {
            left = left.checked_sub(name.len().saturating_add(value.len())).ok_or_else(|| {
                EnvelopeError::malformed("", "are more than 1 MiB when written out")
            })?;
            let header = match &header {
                Some(header) => HeaderName::clone(header),
                None => {
                    let parsed = HeaderName::from_bytes(name.as_bytes())
                        .map_err(|error| malformed("is no header name").with_source(error))?;
                    header.insert(parsed).clone()
                }
            };
            let value = HeaderValue::try_from(value).map_err(|error| {
                malformed("has a value that cannot stand in a header").with_source(error)
            })?;
            headers
                .try_append(header, value)
                .map_err(|error| malformed("is one header too many").with_source(error))?;
        }
    }
    Ok(headers)
}

/// Makes one line of several, as RFC 9113 section 8.2.3 has it for servers that know HTTP/1.1.
fn join_cookies(headers: &mut HeaderMap) {
    let mut lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    if lines.by_ref().nth(1).is_none() {
        return;
    }
    let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    let crumbs: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    // What is joined of values can stand in one.
    if let Ok(line) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])) {
        headers.insert(header::COOKIE, line);
    }
}

pub(crate) fn body_bytes(body: Body, encoding: Encoding) -> Result<Bytes, EnvelopeError> {
    match (body, encoding) {
        (Body::Empty, _) => Ok(Bytes::new()),
        (Body::Json(_), Encoding::Base64) => Err(EnvelopeError::malformed(
            "",
            "is marked as base64 and is no string, but other JSON",
        )),
        (Body::Json(json), Encoding::FormAsJson) => form(json.as_str().to_owned()),
        (Body::Json(json), Encoding::AsIs) => Ok(json.into_bytes()),
        (Body::Text(text), Encoding::AsIs) => Ok(Bytes::from(String::from(text))),
        (Body::Text(text), Encoding::Base64) => {
            let decoded = decode_base64(text.as_str()).map_err(|error| {
                let problem = format!("is marked as base64 and is none: {error}");
                EnvelopeError::malformed("", problem)
            });
            decoded.map(Bytes::from)
        }
        (Body::Text(text), Encoding::FormAsJson) => form(text.into()),
    }
}

/// A form body again, unless it was one already.
fn form(text: String) -> Result<Bytes, EnvelopeError> {
    match json_in(text.as_bytes()) {
        Ok(raw) if kind(raw) == Kind::Object => {
            let limit = text.len().saturating_mul(FORM_GROWTH);
            let form = encoded(&value_map(raw)?, limit);
            if form.len() > limit {
                return Err(EnvelopeError::malformed(
                    "",
                    "is a form that is too long when written out",
                ));
            }
            Ok(Bytes::from(form))
        }
        _ => Ok(Bytes::from(text)),
    }
}

/// `application/x-www-form-urlencoded`, with `%20` for spaces, which every reader of it understands. Ends soon after the
/// limit: a long name with many values would grow beyond all bounds.
pub(crate) fn encoded(values: &ValueMap, limit: usize) -> String {
    let mut text = String::new();
    for (name, value) in values.iter() {
        if text.len() > limit {
            break;
        }
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

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Names and values of all headers together.
const MAX_HEADER_BYTES: usize = 1024 * 1024;
/// Three characters for each, and names that repeat.
const FORM_GROWTH: usize = 8;
