//! An event as JSON, in the form of each protocol.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use super::event::{DEFAULT_CONTENT_TYPE, Event};
use crate::{field::InvalidField, operation::Protocol};

impl Event {
    /// Returns the event in CloudEvents' JSON format, as the `openapi` protocol has it, with the
    /// name of its bus if it has one.
    ///
    /// # Errors
    ///
    /// Fails if data whose media type is JSON is not UTF-8.
    pub fn to_json(&self) -> Result<Box<RawValue>, InvalidField> {
        encode(self, self.bus_name(), Protocol::OpenApi)
    }
}

/// Writes an event, which has an id, for the bus.
pub(super) fn encode(
    event: &Event,
    bus: Option<&str>,
    protocol: Protocol,
) -> Result<Box<RawValue>, InvalidField> {
    let text = match protocol {
        Protocol::OpenApi => {
            let data = Data::of(event)?;
            serde_json::value::to_raw_value(&OpenApi { event, bus, data })
        }
        Protocol::Api20200401 => {
            if let Some((name, _)) = event.plain_extensions().next() {
                let rule = "is an extension, which the 2020-04-01 API cannot carry";
                return Err(InvalidField::rule(name.clone(), rule));
            }
            let data = match event.data.as_deref().map(std::str::from_utf8) {
                None => None,
                Some(Ok(text)) => Some(text),
                Some(Err(_)) => {
                    let rule = "is not UTF-8, and the 2020-04-01 API carries text only";
                    return Err(InvalidField::rule("data", rule));
                }
            };
            serde_json::value::to_raw_value(&Api20200401::of(event, data))
        }
    };
    text.map_err(|_| InvalidField::rule("event", "cannot be written as JSON"))
}

/// How the data of an event is sent in the `openapi` protocol.
enum Data<'a> {
    Absent,
    Json(&'a RawValue),
    Text(&'a str),
    Base64(String),
}

impl<'a> Data<'a> {
    fn of(event: &'a Event) -> Result<Self, InvalidField> {
        let Some(data) = event.data.as_deref() else { return Ok(Self::Absent) };
        if !is_json_data(event.datacontenttype.as_deref().unwrap_or(DEFAULT_CONTENT_TYPE)) {
            return Ok(Self::Base64(STANDARD.encode(data)));
        }
        let text = std::str::from_utf8(data).map_err(|_| {
            InvalidField::rule(
                "data",
                "is not UTF-8, which its media type in datacontenttype demands",
            )
        })?;
        Ok(serde_json::from_str(text).map_or(Self::Text(text), Self::Json))
    }
}

/// Tells whether a media type is JSON as the vendor means it: `+json` types are not.
///
/// Data of such a type is JSON in an event's `data`; other data is base64 in `data_base64`.
#[must_use]
pub fn is_json_data(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    ["application/json", "text/json"].iter().any(|json| media_type.eq_ignore_ascii_case(json))
}

struct OpenApi<'a> {
    event: &'a Event,
    bus: Option<&'a str>,
    data: Data<'a>,
}

impl Serialize for OpenApi<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { event, bus, data } = self;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("id", &event.id)?;
        map.serialize_entry("source", &event.source)?;
        map.serialize_entry("specversion", event.specversion.as_deref().unwrap_or("1.0"))?;
        map.serialize_entry("type", &event.r#type)?;
        let content_type = event.datacontenttype.as_deref().unwrap_or(DEFAULT_CONTENT_TYPE);
        map.serialize_entry("datacontenttype", content_type)?;
        for (name, value) in
            [("dataschema", &event.dataschema), ("subject", &event.subject), ("time", &event.time)]
        {
            if let Some(value) = value {
                map.serialize_entry(name, value)?;
            }
        }
        match data {
            Data::Absent => {}
            Data::Json(json) => map.serialize_entry("data", json)?,
            Data::Text(text) => map.serialize_entry("data", text)?,
            Data::Base64(text) => map.serialize_entry("data_base64", text)?,
        }
        if let Some(bus) = bus {
            map.serialize_entry("aliyuneventbusname", bus)?;
        }
        for (name, value) in event.plain_extensions() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Members in the order of their names, as the vendor's SDK sends them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Api20200401<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_schema: Option<&'a str>,
    id: Option<&'a str>,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<&'a str>,
    r#type: &'a str,
}

impl<'a> Api20200401<'a> {
    fn of(event: &'a Event, data: Option<&'a str>) -> Self {
        Self {
            data,
            data_content_type: event.datacontenttype.as_deref(),
            data_schema: event.dataschema.as_deref(),
            id: event.id.as_deref(),
            source: &event.source,
            spec_version: event.specversion.as_deref(),
            subject: event.subject.as_deref(),
            time: event.time.as_deref(),
            r#type: &event.r#type,
        }
    }
}
