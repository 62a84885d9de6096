//! Responses of functions as gateways read them: from `http::Response` to a dialect and back.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use crate::{
    body::Body,
    dialect::Dialect,
    error::EnvelopeError,
    hop_by_hop::remove_hop_by_hop,
    http_parts::{Encoding, body_bytes, header_map},
    json::{Object, Shape},
    values::{ValueMap, Values},
};

/// The way in which several values of one header are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SeveralValues {
    /// As an array.
    Array,
    /// As one text: the gateway documents a map of texts.
    Joined,
}

macro_rules! integration_response {
    ($(#[$documentation:meta])* $name:ident, $dialect:expr, $several:expr, $headers:literal) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            /// `isBase64Encoded`: whether the body is base64.
            pub is_base64_encoded: bool,
            /// `statusCode`, an integer.
            pub status_code: u16,
            #[doc = $headers]
            pub headers: ValueMap,
            /// `body`.
            pub body: Body,
        }

        /// Returns a response of status 200 without headers and body.
        impl Default for $name {
            fn default() -> Self {
                Self {
                    is_base64_encoded: false,
                    status_code: StatusCode::OK.as_u16(),
                    headers: ValueMap::default(),
                    body: Body::Empty,
                }
            }
        }

        impl $name {
            /// Reads a response. The status and the flag may be text, and the body may be JSON.
            ///
            /// # Errors
            ///
            /// Fails if a field is missing or malformed.
            pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
                let shape = Shape { maps: &["headers"], data: None };
                shape.read_event($dialect, json, |mut response| {
                    Ok(Self {
                        status_code: status_code(&mut response)?,
                        is_base64_encoded: response.flag("isBase64Encoded")?,
                        headers: response.values("headers")?,
                        body: response.body("body")?,
                    })
                })
            }
        }

        /// Writes a response. UTF-8 of a text type, or of no type, stays text. Every other body
        /// becomes base64. Headers of one connection and `Content-Length` are left out.
        impl TryFrom<Response<Bytes>> for $name {
            type Error = EnvelopeError;

            fn try_from(response: Response<Bytes>) -> Result<Self, EnvelopeError> {
                let (parts, body) = response.into_parts();
                let in_dialect = |error: EnvelopeError| error.in_dialect($dialect);
                let status_code = final_status(parts.status).map_err(in_dialect)?;
                let (is_base64_encoded, text) = match text(&parts.headers, &body) {
                    Some(text) => (false, text.to_owned()),
                    None => (true, STANDARD.encode(&body)),
                };
                let headers = values(parts.headers, $several).map_err(in_dialect)?;
                Ok(Self { is_base64_encoded, status_code, headers, body: Body::text(text) })
            }
        }

        impl TryFrom<$name> for Response<Bytes> {
            type Error = EnvelopeError;

            fn try_from(written: $name) -> Result<Self, EnvelopeError> {
                let encoding =
                    if written.is_base64_encoded { Encoding::Base64 } else { Encoding::AsIs };
                http_response(written.status_code, written.headers, written.body, encoding)
                    .map_err(|error| error.in_dialect($dialect))
            }
        }
    };
}

integration_response!(
    /// The response of a function behind Alibaba Cloud API Gateway (docs/wire-facts.md section
    /// 4.2): an integer, a boolean, a map of texts and a text. No page of the vendor contradicts
    /// that. The gateway answers 502 to anything else.
    ///
    /// Several values of one header are joined by a comma (RFC 9110 section 5.3). `Set-Cookie`
    /// cannot be joined. The second one is written as `set-cookiE` and so on: the names in the map
    /// must differ, and header names have no case. It is not documented whether the gateway passes
    /// more than one on.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use eventbridge_envelope::{EnvelopeError, FcApiGatewayResponse};
    ///
    /// let response = FcApiGatewayResponse::try_from(http::Response::new(Bytes::from("hello")))?;
    /// assert_eq!(
    ///     serde_json::to_string(&response).unwrap(),
    ///     r#"{"isBase64Encoded":false,"statusCode":200,"headers":{},"body":"hello"}"#,
    /// );
    /// # Ok::<(), EnvelopeError>(())
    /// ```
    FcApiGatewayResponse,
    Dialect::FcApiGateway,
    SeveralValues::Joined,
    "`headers`: text."
);

integration_response!(
    /// An integration response of Tencent Cloud SCF (docs/wire-facts.md section 5), of which the
    /// gateway makes an HTTP response. The gateway does not pass a `Location` header on.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use eventbridge_envelope::{EnvelopeError, TencentScfResponse};
    ///
    /// let response = TencentScfResponse::try_from(http::Response::new(Bytes::from("hello")))?;
    /// assert_eq!(
    ///     serde_json::to_string(&response).unwrap(),
    ///     r#"{"isBase64Encoded":false,"statusCode":200,"headers":{},"body":"hello"}"#,
    /// );
    /// # Ok::<(), EnvelopeError>(())
    /// ```
    TencentScfResponse,
    Dialect::TencentScf,
    SeveralValues::Array,
    "`headers`: text, or an array of text for several values."
);

