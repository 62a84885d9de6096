//! Targets of a rule: what gets the events that the rule lets through.
//!
//! [`crate::sinks::HttpsTarget`] makes the target that a webhook receiver needs.

mod calls;
mod schedule;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    field::{self, Checked, InvalidField},
    secret, transform,
};

pub use calls::{PutTargets, TargetError, TargetResults};

/// Limits the targets of a rule.
pub const MOST_TARGETS: usize = 5;
/// Limits the characters of a template or value of a parameter.
pub const MOST_TEMPLATE: usize = 10_240;

open_enum! {
    /// Says how a parameter is made of an event.
    pub enum Form {
        /// The event as it is.
        Original = "ORIGINAL",
        /// The value, untouched.
        Constant = "CONSTANT",
        /// What the path in the value names.
        JsonPath = "JSONPATH",
        /// The template, with the names that the value defines replaced.
        Template = "TEMPLATE",
    }
}

open_enum! {
    /// Says how often a push is tried again.
    pub enum PushRetryStrategy {
        /// Up to 3 more times, 10 to 20 s apart. The service's default.
        Backoff = "BACKOFF_RETRY",
        /// Up to 176 more times within a day: after 1, 2, 4 … 256 s, then each 512 s.
        ExponentialDecay = "EXPONENTIAL_DECAY_RETRY",
    }
}

open_enum! {
    /// Says what happens to an event whose push failed for good.
    pub enum ErrorsTolerance {
        /// The rule goes on: the event goes to the dead letter queue, or is dropped.
        All = "ALL",
        /// The rule stops at the event.
        None = "NONE",
    }
}

/// Types of targets. The vendor's pages say `http` and `https`, its API structures `acs.http`,
/// `acs.https`.
pub mod target_type {
    /// Names the type of a URL that begins with `https://`.
    pub const HTTPS: &str = "https";
    /// Names the type of a URL that begins with `http://`.
    pub const HTTP: &str = "http";
    /// Names the type of a URL that begins with `https://`, in the other spelling.
    pub const ACS_HTTPS: &str = "acs.https";
    /// Names the type of a URL that begins with `http://`, in the other spelling.
    pub const ACS_HTTP: &str = "acs.http";
    /// Names the type of an API destination.
    pub const API_DESTINATION: &str = "acs.api.destination";
    /// Names the type of a queue of Message Service.
    pub const MNS_QUEUE: &str = "acs.mns.queue";
}

/// Describes a target.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Target {
    /// The id, unique within the rule.
    #[serde(default)]
    pub id: String,
    /// The type: see [`target_type`].
    #[serde(default)]
    pub r#type: String,
    /// The URL or resource name.
    #[serde(default)]
    pub endpoint: String,
    /// How often a push is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_retry_strategy: Option<PushRetryStrategy>,
    /// What is sent, parameter by parameter.
    #[serde(default)]
    pub param_list: Vec<TargetParameter>,
    /// How many pushes run at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent_config: Option<ConcurrentConfig>,
    /// Where events go whose push failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_queue: Option<DeadLetterQueue>,
    /// What happens after a push failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors_tolerance: Option<ErrorsTolerance>,
    /// Members that this crate does not know. They are sent back as they came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Target {
    /// Returns a target without parameters.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        r#type: impl Into<String>,
        endpoint: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            r#type: r#type.into(),
            endpoint: endpoint.into(),
            push_retry_strategy: None,
            param_list: Vec::new(),
            concurrent_config: None,
            dead_letter_queue: None,
            errors_tolerance: None,
            other: Map::new(),
        }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: TargetParameter) -> Self {
        self.param_list.push(parameter);
        self
    }

    /// Returns the value of a parameter. Names are compared without case, as pages and SDKs differ
    /// in it.
    #[must_use]
    pub fn value_of(&self, resource_key: &str) -> Option<&str> {
        self.param_list
            .iter()
            .find(|parameter| parameter.resource_key.eq_ignore_ascii_case(resource_key))
            .and_then(|parameter| parameter.value.as_deref())
    }

    /// Checks id, type, endpoint and parameters.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    pub fn check(&self) -> Checked {
        field::required("Id", &self.id)?;
        field::characters("Id", &self.id, 1..=255)?;
        field::required("Type", &self.r#type)?;
        field::required("Endpoint", &self.endpoint)?;
        let types =
            [target_type::HTTP, target_type::HTTPS, target_type::ACS_HTTP, target_type::ACS_HTTPS];
        if types.contains(&self.r#type.as_str()) {
            field::url("Endpoint", &self.endpoint)?;
        }
        for (at, parameter) in self.param_list.iter().enumerate() {
            parameter.check().map_err(|field| field.within(format_args!("ParamList[{at}]")))?;
        }
        if let Some(queue) = &self.dead_letter_queue {
            field::required("DeadLetterQueue.Arn", &queue.arn)?;
        }
        match &self.concurrent_config {
            Some(config) => {
                field::range("ConcurrentConfig.Concurrency", config.concurrency, 1..=u64::MAX)
            }
            None => Ok(()),
        }
    }
}

