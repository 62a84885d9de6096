//! Operations on the targets of a rule.

use aliyun_eventbridge::{
    error::ErrorCode,
    operation::{Operation as _, Protocol},
    targets::{MOST_TARGETS, PutTargets},
};
use serde_json::{Value, json};

use super::{members::Members, rules::changed};
use crate::{core::Core, fault::Fault};

/// Puts targets on a rule. In the 2020-04-01 API a target with the same id is replaced; the
/// `openapi` protocol creates only.
pub(super) async fn put(core: &Core, protocol: Protocol, members: Members) -> Result<Value, Fault> {
    let asked: PutTargets = members.parsed()?;
    asked.check(protocol)?;
    let creates = protocol == Protocol::OpenApi;
    let targets = asked.targets;
    let errors = changed(core, &asked.event_bus_name, &asked.rule_name, |rule| {
        let mut errors = Vec::new();
        for target in targets {
            match rule.targets.iter_mut().find(|other| other.id == target.id) {
                Some(other) if !creates => *other = target,
                Some(_) => {
                    let code = ErrorCode::EventTargetAlreadyExist;
                    errors.push(error(&target.id, &code, "a target with this id exists"));
                }
                None => rule.targets.push(target),
            }
        }
        if rule.targets.len() > MOST_TARGETS {
            let message = format!("a rule has {MOST_TARGETS} targets at most");
            return Err(Fault::parameter(message));
        }
        Ok(errors)
    })
    .await?;
    Ok(results(&errors))
}

pub(super) async fn delete(core: &Core, members: &Members) -> Result<Value, Fault> {
    let (bus, rule) = (members.text("EventBusName")?, members.text("RuleName")?);
    let ids: Vec<&str> = match members.members.get("TargetIds") {
        // A page of the vendor has one text.
        Some(Value::String(id)) => vec![id],
        Some(Value::Array(ids)) if ids.len() <= 100 => {
            let ids: Option<_> = ids.iter().map(Value::as_str).collect();
            ids.ok_or_else(|| Fault::parameter("TargetIds is not an array of texts"))?
        }
        Some(_) | None => {
            return Err(Fault::parameter("TargetIds is not an array of 1 to 100 texts"));
        }
    };
    let errors = changed(core, bus, rule, |rule| {
        let mut errors = Vec::new();
        for id in ids {
            let before = rule.targets.len();
            rule.targets.retain(|target| target.id != id);
            if rule.targets.len() == before {
                let code = ErrorCode::EventTargetNotExist;
                errors.push(error(id, &code, "no target has this id"));
            }
        }
        Ok(errors)
    })
    .await?;
    Ok(results(&errors))
}

pub(super) fn list(core: &Core, members: &Members) -> Result<Value, Fault> {
    let resources = core.resources();
    let rule = resources.rule(members.text("EventBusName")?, members.text("RuleName")?)?;
    members.page("Targets", "Limit", rule.targets.iter().map(|target| json!(target)))
}

fn error(id: &str, code: &ErrorCode, message: &str) -> Value {
    json!({"EntryId": id, "ErrorCode": code.as_str(), "ErrorMessage": message})
}

fn results(errors: &[Value]) -> Value {
    json!({"ErrorEntriesCount": errors.len(), "ErrorEntries": errors})
}
