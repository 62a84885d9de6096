//! CloudEvents 1.0 in their structured JSON form.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, IgnoredAny, value::BorrowedBytesDeserializer},
};

use crate::{
    attributes::EventAttributes,
    base64_text::decode_base64,
    error::{EnvelopeError, EnvelopeErrorKind},
    json::{
        JsonText, Object, as_unicode, decode_as, decode_as_lossy, json_in, strip_byte_order_marks,
    },
    one_event::one_event,
};

/// Holds an event: its attributes, and its data decoded as `D`.
///
/// Without a type (`CloudEvent`) the data is not decoded: [`decode`](Self::decode) does that on
/// request. The text of JSON data is kept either way, so nothing is lost: numbers keep their
/// digits, and objects their order.
///
/// The event is decoded from bytes alone, never by a header: the content type of a push is not
/// signed. Its `Debug` shows no data.
///
/// ```
/// use eventbridge_envelope::CloudEvent;
///
/// #[derive(serde::Deserialize)]
/// struct Transcription {
///     task_status: String,
/// }
///
/// let event = CloudEvent::<Transcription>::from_slice(
///     br#"{"specversion": "1.0", "source": "acs.dashscope",
///          "type": "dashscope:System:AsyncTaskFinish", "data": {"task_status": "SUCCEEDED"}}"#,
/// )?;
/// assert_eq!(event.attributes().source(), "acs.dashscope");
/// assert_eq!(event.data().task_status, "SUCCEEDED");
/// # Ok::<(), eventbridge_envelope::EnvelopeError>(())
/// ```
#[derive(Clone)]
pub struct CloudEvent<D = Undecoded> {
    attributes: EventAttributes,
    payload: Payload,
    data: D,
    /// The whole event as it was read; of a new event nothing.
    original: Option<Arc<str>>,
}

/// Stands for data that is not decoded. It decodes from any data.
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
    Bytes {
        bytes: Bytes,
        media: Media,
    },
}

/// The kind of bytes that `datacontenttype` names. It is in the signed body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    /// JSON. A missing `datacontenttype` means JSON too.
    Json,
    Other,
}

/// Defines the data of an event: any type that decodes from JSON, and types that the attributes
/// choose.
///
/// Implement it for an enum over the `type` of the event. `events::AnyEvent` (feature `events`) is
/// one.
///
/// ```
/// use eventbridge_envelope::{CloudEvent, EnvelopeError, EventData};
///
/// enum Wanted {
///     Number(u8),
///     Text(String),
/// }
///
/// impl EventData for Wanted {
///     fn of_event(event: &CloudEvent) -> Result<Self, EnvelopeError> {
///         match event.attributes().event_type() {
///             "my:Number" => event.decode().map(Self::Number),
///             _ => event.decode().map(Self::Text),
///         }
///     }
/// }
///
/// let json = br#"{"specversion": "1.0", "source": "s", "type": "my:Number", "data": 7}"#;
/// assert!(matches!(CloudEvent::from_slice(json)?.data(), Wanted::Number(7)));
/// # Ok::<(), EnvelopeError>(())
/// ```
pub trait EventData: Sized {
    /// Reads the data of an event.
    ///
    /// # Errors
    ///
    /// Fails if the data does not fit.
    fn of_event(event: &CloudEvent) -> Result<Self, EnvelopeError>;

    /// Reads as [`of_event`](Self::of_event), by [`CloudEvent::decode_lossy`]. Default: `of_event`.
    ///
    /// # Errors
    ///
    /// Fails if the data does not fit.
    fn of_event_lossy(event: &CloudEvent) -> Result<Self, EnvelopeError> {
        Self::of_event(event)
    }
}

impl<D: DeserializeOwned> EventData for D {
    fn of_event(event: &CloudEvent) -> Result<Self, EnvelopeError> {
        event.decode()
    }

    fn of_event_lossy(event: &CloudEvent) -> Result<Self, EnvelopeError> {
        event.decode_lossy()
    }
}

