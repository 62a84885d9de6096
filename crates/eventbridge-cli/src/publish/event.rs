//! From an event as JSON text to an event that is published.

use aliyun_eventbridge::publish::Event;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use indexmap::IndexMap;
use serde_json::{Value, value::RawValue};

/// Reads an event in CloudEvents' JSON format. Data keeps its digits.
///
/// `leave_out_bus` drops the bus that the event names.
pub fn event(json: &[u8], leave_out_bus: bool) -> Result<Event, String> {
    let members: IndexMap<String, Box<RawValue>> =
        serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let text = |name: &str| match members.get(name) {
        None => Ok(None),
        Some(raw) => serde_json::from_str::<Option<String>>(raw.get())
            .map_err(|_| format!("{name} is not a text")),
    };
    let needed = |name: &str| {
        text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| format!("{name} is required"))
    };
    let mut event = Event::new(needed("source")?, needed("type")?);
    if let Some(id) = text("id")? {
        event = event.id(id);
    }
    if let Some(version) = text("specversion")? {
        event = event.specversion(version);
    }
    if let Some(schema) = text("dataschema")? {
        event = event.dataschema(schema);
    }
    if let Some(subject) = text("subject")? {
        event = event.subject(subject);
    }
    if let Some(time) = text("time")? {
        event = event.time(time);
    }
    event = with_data(event, &members, text("datacontenttype")?)?;
    for (name, raw) in &members {
        if ATTRIBUTES.contains(&name.as_str()) || (leave_out_bus && name == BUS) {
            continue;
        }
        let value: Value =
            serde_json::from_str(raw.get()).map_err(|error| format!("{name}: {error}"))?;
        if !value.is_null() {
            event = event.extension(name, value);
        }
    }
    Ok(event)
}

fn with_data(
    event: Event,
    members: &IndexMap<String, Box<RawValue>>,
    content_type: Option<String>,
) -> Result<Event, String> {
    let of = |name: &str| members.get(name).map(|raw| raw.get()).filter(|text| *text != "null");
    let json = content_type.as_deref().is_none_or(is_json);
    let (data, default) = match (of("data"), of("data_base64")) {
        (None, None) => {
            return Ok(match content_type {
                Some(content_type) => event.datacontenttype(content_type),
                None => event,
            });
        }
        (Some(_), Some(_)) => return Err("data and data_base64 are both there".to_owned()),
        (Some(data), None) if json => (data.as_bytes().to_vec(), "application/json"),
        (Some(data), None) => {
            // A text of another media type stands for its characters.
            let characters = serde_json::from_str::<String>(data);
            (characters.unwrap_or_else(|_| data.to_owned()).into_bytes(), "application/json")
        }
        (None, Some(data)) => {
            let wrong = || "data_base64 is not base64".to_owned();
            let characters = serde_json::from_str::<String>(data).map_err(|_| wrong())?;
            (STANDARD.decode(characters).map_err(|_| wrong())?, "application/octet-stream")
        }
    };
    Ok(event.data(data, content_type.unwrap_or_else(|| default.to_owned())))
}

/// Tells whether a media type is JSON: its data is sent as it is written.
fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json")
}

const BUS: &str = "aliyuneventbusname";
/// Members that are no extensions.
const ATTRIBUTES: [&str; 10] = [
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
];

#[cfg(test)]
mod tests {
    use aliyun_eventbridge::publish::PublishLimits;

    use super::*;

    #[test]
    fn an_event_that_cannot_be_published_says_why() {
        for (json, reason) in [
            ("[]", "invalid type"),
            (r#"{"type":"t"}"#, "source is required"),
            (r#"{"source":"s","type":""}"#, "type is required"),
            (r#"{"source":1,"type":"t"}"#, "source is not a text"),
            (r#"{"source":"s","type":"t","id":{}}"#, "id is not a text"),
            (r#"{"source":"s","type":"t","data":1,"data_base64":"AA=="}"#, "both there"),
            (r#"{"source":"s","type":"t","data_base64":"?"}"#, "data_base64 is not base64"),
        ] {
            let error = event(json.as_bytes(), false).unwrap_err();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }

    #[test]
    fn sizes_are_those_of_the_data() {
        let size = |json: &str| event(json.as_bytes(), false).unwrap().size();
        let bare = size(r#"{"source":"s","type":"t","datacontenttype":"text/plain"}"#);
        for (data, bytes) in [
            (r#""data":"主题""#, 6),
            (r#""data":{"a" : 1.50}"#, 12),
            (r#""data_base64":"AAEC""#, 3),
            (r#""data":null"#, 0),
        ] {
            let json =
                format!(r#"{{"source":"s","type":"t","datacontenttype":"text/plain",{data}}}"#);
            assert_eq!(size(&json), bare + bytes, "{json}");
        }
    }

    #[test]
    fn a_bus_that_an_event_names_can_be_left_out() {
        let json = br#"{"source":"s","type":"t","aliyuneventbusname":"b","x":null,"y":1}"#;
        assert_eq!(event(json, false).unwrap().bus_name(), Some("b"));
        let event = event(json, true).unwrap();
        assert_eq!(event.bus_name(), None);
        assert!(event.check(&PublishLimits::default()).is_ok());
    }
}
