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
    let mut response = answer(status, "{\"status\":\"rejected\"}");
    if status == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("EventBridge-Signature");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

/// An answer of our own: a short JSON body, and on a 503 when to come back.
pub(crate) fn answer(status: StatusCode, json: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(json.as_bytes()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
