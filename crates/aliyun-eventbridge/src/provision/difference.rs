//! What differs between a rule that is there and what is wanted. Pure.

use std::fmt;

use serde_json::Value;

use super::wanted::Wanted;
use crate::{
    field::InvalidField,
    rules::{Rule, RuleStatus},
    secret,
    targets::{ErrorsTolerance, PushRetryStrategy, Target, TargetParameter, target_type},
};

/// Names one thing that would be done.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// The bus would be created.
    CreateBus,
    /// The rule would be created with its target.
    CreateRule(Vec<Line>),
    /// The rule would be changed.
    UpdateRule(Vec<Line>),
    /// The target would be added to the rule.
    CreateTarget(Vec<Line>),
    /// The target would be replaced.
    UpdateTarget(Vec<Line>),
}

/// Holds one line of a difference: a name, the value that is there, the value that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// The name of the value.
    pub name: String,
    /// The value that is there. `None` if there is none. Secrets are `(secret)`.
    pub is: Option<String>,
    /// The value that is wanted. Secrets are `(secret)`, or `(another secret)` where they differ.
    pub wanted: Option<String>,
}

impl Line {
    fn new(name: &str, is: Option<&str>, wanted: Option<&str>) -> Self {
        let shown =
            |value: &str| value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { name: name.to_owned(), is: is.map(shown), wanted: wanted.map(shown) }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.is, &self.wanted) {
            (None, Some(wanted)) => write!(f, "    + {}: {wanted}", self.name),
            (Some(is), None) => write!(f, "    - {}: {is}", self.name),
            (Some(is), Some(wanted)) => write!(f, "    ~ {}: {is} -> {wanted}", self.name),
            (None, None) => write!(f, "      {}", self.name),
        }
    }
}

/// Returns the lines in which the rule differs.
pub(super) fn rule_lines(is: Option<&Rule>, wanted: &Wanted) -> Vec<Line> {
    let mut lines = Vec::new();
    let pattern = is.and_then(|rule| rule.filter_pattern.as_deref());
    if !pattern.is_some_and(|pattern| same_json(pattern, &wanted.pattern)) {
        lines.push(Line::new("pattern", pattern, Some(&wanted.pattern)));
    }
    // The service's default is on.
    let status = is.map(|rule| rule.status.clone().unwrap_or(RuleStatus::Enable));
    if status.as_ref() != Some(&wanted.status()) {
        let status = status.as_ref().map(RuleStatus::as_str);
        lines.push(Line::new("status", status, Some(wanted.status().as_str())));
    }
    if let Some(description) = &wanted.description {
        let is = is.and_then(|rule| rule.description.as_deref()).filter(|text| !text.is_empty());
        if is != Some(description) {
            lines.push(Line::new("description", is, Some(description)));
        }
    }
    lines
}

