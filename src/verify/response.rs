//! What the sender hears of a refusal: the status, and nothing that helps an attacker.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use crate::signature::Rejection;

/// The response to a refusal, where the layer is not told otherwise: the status of its kind and the body
/// `{"status":"rejected"}`, the same bytes and headers for every refusal of one status.
///
/// 401 names the scheme that is expected, and 503 asks to come back in 5 s. The layer adds `Allow` to a 405.
#[must_use]
pub fn rejection_response(rejection: &Rejection) -> Response<Bytes> {
    let status = rejection.kind().status();
    let mut response = Response::new(Bytes::from_static(b"{\"status\":\"rejected\"}"));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let more = match status {
        StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "EventBridge-Signature")),
        StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, "5")),
        _ => None,
    };
    if let Some((name, value)) = more {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
