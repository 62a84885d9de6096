//! From an HTTP answer to a result or a typed error.

use std::time::Duration;

use ::http::{HeaderMap, Response, header};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::{
    error::{CallErrorReason, ErrorCode, ServiceError, UnreadableAnswer},
    operation::{Answer, Operation, Protocol},
};

/// The service's words are kept up to this many characters.
const MOST_MESSAGE: usize = 512;

pub(super) fn read<O: Operation>(
    protocol: Protocol,
    answer: &Response<Bytes>,
) -> Result<Answer<O::Answer>, CallErrorReason> {
    let status = answer.status();
    let unreadable = |problem: String| {
        CallErrorReason::Unreadable(UnreadableAnswer {
            status: status.as_u16(),
            length: answer.body().len(),
            media_type: header_text(answer.headers(), header::CONTENT_TYPE.as_str())
                .map(|text| cut(text, 64)),
            problem,
        })
    };
    let members = match serde_json::from_slice::<Value>(answer.body()) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("it is not a JSON object".to_owned()),
        Err(_) if answer.body().is_empty() => Err("it is empty".to_owned()),
        Err(error) => Err(format!("it is not JSON: {error}")),
    };
    if !status.is_success() {
        let members = members.unwrap_or_default();
        return Err(CallErrorReason::Service(service_error(answer, &members)));
    }
    let mut members = members.map_err(unreadable)?;
    if says_failure(&members) {
        return Err(CallErrorReason::Service(service_error(answer, &members)));
    }
    let request_id = text(&members, "RequestId").or_else(|| text(&members, "requestId"));
    let result = match protocol {
        Protocol::OpenApi => {
            members.remove("RequestId");
            Value::Object(members)
        }
        // `Date` is the vendor's own spelling in one answer.
        Protocol::Api20200401 => match members.remove("Data").or_else(|| members.remove("Date")) {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(value) => value,
        },
    };
    let result = serde_json::from_value(result)
        .map_err(|error| unreadable(format!("it has another shape than expected: {error}")))?;
    Ok(Answer { result, request_id })
}

/// HTTP 200 with `Success: false`, or with a code that is not one of success, is a failure.
fn says_failure(members: &Map<String, Value>) -> bool {
    let denied = matches!(members.get("Success"), Some(Value::Bool(false)));
    let code = text(members, "Code").or_else(|| text(members, "code"));
    denied || code.is_some_and(|code| !matches!(code.as_str(), "Success" | "200" | "OK" | ""))
}

/// Errors of the `openapi` protocol have small letters, those of the rest of the cloud capitals.
fn service_error(answer: &Response<Bytes>, members: &Map<String, Value>) -> ServiceError {
    let either =
        |capital: &str, small: &str| text(members, capital).or_else(|| text(members, small));
    ServiceError {
        status: answer.status().as_u16(),
        code: either("Code", "code")
            .filter(|code| !code.is_empty())
            .map(|code| ErrorCode::from(cut(&code, 128).as_str())),
        message: either("Message", "message").map(|message| cut(&message, MOST_MESSAGE)),
        request_id: either("RequestId", "requestId").map(|id| cut(&id, 128)),
        retry_after: retry_after(answer.headers()),
    }
}

/// Returns the wait that the service asks for: milliseconds of its own header, seconds of HTTP's.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name| header_text(headers, name).and_then(|text| text.trim().parse::<u64>().ok());
    number("x-acs-retry-after")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
        .filter(|wait| !wait.is_zero())
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Returns a member that is text, or a number as its text.
fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    match members.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Cuts at a number of characters and takes control characters out: the text goes to terminals.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
