//! What became of each event.

use std::{fmt, sync::Arc};

use crate::{
    error::{CallError, ErrorCode},
    field::InvalidField,
};

/// Says what became of an event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EntryOutcome {
    /// The service has it.
    Accepted {
        /// The id that it was sent with.
        event_id: String,
        /// The service's id for its way.
        trace_id: Option<String>,
    },
    /// The service refused it, each time that it was sent.
    Rejected {
        /// The id that it was sent with.
        event_id: String,
        /// The service's code.
        code: Option<ErrorCode>,
        /// The service's words.
        message: Option<String>,
    },
    /// It breaks a limit, or the service would refuse it. It was not sent.
    Invalid(InvalidField),
    /// It was sent, and the service did not say what became of it. It can have arrived.
    Unacknowledged {
        /// The id that it was sent with: publish it with the same one again.
        event_id: String,
        /// Why there is no answer. `None` if the answer left the event out.
        error: Option<Arc<CallError>>,
    },
    /// It was not sent: there was no time left, or the request before it showed that it would not
    /// succeed.
    NotSent {
        /// The id that it would have had.
        event_id: String,
        /// The failure of the request before, if there was one.
        error: Option<Arc<CallError>>,
    },
}

impl EntryOutcome {
    /// Tells whether the service has the event.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        match self {
            Self::Accepted { .. } => true,
            Self::Rejected { .. }
            | Self::Invalid(_)
            | Self::Unacknowledged { .. }
            | Self::NotSent { .. } => false,
        }
    }

    /// Tells whether the same event can be accepted later, with no change to it.
    #[must_use]
    pub fn is_worth_another_try(&self) -> bool {
        match self {
            Self::Accepted { .. } | Self::Invalid(_) => false,
            Self::Rejected { code, .. } => {
                !code.as_ref().is_some_and(ErrorCode::refuses_event_for_good)
            }
            Self::Unacknowledged { .. } | Self::NotSent { .. } => true,
        }
    }
}

impl fmt::Display for EntryOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { event_id, .. } => write!(f, "{event_id}: accepted"),
            Self::Rejected { event_id, code, message } => {
                let code = code.as_ref().map_or("no code", ErrorCode::as_str);
                let message = message.as_deref().unwrap_or("no message");
                write!(f, "{event_id}: rejected with {code}: {message}")
            }
            Self::Invalid(field) => write!(f, "invalid: {field}"),
            Self::Unacknowledged { event_id, .. } => {
                write!(f, "{event_id}: sent, and not acknowledged")
            }
            Self::NotSent { event_id, .. } => write!(f, "{event_id}: not sent"),
        }
    }
}

/// Holds the outcomes of one call, in the order of the events.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PublishReport {
    /// The outcome of each event, at the event's index.
    pub outcomes: Vec<EntryOutcome>,
    /// The number of requests that had an answer or an error, repetitions of one request not
    /// counted.
    pub requests: usize,
}

impl PublishReport {
    /// Tells whether the service has every event.
    #[must_use]
    pub fn all_accepted(&self) -> bool {
        self.outcomes.iter().all(EntryOutcome::is_accepted)
    }

    /// Returns index and outcome of every event that the service does not have, or may not have.
    pub fn failed(&self) -> impl Iterator<Item = (usize, &EntryOutcome)> {
        self.outcomes.iter().enumerate().filter(|(_, outcome)| !outcome.is_accepted())
    }
}
