//! The parameters of a request, whichever way they came: as JSON, in the URL, or as a form.

use std::borrow::Cow;

use aliyun_eventbridge::{error::ErrorCode, operation::Protocol};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::request::ApiRequest;
use crate::fault::Fault;

/// A request has this many parameters at most.
const MOST_PARAMETERS: usize = 64;
/// Parameters whose text is JSON in the 2020-04-01 API.
const JSON_PARAMETERS: [&str; 7] = [
    "AuthParameters",
    "EventTargets",
    "HttpApiParameters",
    "NetworkParameters",
    "Tags",
    "TargetIds",
    "Targets",
];
/// Parameters that are numbers.
const NUMBERS: [&str; 2] = ["Limit", "MaxResults"];

/// What is asked for.
pub(super) struct Members {
    /// The name of the operation in the 2020-04-01 API.
    pub(super) operation: String,
    pub(super) members: Map<String, Value>,
}

impl Members {
    /// Reads the members as a request of the client's crate.
    pub(super) fn parsed<T: DeserializeOwned>(self) -> Result<T, Fault> {
        // The error of serde can quote a secret; its place in the request is enough.
        serde_json::from_value(Value::Object(self.members)).map_err(|error| {
            let text = error.to_string();
            let known = ["missing field", "unknown variant"];
            let shown = known.iter().any(|known| text.starts_with(known));
            let reason = if shown { text.as_str() } else { "a member has another type" };
            Fault::parameter(format_args!("{} cannot be read: {reason}", self.operation))
        })
    }

    /// Returns a text that is needed.
    pub(super) fn text(&self, name: &str) -> Result<&str, Fault> {
        let value = self.members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        value.ok_or_else(|| {
            Fault::conflict(ErrorCode::MissingParameter, format_args!("{name} is required"))
        })
    }
}

impl Members {
    /// Returns the page of a list that `NextToken` and the page size ask for. A token is the number
    /// of entries before the page.
    pub(super) fn page(
        &self,
        name: &str,
        size: &str,
        all: impl Iterator<Item = Value>,
    ) -> Result<Value, Fault> {
        let most = match self.members.get(size) {
            None => 100,
            Some(value) => {
                value.as_u64().filter(|most| (1..=100).contains(most)).ok_or_else(|| {
                    let message = format!("{size} is not a number from 1 to 100");
                    Fault::conflict(ErrorCode::LimitSizeInvalid, message)
                })?
            }
        };
        let token = match self.members.get("NextToken") {
            None => Some(0),
            Some(Value::String(text)) if text.is_empty() => Some(0),
            Some(Value::String(text)) => text.parse::<u64>().ok(),
            Some(other) => other.as_u64(),
        };
        let wrong = || Fault::conflict(ErrorCode::NextTokenInvalid, "NextToken is not one of ours");
        let start = token.and_then(|token| usize::try_from(token).ok()).ok_or_else(wrong)?;
        let most = usize::try_from(most).unwrap_or(100);
        let all: Vec<Value> = all.collect();
        let total = all.len();
        let page: Vec<Value> = all.into_iter().skip(start).take(most).collect();
        let next = start.saturating_add(page.len());
        let mut answer = Map::new();
        if next < total && !page.is_empty() {
            answer.insert("NextToken".to_owned(), Value::from(next.to_string()));
        }
        answer.insert(name.to_owned(), Value::Array(page));
        answer.insert("Total".to_owned(), Value::from(total));
        Ok(Value::Object(answer))
    }
}

/// Reads operation and members. Those of PutEvents in the `openapi` protocol are in the body.
pub(super) fn read(protocol: Protocol, request: &ApiRequest) -> Result<Members, Fault> {
    match protocol {
        Protocol::OpenApi => {
            let path = request.target.split('?').next().unwrap_or_default();
            let name = path.strip_prefix("/openapi/").unwrap_or_default();
            let mut letters = name.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            let operation: String = first.into_iter().chain(letters).collect();
            let operation = match operation.as_str() {
                "CreateTargets" => "PutTargets".to_owned(),
                _ => operation,
            };
            let members = match operation.as_str() {
                "PutEvents" => Map::new(),
                _ => json_members(&request.body)?,
            };
            Ok(Members { operation, members })
        }
        Protocol::Api20200401 | _ => {
            let operation = request.header("x-acs-action").unwrap_or_default().to_owned();
            if request.header("x-acs-version") != Some("2020-04-01") {
                let message = "the header x-acs-version is not 2020-04-01";
                return Err(Fault::new(400, ErrorCode::from("InvalidVersion"), message));
            }
            let query = request.target.split_once('?').map_or("", |(_, query)| query);
            let mut members = Map::new();
            form(query, &operation, &mut members)?;
            let content_type = request.header("content-type").unwrap_or_default();
            if content_type.starts_with("application/x-www-form-urlencoded") {
                let body = std::str::from_utf8(&request.body);
                let body = body.map_err(|_| Fault::parameter("the body is not UTF-8"))?;
                form(body, &operation, &mut members)?;
            }
            Ok(Members { operation, members })
        }
    }
}

fn json_members(body: &[u8]) -> Result<Map<String, Value>, Fault> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    let members = serde_json::from_slice(body);
    let mut members: Map<String, Value> = members.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = format!("the body is not a JSON object: at line {line} column {column}");
        Fault::conflict(ErrorCode::JsonAttributeInvalid, message)
    })?;
    tidy(&mut members);
    Ok(members)
}

fn form(text: &str, operation: &str, to: &mut Map<String, Value>) -> Result<(), Fault> {
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        if to.len() >= MOST_PARAMETERS {
            let message = format!("more than {MOST_PARAMETERS} parameters");
            return Err(Fault::parameter(message));
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        let value = if JSON_PARAMETERS.contains(&name.as_str()) {
            serde_json::from_str(&value).map_err(|_| {
                let message = format!("{name} is not JSON");
                Fault::conflict(ErrorCode::JsonAttributeInvalid, message)
            })?
        } else if NUMBERS.contains(&name.as_str()) {
            value.parse::<u64>().map(Value::from).map_err(|_| {
                let message = format!("{name} is not a number");
                Fault::conflict(ErrorCode::LimitSizeInvalid, message)
            })?
        } else {
            Value::from(value)
        };
        let name = match (operation, name.as_str()) {
            ("CreateRule", "EventTargets") => "Targets".to_owned(),
            _ => name,
        };
        to.insert(name, value);
    }
    tidy(to);
    Ok(())
}

/// Decodes a name or value of a form: a plus sign is a space.
fn decoded(text: &str) -> Result<String, Fault> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned);
    decoded.map_err(|_| Fault::parameter("a parameter is not UTF-8"))
}

/// Leaves out what SDKs send for nothing: null, and tags that are not an object.
fn tidy(members: &mut Map<String, Value>) {
    members.retain(|name, value| !(value.is_null() || name == "Tags" && !value.is_object()));
    for value in members.values_mut() {
        without_null(value, MOST_DEPTH);
    }
}

fn without_null(value: &mut Value, depth: u8) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(|value| without_null(value, depth));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| without_null(value, depth)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Requests have members in members no deeper than this; serde_json reads 128 at most.
const MOST_DEPTH: u8 = 128;
