//! Buses, rules, API destinations and connections, as they are kept.

use std::collections::BTreeMap;

use aliyun_eventbridge::{
    connections::{Authorization, NetworkParameters},
    destinations::HttpApiParameters,
    error::ErrorCode,
    pattern::{EventPattern, EventPatternSet},
    targets::Target,
};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// The bus that every account has.
pub(crate) const DEFAULT_BUS: &str = "default";

/// A bus.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Bus {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) created_millis: u64,
}

/// A rule with its targets.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Rule {
    pub(crate) bus: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) pattern: String,
    pub(crate) enabled: bool,
    pub(crate) targets: Vec<Target>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) created_millis: u64,
    pub(crate) changed_millis: u64,
}

/// An API destination.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ApiDestination {
    pub(crate) name: String,
    pub(crate) connection: String,
    pub(crate) description: Option<String>,
    pub(crate) http: HttpApiParameters,
    pub(crate) created_millis: u64,
}

/// A connection. It is written with its secrets, to the state file only.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Connection {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) network: NetworkParameters,
    pub(crate) auth: Authorization,
    pub(crate) created_millis: u64,
}

/// One resource, as the state file has it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Resource {
    Bus(Bus),
    Rule(Rule),
    ApiDestination(ApiDestination),
    Connection(Connection),
}

/// Names a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResourceKey {
    Bus(String),
    Rule(String, String),
    ApiDestination(String),
    Connection(String),
}

impl ResourceKey {
    /// Returns the key in the state file. Names hold no slash, and buses sort before rules.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Bus(name) => format!("bus/{name}"),
            Self::ApiDestination(name) => format!("destination/{name}"),
            Self::Connection(name) => format!("connection/{name}"),
            Self::Rule(bus, name) => format!("rule/{bus}/{name}"),
        }
    }
}

impl Resource {
    pub(crate) fn key(&self) -> ResourceKey {
        match self {
            Self::Bus(bus) => ResourceKey::Bus(bus.name.clone()),
            Self::Rule(rule) => ResourceKey::Rule(rule.bus.clone(), rule.name.clone()),
            Self::ApiDestination(one) => ResourceKey::ApiDestination(one.name.clone()),
            Self::Connection(one) => ResourceKey::Connection(one.name.clone()),
        }
    }
}

/// A bus with its rules, and the patterns of all of them that are enabled.
#[derive(Debug)]
pub(crate) struct BusRules {
    pub(crate) bus: Bus,
    pub(crate) rules: BTreeMap<String, Rule>,
    pub(crate) enabled: EventPatternSet<String>,
}

/// Everything that is configured.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    pub(crate) buses: BTreeMap<String, BusRules>,
    pub(crate) destinations: BTreeMap<String, ApiDestination>,
    pub(crate) connections: BTreeMap<String, Connection>,
}

impl Resources {
    pub(crate) fn bus(&self, name: &str) -> Result<&BusRules, Fault> {
        self.buses.get(name).ok_or_else(|| {
            let message = format!("the event bus {name:?} does not exist");
            Fault::conflict(ErrorCode::EventBusNotExist, message)
        })
    }

    pub(crate) fn rule(&self, bus: &str, name: &str) -> Result<&Rule, Fault> {
        self.bus(bus)?.rules.get(name).ok_or_else(|| {
            let message = format!("the rule {name:?} does not exist on the bus {bus:?}");
            Fault::conflict(ErrorCode::EventRuleNotExist, message)
        })
    }

    pub(crate) fn destination(&self, name: &str) -> Result<&ApiDestination, Fault> {
        self.destinations.get(name).ok_or_else(|| {
            let message = format!("the API destination {name:?} does not exist");
            Fault::conflict(ErrorCode::ApiDestinationNotExist, message)
        })
    }

    pub(crate) fn connection(&self, name: &str) -> Result<&Connection, Fault> {
        self.connections.get(name).ok_or_else(|| {
            let message = format!("the connection {name:?} does not exist");
            Fault::conflict(ErrorCode::ConnectionNotExist, message)
        })
    }

    /// Puts a resource in place of the one of its name.
    pub(crate) fn put(&mut self, resource: Resource) -> Result<(), Fault> {
        match resource {
            Resource::Bus(bus) => {
                let rules = self.buses.remove(&bus.name);
                let (rules, enabled) =
                    rules.map_or_else(Default::default, |before| (before.rules, before.enabled));
                self.buses.insert(bus.name.clone(), BusRules { bus, rules, enabled });
            }
            Resource::Rule(rule) => {
                let pattern = pattern(&rule.pattern)?;
                let Some(bus) = self.buses.get_mut(&rule.bus) else {
                    return self.bus(&rule.bus).map(|_| ());
                };
                if rule.enabled {
                    bus.enabled.insert(rule.name.clone(), pattern);
                } else {
                    bus.enabled.remove(&rule.name);
                }
                bus.rules.insert(rule.name.clone(), rule);
            }
            Resource::ApiDestination(one) => {
                self.destinations.insert(one.name.clone(), one);
            }
            Resource::Connection(one) => {
                self.connections.insert(one.name.clone(), one);
            }
        }
        Ok(())
    }

    /// Takes a resource out.
    pub(crate) fn remove(&mut self, key: &ResourceKey) {
        match key {
            ResourceKey::Bus(name) => {
                self.buses.remove(name);
            }
            ResourceKey::Rule(bus, name) => {
                if let Some(bus) = self.buses.get_mut(bus) {
                    bus.rules.remove(name);
                    bus.enabled.remove(name);
                }
            }
            ResourceKey::ApiDestination(name) => {
                self.destinations.remove(name);
            }
            ResourceKey::Connection(name) => {
                self.connections.remove(name);
            }
        }
    }
}

/// Reads a pattern, with the vendor's code for one that is wrong.
pub(crate) fn pattern(text: &str) -> Result<EventPattern, Fault> {
    text.parse().map_err(|error| Fault::conflict(ErrorCode::JsonAttributeInvalid, error))
}
