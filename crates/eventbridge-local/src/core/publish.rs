//! Publishing: events are checked, matched, written, and then given to the queues.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use aliyun_eventbridge::{JsonEvent, error::ErrorCode, publish::Event};
use tokio::time::Instant;

use super::Core;
use crate::{
    attempt::KeptEvent,
    event::{Stamp, stamped},
    fault::Fault,
    journal::{StoredEvent, Write},
    observe::{Destination, NotMatched, Observed, Published, Text},
    queue::{Delivery, Queue},
    resources::{BusRules, DEFAULT_BUS, pattern},
    shared::stored,
};

/// One event, ready for its queues.
struct Routed {
    published: Published,
    event: Arc<KeptEvent>,
    ways: Vec<Way>,
}

/// The way of one event to one target.
struct Way {
    number: u64,
    to: Destination,
    queue: Queue,
    /// The queue is full of deliveries that fail.
    overflows: bool,
}

impl Core {
    /// Publishes the events of one request, which name one bus. An event that is wrong does not
    /// hold the others. Returns the numbers of those that were accepted.
    pub(crate) async fn publish(
        &self,
        events: Vec<Result<Event, Fault>>,
    ) -> Result<Vec<Result<u64, Fault>>, Fault> {
        let limits = &self.shared.quotas.publish;
        if events.len() > limits.most_events() {
            let message = format!(
                "{} events in one request; {} are allowed",
                events.len(),
                limits.most_events()
            );
            return Err(Fault::parameter(message));
        }
        let bus = one_bus(&events)?;
        let mut routed = Vec::new();
        let results = {
            let resources = self.resources();
            let rules = resources.bus(&bus)?;
            self.within_rate(&bus, events.len())?;
            let now = self.shared.now_text();
            let mut results = Vec::new();
            for event in events {
                let result = event.and_then(|event| self.routed(event, rules, &now));
                let result = result.map(|(number, one)| {
                    routed.push(one);
                    number
                });
                if let Err(fault) = &result
                    && fault.status == 503
                {
                    release(&routed);
                    return Err(fault.clone());
                }
                results.push(result);
            }
            results
        };
        if let Err(fault) = self.shared.journal.commit(|| writes(&routed)).await {
            release(&routed);
            return Err(fault);
        }
        for one in routed {
            self.go(one).await;
        }
        Ok(results)
    }

