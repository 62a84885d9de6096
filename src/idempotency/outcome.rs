//! Says what became of an event, for the operator.

use crate::as_str_display::display_as_str;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    /// The handler answered 2xx, and the store remembers it.
    Handled,
    /// The handler answered 2xx, and the store could not remember it: the handler may run again.
    CommitLost,
    /// The handler answered otherwise, or failed.
    Failed,
    /// The handler panicked.
    Panicked,
    /// The handler did not answer in time.
    TimedOut,
    /// The event was done before.
    Duplicate,
    /// The event is being handled.
    InFlight,
    /// The event has no key; the handler ran.
    NoKey,
    /// The store is down or slow.
    StoreUnavailable,
    /// The store has no room for another claim.
    StoreFull,
}

impl Outcome {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::CommitLost => "commit-lost",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::TimedOut => "timed-out",
            Self::Duplicate => "duplicate",
            Self::InFlight => "in-flight",
            Self::NoKey => "no-key",
            Self::StoreUnavailable => "store-unavailable",
            Self::StoreFull => "store-full",
        }
    }
}

display_as_str!(Outcome);
