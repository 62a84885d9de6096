//! An event before it is sent, and its checks.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::{
    event_size::EventParts,
    field::{self, Checked, InvalidField},
};

/// The extension that names the bus.
const BUS: &str = "aliyuneventbusname";
/// Names the media type of data without one, as the vendor's SDKs have it.
pub const DEFAULT_CONTENT_TYPE: &str = "application/json; charset=utf-8";
/// Names that an extension cannot have.
const ATTRIBUTES: [&str; 11] = [
    "id",
    "source",
    "specversion",
    "type",
    "datacontenttype",
    "dataschema",
    "subject",
    "time",
    "data",
    "data_base64",
    "extensions",
];
/// An event has this many extensions at most.
const MOST_EXTENSIONS: usize = 64;

/// Bounds what is sent. The defaults are the smallest that any page of the vendor names, so that
/// the service refuses nothing for its size.
///
/// ```
/// use aliyun_eventbridge::publish::PublishLimits;
///
/// let limits = PublishLimits::default();
/// assert_eq!(limits.most_events(), 16);
/// assert_eq!(limits.most_request_bytes(), 256 * 1024);
/// assert_eq!(limits.most_event_bytes(), 64 * 1024);
/// let newest = limits.events(16).request_bytes(1 << 20).event_bytes(256 * 1024);
/// assert_eq!(newest, PublishLimits::newest());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishLimits {
    events: usize,
    request_bytes: usize,
    event_bytes: usize,
    ids: IdCharacters,
}

/// Says which characters an id may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdCharacters {
    /// Letters, digits and hyphens, a letter or digit first: the vendor's page of limits, edition
    /// of March 2026.
    #[default]
    Documented,
    /// Any. The vendor's SDKs check no characters, and what the service does with others is not
    /// documented.
    Any,
}

impl Default for PublishLimits {
    fn default() -> Self {
        let ids = IdCharacters::Documented;
        Self { events: 16, request_bytes: 256 * 1024, event_bytes: 64 * 1024, ids }
    }
}

impl PublishLimits {
    /// Returns the figures of the newest page: 16 events, 1 MB a request, 256 KB an event.
    #[must_use]
    pub const fn newest() -> Self {
        let ids = IdCharacters::Documented;
        Self { events: 16, request_bytes: 1 << 20, event_bytes: 256 * 1024, ids }
    }

    /// Sets the most events of a request, 1 to 16. Other values become the nearest of these.
    #[must_use]
    pub fn events(mut self, most: usize) -> Self {
        self.events = most.clamp(1, Self::newest().events);
        self
    }

    /// Sets the most bytes of a request's events as JSON, 1 KiB to 1 MiB. Other values become the
    /// nearest.
    #[must_use]
    pub fn request_bytes(mut self, most: usize) -> Self {
        self.request_bytes = most.clamp(1024, Self::newest().request_bytes);
        self
    }

    /// Sets the most bytes of an event as the service counts them, 1 to 256 KiB. Other values
    /// become the nearest.
    #[must_use]
    pub fn event_bytes(mut self, most: usize) -> Self {
        self.event_bytes = most.clamp(1, Self::newest().event_bytes);
        self
    }

    /// Sets which characters an id may have. Default: those that the vendor documents.
    #[must_use]
    pub const fn id_characters(mut self, characters: IdCharacters) -> Self {
        self.ids = characters;
        self
    }

    /// Returns the most events of a request.
    #[must_use]
    pub const fn most_events(&self) -> usize {
        self.events
    }

    /// Returns the most bytes of a request's events as JSON.
    #[must_use]
    pub const fn most_request_bytes(&self) -> usize {
        self.request_bytes
    }

    /// Returns the most bytes of an event as the service counts them.
    #[must_use]
    pub const fn most_event_bytes(&self) -> usize {
        self.event_bytes
    }
}

/// Holds an event. `Debug` shows its data's length only.
#[derive(Clone, PartialEq)]
pub struct Event {
    pub(super) id: Option<String>,
    pub(super) source: String,
    pub(super) r#type: String,
    pub(super) specversion: Option<String>,
    pub(super) datacontenttype: Option<String>,
    pub(super) dataschema: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) time: Option<String>,
    pub(super) data: Option<Bytes>,
    pub(super) extensions: Vec<(String, Value)>,
}

impl Event {
    /// Returns an event without data. Source has 128 characters at most, type 64.
    #[must_use]
    pub fn new(source: impl Into<String>, r#type: impl Into<String>) -> Self {
        Self {
            id: None,
            source: source.into(),
            r#type: r#type.into(),
            specversion: None,
            datacontenttype: None,
            dataschema: None,
            subject: None,
            time: None,
            data: None,
            extensions: Vec::new(),
        }
    }

    /// Sets data: bytes of a media type.
    ///
    /// `application/json` and `text/json`, with parameters too, are sent as the JSON that they are,
    /// digit for digit. Bytes of these types that are not JSON are sent as a string. Other types
    /// are sent as base64.
    #[must_use]
    pub fn data(mut self, data: impl Into<Bytes>, content_type: impl Into<String>) -> Self {
        self.data = Some(data.into());
        self.datacontenttype = Some(content_type.into());
        self
    }

