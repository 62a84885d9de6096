//! The attributes of an event.

use std::{fmt, time::SystemTime};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use crate::{
    error::EnvelopeError,
    fields::{required_text, text},
    json::{JsonText, Kind, Object, OtherMembers, kind, string},
    one_event::one_event,
    time::{EventTimeError, parse_event_time},
    trace_context::TraceContext,
};

/// Holds the attributes of an event: those of CloudEvents 1.0, those that Alibaba Cloud adds
/// (docs/wire-facts.md section 3.1), and every other as it was written.
///
/// Null, missing and empty are alike. Numbers and booleans are read as their text. No attribute
/// depends on whether the data can be decoded. Half of a surrogate pair, which no text can hold, is
/// an error in `specversion`, `source`, `type` and `id`. Any other attribute with one stands among
/// the extensions as it was written.
///
/// They are claims of the event. Only a signature over the bytes proves who sent them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EventAttributes {
    specversion: String,
    source: String,
    event_type: String,
    optional: [Option<String>; OPTIONAL.len()],
    extensions: OtherMembers,
}

/// The optional attributes by their names on the wire, in the order in which they are written.
const OPTIONAL: [&str; 12] = [
    "id",
    "subject",
    "time",
    "datacontenttype",
    "dataschema",
    "aliyunaccountid",
    "aliyunoriginalaccountid",
    "aliyunpublishtime",
    "aliyuneventbusname",
    "aliyunregionid",
    "aliyunpublishaddr",
    "aliyuneventid",
];

