//! A request that arrived whole, and the shapes of answers.

use aliyun_eventbridge::operation::Protocol;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::fault::Fault;

/// A request that arrived whole.
pub(crate) struct ApiRequest {
    pub(crate) method: Method,
    /// Path and query as they arrived. Never log it: it can hold passwords.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The id of the request, which answers name.
    pub(crate) id: String,
}

impl ApiRequest {
    /// Returns the one value of a header; `None` if there is none, or several, or not text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        if values.next().is_some() {
            return None;
        }
        value.to_str().ok()
    }
}

/// What an operation answers.
pub(super) struct Done {
    pub(super) operation: String,
    /// The members of the answer; null for none.
    pub(super) data: Value,
}

/// Returns the answer of an operation that was done.
pub(super) fn answer(protocol: Protocol, id: &str, done: Done) -> Response {
    let Done { operation, data } = done;
    let body = match protocol {
        // Members are at the top here.
        Protocol::OpenApi => {
            let mut members = match data {
                Value::Object(members) => members,
                _ => Map::new(),
            };
            members.insert("RequestId".to_owned(), Value::from(id));
            Value::Object(members)
        }
        _ => {
            // The comments of the vendor's SDK have `200` for PutEvents.
            let code = if operation == "PutEvents" { "200" } else { "Success" };
            let mut body = json!({
                "RequestId": id, "Code": code, "Message": "success", "Success": true,
            });
            // The vendor's page and SDK spell the member so.
            let name = if operation == "CreateApiDestination" { "Date" } else { "Data" };
            if let (Some(members), false) = (body.as_object_mut(), data.is_null()) {
                members.insert(name.to_owned(), data);
            }
            body
        }
    };
    with_status(StatusCode::OK, &body)
}

/// Returns the answer of an operation that failed, in the protocol's spelling.
pub(crate) fn answer_of_fault(protocol: Protocol, id: &str, fault: &Fault) -> Response {
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (code, message) = (fault.code.as_str(), fault.message.as_str());
    let body = match protocol {
        // The SDKs of this protocol read small letters only.
        Protocol::OpenApi => json!({"code": code, "message": message, "requestId": id}),
        _ => json!({"Code": code, "Message": message, "RequestId": id, "Success": false}),
    };
    let mut response = with_status(status, &body);
    if status == StatusCode::TOO_MANY_REQUESTS {
        // In milliseconds: the SDKs make a ThrottlingException of it.
        let headers = response.headers_mut();
        headers.insert("x-acs-retry-after", HeaderValue::from_static("1000"));
    }
    response
}

fn with_status(status: StatusCode, body: &Value) -> Response {
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, json)], body.to_string()).into_response()
}
