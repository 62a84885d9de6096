//! CloudEvents 1.0 in their structured JSON form, one or a batch.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, IgnoredAny, value::BorrowedBytesDeserializer},
};
use serde_json::value::RawValue;

use super::{
    attributes::EventAttributes,
    error::{EnvelopeError, EnvelopeErrorKind},
    json::{JsonText, Kind, Object, elements, kind, not_json, string},
};

/// An event: its attributes, and its data decoded as `D`.
///
/// Without a type for the data (`CloudEvent`) it is not decoded, and [`decode`](Self::decode) does that on request. The
/// text of JSON data is kept either way, so nothing is lost: numbers keep their digits, objects their order.
///
/// It is decoded from bytes alone, never by a header: the content type of a push is not signed. Its `Debug` shows no data.
///
/// ```
/// use tower_eventbridge::envelope::CloudEvent;
///
/// #[derive(serde::Deserialize)]
/// struct Transcription {
///     task_status: String,
/// }
///
/// let event = CloudEvent::<Transcription>::from_slice(
///     br#"{"specversion": "1.0", "source": "acs.dashscope", "type": "dashscope:System:AsyncTaskFinish",
///          "data": {"task_status": "SUCCEEDED"}}"#,
/// )?;
/// assert_eq!(event.attributes().source(), "acs.dashscope");
/// assert_eq!(event.data().task_status, "SUCCEEDED");
/// # Ok::<(), tower_eventbridge::envelope::EnvelopeError>(())
/// ```
#[derive(Clone)]
pub struct CloudEvent<D = Undecoded> {
    attributes: EventAttributes,
    payload: Payload,
    data: D,
}

/// Data that is not decoded: decodes from anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undecoded;

impl<'de> Deserialize<'de> for Undecoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|IgnoredAny| Self)
    }
}

/// The data as it came.
#[derive(Clone, PartialEq, Eq)]
enum Payload {
    None,
    Json(JsonText),
    /// Decoded from `data_base64`.
    Bytes(Bytes),
}

impl<D: DeserializeOwned> CloudEvent<D> {
    /// Reads one event.
    ///
    /// # Errors
    ///
    /// If the bytes are no JSON object, a required attribute (`specversion`, `source`, `type`) is missing, an attribute is
    /// no text, the same attribute is there twice, or the data does not fit `D`. Also if it is a batch.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        let raw: &RawValue = serde_json::from_slice(json).map_err(not_json)?;
        if kind(raw) == Kind::Array {
            return Err(one_expected("is a batch of events"));
        }
        Self::from_object(Object::from_raw(raw)?)
    }

    pub(super) fn from_object(mut event: Object<'_>) -> Result<Self, EnvelopeError> {
        if is_batch(&event) {
            return Err(one_expected("is a batch of events"));
        }
        let payload = match (event.take("data"), event.text("data_base64")?) {
            (Some(_), Some(_)) => {
                let problem = "is there beside data_base64";
                return Err(EnvelopeError::new(EnvelopeErrorKind::DuplicateField, "data", problem));
            }
            (Some(raw), None) => Payload::Json(JsonText::new(raw)),
            (None, Some(base64)) => {
                let bytes = STANDARD.decode(base64).map_err(|error| {
                    EnvelopeError::malformed("data_base64", "is no base64").because(error)
                })?;
                Payload::Bytes(bytes.into())
            }
            (None, None) => Payload::None,
        };
        let attributes = EventAttributes::read(event)?;
        let data = payload.decode()?;
        Ok(Self { attributes, payload, data })
    }
}

impl<D> CloudEvent<D> {
    /// The attributes.
    #[must_use]
    pub fn attributes(&self) -> &EventAttributes {
        &self.attributes
    }

    /// The data.
    #[must_use]
    pub fn data(&self) -> &D {
        &self.data
    }

    /// The data, by value.
    #[must_use]
    pub fn into_data(self) -> D {
        self.data
    }

    /// The text of the data as it was written, unless it came as base64.
    #[must_use]
    pub fn data_json(&self) -> Option<&str> {
        match &self.payload {
            Payload::Json(json) => Some(json.as_str()),
            _ => None,
        }
    }

