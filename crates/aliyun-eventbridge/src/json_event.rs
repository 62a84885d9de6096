//! An event as JSON text, read once for many patterns and transforms.

use std::{borrow::Cow, error::Error, fmt, sync::Arc};

use serde_json::Value;

use crate::json::{
    named::Names,
    tape::{Kind, Node, Tape},
};

/// Holds an event as JSON text. Numbers keep their text.
///
/// It is an object. Where a name is there twice, its last value counts. A byte order mark before it
/// is left out. Half of a surrogate pair in a string counts as U+FFFD.
///
/// ```
/// use aliyun_eventbridge::{JsonEvent, pattern::EventPattern};
///
/// let event = JsonEvent::parse(br#"{"source": "acs.oss", "data": {"size": 1.50}}"#)?;
/// let pattern: EventPattern = r#"{"data": {"size": [1.50]}}"#.parse()?;
/// assert!(pattern.matches_event(&event));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct JsonEvent<'a> {
    tape: Tape<'a>,
}

impl<'a> JsonEvent<'a> {
    /// Reads an event. Time and memory are linear in its length; nesting has no limit.
    ///
    /// # Errors
    ///
    /// Fails if it is not UTF-8, not JSON, or not an object.
    pub fn parse(event: &'a (impl AsRef<[u8]> + ?Sized)) -> Result<Self, EventError> {
        let text = std::str::from_utf8(event.as_ref()).map_err(|error| EventError {
            kind: EventErrorKind::NotUtf8,
            detail: format!("at byte {}", error.valid_up_to()),
            source: None,
        })?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        Self::of(Cow::Borrowed(text))
    }

    /// Reads an event for patterns that ask for these names and `always`. Other values are checked
    /// and skipped.
    pub(crate) fn of_names(
        event: &'a [u8],
        names: &impl Names,
        always: &str,
    ) -> Result<Self, EventError> {
        let text = str::from_utf8(event).ok();
        let text = text.map(|text| text.strip_prefix('\u{FEFF}').unwrap_or(text));
        match text.and_then(|text| Tape::of_names(text, names, always)) {
            Some(tape) => Ok(Self { tape }),
            // The whole reader says what is wrong.
            None => Self::parse(event),
        }
    }

    fn of(text: Cow<'a, str>) -> Result<Self, EventError> {
        let tape = Tape::parse(text).map_err(|error| EventError {
            kind: EventErrorKind::NotJson,
            detail: format!("at line {} column {}", error.line(), error.column()),
            source: Some(Arc::new(error)),
        })?;
        match tape.root().kind() {
            Kind::Object => Ok(Self { tape }),
            other @ (Kind::Array
            | Kind::String
            | Kind::Number
            | Kind::True
            | Kind::False
            | Kind::Null) => Err(EventError {
                kind: EventErrorKind::NotAnObject,
                detail: format!("found {}", other.described()),
                source: None,
            }),
        }
    }

    /// Reads a typed event by the JSON text that it was read from, so that patterns give the
    /// verdicts that they give for its bytes. An event that was made by
    /// [`CloudEvent::new`](eventbridge_envelope::CloudEvent::new) is written as JSON first.
    ///
    /// ```
    /// use aliyun_eventbridge::{JsonEvent, pattern::EventPattern};
    /// use eventbridge_envelope::CloudEvent;
    ///
    /// let json = br#"{"specversion": "1.0", "source": "s", "type": "t", "data": {"size": 1.50}}"#;
    /// let event: CloudEvent = CloudEvent::from_slice(json)?;
    /// let pattern: EventPattern = r#"{"data": {"size": [1.50]}}"#.parse()?;
    /// assert!(pattern.matches_event(&JsonEvent::from_cloud_event(&event)?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if a new event cannot be written as JSON.
    #[cfg(feature = "envelope")]
    #[cfg_attr(docsrs, doc(cfg(feature = "envelope")))]
    pub fn from_cloud_event<D>(
        event: &'a eventbridge_envelope::CloudEvent<D>,
    ) -> Result<Self, EventError> {
        let text = match event.original_json() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(serde_json::to_string(event).map_err(|error| EventError {
                kind: EventErrorKind::NotJson,
                detail: "it cannot be written".to_owned(),
                source: Some(Arc::new(error)),
            })?),
        };
        Self::of(text)
    }

    /// Returns the text, without a byte order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        self.tape.text()
    }

    /// Returns whether it is no event but a list of events in an object, as some targets send them.
    #[cfg(feature = "tower")]
    pub(crate) fn is_batch(&self) -> bool {
        let has = |wanted: &str| self.root().members().any(|(name, _)| name.characters() == wanted);
        has("EventList") && !has("specversion")
    }

    pub(crate) fn root(&self) -> Node<'_> {
        self.tape.root()
    }
}

impl JsonEvent<'static> {
    /// Takes an event that was decoded before. Its numbers have the text that `serde_json` prints:
    /// `3.0e2` is `300.0`. Use the original text where numbers are compared.
    ///
    /// # Errors
    ///
    /// Fails if it is not an object.
    pub fn from_value(event: &Value) -> Result<Self, EventError> {
        Self::of(Cow::Owned(event.to_string()))
    }
}

/// Says why an event cannot be read.
#[derive(Debug, Clone)]
pub struct EventError {
    kind: EventErrorKind,
    detail: String,
    source: Option<Arc<serde_json::Error>>,
}

/// Names the kinds of [`EventError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventErrorKind {
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// Text that is not JSON (RFC 8259).
    NotJson,
    /// JSON that is not an object.
    NotAnObject,
}

impl EventError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> EventErrorKind {
        self.kind
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            EventErrorKind::NotUtf8 => "the event is not UTF-8",
            EventErrorKind::NotJson => "the event is not JSON",
            EventErrorKind::NotAnObject => "the event is not a JSON object",
        };
        write!(formatter, "{kind}: {}", self.detail)
    }
}

impl Error for EventError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let error: &(dyn Error + 'static) = self.source.as_deref()?;
        Some(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_that_cannot_be_read_say_why() {
        for (event, message) in [
            (&b"{\"a\":\xff}"[..], "the event is not UTF-8: at byte 5"),
            (b"{\"a\"\n:}", "the event is not JSON: at line 2 column 2"),
            (b"[{}]", "the event is not a JSON object: found an array"),
            (b"", "the event is not JSON: at line 1 column 0"),
        ] {
            assert_eq!(JsonEvent::parse(event).unwrap_err().to_string(), message);
        }
        assert_eq!(JsonEvent::parse("\u{FEFF}{}").unwrap().text(), "{}");
    }

    #[test]
    fn decoded_events_are_printed() {
        let value = serde_json::json!({"a": 300.0});
        assert_eq!(JsonEvent::from_value(&value).unwrap().text(), r#"{"a":300.0}"#);
        let error = JsonEvent::from_value(&Value::Null).unwrap_err();
        assert_eq!(error.kind(), EventErrorKind::NotAnObject);
    }
}