setters! { Target {
    /// Sets how often a push is tried again. The service's default: [`PushRetryStrategy::Backoff`].
    push_retry_strategy: PushRetryStrategy,
    /// Sets how many pushes run at once.
    concurrent_config: ConcurrentConfig,
    /// Sets where events go whose push failed for good. Default: they are dropped.
    dead_letter_queue: DeadLetterQueue,
    /// Sets what happens after a push failed for good.
    errors_tolerance: ErrorsTolerance,
}}

/// Says how one parameter of a target is made. `Debug` hides the values of tokens and passwords.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TargetParameter {
    /// The name of the parameter.
    #[serde(default)]
    pub resource_key: String,
    /// How the value is made.
    pub form: Form,
    /// The value, path, or names and paths as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The template, with `${name}` for what is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

impl From<&TargetParameter> for transform::TargetParameter {
    fn from(parameter: &TargetParameter) -> Self {
        Self {
            resource_key: parameter.resource_key.clone(),
            form: transform::Form::from(parameter.form.as_str()),
            value: parameter.value.clone(),
            template: parameter.template.clone(),
        }
    }
}

impl TargetParameter {
    /// Returns a parameter that is the event as it is.
    #[must_use]
    pub fn original(resource_key: impl Into<String>) -> Self {
        Self {
            resource_key: resource_key.into(),
            form: Form::Original,
            value: None,
            template: None,
        }
    }

    /// Returns a parameter with a fixed value.
    #[must_use]
    pub fn constant(resource_key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { form: Form::Constant, value: Some(value.into()), ..Self::original(resource_key) }
    }

    /// Returns a parameter that a path in the event names, for example `$.data.id`.
    #[must_use]
    pub fn json_path(resource_key: impl Into<String>, path: impl Into<String>) -> Self {
        Self { form: Form::JsonPath, value: Some(path.into()), ..Self::original(resource_key) }
    }

    /// Returns a parameter that is a template. `names` is a JSON object of names and paths, as
    /// text.
    #[must_use]
    pub fn template(
        resource_key: impl Into<String>,
        names: impl Into<String>,
        template: impl Into<String>,
    ) -> Self {
        Self {
            form: Form::Template,
            value: Some(names.into()),
            template: Some(template.into()),
            ..Self::original(resource_key)
        }
    }

    /// Checks name, form and lengths.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    pub fn check(&self) -> Checked {
        field::required("ResourceKey", &self.resource_key)?;
        let value = self.value.as_deref();
        let template = self.template.as_deref();
        field::characters("Value", value.unwrap_or_default(), 0..=MOST_TEMPLATE)?;
        field::characters("Template", template.unwrap_or_default(), 0..=MOST_TEMPLATE)?;
        let missing = |name: &'static str| InvalidField::new(name, field::FieldProblem::Missing);
        match &self.form {
            Form::Original | Form::Other(_) => Ok(()),
            Form::Constant => value.map(|_| ()).ok_or_else(|| missing("Value")),
            Form::JsonPath => {
                if !value.ok_or_else(|| missing("Value"))?.starts_with('$') {
                    return Err(InvalidField::rule(
                        "Value",
                        "is a path that does not begin with `$`",
                    ));
                }
                Ok(())
            }
            Form::Template => {
                template.ok_or_else(|| missing("Template"))?;
                let names = value.ok_or_else(|| missing("Value"))?;
                if serde_json::from_str::<Map<String, Value>>(names).is_err() {
                    let rule = "is not a JSON object of names and paths, as templates need";
                    return Err(InvalidField::rule("Value", rule));
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for TargetParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("TargetParameter");
        debug.field("resource_key", &self.resource_key).field("form", &self.form);
        if secret::is_secret_key(&self.resource_key) {
            return debug.finish_non_exhaustive();
        }
        debug.field("value", &self.value).field("template", &self.template).finish()
    }
}

/// Says how many pushes run at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ConcurrentConfig {
    /// The number of pushes that run at once, at least 1.
    pub concurrency: u64,
}

impl From<u64> for ConcurrentConfig {
    fn from(concurrency: u64) -> Self {
        Self { concurrency }
    }
}

/// Names the queue of events whose push failed for good.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DeadLetterQueue {
    /// The resource, for example `acs:mns:cn-hangzhou:123456789098:/queues/dead`.
    #[serde(default)]
    pub arn: String,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl From<&str> for DeadLetterQueue {
    fn from(arn: &str) -> Self {
        Self { arn: arn.to_owned(), other: Map::new() }
    }
}

/// Checks the number of targets, each target, and that no id comes twice.
pub(crate) fn check_targets(targets: &[Target]) -> Checked {
    field::within("Targets", "entries", targets.len(), 0..=MOST_TARGETS)?;
    for (at, target) in targets.iter().enumerate() {
        let name = format_args!("Targets[{at}]");
        target.check().map_err(|field| field.within(name))?;
        if targets.iter().take(at).any(|other| other.id == target.id) {
            return Err(InvalidField::rule("Id", "is that of another target").within(name));
        }
    }
    Ok(())
}