/// Returns the lines in which the target differs.
pub(super) fn target_lines(is: Option<&Target>, wanted: &Target) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut compare = |name: &str, is: Option<&str>, wanted: Option<&str>| {
        if is.unwrap_or_default() != wanted.unwrap_or_default() {
            lines.push(Line::new(name, is, wanted));
        }
    };
    let kind = is.map(|target| target.r#type.as_str());
    if !kind.is_some_and(|kind| same_type(kind, &wanted.r#type)) {
        compare("type", kind, Some(&wanted.r#type));
    }
    compare("endpoint", is.map(|target| target.endpoint.as_str()), Some(&wanted.endpoint));
    // What the service does where nothing is set is no difference.
    let retry = |target: &Target| target.push_retry_strategy.clone();
    let default = PushRetryStrategy::Backoff;
    let is_retry = is.map(|target| retry(target).unwrap_or_else(|| default.clone()));
    let wanted_retry = retry(wanted).unwrap_or(default);
    compare("retry", is_retry.as_ref().map(PushRetryStrategy::as_str), Some(wanted_retry.as_str()));
    let tolerance = |target: &Target| target.errors_tolerance.clone();
    let is_tolerance = is.map(|target| tolerance(target).unwrap_or(ErrorsTolerance::All));
    let wanted_tolerance = tolerance(wanted).unwrap_or(ErrorsTolerance::All);
    compare(
        "errors tolerance",
        is_tolerance.as_ref().map(ErrorsTolerance::as_str),
        Some(wanted_tolerance.as_str()),
    );
    let dead = |target: &Target| target.dead_letter_queue.as_ref().map(|queue| queue.arn.clone());
    compare("dead letter", is.and_then(dead).as_deref(), dead(wanted).as_deref());
    lines.extend(parameter_lines(is, wanted));
    lines
}

fn parameter_lines(is: Option<&Target>, wanted: &Target) -> Vec<Line> {
    let of = |target: &Target, key: &str| {
        let found = |parameter: &&TargetParameter| parameter.resource_key.eq_ignore_ascii_case(key);
        target.param_list.iter().find(found).cloned()
    };
    let mut lines = Vec::new();
    for parameter in &wanted.param_list {
        let old = is.and_then(|target| of(target, &parameter.resource_key));
        lines.extend(parameter_line(old.as_ref(), Some(parameter)));
    }
    for parameter in is.map_or(&[][..], |target| &target.param_list) {
        if of(wanted, &parameter.resource_key).is_none() {
            lines.extend(parameter_line(Some(parameter), None));
        }
    }
    lines
}

fn parameter_line(is: Option<&TargetParameter>, wanted: Option<&TargetParameter>) -> Option<Line> {
    if let (Some(is), Some(wanted)) = (is, wanted) {
        let values = (is.value.as_deref().unwrap_or(""), wanted.value.as_deref().unwrap_or(""));
        let templates =
            (is.template.as_deref().unwrap_or(""), wanted.template.as_deref().unwrap_or(""));
        let same_value = values.0 == values.1 || is_masked(is) || same_list(values.0, values.1);
        if is.form == wanted.form && same_value && templates.0 == templates.1 {
            return None;
        }
    }
    let key = &wanted.or(is)?.resource_key;
    if secret::is_secret_key(key) {
        let is = is.map(|_| "(secret)");
        let other = if is.is_some() { "(another secret)" } else { "(secret)" };
        return Some(Line::new(key, is, wanted.map(|_| other)));
    }
    Some(Line::new(key, is.map(shown).as_deref(), wanted.map(shown).as_deref()))
}

fn shown(parameter: &TargetParameter) -> String {
    let mut text = parameter.form.to_string();
    for part in [&parameter.value, &parameter.template].into_iter().flatten() {
        text.push(' ');
        text.push_str(part);
    }
    text
}

/// A service that hides a secret gives stars: it cannot be compared, and is taken for the same.
fn is_masked(parameter: &TargetParameter) -> bool {
    let value = parameter.value.as_deref().unwrap_or_default();
    secret::is_secret_key(&parameter.resource_key)
        && !value.is_empty()
        && value.bytes().all(|byte| byte == b'*')
}

/// Pages and API structures spell the types of HTTP targets in two ways.
fn same_type(is: &str, wanted: &str) -> bool {
    let plain = |kind: &str| match kind {
        target_type::ACS_HTTPS => target_type::HTTPS.to_owned(),
        target_type::ACS_HTTP => target_type::HTTP.to_owned(),
        other => other.to_owned(),
    };
    plain(is) == plain(wanted)
}

fn same_json(one: &str, other: &str) -> bool {
    match (serde_json::from_str::<Value>(one), serde_json::from_str::<Value>(other)) {
        (Ok(one), Ok(other)) => one == other,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => one == other,
    }
}

fn same_list(one: &str, other: &str) -> bool {
    one.starts_with('[') && same_json(one, other)
}

/// Puts what is wanted into a target that is there. Members that this crate does not know stay.
pub(super) fn merged(is: &Target, wanted: &Wanted) -> Result<Target, InvalidField> {
    let mut target = wanted.target()?;
    target.concurrent_config.clone_from(&is.concurrent_config);
    target.other.clone_from(&is.other);
    if let (Some(queue), Some(old)) = (&mut target.dead_letter_queue, &is.dead_letter_queue) {
        queue.other.clone_from(&old.other);
    }
    if same_type(&is.r#type, &target.r#type) {
        target.r#type.clone_from(&is.r#type);
    }
    Ok(target)
}
