//! JSON as text: objects read member by member, and what is not needed kept as it was written.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use serde::{Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;

pub(crate) use crate::object::Object;
use crate::{
    error::{EnvelopeError, EnvelopeErrorKind},
    lossy::{first_refused, in_utf8, replaced},
    object::Text,
};

/// A JSON value as it was written: numbers keep their text, objects their order. Its `Debug` shows the length only.
#[derive(Clone)]
pub struct JsonText(Box<RawValue>);

impl JsonText {
    pub(crate) fn new(raw: &RawValue) -> Self {
        Self(raw.to_owned())
    }

    /// Any value as JSON.
    ///
    /// # Errors
    ///
    /// If it cannot be written as JSON.
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

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Decodes it.
    ///
    /// # Errors
    ///
    /// If it does not fit. Types that take any other JSON refuse half of a surrogate pair, a number
    /// beyond a double, and arrays and objects more than 127 deep; the error then says where it is.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        let json = self.as_str();
        serde_json::from_str(json).map_err(|error| does_not_fit("", json, &error))
    }

    /// Decodes it, with what no type can hold replaced: half of a surrogate pair by U+FFFD, a
    /// number beyond a double by the largest or smallest one, an array or object below 127 others
    /// by null.
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
    /// If it does not fit.
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

/// The members of an object that have no field of their own, as they were written, in order. Its `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OtherMembers(Vec<(String, JsonText)>);

impl OtherMembers {
    /// A member by its name.
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

    /// Every member.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &JsonText)> {
        self.0.iter().map(|(name, json)| (name.as_str(), json))
    }
}

/// Of names that are each there once.
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

/// The kinds of JSON values, told by their first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

pub(crate) fn kind(raw: &RawValue) -> Kind {
    match raw.get().bytes().next() {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::String,
        Some(b't' | b'f') => Kind::Boolean,
        Some(b'n') | None => Kind::Null,
        Some(_) => Kind::Number,
    }
}

impl Kind {
    /// With its article, for errors.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// The kind of the value that bytes begin with, if they are JSON.
pub(crate) fn first_kind(json: &[u8]) -> Option<Kind> {
    json_in(json).ok().map(kind)
}

/// Returns the JSON after any byte order marks and the white space before each.
///
/// Some senders write the marks, and a reader of JSON may skip them (RFC 8259 section 8.1). Every
/// reader of this crate does.
#[must_use]
pub fn strip_byte_order_marks(json: &[u8]) -> &[u8] {
    let mut rest = json;
    // White space may stand before it.
    while let Some(after) = rest.trim_ascii_start().strip_prefix(BOM) {
        rest = after;
    }
    rest
}

/// The JSON value in bytes, unread.
pub(crate) fn json_in(json: &[u8]) -> Result<&RawValue, EnvelopeError> {
    let json = strip_byte_order_marks(json);
    serde_json::from_slice(json).map_err(|error| not_json(json, &error))
}

/// The elements of an array.
pub(crate) fn elements(raw: &RawValue) -> Result<Vec<&RawValue>, EnvelopeError> {
    serde_json::from_str(raw.get()).map_err(|error| not_json(raw.get().as_bytes(), &error))
}

/// The text of a JSON string.
pub(crate) fn string(raw: &RawValue) -> Result<Cow<'_, str>, EnvelopeError> {
    if let Some(text) = between_quotes(raw).filter(|text| !text.contains('\\')) {
        return Ok(Cow::Borrowed(text));
    }
    let Text(text) = serde_json::from_str(raw.get()).map_err(|error| {
        // The grammar is checked, so what can be wrong is half of a surrogate pair.
        let column = first_refused(raw.get()).map_or(1, |(_, _, column)| column);
        let problem = format!(
            "is no Unicode text: half of a surrogate pair is at byte {column} of the string; \
             methods whose names end in _lossy read U+FFFD there"
        );
        EnvelopeError::malformed("", problem).because_json(&error)
    })?;
    Ok(text)
}

/// A JSON string with its escapes.
pub(crate) fn as_written(raw: &RawValue) -> Cow<'_, str> {
    between_quotes(raw).unwrap_or_default().into()
}

/// The grammar is checked: without a backslash the text is what stands between the quotes.
fn between_quotes(raw: &RawValue) -> Option<&str> {
    raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'))
}

/// Says of bytes, which begin without a byte order mark of UTF-8, why they are not JSON.
pub(crate) fn not_json(json: &[u8], error: &serde_json::Error) -> EnvelopeError {
    let problem = match json {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => {
            "is no JSON in UTF-8: it begins with the byte order mark of UTF-32".into()
        }
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            "is no JSON in UTF-8: it begins with the byte order mark of UTF-16".into()
        }
        [0, _, ..] | [_, 0, ..] => "is no JSON in UTF-8: it has the zero bytes of UTF-16".into(),
        _ => match str::from_utf8(json) {
            Ok(_) => Cow::Borrowed("is no JSON"),
            Err(error) => {
                let place = error.valid_up_to().saturating_add(1);
                format!(
                    "is no JSON in UTF-8: byte {place} is of another encoding; methods whose \
                     names end in _lossy read U+FFFD there"
                )
                .into()
            }
        },
    };
    EnvelopeError::new(EnvelopeErrorKind::NotJson, "", problem).because_json(error)
}

/// Says why JSON, which is in `json`, cannot be decoded as a type.
pub(crate) fn does_not_fit(field: &str, json: &str, error: &serde_json::Error) -> EnvelopeError {
    // Text of right grammar that is refused has what no type can hold.
    let refused = if error.is_syntax() { first_refused(json) } else { None };
    let problem = match refused {
        Some((refused, line, column)) => format!(
            "does not fit the type that was asked for: {} is at line {line}, column {column} of it; \
             {} is read in its place by the method of the same name that ends in _lossy",
            refused.as_str(),
            refused.replacement(),
        )
        .into(),
        None => Cow::Borrowed("does not fit the type that was asked for"),
    };
    EnvelopeError::malformed(field, problem).because_json(error)
}

/// Decodes bytes as any type.
pub(crate) fn decode_as<T: DeserializeOwned>(field: &str, json: &[u8]) -> Result<T, EnvelopeError> {
    let json = strip_byte_order_marks(json);
    serde_json::from_slice(json).map_err(|error| match serde_json::from_slice::<&RawValue>(json) {
        Ok(raw) => does_not_fit(field, raw.get(), &error),
        Err(error) => not_json(json, &error).below(field),
    })
}

/// As [`decode_as`], with what no type can hold replaced.
pub(crate) fn decode_as_lossy<T: DeserializeOwned>(
    field: &str,
    json: &[u8],
) -> Result<T, EnvelopeError> {
    let json = in_utf8(json);
    match str::from_utf8(&json) {
        Ok(text) => decode_as(field, replaced(text).as_bytes()),
        Err(_) => decode_as(field, &json),
    }
}

/// Decodes JSON as any type. Byte order marks before it are skipped.
///
/// # Errors
///
/// If the bytes are not JSON, or do not fit `T`.
pub fn decode_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, EnvelopeError> {
    decode_as("", json)
}

/// U+FEFF in UTF-8.
const BOM: &[u8] = "\u{FEFF}".as_bytes();
