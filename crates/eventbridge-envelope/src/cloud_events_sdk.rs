//! To and from the event type of the crate cloudevents-sdk.

use cloudevents::{
    AttributesWriter, Data, Event, EventBuilder, EventBuilderV10, event::ExtensionValue,
};
use serde_json::Value;

use crate::{
    cloud_event::{CloudEvent, EventData},
    error::EnvelopeError,
    json::JsonText,
    time::parse_event_time,
};

/// Converts an event for users of the crate cloudevents-sdk (feature `cloudevents`).
///
/// That type holds less than an event of EventBridge:
///
/// | an event with | becomes |
/// |---|---|
/// | no `id`, which some live events lack | an error |
/// | a `specversion` other than `1.0` | an error |
/// | a `time` that [`parse_event_time`] reads | the same moment in UTC; its text is lost |
/// | another `time` | an error |
/// | a `dataschema` that is not an absolute URL | an error |
/// | an extension that is not text, a boolean, or a whole number of 64 bits with a sign | an error |
/// | a whole number in the data beyond 64 bits | an error |
/// | any other number in the data | a double as serde_json reads it, so `1.10` becomes `1.1` |
/// | a name twice in an object in the data | the last one |
/// | data that cannot be decoded: see [`CloudEvent::decode`] | an error |
/// | data that is text, of a `datacontenttype` that is not JSON | `Data::String` |
/// | other data | `Data::Json` |
/// | `data_base64` | `Data::Binary` |
///
/// The order of extensions is lost. The names of errors are those of the fields of the event.
impl<D> TryFrom<&CloudEvent<D>> for Event {
    type Error = EnvelopeError;

    fn try_from(event: &CloudEvent<D>) -> Result<Self, EnvelopeError> {
        let attributes = event.attributes();
        if attributes.specversion() != "1.0" {
            return Err(EnvelopeError::malformed("specversion", "is not 1.0"));
        }
        let id = attributes.id().ok_or_else(|| EnvelopeError::missing("id"))?;
        let mut builder =
            EventBuilderV10::new().id(id).ty(attributes.event_type()).source(attributes.source());
        if let Some(subject) = attributes.subject() {
            builder = builder.subject(subject);
        }
        if let Some(time) = attributes.time() {
            builder = builder.time(in_utc(time)?);
        }
        let mut converted = match (attributes.dataschema(), attributes.datacontenttype()) {
            (None, None) => builder.build(),
            // The builder takes these two with data only, which is set below.
            (None, Some(media)) => builder.data(media, Value::Null).build(),
            (Some(schema), media) => {
                builder.data_with_schema(media.unwrap_or_default(), schema, Value::Null).build()
            }
        }
        .map_err(|error| {
            EnvelopeError::malformed("dataschema", "is not an absolute URL").with_source(error)
        })?;
        let (_, schema, _) = converted.take_data();
        converted.set_dataschema(schema);
        converted.set_datacontenttype(attributes.datacontenttype());
        if let Some(data) = data(event)? {
            converted.set_data_unchecked(data);
        }
        for (name, value) in attributes.of_alibaba_cloud() {
            converted.set_extension(name, value);
        }
        for (name, json) in attributes.extensions().iter() {
            converted.set_extension(name, extension(name, json)?);
        }
        Ok(converted)
    }
}

/// Converts an event as `TryFrom<&CloudEvent>` does.
impl<D> TryFrom<CloudEvent<D>> for Event {
    type Error = EnvelopeError;

    fn try_from(event: CloudEvent<D>) -> Result<Self, EnvelopeError> {
        Self::try_from(&event)
    }
}

/// Converts an event of the crate cloudevents-sdk (feature `cloudevents`).
///
/// The JSON is the same, with these exceptions. An event of version 0.3 becomes one of 1.0. An
/// attribute that is empty text, data that is null, and bytes of length 0 become missing.
///
/// It is an error if `source` or `type` is empty, an extension has the name of an attribute, or the
/// data does not fit `D`.
impl<D: EventData> TryFrom<Event> for CloudEvent<D> {
    type Error = EnvelopeError;

