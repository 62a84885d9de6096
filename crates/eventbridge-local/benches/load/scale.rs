//! How much there is of what.

/// Rules of the bus; each event matches one.
pub(crate) const RULES: u64 = 100;
/// Connections that publish; each has rules of its own, so that the order of their events is known.
pub(crate) const PUBLISHERS: u64 = 4;
/// Events of a request, the most that the service allows.
pub(crate) const BATCH: u64 = 16;
/// One event of so many is refused at its first try.
pub(crate) const REFUSED: u64 = 500;
