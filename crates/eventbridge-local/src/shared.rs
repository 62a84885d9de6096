//! What all queues and all requests share.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use aliyun_eventbridge::{
    clock::Clock,
    random::{Random, SystemRandom},
};
use serde::Serialize;
use tokio::sync::watch;

use crate::{
    attempt::{Attempt, KeptEvent},
    dead_letters::DeadLetters,
    journal::{Journal, StoredDeadLetter, StoredDelivery, Write},
    limits::{Bounds, Quotas},
    observe::{DeadLettered, Destination, Observed, Observer},
};

/// Counts what happened since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Events that were accepted.
    pub accepted: u64,
    /// Pushes that were sent, each try counted.
    pub tries: u64,
    /// Deliveries that a target answered 2xx.
    pub delivered: u64,
    /// Deliveries that became dead letters.
    pub dead_lettered: u64,
}

/// What all queues and all requests share.
pub(crate) struct Shared {
    pub(crate) attempt: Box<dyn Attempt>,
    pub(crate) journal: Journal,
    pub(crate) observer: Observer,
    pub(crate) clock: Arc<dyn Clock>,
    /// How many times faster than EventBridge's the schedule of tries runs.
    pub(crate) time_scale: f64,
    pub(crate) bounds: Bounds,
    pub(crate) quotas: Quotas,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) dead: Mutex<DeadLetters>,
    pub(crate) counts: watch::Sender<Counts>,
    /// The bytes of all events that wait for delivery.
    pub(crate) held: Arc<AtomicUsize>,
    /// The last number that was given to an event or a delivery.
    pub(crate) last: AtomicU64,
    /// Ends with the server.
    pub(crate) stopping: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn count(&self, change: impl FnOnce(&mut Counts)) {
        self.counts.send_modify(change);
    }

    pub(crate) fn tell(&self, what: Observed) {
        self.observer.tell(self.now_text(), what);
    }

    /// Returns now, as RFC 3339 in UTC with milliseconds.
    pub(crate) fn now_text(&self) -> String {
        let now = jiff::Timestamp::try_from(self.clock.now()).unwrap_or_default();
        format!("{now:.3}")
    }

    pub(crate) fn now_millis(&self) -> u64 {
        let now = self.clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
    }

    /// Returns the next number of an event or a delivery.
    pub(crate) fn next_number(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Returns a number from 0 to 1 at random.
    pub(crate) fn part(&self) -> f64 {
        let mut bytes = [0; 2];
        // Without randomness all wait as long.
        let _ = SystemRandom::new().fill(&mut bytes);
        f64::from(u16::from_be_bytes(bytes)) / f64::from(u16::MAX)
    }

    /// Puts a delivery among the dead letters.
    pub(crate) async fn bury(
        &self,
        delivery: StoredDelivery,
        event: &KeptEvent,
        queue: &str,
        reason: String,
    ) {
        let to = delivery.to();
        let letter = StoredDeadLetter {
            event: event.stored(),
            queue: queue.to_owned(),
            reason: reason.clone(),
            at: self.now_text(),
            delivery,
        };
        let (number, attempts) = (letter.delivery.number, letter.delivery.attempts);
        let copy = letter.clone();
        let gone = {
            let mut dead = self.dead.lock().unwrap_or_else(PoisonError::into_inner);
            dead.add(letter, &self.bounds)
        };
        let last = event.ended();
        self.journal
            .later(|| {
                let mut writes = vec![Write::Dead(Box::new(copy)), Write::DeliveryGone(number)];
                writes.extend(gone.into_iter().map(Write::DeadGone));
                writes.extend(last.then_some(Write::EventGone(event.number)));
                writes
            })
            .await;
        self.tell(Observed::DeadLettered(DeadLettered {
            delivery: number,
            event: event.number,
            id: event.id.clone(),
            to,
            queue: queue.to_owned(),
            reason,
            attempts,
        }));
        self.count(|counts| counts.dead_lettered = counts.dead_lettered.saturating_add(1));
    }

    /// Ends a delivery that a target accepted.
    pub(crate) async fn delivered(&self, number: u64, event: &KeptEvent) {
        let last = event.ended();
        self.journal
            .later(|| {
                let mut writes = vec![Write::DeliveryGone(number)];
                writes.extend(last.then_some(Write::EventGone(event.number)));
                writes
            })
            .await;
        self.count(|counts| counts.delivered = counts.delivered.saturating_add(1));
    }
}

/// Returns the delivery as the state file has it.
pub(crate) fn stored(
    number: u64,
    event: &KeptEvent,
    to: &Destination,
    attempts: u32,
) -> StoredDelivery {
    let Destination { bus, rule, target } = to.clone();
    StoredDelivery { number, event: event.number, bus, rule, target, attempts }
}
