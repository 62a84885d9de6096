//! Calls about targets.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{MOST_TARGETS, Target, check_targets};
use crate::{
    call::Client,
    error::CallError,
    field::{self, Checked},
    operation::{Answer, Operation, Protocol},
    paging::{self, Entries},
};

/// Asks for targets to be put on a rule: created, and in the 2020-04-01 API replaced where the id
/// exists.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct PutTargets {
    /// The name of the bus.
    #[serde(default)]
    pub event_bus_name: String,
    /// The name of the rule.
    #[serde(default)]
    pub rule_name: String,
    /// The targets.
    #[serde(default)]
    pub targets: Vec<Target>,
}

impl PutTargets {
    /// Returns the request for 1 to 5 targets.
    #[must_use]
    pub fn new(
        event_bus_name: impl Into<String>,
        rule_name: impl Into<String>,
        targets: Vec<Target>,
    ) -> Self {
        Self { event_bus_name: event_bus_name.into(), rule_name: rule_name.into(), targets }
    }
}

impl Operation for PutTargets {
    type Answer = TargetResults;

    fn name(&self) -> &'static str {
        "PutTargets"
    }

    fn openapi_name(&self) -> Option<&'static str> {
        Some("createTargets")
    }

    fn check(&self, _: Protocol) -> Checked {
        field::bus_or_rule_name("EventBusName", &self.event_bus_name)?;
        field::bus_or_rule_name("RuleName", &self.rule_name)?;
        field::within("Targets", "entries", self.targets.len(), 1..=MOST_TARGETS)?;
        check_targets(&self.targets)
    }
}

/// Says which targets failed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TargetResults {
    /// The number of targets that failed.
    #[serde(default)]
    pub error_entries_count: u64,
    /// The targets that failed.
    #[serde(default)]
    pub error_entries: Vec<TargetError>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Says why a target failed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TargetError {
    /// The id of the target.
    pub entry_id: Option<String>,
    /// The service's code.
    pub error_code: Option<String>,
    /// The service's words.
    pub error_message: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteTargets<'a> {
    event_bus_name: &'a str,
    rule_name: &'a str,
    target_ids: &'a [&'a str],
}

impl Operation for DeleteTargets<'_> {
    type Answer = TargetResults;

    fn name(&self) -> &'static str {
        "DeleteTargets"
    }

    fn openapi_name(&self) -> Option<&'static str> {
        Some("deleteTargets")
    }

    fn check(&self, _: Protocol) -> Checked {
        field::bus_or_rule_name("EventBusName", self.event_bus_name)?;
        field::bus_or_rule_name("RuleName", self.rule_name)?;
        field::within("TargetIds", "entries", self.target_ids.len(), 1..=100)?;
        self.target_ids.iter().try_for_each(|id| field::required("TargetIds", id))
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListTargets {
    event_bus_name: String,
    rule_name: String,
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Targets {
    #[serde(default)]
    targets: Vec<Target>,
    next_token: Option<Value>,
}

impl Operation for ListTargets {
    type Answer = Targets;

    fn name(&self) -> &'static str {
        "ListTargets"
    }

    fn openapi_name(&self) -> Option<&'static str> {
        Some("listTargets")
    }

    fn check(&self, _: Protocol) -> Checked {
        field::bus_or_rule_name("EventBusName", &self.event_bus_name)?;
        field::bus_or_rule_name("RuleName", &self.rule_name)?;
        field::range("Limit", u64::from(self.limit), 1..=100)
    }
}

impl Client {
    /// Puts targets on a rule. In the 2020-04-01 API a target with the same id is replaced.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does. Failures of single targets are in the result.
    pub async fn put_targets(
        &self,
        request: &PutTargets,
    ) -> Result<Answer<TargetResults>, CallError> {
        self.call(request).await
    }

    /// Deletes targets of a rule by their ids.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does. Failures of single targets are in the result.
    pub async fn delete_targets(
        &self,
        event_bus_name: &str,
        rule_name: &str,
        target_ids: &[&str],
    ) -> Result<Answer<TargetResults>, CallError> {
        self.call(&DeleteTargets { event_bus_name, rule_name, target_ids }).await
    }

    /// Streams the targets of a rule, `page_size` (1 to 100) at a time.
    #[must_use]
    pub fn list_targets(
        &self,
        event_bus_name: &str,
        rule_name: &str,
        page_size: u32,
    ) -> Entries<Target> {
        let client = self.clone();
        let first = ListTargets {
            event_bus_name: event_bus_name.to_owned(),
            rule_name: rule_name.to_owned(),
            limit: page_size,
            next_token: None,
        };
        Entries::new("ListTargets", move |next_token| {
            let (client, request) = (client.clone(), ListTargets { next_token, ..first.clone() });
            Box::pin(async move {
                let answer = client.call(&request).await?;
                Ok(paging::page(answer, |list| (list.targets, list.next_token)))
            })
        })
    }
}
