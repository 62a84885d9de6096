//! What programs and pages do with a local EventBridge, without its protocols.

use std::sync::Arc;

use aliyun_eventbridge::{
    JsonEvent, buses::CreateEventBus, connections::CreateConnection,
    destinations::CreateApiDestination, operation::Protocol, publish::Event, rules::CreateRule,
};

use crate::{
    core::{Core, Status},
    dead_letters::DeadLetter,
    event::{Stamp, stamped},
    fault::Fault,
    observe::{Destination, NotMatched, Observer},
    protocol,
    resources::{DEFAULT_BUS, pattern},
    shared::Counts,
};

/// Works with a running server. Clones are the same server.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) core: Arc<Core>,
}

/// Says what an event does with the rules of its bus.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[non_exhaustive]
pub struct Explained {
    /// The names of the rules that it matches.
    pub matched: Vec<String>,
    /// The rules that it does not match, and why.
    pub not_matched: Vec<NotMatched>,
}

/// Describes a rule.
#[derive(Clone, Debug, serde::Serialize)]
#[non_exhaustive]
pub struct RuleSummary {
    /// The bus.
    pub bus: String,
    /// The name.
    pub name: String,
    /// The pattern, JSON as text.
    pub pattern: String,
    /// Whether it lets events through.
    pub enabled: bool,
    /// The ids of its targets.
    pub targets: Vec<String>,
}

impl Handle {
    /// Returns what happens, as it happens.
    #[must_use]
    pub fn observer(&self) -> Observer {
        self.core.shared.observer.clone()
    }

    /// Returns what the server has to do.
    #[must_use]
    pub fn status(&self) -> Status {
        self.core.status()
    }

