//! Changes of resources: checked, written, then seen.

use std::sync::PoisonError;

use super::Core;
use crate::{
    fault::Fault,
    journal::Write,
    observe::{Changed, Observed},
    plan::TargetPlan,
    resources::{Resource, ResourceKey, Resources},
};

/// What a change does.
pub(crate) enum Change {
    Put(Resource),
    Remove(ResourceKey),
}

impl Core {
    /// Makes a change of what the function finds, unless it finds a fault. Returns its other
    /// result.
    pub(crate) async fn change<T>(
        &self,
        decide: impl FnOnce(&Resources) -> Result<(Change, T), Fault>,
    ) -> Result<T, Fault> {
        let _one_at_a_time = self.changes.lock().await;
        let (change, result) = decide(&self.resources())?;
        let mut plans = Vec::new();
        let (write, key) = match &change {
            Change::Put(resource) => {
                if let Resource::Rule(rule) = resource {
                    plans = self.plans(rule)?;
                }
                (Write::Resource(Box::new(resource.clone())), resource.key())
            }
            Change::Remove(key) => (Write::ResourceGone(key.text()), key.clone()),
        };
        self.shared.journal.commit(|| vec![write]).await?;
        self.see(change, &key, plans)?;
        Ok(result)
    }

    /// Makes a change in memory.
    pub(super) fn see(
        &self,
        change: Change,
        key: &ResourceKey,
        plans: Vec<TargetPlan>,
    ) -> Result<(), Fault> {
        let mut resources = self.resources.write().unwrap_or_else(PoisonError::into_inner);
        let there = match key {
            ResourceKey::Bus(name) => resources.buses.contains_key(name),
            ResourceKey::Rule(bus, name) => resources.rule(bus, name).is_ok(),
            ResourceKey::ApiDestination(name) => resources.destinations.contains_key(name),
            ResourceKey::Connection(name) => resources.connections.contains_key(name),
        };
        let change = match change {
            Change::Put(resource) => {
                resources.put(resource)?;
                if there { "changed" } else { "created" }
            }
            Change::Remove(key) => {
                resources.remove(&key);
                "deleted"
            }
        };
        // While no event can be matched: none finds a target without its queue.
        if let ResourceKey::Rule(bus, rule) = key {
            self.put_queues(bus, rule, plans);
        }
        drop(resources);
        let (resource, name) = match key {
            ResourceKey::Bus(name) => ("bus", name.clone()),
            ResourceKey::Rule(bus, name) => ("rule", format!("{bus}/{name}")),
            ResourceKey::ApiDestination(name) => ("api-destination", name.clone()),
            ResourceKey::Connection(name) => ("connection", name.clone()),
        };
        self.shared.tell(Observed::Changed(Changed { resource, name, change }));
        Ok(())
    }
}
