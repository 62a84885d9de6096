//! Calls about rules.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CreateRule, CreatedRule, Rule, UpdateRule, json_object, pattern_as};
use crate::{
    call::Client,
    error::CallError,
    field::{self, Checked},
    operation::{Answer, Operation, ParameterPlace, Protocol},
    paging::{self, Entries},
};

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OfRule<'a> {
    event_bus_name: &'a str,
    rule_name: &'a str,
}

macro_rules! of_rule {
    ($type:ident, $name:literal, $openapi_name:literal, $answer:ty) => {
        #[derive(Serialize)]
        #[serde(transparent)]
        struct $type<'a>(OfRule<'a>);

        impl Operation for $type<'_> {
            type Answer = $answer;

            fn name(&self) -> &'static str {
                $name
            }

            fn openapi_name(&self) -> Option<&'static str> {
                Some($openapi_name)
            }

            fn check(&self, _: Protocol) -> Checked {
                field::bus_or_rule_name("EventBusName", self.0.event_bus_name)?;
                field::bus_or_rule_name("RuleName", self.0.rule_name)
            }
        }
    };
}

of_rule!(GetRule, "GetRule", "getRule", Rule);
of_rule!(DeleteRule, "DeleteRule", "deleteRule", Value);
of_rule!(EnableRule, "EnableRule", "enableRule", Value);
of_rule!(DisableRule, "DisableRule", "disableRule", Value);

/// Asks for the rules of a bus.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ListRules {
    /// The name of the bus.
    #[serde(default)]
    pub event_bus_name: String,
    /// What the names begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_name_prefix: Option<String>,
    /// The page size.
    #[serde(default = "crate::paging::most_entries")]
    pub limit: u32,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl ListRules {
    /// Returns the request for all rules, 100 a page.
    #[must_use]
    pub fn new(event_bus_name: impl Into<String>) -> Self {
        Self {
            event_bus_name: event_bus_name.into(),
            rule_name_prefix: None,
            limit: 100,
            next_token: None,
        }
    }

    /// Sets the page size, 1 to 100. Default: 100.
    #[must_use]
    pub const fn page_size(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }
}

setters! { ListRules {
    /// Sets what the names begin with.
    rule_name_prefix: String,
    /// Sets where the list goes on.
    next_token: String,
}}

/// Holds one page of a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Rules {
    /// The rules of the page.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Where the list goes on: text or a number. Absent or empty on the last page.
    pub next_token: Option<Value>,
}

impl Operation for ListRules {
    type Answer = Rules;

    fn name(&self) -> &'static str {
        "ListRules"
    }

    fn openapi_name(&self) -> Option<&'static str> {
        Some("listRules")
    }

    fn check(&self, _: Protocol) -> Checked {
        field::bus_or_rule_name("EventBusName", &self.event_bus_name)?;
        field::range("Limit", u64::from(self.limit), 1..=100)
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TestEventPattern<'a> {
    event: &'a str,
    event_pattern: &'a str,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tested {
    result: bool,
}

impl Operation for TestEventPattern<'_> {
    type Answer = Tested;

    fn name(&self) -> &'static str {
        "TestEventPattern"
    }

    fn openapi_name(&self) -> Option<&'static str> {
        Some("testEventPattern")
    }

    fn place(&self) -> ParameterPlace {
        ParameterPlace::Form
    }

    fn check(&self, _: Protocol) -> Checked {
        json_object("Event", self.event)?;
        pattern_as("EventPattern", self.event_pattern)
    }
}

impl Client {
    /// Creates a rule.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn create_rule(
        &self,
        request: &CreateRule,
    ) -> Result<Answer<CreatedRule>, CallError> {
        self.call(request).await
    }

    /// Changes a rule. Its targets stay.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn update_rule(&self, request: &UpdateRule) -> Result<(), CallError> {
        self.call(request).await.map(|_| ())
    }

    /// Returns a rule with its targets.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn get_rule(&self, bus: &str, rule: &str) -> Result<Answer<Rule>, CallError> {
        self.call(&GetRule(OfRule { event_bus_name: bus, rule_name: rule })).await
    }

    /// Deletes a rule and its targets.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn delete_rule(&self, bus: &str, rule: &str) -> Result<(), CallError> {
        self.call(&DeleteRule(OfRule { event_bus_name: bus, rule_name: rule })).await.map(|_| ())
    }

    /// Lets events through.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn enable_rule(&self, bus: &str, rule: &str) -> Result<(), CallError> {
        self.call(&EnableRule(OfRule { event_bus_name: bus, rule_name: rule })).await.map(|_| ())
    }

    /// Lets no events through.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn disable_rule(&self, bus: &str, rule: &str) -> Result<(), CallError> {
        self.call(&DisableRule(OfRule { event_bus_name: bus, rule_name: rule })).await.map(|_| ())
    }

    /// Streams the rules of a bus.
    #[must_use]
    pub fn list_rules(&self, request: &ListRules) -> Entries<Rule> {
        let (client, first) = (self.clone(), request.clone());
        Entries::new("ListRules", move |token| {
            let client = client.clone();
            let next_token = token.or_else(|| first.next_token.clone());
            let request = ListRules { next_token, ..first.clone() };
            Box::pin(async move {
                let answer = client.call(&request).await?;
                Ok(paging::page(answer, |list| (list.rules, list.next_token)))
            })
        })
    }

    /// Asks the service whether an event matches a pattern. Both are JSON as text.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn test_event_pattern(&self, event: &str, pattern: &str) -> Result<bool, CallError> {
        let answer = self.call(&TestEventPattern { event, event_pattern: pattern }).await?;
        Ok(answer.result.result)
    }
}
