//! Reads what is there, and makes what is wanted.

use std::{error::Error, fmt};

use super::{
    difference::{Change, merged, rule_lines, target_lines},
    plan::Plan,
    wanted::Wanted,
};
use crate::{
    buses::{CreateEventBus, DEFAULT_BUS, MOST_BUSES},
    call::Client,
    error::{CallError, ErrorCode},
    field::InvalidField,
    operation::Protocol,
    rules::{ListRules, MOST_RULES, UpdateRule},
    targets::{MOST_TARGETS, PutTargets, TargetError, TargetResults},
};

/// Reads rule and targets, and returns what would change. Changes nothing.
///
/// # Errors
///
/// Fails if the description is invalid, a call fails, or a quota leaves no room. The quotas are 5
/// targets of a rule, 50 rules of a bus, and 50 custom buses of an account.
pub async fn plan(client: &Client, wanted: &Wanted) -> Result<Plan, ProvisionError> {
    wanted.check().map_err(ProvisionError::Invalid)?;
    let mut changes = Vec::new();
    let new_target = wanted.target().map_err(ProvisionError::Invalid)?;
    let rule = match client.get_rule(&wanted.bus, &wanted.rule).await {
        Ok(answer) => Some(answer.result),
        Err(error) if error.code() == Some(&ErrorCode::EventBusNotExist) && wanted.create_bus => {
            changes.push(Change::CreateBus);
            None
        }
        Err(error) if error.code() == Some(&ErrorCode::EventBusNotExist) => {
            return Err(ProvisionError::Call(error));
        }
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(ProvisionError::Call(error)),
    };
    let Some(rule) = rule else {
        if !wanted.ignore_quotas {
            check_quotas(client, wanted, &changes).await?;
        }
        let mut lines = rule_lines(None, wanted);
        lines.extend(target_lines(None, &new_target));
        changes.push(Change::CreateRule(lines));
        let wanted = wanted.clone();
        return Ok(Plan { wanted, changes, target: new_target, other_targets: 0 });
    };
    let lines = rule_lines(Some(&rule), wanted);
    if !lines.is_empty() {
        changes.push(Change::UpdateRule(lines));
    }
    let is_ours = |id: &str| id == wanted.target;
    let other_targets = rule.targets.iter().filter(|target| !is_ours(&target.id)).count();
    let target = match rule.targets.iter().find(|target| is_ours(&target.id)) {
        None if other_targets >= MOST_TARGETS => return Err(ProvisionError::NoRoom),
        None => {
            changes.push(Change::CreateTarget(target_lines(None, &new_target)));
            new_target
        }
        Some(old) => {
            let lines = target_lines(Some(old), &new_target);
            if !lines.is_empty() {
                changes.push(Change::UpdateTarget(lines));
            }
            merged(old, wanted).map_err(ProvisionError::Invalid)?
        }
    };
    let mut wanted = wanted.clone();
    // What is not wanted otherwise is sent as it is, so that an update cannot empty it.
    wanted.description = wanted.description.or(rule.description);
    Ok(Plan { wanted, changes, target, other_targets })
}

