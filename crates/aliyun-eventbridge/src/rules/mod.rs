//! Rules of a bus: which events go to which targets.

mod calls;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    field::{self, Checked, InvalidField},
    operation::{Operation, Protocol},
    targets::{Target, check_targets},
};

pub use calls::{ListRules, Rules};

/// Limits the rules of a bus.
pub const MOST_RULES: usize = 50;
/// Limits the characters of a filter pattern.
pub const MOST_PATTERN: usize = 8_192;

open_enum! {
    /// Says whether a rule lets events through.
    pub enum RuleStatus {
        /// It does.
        Enable = "ENABLE",
        /// It does not.
        Disable = "DISABLE",
    }
}

/// Asks for a rule to be created, with its targets if there are any. A bus has 50 rules at most.
///
/// ```
/// use aliyun_eventbridge::{operation::{Operation, Protocol}, rules::CreateRule};
///
/// let rule = CreateRule::new("orders", "to-hook", r#"{"source":["demo.app"]}"#);
/// assert!(rule.check(Protocol::OpenApi).is_ok());
/// let rule = CreateRule::new("orders", "to hook", "{}");
/// assert_eq!(
///     rule.check(Protocol::OpenApi).unwrap_err().to_string(),
///     "RuleName has another character at position 3; allowed: letters, digits and hyphens, a \
///      letter or digit first",
/// );
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CreateRule {
    /// The name of the bus.
    #[serde(default)]
    pub event_bus_name: String,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The name of the rule.
    #[serde(default)]
    pub rule_name: String,
    /// Whether the rule lets events through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RuleStatus>,
    /// The pattern, JSON as text.
    #[serde(default)]
    pub filter_pattern: String,
    /// The targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// The tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

impl CreateRule {
    /// Returns the request. The pattern is JSON as text.
    #[must_use]
    pub fn new(
        event_bus_name: impl Into<String>,
        rule_name: impl Into<String>,
        filter_pattern: impl Into<String>,
    ) -> Self {
        Self {
            event_bus_name: event_bus_name.into(),
            description: None,
            rule_name: rule_name.into(),
            status: None,
            filter_pattern: filter_pattern.into(),
            targets: Vec::new(),
            tags: BTreeMap::new(),
        }
    }

    /// Adds a target; 5 at most.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.targets.push(target);
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }
}

setters! { CreateRule {
    /// Sets the description.
    description: String,
    /// Sets whether the rule lets events through. The service's default: it does.
    status: RuleStatus,
}}

impl Operation for CreateRule {
    type Answer = CreatedRule;

    fn name(&self) -> &'static str {
        "CreateRule"
    }

    fn openapi_name(&self) -> Option<&'static str> {
        Some("createRule")
    }

    fn parameter<'a>(&self, member: &'a str) -> &'a str {
        if member == "Targets" { "EventTargets" } else { member }
    }

    fn check(&self, _: Protocol) -> Checked {
        field::bus_or_rule_name("EventBusName", &self.event_bus_name)?;
        field::new_name("RuleName", &self.rule_name)?;
        pattern(&self.filter_pattern)?;
        check_targets(&self.targets)
    }
}

/// Names the rule that was created.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct CreatedRule {
    /// The name of the resource.
    #[serde(rename = "RuleARN")]
    pub rule_arn: Option<String>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Asks for a rule to be changed. What is not set stays; targets stay in any case.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct UpdateRule {
    /// The name of the bus.
    #[serde(default)]
    pub event_bus_name: String,
    /// The name of the rule.
    #[serde(default)]
    pub rule_name: String,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the rule lets events through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RuleStatus>,
    /// The pattern, JSON as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_pattern: Option<String>,
}

impl UpdateRule {
    /// Returns a request that changes nothing yet.
    #[must_use]
    pub fn new(event_bus_name: impl Into<String>, rule_name: impl Into<String>) -> Self {
        Self {
            event_bus_name: event_bus_name.into(),
            rule_name: rule_name.into(),
            description: None,
            status: None,
            filter_pattern: None,
        }
    }
}

setters! { UpdateRule {
    /// Sets the description.
    description: String,
    /// Sets whether the rule lets events through.
    status: RuleStatus,
    /// Sets the pattern, JSON as text.
    filter_pattern: String,
}}

impl Operation for UpdateRule {
    type Answer = Value;

    fn name(&self) -> &'static str {
        "UpdateRule"
    }

    fn openapi_name(&self) -> Option<&'static str> {
        Some("updateRule")
    }

    fn check(&self, _: Protocol) -> Checked {
        field::bus_or_rule_name("EventBusName", &self.event_bus_name)?;
        field::bus_or_rule_name("RuleName", &self.rule_name)?;
        self.filter_pattern.as_deref().map_or(Ok(()), pattern)
    }
}

/// Describes a rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Rule {
    /// The name of the bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
    /// The name of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_name: Option<String>,
    /// The name of the resource.
    #[serde(rename = "RuleARN", skip_serializing_if = "Option::is_none")]
    pub rule_arn: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the rule lets events through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RuleStatus>,
    /// The pattern, JSON as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_pattern: Option<String>,
    /// The targets. The list of rules in the 2020-04-01 API leaves their parameters out.
    #[serde(default)]
    pub targets: Vec<Target>,
    /// Members that this crate does not know, and the times.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

fn pattern(text: &str) -> Checked {
    pattern_as("FilterPattern", text)
}

fn pattern_as(name: &'static str, text: &str) -> Checked {
    field::required(name, text)?;
    field::characters(name, text, 2..=MOST_PATTERN)?;
    json_object(name, text)
}

fn json_object(name: &'static str, text: &str) -> Checked {
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(_) => Ok(()),
        Err(_) => Err(InvalidField::rule(name, "is not a JSON object")),
    }
}
