//! The queue of one target: one task that sends, waits and tries again.
//!
//! Events are tried for the first time in the order in which they were published. An event that
//! waits for its next try holds neither the others nor a place among the pushes under way, unless
//! the target tolerates no errors (`ErrorsTolerance` `NONE`): then one event is under way at a
//! time, and the queue stops at one that fails for good.

mod delivery;

mod waiting;

mod worker;

pub(crate) use delivery::Delivery;
pub(crate) use worker::Queue;
