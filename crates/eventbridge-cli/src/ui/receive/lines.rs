//! The lines of the feed as the page reads them: one JSON object each.

use http::Uri;
use serde_json::{Value, json};
use tower_eventbridge::envelope::EventAttributes;

use super::{
    arrived::{Arrived, Body, Push, query},
    feed::{Follower, Next, What},
    redacted::Redactor,
};
use crate::{
    push::event_time,
    ui::stream::{Source, Told},
};

/// The lines for one page.
pub struct Lines {
    pub follower: Follower,
    pub redactor: Redactor,
}

impl Source for Lines {
    async fn next(&mut self) -> Option<Told> {
        Some(match self.follower.next().await? {
            Next::Line(number, what) => Told::Line(line(number, &what, &self.redactor)),
            Next::Missed(number) => Told::Missed(number),
        })
    }
}

fn line(number: u64, what: &What, redactor: &Redactor) -> String {
    let (kind, mut line) = match what {
        What::Verdict(push) => ("verdict", verdict(push, redactor)),
        What::Answered { push, status, handled } => {
            let status = status.map(|status| status.as_u16());
            ("answered", json!({"push": push, "status": status, "handled": handled}))
        }
    };
    if let Value::Object(members) = &mut line {
        members.insert("kind".to_owned(), kind.into());
        members.insert("number".to_owned(), number.into());
    }
    line.to_string()
}

fn verdict(push: &Push, redactor: &Redactor) -> Value {
    let at = event_time(push.arrived.at);
    let target = target(&push.arrived, redactor);
    match &push.verdict {
        Ok(accepted) => json!({
            "at": at,
            "target": target,
            "accepted": true,
            "scheme": accepted.scheme.as_str(),
            "assurance": accepted.assurance.as_str(),
            "event": event(&push.body),
        }),
        Err(rejection) => json!({
            "at": at,
            "target": target,
            "accepted": false,
            "reason": rejection.kind().as_str(),
            "stage": rejection.stage().as_str(),
            "text": redactor.text(&rejection.to_string()),
            "status": push.status.map(|status| status.as_u16()),
        }),
    }
}

/// What names the event, if the body is one.
fn event(body: &Body) -> Value {
    let event = match body {
        Body::Whole(bytes) => EventAttributes::found_in(bytes).ok(),
        Body::TooLarge(_) | Body::NoRoom | Body::Unread => None,
    };
    event.map_or(Value::Null, |event| {
        json!({
            "type": excerpt(event.event_type()),
            "source": excerpt(event.source()),
            "id": event.id().map(excerpt),
        })
    })
}

/// Method and path.
fn target(arrived: &Arrived, redactor: &Redactor) -> String {
    let Some(line) = &arrived.head.request_line else { return String::new() };
    let query = if query(&line.target).is_empty() { "" } else { "?<redacted>" };
    let path = redactor.text(Uri::path(&line.target));
    format!("{} {}{query}", excerpt(line.method.as_str()), excerpt(&path))
}

/// The beginning of a text that a sender chose.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// Of a text that a sender chose, in characters.
const LONGEST: usize = 200;
