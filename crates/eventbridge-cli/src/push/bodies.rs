//! The body of each push: a file's bytes, or a sample with an id and a time of its own.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::json;

use crate::{
    event_edit::{Change, EditError, Event},
    samples::Sample,
};

/// What is pushed.
pub struct Bodies {
    from: From,
    changes: Vec<Change>,
    /// Begins every sample's id, so that no two runs share one.
    run: String,
}

/// Where bodies come from.
pub enum From {
    /// A file's bytes, the same each time.
    File(Bytes),
    Sample(&'static Sample),
    /// A small event of our own.
    Default,
}

impl Bodies {
    pub fn new(from: From, changes: Vec<Change>, now: SystemTime) -> Self {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let run = format!("push-{}-{}", now.as_millis(), std::process::id());
        Self { from, changes, run }
    }

    /// Returns the body of one push. The id and the time of a sample are new, unless `--set` gives
    /// them.
    pub fn body(&self, number: u32, now: SystemTime) -> Result<Bytes, EditError> {
        let mut event = match &self.from {
            From::File(bytes) if self.changes.is_empty() => return Ok(bytes.clone()),
            From::File(bytes) => Event::parse(bytes)?,
            From::Sample(sample) => {
                let mut event = Event::parse(sample.json.as_bytes())?;
                event.set_text("id", &format!("{}-{number}", self.run));
                event.set_text("time", &time(now));
                event
            }
            From::Default => Event::parse(self.small(number).as_bytes())?,
        };
        for change in &self.changes {
            event.change(change)?;
        }
        event.to_json().map(Bytes::from)
    }

    fn small(&self, number: u32) -> String {
        let event = json!({
            "id": format!("{}-{number}", self.run),
            "source": "tower-eventbridge.push",
            "specversion": "1.0",
            "type": "push:Sample",
            "datacontenttype": "application/json",
            "data": { "number": number },
        });
        event.to_string()
    }
}

/// As EventBridge writes times: milliseconds of UTC.
pub fn time(now: SystemTime) -> String {
    // No clock is beyond the year 9999.
    let now = jiff::Timestamp::try_from(now).unwrap_or_default();
    format!("{now:.3}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_has_milliseconds() {
        let at = |millis| time(UNIX_EPOCH + Duration::from_millis(millis));
        assert_eq!(at(1_796_083_200_000), "2026-12-01T00:00:00.000Z");
        assert_eq!(at(1_796_083_200_120), "2026-12-01T00:00:00.120Z");
    }
}