    /// Finds the targets of an event and reserves its places there.
    fn routed(&self, event: Event, rules: &BusRules, now: &str) -> Result<(u64, Routed), Fault> {
        let bus = rules.bus.name.clone();
        let (account, region) = (&self.shared.account, &self.shared.region);
        let id = event.given_id().unwrap_or_default().to_owned();
        let (source, r#type) = (event.source().to_owned(), event.event_type().to_owned());
        let stamp = Stamp { bus: &bus, account, region, now };
        let json = stamped(event, &self.shared.quotas.publish, &stamp)?;
        let parsed = JsonEvent::parse(json.get()).map_err(Fault::parameter)?;
        let matched: Vec<String> =
            rules.enabled.matching_event(&parsed).into_iter().cloned().collect();
        let not_matched = if self.shared.observer.is_watched() {
            not_matched(rules, &parsed, &matched)
        } else {
            Vec::new()
        };
        let number = self.shared.next_number();
        let stored = StoredEvent {
            number,
            bus: bus.clone(),
            id: id.clone(),
            source: source.clone(),
            r#type: r#type.clone(),
            json: json.get().to_owned(),
        };
        let ways = self.ways(rules, &matched)?;
        let event = Arc::new(KeptEvent::new(stored, ways.len(), &self.shared.held));
        let json = Text::shared(&event.json);
        let published =
            Published { event: number, bus, id, source, r#type, json, matched, not_matched };
        let routed = Routed { published, event, ways };
        // What no rule matches waits for nothing.
        let waits = !routed.ways.is_empty();
        if waits && self.shared.held.load(Ordering::Relaxed) > self.shared.bounds.pending_bytes {
            release(std::slice::from_ref(&routed));
            return Err(Fault::unavailable("too many events wait for delivery: try again later"));
        }
        Ok((number, routed))
    }

    fn ways(&self, rules: &BusRules, matched: &[String]) -> Result<Vec<Way>, Fault> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        let mut ways: Vec<Way> = Vec::new();
        let rules = matched.iter().filter_map(|name| rules.rules.get(name));
        for (rule, target) in rules.flat_map(|rule| rule.targets.iter().map(move |to| (rule, to))) {
            let to = Destination {
                bus: rule.bus.clone(),
                rule: rule.name.clone(),
                target: target.id.clone(),
            };
            let Some(queue) = queues.get(&to).cloned() else { continue };
            let reserved = queue.reserve(self.shared.bounds.pending_per_target);
            if !reserved && !queue.is_failing() {
                for way in &ways {
                    way.release();
                }
                let Destination { rule, target, .. } = to;
                return Err(Fault::unavailable(format_args!(
                    "the target {target:?} of the rule {rule:?} is too slow: too many events wait \
                     for it; try again later"
                )));
            }
            let number = self.shared.next_number();
            ways.push(Way { number, to, queue, overflows: !reserved });
        }
        Ok(ways)
    }

    /// Gives an event to its queues.
    async fn go(&self, routed: Routed) {
        let Routed { published, event, ways } = routed;
        self.shared.tell(Observed::Published(published));
        self.shared.count(|counts| counts.accepted = counts.accepted.saturating_add(1));
        for Way { number, to, queue, overflows } in ways {
            let delivery = Delivery { number, event: Arc::clone(&event), attempts: 0 };
            let (reason, queue_name) = if overflows {
                let reason = "the target fails, and too many events wait for it";
                (reason, self.dead_letter_queue(&to))
            } else {
                let Err(_) = queue.add(delivery) else { continue };
                ("the target was deleted", self.dead_letter_queue(&to))
            };
            let kept = stored(number, &event, &to, 0);
            self.shared.bury(kept, &event, &queue_name, reason.to_owned()).await;
        }
    }

    /// Counts the events of this second against the quota of the bus.
    fn within_rate(&self, bus: &str, events: usize) -> Result<(), Fault> {
        let quotas = &self.shared.quotas;
        let most = match bus {
            DEFAULT_BUS => quotas.default_bus_events_per_second,
            _ => quotas.custom_bus_events_per_second,
        };
        let now = Instant::now();
        let mut rates: std::sync::MutexGuard<'_, HashMap<_, _>> =
            self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        // Buses that were deleted: their counts are of a second that is over.
        if rates.len() > quotas.buses.saturating_mul(2).saturating_add(2) {
            rates.clear();
        }
        let (since, count) = rates.entry(bus.to_owned()).or_insert((now, 0));
        if now.saturating_duration_since(*since) >= Duration::from_secs(1) {
            (*since, *count) = (now, 0);
        }
        let wanted = count.saturating_add(u64::try_from(events).unwrap_or(u64::MAX));
        if wanted > most {
            let message = format!("the bus {bus:?} takes {most} events in a second");
            return Err(Fault::new(429, ErrorCode::TooManyRequests, message));
        }
        *count = wanted;
        Ok(())
    }
}

impl Way {
    fn release(&self) {
        if !self.overflows {
            self.queue.release();
        }
    }
}

fn release(routed: &[Routed]) {
    routed.iter().flat_map(|one| &one.ways).for_each(Way::release);
}

fn writes(routed: &[Routed]) -> Vec<Write> {
    let mut writes = Vec::new();
    // An event that matches no rule is done.
    for Routed { event, ways, .. } in routed.iter().filter(|one| !one.ways.is_empty()) {
        writes.push(Write::Event(event.stored()));
        let deliveries = ways.iter().map(|way| stored(way.number, event, &way.to, 0));
        writes.extend(deliveries.map(Write::Delivery));
    }
    writes
}

/// Returns the bus that the events of a request name; `default` if they name none.
fn one_bus(events: &[Result<Event, Fault>]) -> Result<String, Fault> {
    let mut buses = events.iter().flatten().map(|event| event.bus_name().unwrap_or(DEFAULT_BUS));
    let bus = buses.next().unwrap_or(DEFAULT_BUS);
    if buses.any(|other| other != bus) {
        let message = "the events of one request name several event buses: one is allowed";
        return Err(Fault::conflict(ErrorCode::PutEventsRequestMoreThanOneEventBus, message));
    }
    Ok(bus.to_owned())
}

fn not_matched(rules: &BusRules, event: &JsonEvent<'_>, matched: &[String]) -> Vec<NotMatched> {
    let others = rules.rules.values().filter(|rule| !matched.contains(&rule.name));
    others
        .filter_map(|rule| {
            let explanation = match rules.enabled.get(&rule.name) {
                Some(pattern) => pattern.explain(event),
                None => pattern(&rule.pattern).ok()?.explain(event),
            };
            let why = if rule.enabled {
                explanation.to_string()
            } else {
                format!("the rule is disabled; {explanation}")
            };
            Some(NotMatched { rule: rule.name.clone(), disabled: !rule.enabled, why, explanation })
        })
        .collect()
}