/// Fails if the account has as many buses, or the bus as many rules, as it may have. A list that
/// cannot be had, for want of a permission for example, forbids nothing: the service decides.
async fn check_quotas(
    client: &Client,
    wanted: &Wanted,
    changes: &[Change],
) -> Result<(), ProvisionError> {
    let (quota, there) = if changes.is_empty() {
        let rules = client.list_rules(&ListRules::new(&wanted.bus)).collect().await;
        (Quota { what: "rules", of: "the bus", most: MOST_RULES }, rules.map(|rules| rules.len()))
    } else {
        let buses = client.list_event_buses(None).collect().await;
        let custom = buses.map(|buses| {
            buses.iter().filter(|bus| bus.event_bus_name.as_deref() != Some(DEFAULT_BUS)).count()
        });
        (Quota { what: "custom buses", of: "the account", most: MOST_BUSES }, custom)
    };
    match there {
        Ok(there) if there >= quota.most => Err(ProvisionError::Quota(quota)),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Does what a plan says. A plan without changes makes no call.
///
/// The 2020-04-01 API replaces a target in one call. The `openapi` protocol has no such call: the
/// target is deleted and created, and events in between do not reach it.
///
/// # Errors
///
/// Fails with the first call that fails. What was done before stays; a new plan shows the rest.
pub async fn apply(client: &Client, plan: &Plan) -> Result<(), ProvisionError> {
    let wanted = &plan.wanted;
    for change in &plan.changes {
        match change {
            Change::CreateBus => {
                let created = client.create_event_bus(&CreateEventBus::new(&wanted.bus)).await;
                there_is_fine(created.map(|_| ()))?;
            }
            Change::CreateRule(_) => {
                let rule = wanted.create_rule().map_err(ProvisionError::Invalid)?;
                client.create_rule(&rule).await.map_err(ProvisionError::Call)?;
            }
            Change::UpdateRule(_) => {
                let mut rule = UpdateRule::new(&wanted.bus, &wanted.rule)
                    .status(wanted.status())
                    .filter_pattern(&wanted.pattern);
                if let Some(text) = &wanted.description {
                    rule = rule.description(text);
                }
                client.update_rule(&rule).await.map_err(ProvisionError::Call)?;
            }
            Change::CreateTarget(_) => put(client, plan).await?,
            Change::UpdateTarget(_) => {
                if client.protocol() == Protocol::OpenApi {
                    let ids = [wanted.target.as_str()];
                    let deleted = client.delete_targets(&wanted.bus, &wanted.rule, &ids).await;
                    all_done(deleted.map_err(ProvisionError::Call)?.result)?;
                }
                put(client, plan).await?;
            }
        }
    }
    Ok(())
}

async fn put(client: &Client, plan: &Plan) -> Result<(), ProvisionError> {
    let targets = vec![plan.target.clone()];
    let request = PutTargets::new(&plan.wanted.bus, &plan.wanted.rule, targets);
    let answer = client.put_targets(&request).await.map_err(ProvisionError::Call)?;
    all_done(answer.result)
}

fn all_done(results: TargetResults) -> Result<(), ProvisionError> {
    let count = results.error_entries_count;
    match results.error_entries.into_iter().next() {
        Some(error) => Err(ProvisionError::Target(error)),
        None if count > 0 => Err(ProvisionError::Target(TargetError::default())),
        None => Ok(()),
    }
}

fn there_is_fine(result: Result<(), CallError>) -> Result<(), ProvisionError> {
    match result {
        Err(error) if error.code().is_some_and(ErrorCode::is_already_there) => Ok(()),
        other => other.map_err(ProvisionError::Call),
    }
}

/// Says why there is no plan, or why it could not be done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ProvisionError {
    /// A field of the description is invalid.
    Invalid(InvalidField),
    /// A call failed.
    Call(CallError),
    /// The service refused the target.
    Target(TargetError),
    /// The rule has as many targets as it may, and none of them is the wanted one.
    NoRoom,
    /// A quota that the vendor documents is used up.
    Quota(Quota),
}

/// Names a quota: how many of what an account may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    what: &'static str,
    of: &'static str,
    most: usize,
}

impl Quota {
    /// Returns the number that is allowed.
    #[must_use]
    pub const fn most(&self) -> usize {
        self.most
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, of, most } = self;
        write!(f, "{of} has {most} {what}, the most that the vendor documents")
    }
}

impl fmt::Display for ProvisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(_) => f.write_str("the description in [provision] is invalid"),
            Self::Call(_) => f.write_str("a call to EventBridge failed"),
            Self::Target(error) => {
                let code = error.error_code.as_deref().unwrap_or("no code");
                let message = error.error_message.as_deref().unwrap_or("no message");
                write!(f, "the service refused the target with {code}: {message}")
            }
            Self::NoRoom => write!(
                f,
                "the rule has {MOST_TARGETS} targets, the most it may have; \
                 delete one, or name one of them as `target`"
            ),
            Self::Quota(quota) => {
                write!(f, "{quota}: delete one, or set ignore-quotas if the account has more")
            }
        }
    }
}

impl Error for ProvisionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Invalid(field) => Some(field),
            Self::Call(error) => Some(error),
            Self::Target(_) | Self::NoRoom | Self::Quota(_) => None,
        }
    }
}