    /// Returns what happened since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.core.shared.counts.borrow()
    }

    /// Publishes one event on the bus that it names, `default` without one. An event without an id
    /// gets one. Returns its number.
    ///
    /// # Errors
    ///
    /// Fails as the protocol's `putEvents` does.
    pub async fn publish(&self, event: Event) -> Result<u64, Fault> {
        let event = match event.given_id() {
            Some(_) => event,
            None => {
                let random = aliyun_eventbridge::random::SystemRandom::new();
                let id = aliyun_eventbridge::random::uuid(&random).map_err(Fault::internal)?;
                event.id(id)
            }
        };
        let mut results = self.core.publish(vec![Ok(event)]).await?;
        results.pop().unwrap_or_else(|| Err(Fault::internal("no result")))
    }

    /// Says which rules of its bus an event matches, and why it does not match the others. Nothing
    /// is published.
    ///
    /// # Errors
    ///
    /// Fails if the event is not valid, or its bus does not exist.
    pub fn explain(&self, event: Event) -> Result<Explained, Fault> {
        let shared = &self.core.shared;
        let bus = event.bus_name().unwrap_or(DEFAULT_BUS).to_owned();
        let now = shared.now_text();
        let (account, region) = (&shared.account, &shared.region);
        let stamp = Stamp { bus: &bus, account, region, now: &now };
        let json = stamped(event, &shared.quotas.publish, &stamp)?;
        self.explain_json(&bus, json.get())
    }

    /// Does the same as [`Handle::explain`], for an event as
    /// [`Published`](crate::observe::Published) has it.
    ///
    /// # Errors
    ///
    /// Fails if it is not a JSON object, or the bus does not exist.
    pub fn explain_json(&self, bus: &str, event: &str) -> Result<Explained, Fault> {
        let event = JsonEvent::parse(event).map_err(Fault::parameter)?;
        let resources = self.core.resources();
        let mut explained = Explained::default();
        for rule in resources.bus(bus)?.rules.values() {
            let explanation = pattern(&rule.pattern)?.explain(&event);
            if rule.enabled && explanation.matches {
                explained.matched.push(rule.name.clone());
                continue;
            }
            explained.not_matched.push(NotMatched {
                rule: rule.name.clone(),
                disabled: !rule.enabled,
                why: explanation.to_string(),
                explanation,
            });
        }
        Ok(explained)
    }

    /// Returns every rule, by bus and name.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleSummary> {
        let resources = self.core.resources();
        let rules = resources.buses.values().flat_map(|bus| bus.rules.values());
        rules
            .map(|rule| RuleSummary {
                bus: rule.bus.clone(),
                name: rule.name.clone(),
                pattern: rule.pattern.clone(),
                enabled: rule.enabled,
                targets: rule.targets.iter().map(|target| target.id.clone()).collect(),
            })
            .collect()
    }

    /// Returns the names of the buses.
    #[must_use]
    pub fn buses(&self) -> Vec<String> {
        self.core.resources().buses.keys().cloned().collect()
    }

    /// Creates a bus.
    ///
    /// # Errors
    ///
    /// Fails as the protocol's `createEventBus` does.
    pub async fn create_event_bus(&self, bus: CreateEventBus) -> Result<(), Fault> {
        protocol::create_bus(&self.core, Protocol::OpenApi, bus).await.map(|_| ())
    }

    /// Creates a rule.
    ///
    /// # Errors
    ///
    /// Fails as the protocol's `createRule` does.
    pub async fn create_rule(&self, rule: CreateRule) -> Result<(), Fault> {
        protocol::create_rule(&self.core, Protocol::OpenApi, rule).await.map(|_| ())
    }

    /// Creates a connection.
    ///
    /// # Errors
    ///
    /// Fails as the 2020-04-01 API's `CreateConnection` does.
    pub async fn create_connection(&self, connection: CreateConnection) -> Result<(), Fault> {
        protocol::create_connection(&self.core, Protocol::Api20200401, connection).await.map(|_| ())
    }

    /// Creates an API destination.
    ///
    /// # Errors
    ///
    /// Fails as the 2020-04-01 API's `CreateApiDestination` does.
    pub async fn create_api_destination(&self, one: CreateApiDestination) -> Result<(), Fault> {
        protocol::create_destination(&self.core, Protocol::Api20200401, one).await.map(|_| ())
    }

    /// Returns dead letters with a number greater than `after`, of one queue or of all, oldest
    /// first, `most` of them at most.
    #[must_use]
    pub fn dead_letters(&self, after: u64, queue: Option<&str>, most: usize) -> Vec<DeadLetter> {
        self.core.dead_letters(after, queue, most)
    }

    /// Returns a dead letter.
    #[must_use]
    pub fn dead_letter(&self, number: u64) -> Option<DeadLetter> {
        self.core.dead_letter(number)
    }

    /// Deletes a dead letter. `false` if there is none of this number.
    ///
    /// # Errors
    ///
    /// Fails if the state file cannot be written.
    pub async fn delete_dead_letter(&self, number: u64) -> Result<bool, Fault> {
        self.core.delete_dead_letter(number).await
    }

    /// Sends a dead letter to its target again, as a new event is sent. `false` if there is none of
    /// this number.
    ///
    /// # Errors
    ///
    /// Fails if the target is gone, its queue is full, or the state file cannot be written.
    pub async fn redrive(&self, number: u64) -> Result<bool, Fault> {
        self.core.redrive(number).await
    }

    /// Sends every dead letter of a queue, or of all, again. Returns how many.
    ///
    /// # Errors
    ///
    /// Fails as [`Handle::redrive`] does. The letters before the failure are sent.
    pub async fn redrive_all(&self, queue: Option<&str>) -> Result<usize, Fault> {
        self.core.redrive_all(queue).await
    }

    /// Lets a target go on that stopped at an event (`ErrorsTolerance` `NONE`).
    ///
    /// # Errors
    ///
    /// Fails if there is no such target.
    pub fn unblock(&self, to: &Destination) -> Result<(), Fault> {
        self.core.unblock(to)
    }

    /// Waits until this many deliveries were answered 2xx since the start.
    pub async fn wait_for_deliveries(&self, number: u64) {
        self.wait_for(|counts| counts.delivered >= number).await;
    }

    /// Waits until this many deliveries became dead letters since the start.
    pub async fn wait_for_dead_letters(&self, number: u64) {
        self.wait_for(|counts| counts.dead_lettered >= number).await;
    }

    /// Waits until the counts are as a function demands.
    pub async fn wait_for(&self, mut demand: impl FnMut(&Counts) -> bool) {
        // The sender lives as long as the handle.
        let _ = self.core.shared.counts.subscribe().wait_for(|counts| demand(counts)).await;
    }
}