    fn try_from(event: Event) -> Result<Self, EnvelopeError> {
        let unwritable = || EnvelopeError::malformed("", "cannot be written as CloudEvents 1.0");
        let event = EventBuilderV10::from(event).build();
        let event = event.map_err(|error| unwritable().with_source(error))?;
        let json = serde_json::to_vec(&event).map_err(|error| unwritable().because_json(&error))?;
        Self::from_slice(&json)
    }
}

/// Returns a time in the form of RFC 3339.
fn in_utc(time: &str) -> Result<String, EnvelopeError> {
    let unreadable = |problem| EnvelopeError::malformed("time", problem);
    let time = parse_event_time(time).map_err(|error| {
        unreadable("is in no form that parse_event_time reads").with_source(error)
    })?;
    let time = jiff::Timestamp::try_from(time).map_err(|_| unreadable("is out of range"))?;
    Ok(time.to_string())
}

fn data<D>(event: &CloudEvent<D>) -> Result<Option<Data>, EnvelopeError> {
    if let Some(bytes) = event.data_bytes() {
        return Ok(Some(Data::Binary(bytes.to_vec())));
    }
    let Some(json) = event.data_json() else { return Ok(None) };
    if has_longer_number(json) {
        let problem = "has a whole number beyond 64 bits, which cloudevents::Event cannot hold";
        return Err(EnvelopeError::malformed("data", problem));
    }
    let is_json = event.attributes().datacontenttype().is_none_or(|media| {
        // As cloudevents-sdk tells it.
        media.starts_with("application/json")
            || media.starts_with("text/json")
            || media.ends_with("+json")
    });
    let value = event.decode()?;
    if !is_json && let Value::String(text) = value {
        return Ok(Some(Data::String(text)));
    }
    Ok(Some(Data::Json(value)))
}

fn extension(name: &str, json: &JsonText) -> Result<ExtensionValue, EnvelopeError> {
    let unfit = || {
        let problem = "is an extension that cloudevents::Event cannot hold: it holds text, a \
                       boolean, or a whole number of 64 bits with a sign";
        EnvelopeError::malformed(name, problem)
    };
    match json.decode::<Value>().map_err(|error| error.below(name))? {
        Value::String(text) => Ok(ExtensionValue::String(text)),
        Value::Bool(boolean) => Ok(ExtensionValue::Boolean(boolean)),
        Value::Number(number) => number.as_i64().map(ExtensionValue::Integer).ok_or_else(unfit),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(unfit()),
    }
}

/// Returns whether JSON has a whole number that fits neither 64 bits with a sign nor without.
fn has_longer_number(json: &str) -> bool {
    let mut rest = json;
    while let Some(at) =
        rest.find(|letter: char| letter == '"' || letter == '-' || letter.is_ascii_digit())
    {
        let (_, found) = rest.split_at_checked(at).unwrap_or_default();
        if let Some(text) = found.strip_prefix('"') {
            rest = after_string(text);
            continue;
        }
        let is_part = |letter: char| letter.is_ascii_digit() || "+-.eE".contains(letter);
        let end = found.find(|letter| !is_part(letter)).unwrap_or(found.len());
        let (number, after) = found.split_at_checked(end).unwrap_or_default();
        let is_whole = !number.contains(['.', 'e', 'E']);
        if is_whole && number.parse::<i64>().is_err() && number.parse::<u64>().is_err() {
            return true;
        }
        rest = after;
    }
    false
}

/// Returns what follows a string whose first quote is read.
fn after_string(mut text: &str) -> &str {
    while let Some((_, after)) = text.split_once(['"', '\\']) {
        let end = text.len().saturating_sub(after.len()).saturating_sub(1);
        if text.as_bytes().get(end) == Some(&b'"') {
            return after;
        }
        let mut letters = after.chars();
        letters.next();
        text = letters.as_str();
    }
    ""
}