    /// Sets data: a value as JSON, `application/json`.
    ///
    /// # Errors
    ///
    /// Fails if the value cannot be JSON.
    pub fn json(self, value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(self.data(serde_json::to_vec(value)?, "application/json"))
    }

    /// Sets the bus. Default: the publisher's.
    #[must_use]
    pub fn bus(self, event_bus_name: impl Into<String>) -> Self {
        self.extension(BUS, event_bus_name.into())
    }

    /// Sets an extension: small letters and digits, no name of an attribute. The 2020-04-01 API has
    /// none.
    #[must_use]
    pub fn extension(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        match self.extensions.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => *old = value,
            None => self.extensions.push((name, value)),
        }
        self
    }

    /// Returns the id, if there is one.
    #[must_use]
    pub fn given_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns the source.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns the type.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.r#type
    }

    /// Returns the time, if there is one.
    #[must_use]
    pub fn given_time(&self) -> Option<&str> {
        self.time.as_deref()
    }

    /// Returns the bus, if the event names one.
    #[must_use]
    pub fn bus_name(&self) -> Option<&str> {
        let found = self.extensions.iter().find(|(name, _)| name == BUS);
        found.and_then(|(_, value)| value.as_str())
    }

    /// Returns extensions other than the bus.
    pub(super) fn plain_extensions(&self) -> impl Iterator<Item = &(String, Value)> {
        self.extensions.iter().filter(|(name, _)| name != BUS)
    }

    /// Returns the bytes of the event as the service counts them.
    #[must_use]
    pub fn size(&self) -> usize {
        let parts = EventParts {
            id: self.id.as_deref().unwrap_or_default(),
            source: &self.source,
            specversion: self.specversion.as_deref().unwrap_or("1.0"),
            r#type: &self.r#type,
            subject: self.subject.as_deref().unwrap_or_default(),
            dataschema: self.dataschema.as_deref().unwrap_or_default(),
            datacontenttype: self.datacontenttype.as_deref().unwrap_or(DEFAULT_CONTENT_TYPE),
            time: self.time.is_some(),
            data: self.data.as_deref().unwrap_or_default(),
        };
        parts.size()
    }

    /// Checks attributes, extensions and size. An absent id is right: the publisher makes one.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    pub fn check(&self, limits: &PublishLimits) -> Checked {
        if let Some(id) = &self.id {
            field::required("id", id)?;
            field::characters("id", id, 1..=128)?;
            match limits.ids {
                IdCharacters::Documented => field::letters_digits_hyphens("id", id)?,
                IdCharacters::Any => {}
            }
        }
        field::required("source", &self.source)?;
        field::characters("source", &self.source, 1..=128)?;
        field::required("type", &self.r#type)?;
        field::characters("type", &self.r#type, 1..=64)?;
        if self.specversion.as_deref().is_some_and(|version| version != "1.0") {
            return Err(InvalidField::rule("specversion", "is not 1.0"));
        }
        field::characters("subject", self.subject.as_deref().unwrap_or_default(), 0..=512)?;
        field::characters("time", self.time.as_deref().unwrap_or_default(), 0..=64)?;
        field::within("extensions", "entries", self.extensions.len(), 0..=MOST_EXTENSIONS)?;
        for (name, value) in &self.extensions {
            extension(name, value)?;
        }
        field::within("event", "bytes", self.size(), 0..=limits.event_bytes)
    }
}

fn extension(name: &str, value: &Value) -> Checked {
    if ATTRIBUTES.contains(&name) {
        let rule = "is an extension named like an attribute, which it would replace";
        return Err(InvalidField::rule(name.to_owned(), rule));
    }
    field::required("extension name", name)?;
    field::charset("extension name", name, "small letters and digits", |_, c| {
        c.is_ascii_lowercase() || c.is_ascii_digit()
    })?;
    if name != BUS {
        return Ok(());
    }
    match value.as_str() {
        Some(bus) => field::bus_or_rule_name(BUS, bus),
        None => Err(InvalidField::rule(BUS, "is not text")),
    }
}

setters! { Event {
    /// Sets the id, unique within the source; 128 characters at most. Default: a random UUID.
    ///
    /// Letters, digits and hyphens, a letter or digit first. [`PublishLimits::id_characters`]
    /// allows others.
    id: String,
    /// Sets the version of CloudEvents. Default: 1.0, the only one there is.
    specversion: String,
    /// Sets the media type of the data. Default: `application/json; charset=utf-8`.
    datacontenttype: String,
    /// Sets the schema of the data.
    dataschema: String,
    /// Sets the subject, 512 characters at most.
    subject: String,
    /// Sets the time, 64 characters at most, RFC 3339 most often. Default: none, and the service
    /// sets it.
    time: String,
}}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("source", &self.source)
            .field("type", &self.r#type)
            .field("data_bytes", &self.data.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}
