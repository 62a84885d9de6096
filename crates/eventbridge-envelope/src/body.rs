//! The body in an event.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::json::JsonText;

/// Holds the body in an event, before any base64 is decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// Null, missing or `""`.
    #[default]
    Empty,
    /// A JSON string.
    Text(BodyText),
    /// Any other JSON value: the gateway had parsed the body.
    Json(JsonText),
}

impl Body {
    /// Makes a body of text. Empty text gives [`Empty`](Self::Empty).
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(BodyText(text)) }
    }
}

/// Holds the text of a body. Its `Debug` shows the length only.
#[derive(Clone, PartialEq, Eq)]
pub struct BodyText(String);

impl BodyText {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<BodyText> for String {
    fn from(text: BodyText) -> Self {
        text.0
    }
}

impl fmt::Debug for BodyText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BodyText({} bytes)", self.0.len())
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_str(""),
            Self::Text(text) => serializer.serialize_str(text.as_str()),
            Self::Json(json) => json.serialize(serializer),
        }
    }
}