impl<D: EventData> CloudEvent<D> {
    /// Reads one event.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not a JSON object, a required attribute (`specversion`, `source`,
    /// `type`) is missing, or the data does not fit `D`. Also fails if an attribute is not text or
    /// is there twice. Also if it is a batch.
    ///
    /// Data that no type can hold is an error only if `D` decodes it: `CloudEvent` reads any data.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        let event = CloudEvent::read(json)?;
        let data = D::of_event(&event)?;
        Ok(event.with_data(data))
    }

    /// Reads as [`from_slice`](Self::from_slice), with U+FFFD in place of half of a surrogate pair,
    /// anywhere in the event, and of bytes that are not UTF-8. Data is decoded as by
    /// [`decode_lossy`](Self::decode_lossy).
    ///
    /// # Errors
    ///
    /// Fails as [`from_slice`](Self::from_slice) does.
    pub fn from_slice_lossy(json: &[u8]) -> Result<Self, EnvelopeError> {
        let event = CloudEvent::read(&as_unicode(json))?;
        let data = D::of_event_lossy(&event)?;
        Ok(event.with_data(data))
    }
}

impl CloudEvent {
    /// Reads one event, without its data.
    fn read(json: &[u8]) -> Result<Self, EnvelopeError> {
        let mut event = one_event(json)?;
        let payload = match (event.take("data"), event.text("data_base64")?) {
            (Some(_), Some(_)) => {
                let problem = "is there beside data_base64";
                return Err(EnvelopeError::new(EnvelopeErrorKind::DuplicateField, "data", problem));
            }
            (Some(raw), None) => Payload::Json(JsonText::new(raw)),
            (None, Some(base64)) => {
                let bytes = decode_base64(&base64).map_err(|error| {
                    EnvelopeError::malformed("data_base64", format!("is not base64: {error}"))
                })?;
                Payload::Bytes { bytes: bytes.into(), media: media_of(&event) }
            }
            (None, None) => Payload::None,
        };
        let attributes = EventAttributes::read(event)?;
        // It was read, so it is UTF-8.
        let text = str::from_utf8(strip_byte_order_marks(json)).ok();
        let original = text.map(|text| Arc::from(text.trim_matches(JSON_SPACE)));
        Ok(Self { attributes, payload, data: Undecoded, original })
    }

    fn with_data<D>(self, data: D) -> CloudEvent<D> {
        let Self { attributes, payload, data: Undecoded, original } = self;
        CloudEvent { attributes, payload, data, original }
    }

    /// Makes a new event. Null gives an event without data.
    ///
    /// # Errors
    ///
    /// Fails if the data cannot be written as JSON.
    pub fn new(
        attributes: EventAttributes,
        data: &(impl Serialize + ?Sized),
    ) -> Result<Self, EnvelopeError> {
        let json = JsonText::of(data).map_err(|error| error.below("data"))?;
        let payload = if json.as_str() == "null" { Payload::None } else { Payload::Json(json) };
        Ok(Self { attributes, payload, data: Undecoded, original: None })
    }
}

impl<D> CloudEvent<D> {
    /// Returns the attributes.
    #[must_use]
    pub fn attributes(&self) -> &EventAttributes {
        &self.attributes
    }

    /// Returns the data.
    #[must_use]
    pub fn data(&self) -> &D {
        &self.data
    }

    /// Returns the data, by value.
    #[must_use]
    pub fn into_data(self) -> D {
        self.data
    }

    pub(crate) fn json_data(&self) -> Option<&JsonText> {
        match &self.payload {
            Payload::Json(json) => Some(json),
            Payload::None | Payload::Bytes { .. } => None,
        }
    }

    /// Returns the JSON text that the event was read from, without byte order marks and the white
    /// space around it. An event read by [`from_slice_lossy`](Self::from_slice_lossy) has the text
    /// with U+FFFD in it. A new event has none.
    ///
    /// ```
    /// use eventbridge_envelope::CloudEvent;
    ///
    /// let json = r#"{"specversion": "1.0", "source": "s", "type": "t", "subject": null}"#;
    /// let event: CloudEvent = CloudEvent::from_slice(json.as_bytes())?;
    /// assert_eq!(event.original_json(), Some(json));
    /// # Ok::<(), eventbridge_envelope::EnvelopeError>(())
    /// ```
    #[must_use]
    pub fn original_json(&self) -> Option<&str> {
        self.original.as_deref()
    }

