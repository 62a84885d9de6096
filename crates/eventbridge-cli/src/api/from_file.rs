//! `--from`: what is created, in the API's JSON.

use aliyun_eventbridge::pattern::EventPattern;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    config_error::chain,
    inputs::{Inputs, Text},
    usage::{UsageError, program},
};

/// Reads the value of --from. Members that `known` does not have are named on stderr and left out,
/// unless it is empty.
pub fn from_file<T: DeserializeOwned + Default>(
    value: Option<&str>,
    known: &[&str],
) -> Result<T, UsageError> {
    let Some(value) = value else { return Ok(T::default()) };
    let Text { name, text } = Inputs::default().text(FROM, value)?;
    let wrong = |reason: String| UsageError::new(FROM, format_args!("{name}: {reason}"));
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let members: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let unknown = |member: &&String| !known.is_empty() && !known.contains(&member.as_str());
    for member in members.keys().filter(unknown) {
        let near = known.iter().find(|known| known.eq_ignore_ascii_case(member));
        match near {
            Some(near) => return Err(wrong(format!("{member:?} is spelt {near:?}"))),
            None => eprintln!("{}: {FROM}: {member:?} is left out: not a member of it", program()),
        }
    }
    if hidden_secret(&Value::Object(members.clone())) {
        let reason = "holds a secret as stars, as get prints it: put the secret in its place";
        return Err(wrong(reason.to_owned()));
    }
    serde_json::from_value(Value::Object(members)).map_err(|error| wrong(error.to_string()))
}

/// Tells whether a text anywhere in the value is stars, which stand for a secret.
pub fn hidden_secret(value: &Value) -> bool {
    let stars = |text: &str| text.len() >= 3 && text.bytes().all(|byte| byte == b'*');
    match value {
        Value::String(text) => stars(text),
        Value::Array(values) => values.iter().any(hidden_secret),
        Value::Object(members) => members.values().any(hidden_secret),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Reads the pattern that an option gives, or the value of --from: JSON, or a text that is JSON.
pub fn checked_pattern(
    option: Option<&str>,
    member: Option<&Value>,
) -> Result<Option<String>, UsageError> {
    let (name, text) = match (option, member) {
        (None, None) => return Ok(None),
        (Some(value), _) => ("--pattern", Inputs::default().text("--pattern", value)?.text),
        (None, Some(Value::String(text))) => ("FilterPattern", text.clone()),
        (None, Some(value)) => ("FilterPattern", value.to_string()),
    };
    let text = text.trim().to_owned();
    match EventPattern::parse(&text) {
        Ok(_) => Ok(Some(text)),
        Err(error) => Err(UsageError::new(name, chain(&error))),
    }
}

/// Reads `KEY=VALUE`.
pub fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err("is not KEY=VALUE".to_owned()),
    }
}

const FROM: &str = "--from";
