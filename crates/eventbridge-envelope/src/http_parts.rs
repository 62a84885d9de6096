//! Headers and bodies as HTTP has them, of those in an event.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    base64_text::decode_base64,
    body::Body,
    error::EnvelopeError,
    fields::value_map,
    json::{Kind, json_in, kind},
    values::ValueMap,
};

/// How an event has the bytes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As its text, or the text of its JSON value.
    AsIs,
    /// As base64.
    Base64,
    /// As a JSON object, or a string that holds one, whose members are the fields of a form.
    FormAsJson,
}

/// Makes the headers. A name without a value (null) is left out.
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
                        .map_err(|error| malformed("is not a header name").with_source(error))?;
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

/// Joins several `Cookie` lines into one, as servers of HTTP/1.1 expect (RFC 9113 section 8.2.3).
pub(crate) fn join_cookies(headers: &mut HeaderMap) {
    let mut lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    if lines.by_ref().nth(1).is_none() {
        return;
    }
    let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    let crumbs: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    // The joined parts are header values, so the whole is one.
    if let Ok(line) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])) {
        headers.insert(header::COOKIE, line);
    }
}

/// Returns the bytes of a body as its event says they are written.
pub(crate) fn body_bytes(body: Body, encoding: Encoding) -> Result<Bytes, EnvelopeError> {
    match (body, encoding) {
        (Body::Empty, _) => Ok(Bytes::new()),
        (Body::Json(_), Encoding::Base64) => Err(EnvelopeError::malformed(
            "",
            "is marked as base64 and is not a string, but other JSON",
        )),
        (Body::Json(json), Encoding::FormAsJson) => form(json.as_str().to_owned()),
        (Body::Json(json), Encoding::AsIs) => Ok(json.into_bytes()),
        (Body::Text(text), Encoding::AsIs) => Ok(Bytes::from(String::from(text))),
        (Body::Text(text), Encoding::Base64) => {
            let decoded = decode_base64(text.as_str()).map_err(|error| {
                let problem = format!("is marked as base64 and is not: {error}");
                EnvelopeError::malformed("", problem)
            });
            decoded.map(Bytes::from)
        }
        (Body::Text(text), Encoding::FormAsJson) => form(text.into()),
    }
}

/// Makes a form of a JSON object. Any other text stays: it is a form already.
fn form(text: String) -> Result<Bytes, EnvelopeError> {
    match json_in(text.as_bytes()) {
        Ok(raw) if kind(raw) == Kind::Object => {
            let limit = text.len().saturating_mul(FORM_GROWTH);
            let form = value_map(raw)?.to_urlencoded(limit);
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

/// The bytes of names and values of all headers together.
const MAX_HEADER_BYTES: usize = 1024 * 1024;
/// An escape has three characters, and names repeat.
const FORM_GROWTH: usize = 8;
