//! The events of a push: one JSON line each, and the requests that are enclosed in them.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use bytes::Bytes;
use http::Request;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json, value::RawValue};
use tower_eventbridge::{
    Authentic,
    envelope::{ApiGatewayRequest, EnvelopeError, EnvelopeErrorKind},
};

/// One line for each event of a push. A body that is no JSON or no event is a line of nulls: it is authentic all the same.
pub fn write_lines(out: &mut impl Write, authentic: &Authentic) -> io::Result<()> {
    for event in events(authentic.body()) {
        writeln!(out, "{}", line(authentic, event.as_bytes()))?;
    }
    Ok(())
}

/// The requests that are enclosed in a push, in order. An event that encloses none is passed over; one that encloses a
/// malformed one is an error.
pub fn enclosed(body: &[u8]) -> Result<Vec<ApiGatewayRequest>, EnvelopeError> {
    let mut requests = Vec::new();
    for event in events(body) {
        match ApiGatewayRequest::from_slice(event.as_bytes()) {
            Ok(request) => requests.push(request),
            Err(error) => match error.kind() {
                EnvelopeErrorKind::UnknownDialect
                | EnvelopeErrorKind::NotJson
                | EnvelopeErrorKind::NotOneEvent => {}
                _ => return Err(error),
            },
        }
    }
    Ok(requests)
}

/// A batch is an array, of events or of events as text, or is held by `EventList`. Never empty.
fn events(body: &[u8]) -> Vec<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct List<'a> {
        #[serde(borrow, rename = "EventList")]
        events: Vec<&'a RawValue>,
        specversion: Option<IgnoredAny>,
    }
    let array = serde_json::from_slice::<Vec<&RawValue>>(body).ok();
    let list = || {
        let list = serde_json::from_slice::<List<'_>>(body).ok();
        list.filter(|list| list.specversion.is_none()).map(|list| list.events)
    };
    match array.or_else(list).filter(|events| !events.is_empty()) {
        Some(events) => events.into_iter().map(unwrapped).collect(),
        None => vec![std::str::from_utf8(body).unwrap_or_default().into()],
    }
}

fn unwrapped(event: &RawValue) -> Cow<'_, str> {
    match serde_json::from_str::<String>(event.get()) {
        Ok(text) => text.into(),
        Err(_) => event.get().into(),
    }
}

fn line(authentic: &Authentic, event: &[u8]) -> String {
    /// What is printed of an event; fields of any other type are nulls.
    #[derive(Default, Deserialize)]
    struct Printed {
        #[serde(default)]
        id: Value,
        #[serde(default)]
        source: Value,
        #[serde(default, rename = "type")]
        event_type: Value,
    }
    let printed: Printed = serde_json::from_slice(event).unwrap_or_default();
    let text = |value: Value| if value.is_string() { value } else { Value::Null };
    json!({
        "id": text(printed.id),
        "source": text(printed.source),
        "type": text(printed.event_type),
        "scheme": authentic.scheme().as_str(),
        "form": authentic.form().as_str(),
        "request": request(event),
    })
    .to_string()
}

/// The line of the enclosed request, if there is one that can be made.
fn request(event: &[u8]) -> Value {
    let enclosed = ApiGatewayRequest::from_slice(event).and_then(Request::<Bytes>::try_from);
    enclosed.map_or(Value::Null, |request| {
        json!({
            "method": request.method().as_str(),
            "path": request.uri().path(),
            "query": request.uri().query(),
        })
    })
}
