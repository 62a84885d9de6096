//! What happens in a local EventBridge, as it happens: for pages, logs and tests.
//!
//! An [`Observer`] keeps the last [`MOST_RECENT`] observations and hands new ones to its
//! [`Subscription`]s. It never waits for one: a subscription that is more than [`MOST_BEHIND`]
//! observations behind loses the oldest and is told how many.
//!
//! Every type here is written as JSON by serde, with small names and hyphens in `kind`:
//!
//! ```json
//! {"number": 7, "at": "2026-11-26T06:40:00.000Z", "kind": "tried", "delivery": 3, "attempt": 1,
//!  "request": {"method": "POST", "url": "http://127.0.0.1:8080/", "headers": [["host", "…"]]},
//!  "outcome": {"result": "delivered", "answer": {"status": 200, "body": {"text": "ok"}}}}
//! ```
//!
//! Tokens of targets and credentials of connections are replaced by `<redacted>` in headers and
//! strings to sign. URLs and bodies are shown as they are: an event can hold anything.

mod hub;

use std::sync::Arc;

use aliyun_eventbridge::pattern::Explanation;
pub use hub::{Observer, Seen, Subscription};
use serde::Serialize;

/// Limits the observations that an observer keeps for those that come later.
pub const MOST_RECENT: usize = 1_000;
/// Limits the bytes of text of the recent observations: 16 MiB.
pub const MOST_RECENT_BYTES: usize = 16 * 1024 * 1024;
/// Limits how many observations a subscription can be behind before it loses some.
pub const MOST_BEHIND: usize = 1_024;
/// Limits the bytes of a text in an observation. A longer text is cut.
pub const MOST_TEXT: usize = 64 * 1024;
/// Stands for a secret.
pub const REDACTED: &str = "<redacted>";

/// Holds one thing that happened.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Observation {
    /// Counts from 1 since the start, without gaps.
    pub number: u64,
    /// When it happened: RFC 3339 in UTC with milliseconds.
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub what: Observed,
}

/// Says what happened.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Observed {
    /// An event was published and is kept.
    Published(Published),
    /// A push was sent, and answered or not.
    Tried(Tried),
    /// An event that could not be delivered went to a queue of dead letters.
    DeadLettered(DeadLettered),
    /// A dead letter goes to its target again.
    Redriven(Redriven),
    /// A bus, rule, target, API destination or connection was created, changed or deleted.
    Changed(Changed),
    /// A target with `ErrorsTolerance` `NONE` stopped at an event, or goes on.
    Blocked(Blocked),
}

/// Tells of a published event.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Published {
    /// The number of the event in this server.
    pub event: u64,
    /// The bus.
    pub bus: String,
    /// The attribute `id`.
    pub id: String,
    /// The attribute `source`.
    pub source: String,
    /// The attribute `type`.
    pub r#type: String,
    /// The event as targets with form ORIGINAL get it.
    pub json: Text,
    /// The names of the rules that it matches.
    pub matched: Vec<String>,
    /// The rules that it does not match, and why.
    ///
    /// Empty while nobody is subscribed: to explain takes longer than to match. `Handle::explain`
    /// explains later.
    pub not_matched: Vec<NotMatched>,
}

/// Says why an event does not match a rule.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct NotMatched {
    /// The name of the rule.
    pub rule: String,
    /// Whether the rule is disabled. The explanation is then of its pattern all the same.
    pub disabled: bool,
    /// The explanation in one line.
    pub why: String,
    /// Every field of the pattern, and whether it holds.
    pub explanation: Explanation,
}

/// Names where an event goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Destination {
    /// The bus.
    pub bus: String,
    /// The rule.
    pub rule: String,
    /// The id of the target within the rule.
    pub target: String,
}

/// Tells of one try to deliver an event.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Tried {
    /// The number of the delivery: one event to one target.
    pub delivery: u64,
    /// The number of the event.
    pub event: u64,
    /// The attribute `id` of the event.
    pub id: String,
    /// Where it goes.
    pub to: Destination,
    /// The number of the try, from 1.
    pub attempt: u32,
    /// The head of the request; `None` if no request could be made.
    pub request: Option<RequestHead>,
    /// The body of the request.
    pub body: Text,
    /// The strings that were signed: one for v1, one for v2. Empty for an API destination.
    pub strings_to_sign: Vec<StringToSign>,
    /// What came of it.
    pub outcome: Outcome,
}

/// Holds the head of a request.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RequestHead {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// Names and values of headers, in the order in which they are sent.
    pub headers: Vec<(String, String)>,
}

