//! What is asked of the service, in the form of each protocol. Pure: no network, no clock.

use std::{fmt, ops::Deref};

use percent_encoding::utf8_percent_encode;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::{
    field::{Checked, InvalidField},
    sign::acs3::RESERVED,
};

/// Tells the two protocols of EventBridge apart. They share nothing but names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// `POST /openapi/<operation>` with a JSON body, signed with HMAC-SHA1: events, buses, rules,
    /// targets.
    OpenApi,
    /// `POST /` with parameters, signed with ACS3-HMAC-SHA256: all of the former, API destinations,
    /// connections.
    Api20200401,
}

/// Tells where the 2020-04-01 API has the parameters of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterPlace {
    /// In the URL, with an empty body.
    Query,
    /// In the body, as a form.
    Form,
}

/// Describes a request by type: its names, its checks, its answer.
///
/// [`Untyped`] calls what this crate has no type for.
pub trait Operation: Serialize + Send + Sync {
    /// What the service answers with.
    type Answer: DeserializeOwned + Send;

    /// Returns the name in the 2020-04-01 API, for example `CreateRule`. It names the operation in
    /// errors.
    fn name(&self) -> &'static str;

    /// Returns the name in the `openapi` protocol, if the operation exists there.
    fn openapi_name(&self) -> Option<&'static str> {
        None
    }

    /// Tells whether the 2020-04-01 API has the operation. Default: it does.
    fn is_in_20200401(&self) -> bool {
        true
    }

    /// Returns where the 2020-04-01 API has its parameters. Default: in the URL.
    fn place(&self) -> ParameterPlace {
        ParameterPlace::Query
    }

    /// Returns the media type of the `openapi` protocol.
    fn content_type(&self) -> &'static str {
        "application/json; charset=utf-8"
    }

    /// Returns the name of a parameter in the 2020-04-01 API, where it differs from the member's.
    fn parameter<'a>(&self, member: &'a str) -> &'a str {
        member
    }

    /// Checks lengths, names and ranges.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    fn check(&self, protocol: Protocol) -> Checked;
}

/// Holds what the service answered: the result, and the id of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The result.
    pub result: T,
    /// The id by which the vendor's support finds the request.
    pub request_id: Option<String>,
}

impl<T> Deref for Answer<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.result
    }
}

/// Holds an operation that this crate has no type for: names and JSON, sent as they are.
///
/// ```
/// use aliyun_eventbridge::operation::{ParameterPlace, Untyped};
/// use serde_json::json;
///
/// let call = Untyped::new("GetEventStreaming", json!({"EventStreamingName": "st-1"}))
///     .place(ParameterPlace::Form);
/// assert_eq!(format!("{call:?}"), r#"Untyped { name: "GetEventStreaming", .. }"#);
/// ```
#[derive(Clone)]
pub struct Untyped {
    name: &'static str,
    openapi_name: Option<&'static str>,
    place: ParameterPlace,
    parameters: Value,
}

impl Untyped {
    /// Returns an operation of the 2020-04-01 API with parameters in the URL.
    #[must_use]
    pub const fn new(name: &'static str, parameters: Value) -> Self {
        Self { name, openapi_name: None, place: ParameterPlace::Query, parameters }
    }

    /// Sets where the parameters go.
    #[must_use]
    pub const fn place(mut self, place: ParameterPlace) -> Self {
        self.place = place;
        self
    }

    /// Sets the name in the `openapi` protocol, for example `getEventStreaming`.
    #[must_use]
    pub const fn openapi_name(mut self, name: &'static str) -> Self {
        self.openapi_name = Some(name);
        self
    }
}

impl fmt::Debug for Untyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Untyped").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Serialize for Untyped {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.parameters.serialize(to)
    }
}

impl Operation for Untyped {
    type Answer = Value;