macro_rules! optional {
    ($($(#[$doc:meta])* $name:ident = $wire:literal;)*) => {
        impl EventAttributes {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> Option<&str> {
                self.named($wire)
            }
        )*}
    };
}

optional! {
    /// Returns `id`, which with [`source`](Self::source) names the event. Some live events have
    /// none.
    id = "id";
    /// Returns `subject`: the part of the source that the event is about.
    subject = "subject";
    /// Returns `time` as text: when the event happened. See [`parse_time`](Self::parse_time).
    time = "time";
    /// Returns `datacontenttype`: the media type of the data.
    datacontenttype = "datacontenttype";
    /// Returns `dataschema`: a URI of the schema of the data.
    dataschema = "dataschema";
    /// Returns `aliyunaccountid`: the account that the event belongs to.
    aliyun_account_id = "aliyunaccountid";
    /// Returns `aliyunoriginalaccountid`: the account that the event belonged to first.
    aliyun_original_account_id = "aliyunoriginalaccountid";
    /// Returns `aliyunpublishtime` as text: when EventBridge received the event.
    aliyun_publish_time = "aliyunpublishtime";
    /// Returns `aliyuneventbusname`: the event bus.
    aliyun_event_bus_name = "aliyuneventbusname";
    /// Returns `aliyunregionid`: the region of the event bus.
    aliyun_region_id = "aliyunregionid";
    /// Returns `aliyunpublishaddr`: the address that the event was published from.
    aliyun_publish_addr = "aliyunpublishaddr";
    /// Returns `aliyuneventid`.
    aliyun_event_id = "aliyuneventid";
}

impl EventAttributes {
    /// Makes the attributes of a new event. `specversion` is `1.0`.
    #[must_use]
    pub fn new(source: impl Into<String>, event_type: impl Into<String>) -> Self {
        Self {
            specversion: "1.0".to_owned(),
            source: source.into(),
            event_type: event_type.into(),
            ..Self::default()
        }
    }

    /// Sets an attribute of text by its name on the wire, such as `id` or `aliyunregionid`. Any
    /// other name is an extension.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        let mut named = OPTIONAL.iter().zip(&mut self.optional);
        if let Some((_, optional)) = named.find(|(known, _)| **known == name) {
            *optional = Some(value).filter(|value| !value.is_empty());
        } else if let Ok(json) = JsonText::of(&value) {
            self.extensions.insert(name, json);
        }
        self
    }

    /// Returns `specversion`: the version of CloudEvents, `1.0` from Alibaba Cloud.
    #[must_use]
    pub fn specversion(&self) -> &str {
        &self.specversion
    }

    /// Returns `source`: where the event happened. It is not always a URI.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns `type`: the kind of event.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// Reads [`time`](Self::time) as a time, if there is one.
    ///
    /// # Errors
    ///
    /// Fails if it is in none of the forms of [`parse_event_time`].
    pub fn parse_time(&self) -> Result<Option<SystemTime>, EventTimeError> {
        self.time().map(parse_event_time).transpose()
    }

    /// Returns the trace that the event belongs to, from the attributes `traceparent` and
    /// `tracestate`. Returns `None` if `traceparent` is missing or not valid: see
    /// [`TraceContext::parse`].
    #[must_use]
    pub fn trace_context(&self) -> Option<TraceContext> {
        let text = |name| self.extension(name).and_then(|json| json.decode::<String>().ok());
        TraceContext::parse(&text("traceparent")?, text("tracestate").as_deref())
    }

    /// Returns any other attribute, as it was written.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&JsonText> {
        self.extensions.get(name)
    }

    /// Returns all other attributes.
    #[must_use]
    pub fn extensions(&self) -> &OtherMembers {
        &self.extensions
    }

    /// Returns the attributes that Alibaba Cloud adds, with their names on the wire.
    #[cfg(feature = "cloudevents")]
    pub(crate) fn of_alibaba_cloud(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let named = OPTIONAL.iter().zip(&self.optional);
        named.filter_map(|(name, value)| {
            value.as_deref().filter(|_| name.starts_with("aliyun")).map(|value| (*name, value))
        })
    }

    fn named(&self, wire: &str) -> Option<&str> {
        let mut named = OPTIONAL.iter().zip(&self.optional);
        named.find(|(name, _)| **name == wire).and_then(|(_, value)| value.as_deref())
    }

    /// Reads the attributes of an event of one type, and its data, in which some members are maps.
    pub(crate) fn read_with_data<'a>(
        mut event: Object<'a>,
        expected_type: &'static str,
        maps: &'static [&'static str],
    ) -> Result<(Self, Object<'a>), EnvelopeError> {
        let data = event.take_data(maps);
        let attributes = Self::read(event)?;
        if attributes.event_type != expected_type {
            let found: String = attributes.event_type.chars().take(MAX_EXCERPT).collect();
            let problem = format!("is not {expected_type}, but {found:?}");
            return Err(EnvelopeError::malformed("type", problem));
        }
        let data = data.map_err(|error| error.below("data"))?;
        Ok((attributes, data.ok_or_else(|| EnvelopeError::missing("data"))?))
    }

    /// Takes every attribute out of an event, from which the data has been taken.
    pub(crate) fn read(mut event: Object<'_>) -> Result<Self, EnvelopeError> {
        let [specversion, source, event_type] = event.take_all(&["specversion", "source", "type"]);
        let members = event.take_all(&OPTIONAL);
        let specversion = required_text(specversion, "specversion")?;
        let source = required_text(source, "source")?;
        let event_type = required_text(event_type, "type")?;
        let mut optional = [const { None }; OPTIONAL.len()];
        let mut unreadable = Vec::new();
        for ((value, member), name) in optional.iter_mut().zip(members).zip(OPTIONAL) {
            match member {
                // The id tells events apart, so it is never read in part.
                Some(raw) if name != "id" && !is_unicode(raw) => unreadable.push((name, raw)),
                _ => *value = text(member, name)?,
            }
        }
        let mut extensions = event.rest();
        for (name, raw) in unreadable {
            extensions.insert(name, JsonText::new(raw));
        }
        Ok(Self { specversion, source, event_type, optional, extensions })
    }

    /// Reads the attributes of one event without its data: neither `data` nor `data_base64` is
    /// decoded, and both may be there.
    ///
    /// ```
    /// use eventbridge_envelope::{EnvelopeError, EventAttributes};
    ///
    /// let attributes = EventAttributes::from_slice(
    ///     br#"{"specversion": "1.0", "source": "s", "type": "t", "data_base64": "?"}"#,
    /// )?;
    /// assert_eq!(attributes.source(), "s");
    /// # Ok::<(), EnvelopeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not one JSON object, a required attribute (`specversion`, `source`,
    /// `type`) is missing, or an attribute is not text. Also fails if a member is there twice.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        let mut event = one_event(json)?;
        let _: [_; 2] = event.take_all(&["data", "data_base64"]);
        Self::read(event)
    }

    /// Returns the attributes that bytes have, without checking that the required ones are there:
    /// for a log line, for example. A required one that is missing or cannot be read is empty. Any
    /// other that cannot be read is among the extensions.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not a JSON object, or an attribute is there twice.
    pub fn found_in(json: &[u8]) -> Result<Self, EnvelopeError> {
        let mut event = Object::from_slice(json)?;
        let required = ["specversion", "source", "type"];
        let mut unreadable = Vec::new();
        let mut readable = |member: Option<&RawValue>, name| {
            text(member, name).unwrap_or_else(|_| {
                unreadable.extend(member.map(|raw| (name, JsonText::new(raw))));
                None
            })
        };
        let [specversion, source, event_type] = {
            let mut names = required.iter();
            event.take_all(&required).map(|member| {
                readable(member, names.next().copied().unwrap_or_default()).unwrap_or_default()
            })
        };
        let mut optional = [const { None }; OPTIONAL.len()];
        let members = event.take_all(&OPTIONAL);
        for ((value, member), name) in optional.iter_mut().zip(members).zip(OPTIONAL) {
            *value = readable(member, name);
        }
        let _: [_; 2] = event.take_all(&["data", "data_base64"]);
        let mut extensions = event.rest();
        unreadable.into_iter().for_each(|(name, json)| extensions.insert(name, json));
        Ok(Self { specversion, source, event_type, optional, extensions })
    }
}

/// Returns false for a string with half of a surrogate pair.
fn is_unicode(raw: &RawValue) -> bool {
    kind(raw) != Kind::String || string(raw).is_ok()
}

/// The number of characters of a type that an error shows.
const MAX_EXCERPT: usize = 64;

impl Serialize for EventAttributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("specversion", &self.specversion)?;
        map.serialize_entry("source", &self.source)?;
        map.serialize_entry("type", &self.event_type)?;
        for (name, value) in OPTIONAL.iter().zip(&self.optional) {
            if let Some(value) = value {
                map.serialize_entry(name, value)?;
            }
        }
        for (name, json) in self.extensions.iter() {
            map.serialize_entry(name, json)?;
        }
        map.end()
    }
}

impl fmt::Debug for EventAttributes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EventAttributes")
            .field("id", &self.id())
            .field("source", &self.source)
            .field("type", &self.event_type)
            .field("time", &self.time())
            .field("extensions", &self.extensions)
            .finish_non_exhaustive()
    }
}
