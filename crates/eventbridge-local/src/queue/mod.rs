//! The queue of one target: one task that sends, waits and tries again.
//!
//! Events are tried for the first time in the order in which they were published. An event that
//! waits for its next try does not hold up the others, and takes no place among the pushes under
//! way. A target that tolerates no errors (`ErrorsTolerance` `NONE`) differs. Then one event is
//! under way at a time, and the queue stops at one that fails for good.

mod delivery;

mod waiting;

mod worker;

pub(crate) use delivery::Delivery;
pub(crate) use worker::Queue;
