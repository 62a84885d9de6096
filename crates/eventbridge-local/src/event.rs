//! Events as they are published, and as targets get them.

use std::fmt;

use aliyun_eventbridge::publish::{DEFAULT_CONTENT_TYPE, Event, PublishLimits, is_json_data};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{
    Deserialize,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use crate::fault::Fault;

/// The extension that names the bus.
pub(crate) const BUS: &str = "aliyuneventbusname";

/// The members of a JSON object in their order, each as its text.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct OfObject;
        impl<'de> Visitor<'de> for OfObject {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(OfObject)
    }
}

/// Reads an event of the `openapi` protocol: CloudEvents' JSON format.
pub(crate) fn from_openapi(json: &RawValue) -> Result<Event, Fault> {
    let Members(members) = serde_json::from_str(json.get()).map_err(|error| {
        Fault::parameter(format_args!("an event is not a JSON object: {error}"))
    })?;
    let mut read = Read::default();
    for (name, value) in members {
        if value.get() == "null" {
            continue;
        }
        match name.as_str() {
            "data" => read.data = Some(Data::Json(value.get().to_owned())),
            "data_base64" => read.data = Some(Data::Base64(text(&name, value)?)),
            // The Python SDK sends an empty object where there are no extensions.
            "extensions" if value.get() == "{}" => {}
            _ if read.attribute(&name, || text(&name, value))? => {}
            _ => {
                let value: Value = serde_json::from_str(value.get()).map_err(Fault::parameter)?;
                read.extensions.push((name, value));
            }
        }
    }
    read.event()
}

/// Reads an event of the 2020-04-01 API, for the bus that the request names.
pub(crate) fn from_api(json: &RawValue, bus: &str) -> Result<Event, Fault> {
    let Members(members) = serde_json::from_str(json.get()).map_err(|error| {
        Fault::parameter(format_args!("an event is not a JSON object: {error}"))
    })?;
    let mut read = Read::default();
    for (name, value) in members {
        if value.get() == "null" {
            continue;
        }
        if name == "Data" {
            // Text as the API has it, or a value that a caller of the SDK passed through.
            read.data = Some(match serde_json::from_str::<String>(value.get()) {
                Ok(text) => Data::Text(text),
                Err(_) => Data::Json(value.get().to_owned()),
            });
        } else if !read.attribute(&name.to_ascii_lowercase(), || text(&name, value))? {
            return Err(Fault::parameter(format_args!("EventList has an unknown member {name:?}")));
        }
    }
    read.extensions.push((BUS.to_owned(), Value::from(bus)));
    read.event()
}

fn text(name: &str, value: &RawValue) -> Result<String, Fault> {
    serde_json::from_str(value.get())
        .map_err(|_| Fault::parameter(format_args!("{name} is not a text")))
}

enum Data {
    Json(String),
    Text(String),
    Base64(String),
}

/// What was read of an event so far.
#[derive(Default)]
struct Read {
    id: Option<String>,
    source: Option<String>,
    r#type: Option<String>,
    specversion: Option<String>,
    datacontenttype: Option<String>,
    dataschema: Option<String>,
    subject: Option<String>,
    time: Option<String>,
    data: Option<Data>,
    extensions: Vec<(String, Value)>,
}

impl Read {
    /// Takes an attribute; `false` if the name is not one. Of a doubled name the last counts.
    fn attribute(
        &mut self,
        name: &str,
        value: impl FnOnce() -> Result<String, Fault>,
    ) -> Result<bool, Fault> {
        let place = match name {
            "id" => &mut self.id,
            "source" => &mut self.source,
            "type" => &mut self.r#type,
            "specversion" => &mut self.specversion,
            "datacontenttype" => &mut self.datacontenttype,
            "dataschema" => &mut self.dataschema,
            "subject" => &mut self.subject,
            "time" => &mut self.time,
            _ => return Ok(false),
        };
        *place = Some(value()?);
        Ok(true)
    }

    fn event(self) -> Result<Event, Fault> {
        let id = self.id.filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| Fault::parameter("id is required"))?;
        let mut event =
            Event::new(self.source.unwrap_or_default(), self.r#type.unwrap_or_default()).id(id);
        if let Some(version) = self.specversion {
            event = event.specversion(version);
        }
        if let Some(schema) = self.dataschema {
            event = event.dataschema(schema);
        }
        if let Some(subject) = self.subject {
            event = event.subject(subject);
        }
        if let Some(time) = self.time {
            event = event.time(time);
        }
        let content_type = self.datacontenttype.filter(|text| !text.is_empty());
        let content_type = content_type.unwrap_or_else(|| DEFAULT_CONTENT_TYPE.to_owned());
        event = match self.data {
            None => event.datacontenttype(content_type),
            Some(Data::Json(text)) if !is_json_data(&content_type) => {
                // A text of another media type in `data` stands for its characters.
                let text = serde_json::from_str::<String>(&text).unwrap_or(text);
                event.data(text, content_type)
            }
            Some(Data::Json(text) | Data::Text(text)) => event.data(text, content_type),
            Some(Data::Base64(text)) => {
                let bytes = STANDARD.decode(text);
                let bytes = bytes.map_err(|_| Fault::parameter("data_base64 is not base64"))?;
                event.data(bytes, content_type)
            }
        };
        for (name, value) in self.extensions {
            event = event.extension(name, value);
        }
        Ok(event)
    }
}

/// What the service adds to an event: the account, the region, the bus, and when it came.
pub(crate) struct Stamp<'a> {
    pub(crate) bus: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// RFC 3339 in UTC with milliseconds.
    pub(crate) now: &'a str,
}

/// Checks an event and writes it as targets get it.
pub(crate) fn stamped(
    event: Event,
    limits: &PublishLimits,
    stamp: &Stamp<'_>,
) -> Result<Box<RawValue>, Fault> {
    event.check(limits)?;
    let has_time = event.given_time().is_some();
    let mut event = event.bus(stamp.bus);
    if !has_time {
        event = event.time(stamp.now);
    }
    let event = event
        .extension("aliyunaccountid", stamp.account)
        .extension("aliyunoriginalaccountid", stamp.account)
        .extension("aliyunpublishtime", stamp.now)
        .extension("aliyunpublishaddr", "127.0.0.1")
        .extension("aliyunregionid", stamp.region);
    Ok(event.to_json()?)
}