    /// The bytes of data that came as base64 (`data_base64`).
    #[must_use]
    pub fn data_bytes(&self) -> Option<&Bytes> {
        match &self.payload {
            Payload::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Decodes the data; data that is not there decodes as null. Data that came as base64 decodes from the bytes: as JSON if
    /// they are JSON, else as bytes.
    ///
    /// # Errors
    ///
    /// If it does not fit.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        self.payload.decode()
    }
}

impl Payload {
    fn decode<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        let (field, decoded) = match self {
            Self::None => ("data", serde_json::from_str("null")),
            Self::Json(json) => ("data", json.decode()),
            Self::Bytes(bytes) => ("data_base64", decode_bytes(bytes)),
        };
        decoded.map_err(|error| {
            EnvelopeError::malformed(field, "does not fit the type that was asked for")
                .because(error)
        })
    }
}

/// As JSON if the bytes are JSON, else as bytes.
fn decode_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    match serde_json::from_slice::<&RawValue>(bytes) {
        Ok(json) => serde_json::from_str(json.get()),
        Err(_) => T::deserialize(BorrowedBytesDeserializer::new(bytes)),
    }
}

fn one_expected(problem: &'static str) -> EnvelopeError {
    EnvelopeError::new(EnvelopeErrorKind::NotOneEvent, "", problem)
}

impl<D> Serialize for CloudEvent<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'a> {
            #[serde(flatten)]
            attributes: &'a EventAttributes,
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<&'a JsonText>,
            #[serde(skip_serializing_if = "Option::is_none")]
            data_base64: Option<String>,
        }
        let (data, data_base64) = match &self.payload {
            Payload::None => (None, None),
            Payload::Json(json) => (Some(json), None),
            Payload::Bytes(bytes) => (None, Some(STANDARD.encode(bytes))),
        };
        Wire { attributes: &self.attributes, data, data_base64 }.serialize(serializer)
    }
}

impl<D> fmt::Debug for CloudEvent<D> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CloudEvent")
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}

/// The events of one push: a batch in any published form, or one event.
///
/// The forms (docs/wire-facts.md section 3.4 and 5): an array of events, an array of events as JSON strings, and
/// `{"EventList": [..]}`. A push is one unit: if one event cannot be read, none is.
#[derive(Clone, Debug)]
pub struct CloudEventBatch<D = Undecoded> {
    events: Vec<CloudEvent<D>>,
}

impl<D: DeserializeOwned> CloudEventBatch<D> {
    /// Reads a batch, or one event as a batch of one.
    ///
    /// # Errors
    ///
    /// As [`CloudEvent::from_slice`]; the path of the field begins with the event's place, such as `[2].source`.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        let raw: &RawValue = serde_json::from_slice(json).map_err(not_json)?;
        if kind(raw) == Kind::Array {
            return Self::from_array(raw);
        }
        let mut object = Object::from_raw(raw)?;
        if !is_batch(&object) {
            return Ok(Self { events: vec![CloudEvent::from_object(object)?] });
        }
        let events = match object.take("EventList") {
            Some(list) if kind(list) == Kind::Array => Self::from_array(list),
            Some(_) => Err(EnvelopeError::malformed("", "is no array")),
            None => Ok(Self { events: Vec::new() }),
        };
        events.map_err(|error| error.below("EventList"))
    }

    fn from_array(raw: &RawValue) -> Result<Self, EnvelopeError> {
        let events = elements(raw)?.into_iter().enumerate().map(|(index, element)| {
            from_element(element).map_err(|error| error.below(&format!("[{index}]")))
        });
        Ok(Self { events: events.collect::<Result<_, _>>()? })
    }
}

/// An event as an object, or as a string that holds one.
fn from_element<D: DeserializeOwned>(element: &RawValue) -> Result<CloudEvent<D>, EnvelopeError> {
    match kind(element) {
        Kind::String => CloudEvent::from_object(Object::from_slice(string(element)?.as_bytes())?),
        _ => CloudEvent::from_object(Object::from_raw(element)?),
    }
}

/// An event has `specversion`; it may have an extension of this name.
fn is_batch(object: &Object<'_>) -> bool {
    object.contains("EventList") && !object.contains("specversion")
}

impl<D> CloudEventBatch<D> {
    /// The events, in order.
    #[must_use]
    pub fn events(&self) -> &[CloudEvent<D>] {
        &self.events
    }

    /// The events, by value.
    #[must_use]
    pub fn into_events(self) -> Vec<CloudEvent<D>> {
        self.events
    }
}

impl<D> IntoIterator for CloudEventBatch<D> {
    type Item = CloudEvent<D>;
    type IntoIter = std::vec::IntoIter<CloudEvent<D>>;

    fn into_iter(self) -> Self::IntoIter {
        self.events.into_iter()
    }
}
