//! JSON events of which single members are changed; every other byte of a value stays as written.

use std::{fmt, str::FromStr};

use indexmap::IndexMap;
use serde_json::value::{RawValue, to_raw_value};

/// An event whose members keep their order.
#[derive(Clone)]
pub struct Event(IndexMap<String, Box<RawValue>>);

/// A member, by its path, and its new value: `data.x=1`.
#[derive(Clone)]
pub struct Change {
    path: String,
    value: Box<RawValue>,
}

/// Names the path that cannot be changed, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct EditError(String);

impl Event {
    /// Reads one JSON object.
    pub fn parse(json: &[u8]) -> Result<Self, EditError> {
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let event = serde_json::from_slice(json).map(Self);
        event.map_err(|error| EditError(format!("the event is not one JSON object: {error}")))
    }

    /// Sets an attribute to a text.
    pub fn set_text(&mut self, name: &str, text: &str) {
        // A text is always JSON.
        if let Ok(value) = to_raw_value(text) {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// Keeps the members of whose names this is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.0.retain(|name, _| keep(name));
    }

    /// Changes the member that the path names. The last part of a path may be a new member; the
    /// others must be there. A part that is a number is a place in an array, counted from 0.
    pub fn change(&mut self, change: &Change) -> Result<(), EditError> {
        let path: Vec<_> = change.path.split('.').collect();
        set_in_object(&mut self.0, &path, &change.value)
            .map_err(|Problem(reason)| EditError(format!("{}: {reason}", change.path)))
    }

    /// Returns the event as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, EditError> {
        serde_json::to_vec(&self.0).map_err(|error| EditError(error.to_string()))
    }
}

impl FromStr for Change {
    type Err = EditError;

    /// Reads `PATH=VALUE`. The value is JSON if it parses as JSON, else text.
    fn from_str(text: &str) -> Result<Self, EditError> {
        let wrong = |reason: &str| EditError(format!("{text:?} {reason}"));
        let (path, value) = text.split_once('=').ok_or_else(|| wrong("is not PATH=VALUE"))?;
        if path.split('.').any(str::is_empty) {
            return Err(wrong("has an empty name in its path: give one such as data.x=1"));
        }
        let json = serde_json::from_str::<Box<RawValue>>(value).ok();
        let value = json.map_or_else(|| to_raw_value(value), Ok);
        let value = value.map_err(|error| EditError(error.to_string()))?;
        Ok(Self { path: path.to_owned(), value })
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for EditError {}

struct Problem(String);

fn set(value: &RawValue, path: &[&str], new: &RawValue) -> Result<Box<RawValue>, Problem> {
    let Some((first, rest)) = path.split_first() else { return Ok(new.to_owned()) };
    if let Ok(mut members) = serde_json::from_str(value.get()) {
        set_in_object(&mut members, path, new)?;
        return written(&members);
    }
    let Ok(mut elements) = serde_json::from_str::<Vec<Box<RawValue>>>(value.get()) else {
        return Err(Problem(format!("{first:?} is below a value that has no members")));
    };
    let length = elements.len();
    let element = first.parse().ok().and_then(|place: usize| elements.get_mut(place));
    let reason = || format!("{first:?} is not a place in an array of {length} elements");
    let element = element.ok_or_else(|| Problem(reason()))?;
    *element = set(element, rest, new)?;
    written(&elements)
}

fn set_in_object(
    members: &mut IndexMap<String, Box<RawValue>>,
    path: &[&str],
    new: &RawValue,
) -> Result<(), Problem> {
    match path {
        [] => {}
        [name] => {
            members.insert((*name).to_owned(), new.to_owned());
        }
        [name, rest @ ..] => {
            let member = members.get_mut(*name);
            let member = member.ok_or_else(|| Problem(format!("there is no {name:?}")))?;
            *member = set(member, rest, new)?;
        }
    }
    Ok(())
}

fn written(value: &impl serde::Serialize) -> Result<Box<RawValue>, Problem> {
    to_raw_value(value).map_err(|error| Problem(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"z":1,"data":{"n":1.00,"list":[{"a":1},2],"big":1e400},"a":"t"}"#;

    fn changed(change: &str) -> Result<String, String> {
        let mut event = Event::parse(EVENT.as_bytes()).map_err(|error| error.to_string())?;
        let change = change.parse().map_err(|error: EditError| error.to_string())?;
        event.change(&change).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(event.to_json().unwrap()).unwrap())
    }

    #[test]
    fn one_member_changes_and_the_rest_stays_as_written() {
        for (change, from, to) in [
            ("a=x", r#""a":"t""#, r#""a":"x""#),
            ("a=", r#""a":"t""#, r#""a":"""#),
            ("a=b=c", r#""a":"t""#, r#""a":"b=c""#),
            ("z=\"1\"", r#""z":1"#, r#""z":"1""#),
            ("data.n=[1, 2]", r#""n":1.00"#, r#""n":[1, 2]"#),
            ("data.list.0.a=true", r#"{"a":1}"#, r#"{"a":true}"#),
            ("data.list.1=null", r"},2]", r"},null]"),
            ("data.new.b=1", "", "data.new.b: there is no \"new\""),
            ("data.list.2=1", "", "data.list.2: \"2\" is not a place in an array of 2 elements"),
            ("data.n.x=1", "", "data.n.x: \"x\" is below a value that has no members"),
            ("data..n=1", "", "\"data..n=1\" has an empty name"),
            ("data.n", "", "\"data.n\" is not PATH=VALUE"),
        ] {
            match (from, changed(change)) {
                ("", result) => assert!(result.unwrap_err().starts_with(to), "{change}"),
                (from, result) => assert_eq!(result.unwrap(), EVENT.replace(from, to), "{change}"),
            }
        }
        let new = EVENT.replace("1e400}", r#"1e400,"m":"7 days"}"#);
        assert_eq!(changed("data.m=7 days").unwrap(), new);
    }

    #[test]
    fn only_one_object_can_be_changed() {
        for json in ["[]", "1", "{} {}", "", "{\"a\":"] {
            assert!(Event::parse(json.as_bytes()).is_err(), "{json}");
        }
        assert!(Event::parse(b"\xef\xbb\xbf{}").is_ok());
    }
}
