//! Responses of the runtime itself.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// Makes a response with a short JSON body.
pub(crate) fn own_response(status: StatusCode, json: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(json.as_bytes()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The body that a sender gets where a handler failed. The log has the reason.
pub(crate) const FAILED: &str = "{\"status\":\"failed\"}";
/// The body that a sender gets for a request that cannot be made of its event.
pub(crate) const UNREADABLE: &str = "{\"status\":\"unreadable\"}";
/// The body of an answer to a call that the platform does not make.
pub(crate) const REJECTED: &str = "{\"status\":\"rejected\"}";
