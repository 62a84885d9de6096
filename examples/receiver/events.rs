//! The events of a push: one JSON line each, and the requests that are enclosed in them.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use tower_eventbridge::{
    Authentic,
    envelope::{ApiGatewayRequest, EnvelopeError, EventAttributes, event_texts},
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
            // Of no dialect, so it encloses none.
            Err(error) if error.dialect().is_none() => {
                tracing::debug!("an event that is not forwarded: {error}");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(requests)
}

/// The events of a push; a body that is no JSON, or has too many, is one that is no event. Never empty.
fn events(body: &[u8]) -> Vec<Cow<'_, str>> {
    match event_texts(body) {
        Ok(events) if !events.is_empty() && events.len() <= MAX_EVENTS => events,
        _ => vec![std::str::from_utf8(body).unwrap_or_default().into()],
    }
}

fn line(authentic: &Authentic, event: &[u8]) -> String {
    // Whether the data can be decoded, or a required attribute is missing, does not matter here.
    let attributes = EventAttributes::found_in(event).unwrap_or_default();
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "id": attributes.id(),
        "source": text(attributes.source()),
        "type": text(attributes.event_type()),
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

/// Many more than EventBridge puts together.
const MAX_EVENTS: usize = 10_000;
