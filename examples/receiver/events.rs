//! One JSON line for each accepted event.

use std::io::{self, Write};

use serde_json::{Value, json};
use tower_eventbridge::Authentic;

/// One line for each event of a push. A body that is no JSON or no event is a line of nulls: it is authentic all the same.
pub fn write_lines(out: &mut impl Write, authentic: &Authentic) -> io::Result<()> {
    let body = serde_json::from_slice(authentic.body()).unwrap_or(Value::Null);
    for event in events(body) {
        writeln!(out, "{}", line(authentic, &event))?;
    }
    Ok(())
}

/// A batch is an array, of events or of events as text, or is held by `EventList`.
fn events(body: Value) -> Vec<Value> {
    match body {
        Value::Array(events) if !events.is_empty() => events.into_iter().map(unwrapped).collect(),
        Value::Object(mut object) => match object.remove("EventList") {
            Some(Value::Array(events)) if !events.is_empty() => events,
            Some(other) => {
                object.insert("EventList".to_owned(), other);
                vec![Value::Object(object)]
            }
            None => vec![Value::Object(object)],
        },
        other => vec![other],
    }
}

fn unwrapped(event: Value) -> Value {
    match &event {
        Value::String(text) => serde_json::from_str(text).unwrap_or(event),
        _ => event,
    }
}

fn line(authentic: &Authentic, event: &Value) -> String {
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    json!({
        "id": text("id"),
        "source": text("source"),
        "type": text("type"),
        "scheme": authentic.scheme().as_str(),
        "form": authentic.form().as_str(),
        "request": Value::Null,
    })
    .to_string()
}