fn status_code(response: &mut Object<'_>) -> Result<u16, EnvelopeError> {
    let text = response.required_text("statusCode")?;
    let status = StatusCode::from_bytes(text.as_bytes());
    status.map(|status| status.as_u16()).map_err(no_status)
}

fn no_status(error: http::status::InvalidStatusCode) -> EnvelopeError {
    EnvelopeError::malformed("statusCode", "is not a status code").with_source(error)
}

/// Rejects 1xx, which come before a response, and classes above 5xx, which HTTP does not define.
fn final_status(status: StatusCode) -> Result<u16, EnvelopeError> {
    match status.as_u16() {
        code @ 200..600 => Ok(code),
        _ => Err(EnvelopeError::malformed("statusCode", "is not a final status")),
    }
}

fn http_response(
    status: u16,
    headers: ValueMap,
    body: Body,
    encoding: Encoding,
) -> Result<Response<Bytes>, EnvelopeError> {
    let status = StatusCode::from_u16(status).map_err(no_status)?;
    let body = body_bytes(body, encoding).map_err(|error| error.below("body"))?;
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = header_map(headers).map_err(|error| error.below("headers"))?;
    Ok(response)
}

/// Returns the body as text, if a reader of text gets the same bytes.
fn text<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<&'a str> {
    let encoding = headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes);
    let is_identity = encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case(b"identity"));
    let is_text = match headers.get(header::CONTENT_TYPE) {
        None => true,
        Some(value) => value.to_str().is_ok_and(is_text_type),
    };
    std::str::from_utf8(body).ok().filter(|_| body.is_empty() || (is_identity && is_text))
}

/// Returns whether a media type (RFC 9110 section 8.3.1) is text in UTF-8, or names no charset.
fn is_text_type(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let subtype = match media_type.split_once('/') {
        Some(("text", _)) => "plain",
        Some(("application", subtype)) => subtype,
        Some((_, subtype)) if subtype.ends_with("+xml") => subtype,
        _ => return false,
    };
    let is_text = ["plain", "json", "xml", "javascript", "x-www-form-urlencoded", "x-ndjson"]
        .contains(&subtype)
        || subtype.ends_with("+json")
        || subtype.ends_with("+xml");
    let is_utf8 = |charset: &str| {
        let charset = charset.trim_matches('"');
        ["utf-8", "utf8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known))
    };
    let charset = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value.trim())
    });
    is_text && charset.is_none_or(is_utf8)
}

fn values(mut headers: HeaderMap, several: SeveralValues) -> Result<ValueMap, EnvelopeError> {
    remove_hop_by_hop(&mut headers);
    // The gateway counts the body that it sends. That of a HEAD request has another length.
    headers.remove(header::CONTENT_LENGTH);
    let mut map = ValueMap::default();
    for name in headers.keys() {
        let texts = headers.get_all(name).iter().map(|value| {
            let text = std::str::from_utf8(value.as_bytes()).map_err(|error| {
                let field = format!("headers.{name}");
                EnvelopeError::malformed(field, "has a value that is not text").with_source(error)
            })?;
            Ok(text.to_owned())
        });
        let texts = texts.collect::<Result<Vec<_>, EnvelopeError>>()?;
        match several {
            SeveralValues::Array => {
                let values: Vec<_> = texts.into_iter().map(Some).collect();
                map.push(name.to_string(), values.into());
            }
            SeveralValues::Joined if *name == header::SET_COOKIE => {
                for (number, text) in (0..).zip(texts) {
                    map.push(spelling(name.as_str(), number)?, Values::One(Some(text)));
                }
            }
            SeveralValues::Joined => {
                map.push(name.to_string(), Values::One(Some(texts.join(", "))))
            }
        }
    }
    Ok(map)
}

/// Spells a name anew. The bits of the number tell which letters are capitals, from the last one
/// on.
fn spelling(name: &str, number: u32) -> Result<String, EnvelopeError> {
    let mut left = number;
    let mut spelled: Vec<_> = name
        .chars()
        .rev()
        .map(|letter| {
            if !letter.is_ascii_lowercase() {
                return letter;
            }
            let capital = left & 1 == 1;
            left >>= 1;
            if capital { letter.to_ascii_uppercase() } else { letter }
        })
        .collect();
    spelled.reverse();
    match left {
        0 => Ok(spelled.into_iter().collect()),
        _ => Err(EnvelopeError::malformed(format!("headers.{name}"), "has too many values")),
    }
}
