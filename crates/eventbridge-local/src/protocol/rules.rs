//! Operations on rules.

use aliyun_eventbridge::{
    error::ErrorCode,
    operation::{Operation as _, Protocol},
    rules::{CreateRule, RuleStatus, UpdateRule},
};
use serde_json::{Value, json};

use super::{buses, members::Members};
use crate::{
    core::{Change, Core},
    fault::Fault,
    resources::{Resource, ResourceKey, Rule, pattern},
};

fn arn(core: &Core, bus: &str, rule: &str) -> String {
    format!("{}/rule/{rule}", buses::arn(core, bus))
}

/// Creates a rule; the client's own check comes first.
pub(crate) async fn create(
    core: &Core,
    protocol: Protocol,
    asked: CreateRule,
) -> Result<Value, Fault> {
    asked.check(protocol)?;
    pattern(&asked.filter_pattern)?;
    let enabled = enabled(asked.status.as_ref())?.unwrap_or(true);
    let arn = arn(core, &asked.event_bus_name, &asked.rule_name);
    let now = core.shared.now_millis();
    core.change(|resources| {
        let bus = resources.bus(&asked.event_bus_name)?;
        if bus.rules.contains_key(&asked.rule_name) {
            let message = format!("the rule {:?} exists", asked.rule_name);
            return Err(Fault::conflict(ErrorCode::EventRuleAlreadyExist, message));
        }
        let most = core.shared.quotas.rules_per_bus;
        if bus.rules.len() >= most {
            let message = format!("the bus has {most} rules; no more are allowed");
            return Err(Fault::conflict(ErrorCode::EventRuleCountExceedLimit, message));
        }
        let rule = Rule {
            bus: asked.event_bus_name,
            name: asked.rule_name,
            description: asked.description,
            pattern: asked.filter_pattern,
            enabled,
            targets: asked.targets,
            tags: asked.tags,
            created_millis: now,
            changed_millis: now,
        };
        Ok((Change::put(Resource::Rule(rule)), ()))
    })
    .await?;
    Ok(json!({"RuleARN": arn}))
}

pub(super) async fn update(
    core: &Core,
    protocol: Protocol,
    members: Members,
) -> Result<Value, Fault> {
    let asked: UpdateRule = members.parsed()?;
    asked.check(protocol)?;
    if let Some(text) = &asked.filter_pattern {
        pattern(text)?;
    }
    let enabled = enabled(asked.status.as_ref())?;
    changed(core, &asked.event_bus_name, &asked.rule_name, |rule| {
        rule.description = asked.description.clone().or_else(|| rule.description.take());
        rule.enabled = enabled.unwrap_or(rule.enabled);
        if let Some(text) = &asked.filter_pattern {
            rule.pattern.clone_from(text);
        }
        Ok(())
    })
    .await?;
    Ok(Value::Null)
}

/// Enables or disables a rule.
pub(super) async fn enable(core: &Core, members: &Members, enabled: bool) -> Result<Value, Fault> {
    let (bus, rule) = (members.text("EventBusName")?, members.text("RuleName")?);
    changed(core, bus, rule, |rule| {
        rule.enabled = enabled;
        Ok(())
    })
    .await?;
    Ok(Value::Null)
}

pub(super) async fn delete(core: &Core, members: &Members) -> Result<Value, Fault> {
    let (bus, rule) = (members.text("EventBusName")?, members.text("RuleName")?);
    core.change(|resources| {
        resources.rule(bus, rule)?;
        let key = ResourceKey::Rule(bus.to_owned(), rule.to_owned());
        Ok((Change::Remove(key), ()))
    })
    .await?;
    Ok(Value::Null)
}

pub(super) fn get(core: &Core, members: &Members) -> Result<Value, Fault> {
    let resources = core.resources();
    let rule = resources.rule(members.text("EventBusName")?, members.text("RuleName")?)?;
    Ok(described(core, rule, true))
}

pub(super) fn list(core: &Core, protocol: Protocol, members: &Members) -> Result<Value, Fault> {
    let resources = core.resources();
    let bus = resources.bus(members.text("EventBusName")?)?;
    let prefix = members.members.get("RuleNamePrefix").and_then(Value::as_str).unwrap_or_default();
    let rules = bus.rules.values().filter(|rule| rule.name.starts_with(prefix));
    // The list of the 2020-04-01 API leaves the parameters of targets out.
    let whole = protocol == Protocol::OpenApi;
    members.page("Rules", "Limit", rules.map(|rule| described(core, rule, whole)))
}

pub(super) fn test_pattern(members: &Members) -> Result<Value, Fault> {
    let pattern = pattern(members.text("EventPattern")?)?;
    let matches = pattern.matches(members.text("Event")?);
    let matches =
        matches.map_err(|error| Fault::conflict(ErrorCode::JsonAttributeInvalid, error))?;
    Ok(json!({"Result": matches}))
}

/// Changes a rule.
pub(super) async fn changed<T>(
    core: &Core,
    bus: &str,
    rule: &str,
    change: impl FnOnce(&mut Rule) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let now = core.shared.now_millis();
    core.change(|resources| {
        let mut rule = resources.rule(bus, rule)?.clone();
        let result = change(&mut rule)?;
        rule.changed_millis = now;
        Ok((Change::put(Resource::Rule(rule)), result))
    })
    .await
}

fn enabled(status: Option<&RuleStatus>) -> Result<Option<bool>, Fault> {
    match status {
        None => Ok(None),
        Some(RuleStatus::Enable) => Ok(Some(true)),
        Some(RuleStatus::Disable) => Ok(Some(false)),
        Some(other) => {
            Err(Fault::parameter(format_args!("Status {other} is not ENABLE or DISABLE")))
        }
    }
}

fn described(core: &Core, rule: &Rule, whole: bool) -> Value {
    let targets: Vec<Value> = rule
        .targets
        .iter()
        .map(|target| match whole {
            true => json!(target),
            false => json!({
                "Id": target.id, "Type": target.r#type, "Endpoint": target.endpoint,
                "ErrorsTolerance": target.errors_tolerance,
            }),
        })
        .collect();
    let status = if rule.enabled { RuleStatus::Enable } else { RuleStatus::Disable };
    json!({
        "EventBusName": rule.bus,
        "RuleName": rule.name,
        "RuleARN": arn(core, &rule.bus, &rule.name),
        "Description": rule.description,
        "Status": status.as_str(),
        "FilterPattern": rule.pattern,
        "Targets": targets,
        "Tags": rule.tags,
        "Ctime": rule.created_millis,
        "Mtime": rule.changed_millis,
        "CreatedTimestamp": rule.created_millis,
    })
}
