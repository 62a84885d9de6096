//! What is in a queue.

use std::sync::Arc;

use crate::attempt::KeptEvent;

/// One event on its way to one target.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) number: u64,
    pub(crate) event: Arc<KeptEvent>,
    /// How many tries there were.
    pub(crate) attempts: u32,
}
