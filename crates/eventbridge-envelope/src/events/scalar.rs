//! A value that senders write as text, as a number or as a boolean.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Number, Value};

/// Holds a value that senders write as text, as a number or as a boolean.
///
/// Some fields have one JSON type in a sample and another in the vendor's table, and some differ
/// from event to event. It is written as it was read. Two are equal if they are written alike.
///
/// ```
/// use eventbridge_envelope::events::Scalar;
///
/// let [text, number]: [Scalar; 2] = serde_json::from_str(r#"["554", 554]"#)?;
/// assert_eq!((text.as_i64(), number.as_i64()), (Some(554), Some(554)));
/// assert_eq!(number.to_string(), "554");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Scalar {
    /// Text.
    Text(String),
    /// A number.
    Number(Number),
    /// A boolean.
    Boolean(bool),
}

impl Scalar {
    /// Returns a whole number, also one that is written as text. Returns `None` for any other
    /// value.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => number.as_i64(),
            Self::Boolean(_) => None,
        }
    }

    /// Returns a whole number that is not negative, also one that is written as text. Returns
    /// `None` for any other value.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => number.as_u64(),
            Self::Boolean(_) => None,
        }
    }

    /// Returns a boolean, also one that is written as the text `true` or `false`. Returns `None`
    /// for any other value.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(_) => None,
            Self::Boolean(boolean) => Some(*boolean),
        }
    }

    /// Returns the text. Returns `None` for a number and a boolean: their `Display` is their text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Boolean(_) => None,
        }
    }
}

/// Text is written without quotes.
impl fmt::Display for Scalar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(formatter),
            Self::Number(number) => number.fmt(formatter),
            Self::Boolean(boolean) => boolean.fmt(formatter),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self::Text(text)),
            Value::Number(number) => Ok(Self::Number(number)),
            Value::Bool(boolean) => Ok(Self::Boolean(boolean)),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                Err(D::Error::custom("expected text, a number or a boolean"))
            }
        }
    }
}