    fn name(&self) -> &'static str {
        self.name
    }

    fn openapi_name(&self) -> Option<&'static str> {
        self.openapi_name
    }

    fn place(&self) -> ParameterPlace {
        self.place
    }

    fn check(&self, _: Protocol) -> Checked {
        if self.parameters.is_object() {
            return Ok(());
        }
        Err(InvalidField::rule("parameters", "are not a JSON object"))
    }
}

/// Holds a request without date, nonce and signature.
#[derive(Clone)]
pub(crate) struct Unsigned {
    pub(crate) target: Zeroizing<String>,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// Checks an operation and writes it as the protocol has it.
pub(crate) fn unsigned<O: Operation>(
    operation: &O,
    protocol: Protocol,
) -> Result<Unsigned, InvalidField> {
    operation.check(protocol)?;
    let unwritable = |_| InvalidField::rule("request", "cannot be written as JSON");
    match protocol {
        Protocol::OpenApi => {
            let name = operation.openapi_name().ok_or_else(|| {
                InvalidField::rule(
                    operation.name(),
                    "does not exist in the `openapi` protocol; use the 2020-04-01 API",
                )
            })?;
            Ok(Unsigned {
                target: Zeroizing::new(format!("/openapi/{name}")),
                content_type: Some(operation.content_type()),
                body: Zeroizing::new(serde_json::to_vec(operation).map_err(unwritable)?),
            })
        }
        Protocol::Api20200401 => {
            if !operation.is_in_20200401() {
                return Err(InvalidField::rule(
                    operation.name(),
                    "does not exist in the 2020-04-01 API; use the `openapi` protocol",
                ));
            }
            let members = serde_json::to_value(operation).map_err(unwritable)?;
            let form = form(operation, &members);
            Ok(match operation.place() {
                ParameterPlace::Query => Unsigned {
                    target: Zeroizing::new(format!("/?{}", *form)),
                    content_type: None,
                    body: Zeroizing::new(Vec::new()),
                },
                ParameterPlace::Form => Unsigned {
                    target: Zeroizing::new("/".to_owned()),
                    content_type: Some("application/x-www-form-urlencoded"),
                    body: Zeroizing::new(form.as_bytes().to_vec()),
                },
            })
        }
    }
}

/// Writes members as parameters, sorted, as a form.
fn form<O: Operation>(operation: &O, members: &Value) -> Zeroizing<String> {
    let empty = Map::new();
    let members = members.as_object().unwrap_or(&empty);
    let mut parameters: Vec<(&str, Zeroizing<String>)> = members
        .iter()
        .filter_map(|(name, value)| Some((operation.parameter(name), text_of(value)?)))
        .collect();
    parameters.sort_by_key(|(name, _)| *name);
    let mut form = Zeroizing::new(String::new());
    for (name, value) in parameters {
        if !form.is_empty() {
            form.push('&');
        }
        form.extend(utf8_percent_encode(name, RESERVED));
        form.push('=');
        // Every reserved character is encoded, so `%20` is a space and nothing else.
        form.push_str(&utf8_percent_encode(&value, RESERVED).to_string().replace("%20", "+"));
    }
    form
}

/// Returns a parameter's text. Booleans outside of JSON are spelt as the vendor's SDK spells them.
fn text_of(value: &Value) -> Option<Zeroizing<String>> {
    let text = match value {
        Value::Null => return None,
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => {
            let mut text = String::new();
            sorted_json(value, &mut text);
            text
        }
    };
    Some(Zeroizing::new(text))
}

/// Writes compact JSON with sorted members, whatever order the map of serde_json keeps.
fn sorted_json(value: &Value, to: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            to.push_str(&value.to_string());
        }
        Value::Array(values) => {
            to.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    to.push(',');
                }
                sorted_json(value, to);
            }
            to.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            to.push('{');
            for (at, (name, value)) in members.into_iter().enumerate() {
                if at > 0 {
                    to.push(',');
                }
                to.push_str(&Value::from(name.as_str()).to_string());
                to.push(':');
                sorted_json(value, to);
            }
            to.push('}');
        }
    }
}
