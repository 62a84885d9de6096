//! A JSON value that stays as it was written.

use std::fmt;

use bytes::Bytes;
use serde::{Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{
    raw::{decode_as, does_not_fit, json_in, not_json},
    undecodable::replaced,
};
use crate::error::EnvelopeError;

/// Holds a JSON value as it was written: numbers keep their text, and objects their order.
///
/// Its `Debug` shows the length only.
#[derive(Clone)]
pub struct JsonText(Box<RawValue>);

impl JsonText {
    pub(crate) fn new(raw: &RawValue) -> Self {
        Self(raw.to_owned())
    }

    /// Writes any value as JSON.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written as JSON.
    pub fn of(value: &(impl Serialize + ?Sized)) -> Result<Self, EnvelopeError> {
        let raw = serde_json::value::to_raw_value(value);
        raw.map(Self).map_err(|error| {
            EnvelopeError::malformed("", "cannot be written as JSON").because_json(&error)
        })
    }

    pub(crate) fn raw(&self) -> &RawValue {
        &self.0
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        Bytes::from(String::from(Box::<str>::from(self.0)))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Decodes it.
    ///
    /// # Errors
    ///
    /// Fails if it does not fit `T`. No type takes half of a surrogate pair, a number beyond a
    /// double, or arrays and objects more than 127 deep. The error tells where that is.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        let json = self.as_str();
        serde_json::from_str(json).map_err(|error| does_not_fit("", json, &error))
    }

    /// Decodes it, and replaces values that no type can hold. Half of a surrogate pair becomes
    /// U+FFFD, and a number beyond a double the largest or smallest one. An array or object below
    /// 127 others becomes null.
    ///
    /// ```
    /// use eventbridge_envelope::{EnvelopeError, JsonText};
    ///
    /// let json = JsonText::try_from(r#"{"text": "\ud83e"}"#.to_owned())?;
    /// assert!(json.decode::<serde_json::Value>().is_err());
    /// assert_eq!(json.decode_lossy::<serde_json::Value>()?["text"], "\u{FFFD}");
    /// # Ok::<(), EnvelopeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if it does not fit `T`.
    pub fn decode_lossy<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        decode_as("", replaced(self.as_str()).as_bytes())
    }
}

impl TryFrom<String> for JsonText {
    type Error = EnvelopeError;

    fn try_from(json: String) -> Result<Self, EnvelopeError> {
        let json = match json.strip_prefix('\u{FEFF}') {
            Some(_) => json_in(json.as_bytes()).map(RawValue::to_owned),
            None => RawValue::from_string(json).map_err(|error| not_json(b"", &error)),
        };
        json.map(Self)
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for JsonText {}

impl fmt::Debug for JsonText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JsonText({} bytes)", self.as_str().len())
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Holds the members of an object that have no field of their own, as they were written, in order.
///
/// Its `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OtherMembers(Vec<(String, JsonText)>);

impl OtherMembers {
    /// Returns a member by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&JsonText> {
        self.iter().find(|(other, _)| *other == name).map(|(_, json)| json)
    }

    /// Adds a member, in place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, json: JsonText) {
        let name = name.into();
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, json));
    }

    /// Returns every member with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &JsonText)> {
        self.0.iter().map(|(name, json)| (name.as_str(), json))
    }
}

/// Collects members whose names are each there once.
impl FromIterator<(String, JsonText)> for OtherMembers {
    fn from_iter<I: IntoIterator<Item = (String, JsonText)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl fmt::Debug for OtherMembers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl Serialize for OtherMembers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
