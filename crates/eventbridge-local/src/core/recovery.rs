//! What a state file held goes on where it stopped.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, atomic::Ordering},
};

use super::{Change, Core};
use crate::{
    attempt::KeptEvent,
    fault::Fault,
    journal::{Recovered, StoredDelivery, Write},
    queue::Delivery,
    resources::{Bus, DEFAULT_BUS, Resource},
    shared::stored,
};

impl Core {
    /// Takes what a state file held. Without one there is the bus `default` only.
    pub(crate) async fn recover(&self, recovered: Recovered) -> Result<(), Fault> {
        let Recovered { mut resources, events, deliveries, dead } = recovered;
        let numbers = events.keys().copied().chain(deliveries.iter().map(|one| one.number));
        let numbers = numbers.chain(dead.iter().map(|letter| letter.delivery.number));
        self.shared.last.store(numbers.max().unwrap_or(0), Ordering::Relaxed);
        let default = Bus {
            name: DEFAULT_BUS.to_owned(),
            description: Some("The bus that every account has.".to_owned()),
            tags: BTreeMap::new(),
            created_millis: self.shared.now_millis(),
        };
        resources.insert(0, Resource::Bus(default));
        for resource in resources {
            let plans = match &resource {
                Resource::Rule(rule) => self.plans(rule)?,
                Resource::Bus(_) | Resource::ApiDestination(_) | Resource::Connection(_) => {
                    Vec::new()
                }
            };
            let key = resource.key();
            self.see(Change::put(resource), &key, plans)?;
        }
        for letter in dead {
            let mut dead = self.shared.dead.lock().unwrap_or_else(PoisonError::into_inner);
            dead.add(letter, &self.shared.bounds);
        }
        let mut by_event: HashMap<u64, Vec<StoredDelivery>> = HashMap::new();
        for delivery in deliveries {
            by_event.entry(delivery.event).or_default().push(delivery);
        }
        let mut found = Vec::new();
        let mut done = Vec::new();
        for (number, event) in events {
            // The last delivery ended, and the machine stopped before the event went.
            let Some(open) = by_event.remove(&number) else {
                done.push(Write::EventGone(number));
                continue;
            };
            let event = Arc::new(KeptEvent::new(event, open.len(), &self.shared.held));
            found.extend(open.into_iter().map(|delivery| (delivery, Arc::clone(&event))));
        }
        let lost = by_event.into_values().flatten();
        done.extend(lost.map(|delivery| Write::DeliveryGone(delivery.number)));
        self.shared.journal.commit(|| done).await?;
        found.sort_by_key(|(delivery, _)| delivery.number);
        for (delivery, event) in found {
            self.go_on_with(delivery, event).await;
        }
        Ok(())
    }

    async fn go_on_with(&self, delivery: StoredDelivery, event: Arc<KeptEvent>) {
        let to = delivery.to();
        let StoredDelivery { number, attempts, .. } = delivery;
        if let Some(queue) = self.queue(&to) {
            // It had its place before the machine stopped.
            queue.reserve(usize::MAX);
            let delivery = Delivery { number, event: Arc::clone(&event), attempts };
            if queue.add(delivery).is_ok() {
                return;
            }
        }
        let queue = self.dead_letter_queue(&to);
        let kept = stored(number, &event, &to, attempts);
        self.shared.bury(kept, &event, &queue, "the target was deleted".to_owned()).await;
    }
}
