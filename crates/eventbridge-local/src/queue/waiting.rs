//! Deliveries that wait for their next try, by the time at which it is due.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::delivery::Delivery;

#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Of those that are due at the same time, the older event comes first.
    by_time: BTreeMap<(Instant, u64), Delivery>,
}

impl Waiting {
    pub(super) fn add(&mut self, at: Instant, delivery: Delivery) {
        self.by_time.insert((at, delivery.number), delivery);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_time.is_empty()
    }

    /// Returns when the next one is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.by_time.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes those that are due, in their order.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Delivery> {
        let later = self.by_time.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut self.by_time, later);
        due.into_values().collect()
    }

    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Delivery> + use<> {
        std::mem::take(&mut self.by_time).into_values()
    }
}