    /// Returns the text of the data as it was written, unless it came as base64.
    #[must_use]
    pub fn data_json(&self) -> Option<&str> {
        self.json_data().map(JsonText::as_str)
    }

    /// Returns the bytes of data that came as base64 (`data_base64`).
    #[must_use]
    pub fn data_bytes(&self) -> Option<&Bytes> {
        match &self.payload {
            Payload::Bytes { bytes, .. } => Some(bytes),
            Payload::None | Payload::Json(_) => None,
        }
    }

    /// Decodes the data. Missing data decodes as null. Data that came as base64 decodes from its
    /// bytes: as JSON if `datacontenttype` names JSON or is missing and they are JSON, else as
    /// bytes.
    ///
    /// # Errors
    ///
    /// Fails if the data does not fit `T`. No type takes half of a surrogate pair, a number beyond
    /// a double, or arrays and objects more than 127 deep. The error tells where that is.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        self.payload.decode()
    }

    /// Decodes the data, and replaces values that no type can hold. Half of a surrogate pair
    /// becomes U+FFFD, and a number beyond a double the largest or smallest one. An array or object
    /// below 127 others becomes null. [`data_json`](Self::data_json) stays as it is.
    ///
    /// # Errors
    ///
    /// Fails if the data does not fit `T`.
    pub fn decode_lossy<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        self.payload.decode_lossy()
    }
}

impl Payload {
    fn decode<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        match self {
            Self::None => decode_as("data", b"null"),
            Self::Json(json) => json.decode().map_err(|error| error.below("data")),
            Self::Bytes { bytes, media } => match json_in_bytes(bytes, *media) {
                Some(json) => decode_as("data_base64", json),
                None => decode_plain(bytes),
            },
        }
    }

    fn decode_lossy<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        match self {
            Self::None => decode_as("data", b"null"),
            Self::Json(json) => json.decode_lossy().map_err(|error| error.below("data")),
            Self::Bytes { bytes, media } => match json_in_bytes(bytes, *media) {
                Some(json) => decode_as_lossy("data_base64", json),
                None => decode_plain(bytes),
            },
        }
    }
}

fn media_of(event: &Object<'_>) -> Media {
    match event.peek_text("datacontenttype") {
        Ok(None) => Media::Json,
        Ok(Some(text)) if text.to_ascii_lowercase().contains("json") => Media::Json,
        Ok(Some(_)) | Err(_) => Media::Other,
    }
}

/// Returns the JSON in bytes, if they are marked as JSON and are JSON.
fn json_in_bytes(bytes: &[u8], media: Media) -> Option<&[u8]> {
    let json = strip_byte_order_marks(bytes);
    (media == Media::Json && json_in(json).is_ok()).then_some(json)
}

fn decode_plain<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, EnvelopeError> {
    T::deserialize(BorrowedBytesDeserializer::new(bytes)).map_err(|error: serde_json::Error| {
        let problem = "does not fit the type that was asked for: it is decoded as bytes, because \
                       datacontenttype or the bytes are not JSON";
        EnvelopeError::malformed("data_base64", problem).because_json(&error)
    })
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
            Payload::Bytes { bytes, .. } => (None, Some(STANDARD.encode(bytes))),
        };
        Wire { attributes: &self.attributes, data, data_base64 }.serialize(serializer)
    }
}

/// Events are equal by attributes and data, however they were written.
impl<D: PartialEq> PartialEq for CloudEvent<D> {
    fn eq(&self, other: &Self) -> bool {
        let Self { attributes, payload, data, original: _ } = self;
        *attributes == other.attributes && *payload == other.payload && *data == other.data
    }
}

/// White space around a JSON text (RFC 8259).
const JSON_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

impl<D> fmt::Debug for CloudEvent<D> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CloudEvent")
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}
