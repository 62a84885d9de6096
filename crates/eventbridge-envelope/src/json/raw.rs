//! JSON values as text, read no further than they are needed.

use std::{borrow::Cow, fmt};

use memchr::memmem;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Visitor},
};
use serde_json::value::RawValue;

use super::undecodable::first_undecodable;
use crate::error::{EnvelopeError, EnvelopeErrorKind};

/// The kinds of JSON values, which their first character tells.
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
    /// Returns the kind with its article, for errors.
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

/// Returns the kind of the value in bytes, if they are JSON.
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

/// Returns the JSON value in bytes, unread.
pub(crate) fn json_in(json: &[u8]) -> Result<&RawValue, EnvelopeError> {
    let json = strip_byte_order_marks(json);
    serde_json::from_slice(json).map_err(|error| not_json(json, &error))
}

/// Returns whether JSON can have a member of a name, by a search that reads no JSON: letters of a
/// name stand for themselves, or are written as `\u` with four digits.
pub(crate) fn may_have_member(json: &[u8], name: &str) -> bool {
    memmem::find(json, name.as_bytes()).is_some() || memmem::find(json, b"\\u").is_some()
}

/// Returns the elements of an array.
pub(crate) fn elements(raw: &RawValue) -> Result<Vec<&RawValue>, EnvelopeError> {
    serde_json::from_str(raw.get()).map_err(|error| not_json(raw.get().as_bytes(), &error))
}

/// Returns the text of a JSON string.
pub(crate) fn string(raw: &RawValue) -> Result<Cow<'_, str>, EnvelopeError> {
    if let Some(text) = between_quotes(raw).filter(|text| !text.contains('\\')) {
        return Ok(Cow::Borrowed(text));
    }
    let Text(text) = serde_json::from_str(raw.get()).map_err(|error| {
        // The grammar is right, so half of a surrogate pair is in it.
        let column = first_undecodable(raw.get()).map_or(1, |(_, _, column)| column);
        let problem = format!(
            "is not Unicode text: half of a surrogate pair is at byte {column} of the string; \
             methods whose names end in _lossy read U+FFFD there"
        );
        EnvelopeError::malformed("", problem).because_json(&error)
    })?;
    Ok(text)
}

/// Returns the text of a JSON string with its escapes as they were written.
pub(super) fn as_written(raw: &RawValue) -> Cow<'_, str> {
    between_quotes(raw).unwrap_or_default().into()
}

/// Returns the part between the quotes. Without a backslash that is the text.
fn between_quotes(raw: &RawValue) -> Option<&str> {
    raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'))
}

/// Tells why bytes, which begin without a byte order mark of UTF-8, are not JSON.
pub(super) fn not_json(json: &[u8], error: &serde_json::Error) -> EnvelopeError {
    let problem = match json {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => {
            "is not JSON in UTF-8: it begins with the byte order mark of UTF-32".into()
        }
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            "is not JSON in UTF-8: it begins with the byte order mark of UTF-16".into()
        }
        [0, _, ..] | [_, 0, ..] => "is not JSON in UTF-8: it has the zero bytes of UTF-16".into(),
        _ => match str::from_utf8(json) {
            Ok(_) => Cow::Borrowed("is not JSON"),
            Err(error) => {
                let place = error.valid_up_to().saturating_add(1);
                format!(
                    "is not JSON in UTF-8: byte {place} is of another encoding; methods whose \
                     names end in _lossy read U+FFFD there"
                )
                .into()
            }
        },
    };
    EnvelopeError::new(EnvelopeErrorKind::NotJson, "", problem).because_json(error)
}

/// Tells why the JSON in `json` cannot be decoded as a type.
pub(super) fn does_not_fit(field: &str, json: &str, error: &serde_json::Error) -> EnvelopeError {
    // JSON of right grammar that a decoder rejects has a value that no type can hold.
    let undecodable = if error.is_syntax() { first_undecodable(json) } else { None };
    let problem = match undecodable {
        Some((undecodable, line, column)) => format!(
            "does not fit the type that was asked for: {} is at line {line}, column {column} of \
             it; {} is read in its place by the method of the same name that ends in _lossy",
            undecodable.as_str(),
            undecodable.replacement(),
        )
        .into(),
        None => Cow::Borrowed("does not fit the type that was asked for"),
    };
    EnvelopeError::malformed(field, problem).because_json(error)
}

/// Decodes JSON as any type. Errors are at `field`.
pub(crate) fn decode_as<T: DeserializeOwned>(field: &str, json: &[u8]) -> Result<T, EnvelopeError> {
    let json = strip_byte_order_marks(json);
    serde_json::from_slice(json).map_err(|error| match serde_json::from_slice::<&RawValue>(json) {
        Ok(raw) => does_not_fit(field, raw.get(), &error),
        Err(error) => not_json(json, &error).below(field),
    })
}

/// Decodes JSON as any type. Byte order marks before it are skipped.
///
/// # Errors
///
/// Fails if the bytes are not JSON, or do not fit `T`.
pub fn decode_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, EnvelopeError> {
    decode_as("", json)
}

/// A string, borrowed where it has no escapes.
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// U+FEFF in UTF-8.
const BOM: &[u8] = "\u{FEFF}".as_bytes();
