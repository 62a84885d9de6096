//! The parts together: resources, queues and what is kept of them.

mod changes;

mod letters;

mod publish;

mod recovery;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard},
};

use serde::Serialize;
use tokio::time::Instant;

use crate::{
    fault::Fault,
    limits::SIGNATURE_WINDOW,
    nonces::Nonces,
    observe::Destination,
    plan::TargetPlan,
    queue::Queue,
    resources::{Resources, Rule},
    shared::{Counts, Shared},
};

pub(crate) use changes::Change;

/// A local EventBridge without its server.
pub(crate) struct Core {
    pub(crate) shared: Arc<Shared>,
    pub(crate) resources: Arc<RwLock<Resources>>,
    queues: RwLock<HashMap<Destination, Queue>>,
    /// The nonces of signed requests.
    pub(crate) nonces: Nonces,
    /// One change at a time: it is checked, written and then seen.
    changes: tokio::sync::Mutex<()>,
    /// Events of the second that began then, by bus.
    rates: Mutex<HashMap<String, (Instant, u64)>>,
}

/// Describes what a target has to do.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TargetStatus {
    /// The target.
    pub to: Destination,
    /// Deliveries that have no end yet.
    pub open: usize,
    /// Whether the last try failed.
    pub failing: bool,
    /// Whether it stopped at an event that failed for good (`ErrorsTolerance` `NONE`).
    pub blocked: bool,
}

/// Describes what the server has to do.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// What happened since the start.
    pub counts: Counts,
    /// Dead letters in all queues.
    pub dead_letters: usize,
    /// Dead letters that were dropped because there were too many.
    pub dropped_dead_letters: u64,
    /// Bytes of events that wait for delivery.
    pub pending_bytes: usize,
    /// Every target.
    pub targets: Vec<TargetStatus>,
}

impl Core {
    pub(crate) fn new(shared: Shared, resources: Arc<RwLock<Resources>>) -> Self {
        // A date may be as far in the future as in the past.
        let lifetime = SIGNATURE_WINDOW.saturating_mul(2);
        Self {
            nonces: Nonces::new(shared.bounds.nonces, lifetime),
            shared: Arc::new(shared),
            resources,
            queues: RwLock::default(),
            changes: tokio::sync::Mutex::default(),
            rates: Mutex::default(),
        }
    }

    pub(crate) fn resources(&self) -> RwLockReadGuard<'_, Resources> {
        self.resources.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self, to: &Destination) -> Option<Queue> {
        self.queues.read().unwrap_or_else(PoisonError::into_inner).get(to).cloned()
    }

    /// Lets a target go on that stopped at an event.
    pub(crate) fn unblock(&self, to: &Destination) -> Result<(), Fault> {
        match self.queue(to) {
            Some(queue) => {
                queue.go_on();
                Ok(())
            }
            None => Err(Fault::conflict(
                aliyun_eventbridge::error::ErrorCode::EventTargetNotExist,
                "the target does not exist",
            )),
        }
    }

    pub(crate) fn status(&self) -> Status {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        let mut targets: Vec<_> = queues
            .iter()
            .map(|(to, queue)| TargetStatus {
                to: to.clone(),
                open: queue.open(),
                failing: queue.is_failing(),
                blocked: queue.is_blocked(),
            })
            .collect();
        let name = |to: &Destination| (to.bus.clone(), to.rule.clone(), to.target.clone());
        targets.sort_by_key(|status| name(&status.to));
        let dead = self.shared.dead.lock().unwrap_or_else(PoisonError::into_inner);
        Status {
            counts: *self.shared.counts.borrow(),
            dead_letters: dead.len(),
            dropped_dead_letters: dead.dropped,
            pending_bytes: self.shared.held.load(std::sync::atomic::Ordering::Relaxed),
            targets,
        }
    }

    /// Checks the targets of a rule.
    fn plans(&self, rule: &Rule) -> Result<Vec<TargetPlan>, Fault> {
        let plan = |target: &aliyun_eventbridge::targets::Target| {
            let to = Destination {
                bus: rule.bus.clone(),
                rule: rule.name.clone(),
                target: target.id.clone(),
            };
            let plan = TargetPlan::of(to, target, &self.shared.bounds);
            plan.map_err(|fault| {
                let message = format!("target {:?}: {}", target.id, fault.message);
                Fault { message, ..fault }
            })
        };
        rule.targets.iter().map(plan).collect()
    }

    /// Makes the queues of a rule those of its targets.
    fn put_queues(&self, bus: &str, rule: &str, plans: Vec<TargetPlan>) {
        let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|to, queue| {
            let stays = to.bus != bus
                || to.rule != rule
                || plans.iter().any(|plan| plan.to.target == to.target);
            if !stays {
                queue.end();
            }
            stays
        });
        for plan in plans {
            let plan = Arc::new(plan);
            match queues.get(&plan.to) {
                Some(queue) => queue.change(plan),
                None => {
                    let to = plan.to.clone();
                    queues.insert(to, Queue::start(plan, Arc::clone(&self.shared)));
                }
            }
        }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").finish_non_exhaustive()
    }
}