/// Holds a string to sign.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StringToSign {
    /// `v1` or `v2`.
    pub scheme: &'static str,
    /// The text.
    pub text: Text,
}

/// Says what came of a try.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// The target answered 2xx.
    #[non_exhaustive]
    Delivered {
        /// The answer.
        answer: Answer,
    },
    /// It failed and is tried again.
    #[non_exhaustive]
    Retry {
        /// Why it failed.
        failure: Failure,
        /// After how many milliseconds it is tried again, on the clock of this machine.
        wait_millis: u64,
    },
    /// It failed for good: see the next [`DeadLettered`].
    #[non_exhaustive]
    Failed {
        /// Why it failed.
        failure: Failure,
    },
}

impl Outcome {
    /// Returns the answer of the target, if there was one.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Delivered { answer } => Some(answer),
            Self::Retry { failure, .. } | Self::Failed { failure } => failure.answer.as_ref(),
        }
    }
}

/// Says why a try failed.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// The reason in one line.
    pub reason: String,
    /// The answer, if there is one.
    pub answer: Option<Answer>,
}

/// Holds the answer of a target.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names and values of headers, 64 at most.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body.
    pub body: Text,
}

/// Tells of a dead letter.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DeadLettered {
    /// The number of the dead letter: that of the delivery.
    pub delivery: u64,
    /// The number of the event.
    pub event: u64,
    /// The attribute `id` of the event.
    pub id: String,
    /// Where it could not be delivered.
    pub to: Destination,
    /// The queue.
    pub queue: String,
    /// Why.
    pub reason: String,
    /// How many tries there were.
    pub attempts: u32,
}

/// Tells that a dead letter goes to its target again.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Redriven {
    /// The number of the delivery.
    pub delivery: u64,
    /// Where it goes.
    pub to: Destination,
}

/// Tells of a change of resources.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Changed {
    /// What the resource is: `bus`, `rule`, `targets`, `api-destination`, `connection`.
    pub resource: &'static str,
    /// Its name; of a rule and its targets `bus/rule`.
    pub name: String,
    /// `created`, `changed`, `deleted`.
    pub change: &'static str,
}

/// Tells that a target stopped, or goes on.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Blocked {
    /// The target.
    pub to: Destination,
    /// Whether it is stopped.
    pub blocked: bool,
}

/// Holds a text of [`MOST_TEXT`] bytes at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Text {
    /// The text, or its beginning.
    pub text: Arc<str>,
    /// The length of the whole in bytes, if it is cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole_bytes: Option<usize>,
}

impl Text {
    /// Returns a text, cut at [`MOST_TEXT`] bytes.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::cut_at(text, MOST_TEXT)
    }

    /// Returns a text, cut at this many bytes and then at the character before.
    pub(crate) fn cut_at(text: &str, most: usize) -> Self {
        if text.len() <= most {
            return Self { text: Arc::from(text), whole_bytes: None };
        }
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let beginning = text.get(..end).unwrap_or_default();
        Self { text: Arc::from(beginning), whole_bytes: Some(text.len()) }
    }

    /// Returns a text that is shared, if it is short enough.
    pub(crate) fn shared(text: &Arc<str>) -> Self {
        if text.len() <= MOST_TEXT {
            return Self { text: Arc::clone(text), whole_bytes: None };
        }
        Self::new(text)
    }
}

impl Observed {
    /// Returns about how many bytes it holds.
    fn bytes(&self) -> usize {
        let pairs = |headers: &[(String, String)]| -> usize {
            headers.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum()
        };
        match self {
            Self::Published(published) => {
                // An explanation has the words of `why`, and the fields of the pattern beside them.
                let rules = published.not_matched.iter();
                let rules =
                    rules.map(|rule| rule.why.len().saturating_mul(4).saturating_add(1_024));
                rules.sum::<usize>().saturating_add(published.json.text.len())
            }
            Self::Tried(tried) => {
                let signed = tried.strings_to_sign.iter().map(|signed| signed.text.text.len());
                let head = tried.request.as_ref();
                let head =
                    head.map_or(0, |head| head.url.len().saturating_add(pairs(&head.headers)));
                let answer = tried.outcome.answer();
                let answer = answer.map_or(0, |answer| {
                    answer.body.text.len().saturating_add(pairs(&answer.headers))
                });
                let parts = [signed.sum(), head, answer, tried.body.text.len()];
                parts.into_iter().fold(0, usize::saturating_add)
            }
            Self::DeadLettered(_) | Self::Redriven(_) | Self::Changed(_) | Self::Blocked(_) => 0,
        }
        .saturating_add(1_024)
    }
}

#[cfg(test)]
mod tests;
