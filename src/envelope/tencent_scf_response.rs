//! The answer to a [`TencentScfEvent`](super::TencentScfEvent).

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Serialize;

use super::{
    Dialect,
    enclosed::{Encoding, body_bytes, header_map},
    error::EnvelopeError,
    json::Object,
    lenient::Body,
    values::ValueMap,
};

/// An integration response of Tencent Cloud SCF (docs/wire-facts.md section 5): what a function answers so that the gateway
/// makes an HTTP response of it. The gateway does not pass a `Location` header on.
///
/// ```
/// use bytes::Bytes;
/// use tower_eventbridge::envelope::{EnvelopeError, TencentScfResponse};
///
/// let response = TencentScfResponse::try_from(http::Response::new(Bytes::from("hello")))?;
/// assert_eq!(
///     serde_json::to_string(&response).unwrap(),
///     r#"{"isBase64Encoded":false,"statusCode":200,"headers":{},"body":"hello"}"#,
/// );
/// # Ok::<(), EnvelopeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TencentScfResponse {
    /// `isBase64Encoded`: whether the body is base64.
    pub is_base64_encoded: bool,
    /// `statusCode`, an integer.
    pub status_code: u16,
    /// `headers`: text, or an array of text for several values.
    pub headers: ValueMap,
    /// `body`.
    pub body: Body,
}

/// 200 without headers and body.
impl Default for TencentScfResponse {
    fn default() -> Self {
        Self {
            is_base64_encoded: false,
            status_code: 200,
            headers: ValueMap::default(),
            body: Body::Empty,
        }
    }
}

impl TencentScfResponse {
    /// Reads a response.
    ///
    /// # Errors
    ///
    /// If a field is missing or malformed.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        Dialect::TencentScf.read(json, Self::read)
    }

    fn read(mut response: Object<'_>) -> Result<Self, EnvelopeError> {
        let status_code = response.required_text("statusCode")?;
        Ok(Self {
            is_base64_encoded: response.flag("isBase64Encoded")?,
            status_code: status_code
                .parse()
                .map_err(|_| EnvelopeError::malformed("statusCode", "is no status code"))?,
            headers: response.values("headers")?,
            body: response.body("body")?,
        })
    }
}

/// Text stays text; a body that is no UTF-8 becomes base64.
impl TryFrom<Response<Bytes>> for TencentScfResponse {
    type Error = EnvelopeError;

    fn try_from(response: Response<Bytes>) -> Result<Self, EnvelopeError> {
        let (parts, body) = response.into_parts();
        let mut headers = ValueMap::default();
        for name in parts.headers.keys() {
            let values = parts.headers.get_all(name).iter().map(|value| {
                let text = std::str::from_utf8(value.as_bytes()).map_err(|error| {
                    let field = format!("headers.{name}");
                    EnvelopeError::malformed(field, "has a value that is no text").because(error)
                })?;
                Ok(Some(text.to_owned()))
            });
            headers.push(name.to_string(), values.collect::<Result<_, _>>()?);
        }
        let (is_base64_encoded, text) = match std::str::from_utf8(&body) {
            Ok(text) => (false, text.to_owned()),
            Err(_) => (true, STANDARD.encode(&body)),
        };
        let status_code = parts.status.as_u16();
        Ok(Self { is_base64_encoded, status_code, headers, body: Body::text(text) })
    }
}

impl TryFrom<TencentScfResponse> for Response<Bytes> {
    type Error = EnvelopeError;

    fn try_from(scf: TencentScfResponse) -> Result<Self, EnvelopeError> {
        let status = StatusCode::from_u16(scf.status_code).map_err(|error| {
            EnvelopeError::malformed("statusCode", "is no status code").because(error)
        })?;
        let encoding = if scf.is_base64_encoded { Encoding::Base64 } else { Encoding::AsIs };
        let body = body_bytes(scf.body, encoding).map_err(|error| error.below("body"))?;
        let mut response = Self::new(body);
        *response.status_mut() = status;
        *response.headers_mut() =
            header_map(&scf.headers).map_err(|error| error.below("headers"))?;
        Ok(response)
    }
}
