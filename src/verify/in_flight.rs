//! Counts and limits the body bytes that all requests together hold.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::telemetry::metrics;

/// The bytes that all requests hold, and the most that they may.
#[derive(Debug)]
pub(super) struct InFlight {
    bytes: AtomicU64,
    limit: u64,
}

impl InFlight {
    pub(super) fn new(limit: u64) -> Self {
        Self { bytes: AtomicU64::new(0), limit }
    }
}

/// The bytes that one request holds. They are given back when this is dropped.
#[derive(Debug)]
pub(super) struct Charge {
    in_flight: Arc<InFlight>,
    bytes: u64,
}

impl Charge {
    pub(super) fn none(in_flight: Arc<InFlight>) -> Self {
        Self { in_flight, bytes: 0 }
    }

    /// Charges for this many bytes in all, if that is more than before.
    pub(super) fn hold(&mut self, bytes: u64) -> Result<(), Full> {
        match bytes.checked_sub(self.bytes) {
            Some(more) => self.add(more),
            None => Ok(()),
        }
    }

    fn add(&mut self, more: u64) -> Result<(), Full> {
        let limit = self.in_flight.limit;
        let charged =
            self.in_flight.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                held.checked_add(more).filter(|held| *held <= limit)
            });
        charged.map_err(|_| Full)?;
        metrics::body_bytes_held(more);
        self.bytes = self.bytes.saturating_add(more);
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.in_flight.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
            metrics::body_bytes_given_back(self.bytes);
        }
    }
}

/// The error where there is no room for more bytes.
#[derive(Debug)]
pub(super) struct Full;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_charged_is_given_back() {
        let in_flight = Arc::new(InFlight::new(10));
        let mut first = Charge::none(Arc::clone(&in_flight));
        let mut second = Charge::none(Arc::clone(&in_flight));
        first.hold(6).unwrap();
        second.hold(3).unwrap();
        second.hold(4).unwrap();
        second.hold(2).unwrap();
        assert!(second.hold(5).is_err());
        assert!(second.hold(u64::MAX).is_err());
        drop(first);
        second.hold(10).unwrap();
        drop(second);
        assert_eq!(in_flight.bytes.load(Ordering::Relaxed), 0);
    }
}
