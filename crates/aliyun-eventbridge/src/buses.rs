//! Event buses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    call::Client,
    error::CallError,
    field::{self, Checked, InvalidField},
    operation::{Answer, Operation, Protocol},
    paging::{self, Entries},
};

/// Names the bus that every account has.
pub const DEFAULT_BUS: &str = "default";
/// Limits the buses of an account, beside the default one.
pub const MOST_BUSES: usize = 50;

/// Asks for a bus to be created. An account has 50 buses at most beside `default`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CreateEventBus {
    /// The name of the bus.
    #[serde(default)]
    pub event_bus_name: String,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

impl CreateEventBus {
    /// Returns the request for a name of 1 to 127 letters, digits and hyphens.
    #[must_use]
    pub fn new(event_bus_name: impl Into<String>) -> Self {
        let event_bus_name = event_bus_name.into();
        Self { event_bus_name, description: None, tags: BTreeMap::new() }
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }
}

setters! { CreateEventBus {
    /// Sets the description.
    description: String,
}}

impl Operation for CreateEventBus {
    type Answer = CreatedEventBus;

    fn name(&self) -> &'static str {
        "CreateEventBus"
    }

    fn openapi_name(&self) -> Option<&'static str> {
        Some("createEventBus")
    }

    fn check(&self, _: Protocol) -> Checked {
        field::new_name("EventBusName", &self.event_bus_name)?;
        if self.event_bus_name == DEFAULT_BUS {
            return Err(InvalidField::rule(
                "EventBusName",
                "is `default`, which every account has",
            ));
        }
        Ok(())
    }
}

/// Names the bus that was created.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct CreatedEventBus {
    /// The name of the resource.
    #[serde(rename = "EventBusARN")]
    pub event_bus_arn: Option<String>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Describes a bus.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct EventBus {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
    /// The name of the resource.
    #[serde(rename = "EventBusARN", skip_serializing_if = "Option::is_none")]
    pub event_bus_arn: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Members that this crate does not know, and the creation time in milliseconds.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OfBus<'a> {
    #[serde(skip)]
    names: (&'static str, &'static str),
    event_bus_name: &'a str,
}

/// Asks for one bus.
struct GetEventBus<'a>(OfBus<'a>);

/// Asks for a bus to be deleted.
struct DeleteEventBus<'a>(OfBus<'a>);

macro_rules! of_bus {
    ($type:ident, $answer:ty) => {
        impl Serialize for $type<'_> {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(to)
            }
        }

        impl Operation for $type<'_> {
            type Answer = $answer;

            fn name(&self) -> &'static str {
                self.0.names.0
            }

            fn openapi_name(&self) -> Option<&'static str> {
                Some(self.0.names.1)
            }

            fn check(&self, _: Protocol) -> Checked {
                field::bus_or_rule_name("EventBusName", self.0.event_bus_name)
            }
        }
    };
}

of_bus!(GetEventBus, EventBus);
of_bus!(DeleteEventBus, Value);

/// Asks for one page of buses.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListEventBuses {
    #[serde(skip_serializing_if = "Option::is_none")]
    name_prefix: Option<String>,
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EventBuses {
    #[serde(default)]
    event_buses: Vec<EventBus>,
    next_token: Option<Value>,
}

impl Operation for ListEventBuses {
    type Answer = EventBuses;

    fn name(&self) -> &'static str {
        "ListEventBuses"
    }

    fn openapi_name(&self) -> Option<&'static str> {
        Some("listEventBuses")
    }

    fn check(&self, _: Protocol) -> Checked {
        Ok(())
    }
}

impl Client {
    /// Creates a bus.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does, with
    /// [`ErrorCode::EventBusAlreadyExist`](crate::error::ErrorCode) for example.
    pub async fn create_event_bus(
        &self,
        request: &CreateEventBus,
    ) -> Result<Answer<CreatedEventBus>, CallError> {
        self.call(request).await
    }

    /// Returns a bus.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn get_event_bus(&self, event_bus_name: &str) -> Result<Answer<EventBus>, CallError> {
        let names = ("GetEventBus", "getEventBus");
        self.call(&GetEventBus(OfBus { names, event_bus_name })).await
    }

    /// Deletes a bus that has no rules.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn delete_event_bus(&self, event_bus_name: &str) -> Result<(), CallError> {
        let names = ("DeleteEventBus", "deleteEventBus");
        self.call(&DeleteEventBus(OfBus { names, event_bus_name })).await.map(|_| ())
    }

    /// Streams the buses whose names begin with `prefix`.
    #[must_use]
    pub fn list_event_buses(&self, prefix: Option<&str>) -> Entries<EventBus> {
        let client = self.clone();
        let name_prefix = prefix.map(str::to_owned);
        Entries::new("ListEventBuses", move |next_token| {
            let client = client.clone();
            let request =
                ListEventBuses { name_prefix: name_prefix.clone(), limit: 100, next_token };
            Box::pin(async move {
                let answer = client.call(&request).await?;
                Ok(paging::page(answer, |list| (list.event_buses, list.next_token)))
            })
        })
    }
}
