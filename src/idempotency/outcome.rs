//! What became of an event, for the operator.

use crate::as_str_display::display_as_str;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    /// The handler answered 2xx, and that is remembered.
    Handled,
    /// The handler answered 2xx, and that could not be remembered: it may run again.
    CommitLost,
    /// The handler answered otherwise, or failed.
    Failed,
    /// The handler panicked.
    Panicked,
    /// The handler did not answer in time.
    TimedOut,
    /// It was done before.
    Duplicate,
    /// It is being handled.
    InFlight,
    /// It has no key; the handler ran.
    NoKey,
    /// The store cannot say.
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
