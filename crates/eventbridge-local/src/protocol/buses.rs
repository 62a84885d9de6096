//! Operations on buses.

use aliyun_eventbridge::{
    buses::CreateEventBus,
    error::ErrorCode,
    operation::{Operation as _, Protocol},
};
use serde_json::{Value, json};

use super::members::Members;
use crate::{
    core::{Change, Core},
    fault::Fault,
    resources::{Bus, DEFAULT_BUS, Resource, ResourceKey},
};

pub(crate) fn arn(core: &Core, bus: &str) -> String {
    format!("acs:eventbridge:{}:{}:eventbus/{bus}", core.shared.region, core.shared.account)
}

/// Creates a bus; the client's own check comes first.
pub(crate) async fn create(
    core: &Core,
    protocol: Protocol,
    asked: CreateEventBus,
) -> Result<Value, Fault> {
    asked.check(protocol)?;
    let name = asked.event_bus_name.clone();
    let created_millis = core.shared.now_millis();
    core.change(|resources| {
        if resources.buses.contains_key(&asked.event_bus_name) {
            let message = format!("the event bus {:?} exists", asked.event_bus_name);
            return Err(Fault::conflict(ErrorCode::EventBusAlreadyExist, message));
        }
        // `default` is not counted.
        let most = core.shared.quotas.buses;
        if resources.buses.len() > most {
            let message = format!("there are {most} event buses; no more are allowed");
            return Err(Fault::conflict(ErrorCode::EventBusCountExceedLimit, message));
        }
        let bus = Bus {
            name: asked.event_bus_name,
            description: asked.description,
            tags: asked.tags,
            created_millis,
        };
        Ok((Change::put(Resource::Bus(bus)), ()))
    })
    .await?;
    Ok(json!({"EventBusARN": arn(core, &name)}))
}

pub(super) async fn delete(core: &Core, members: &Members) -> Result<Value, Fault> {
    let name = members.text("EventBusName")?;
    core.change(|resources| {
        let bus = resources.bus(name)?;
        if name == DEFAULT_BUS {
            let message = "the event bus `default` cannot be deleted";
            return Err(Fault::conflict(ErrorCode::EventBusNameInvalid, message));
        }
        if !bus.rules.is_empty() {
            let message = format!("the event bus {name:?} has rules: delete them first");
            return Err(Fault::conflict(ErrorCode::EventBusRuleNotEmptyForDelete, message));
        }
        Ok((Change::Remove(ResourceKey::Bus(name.to_owned())), ()))
    })
    .await?;
    Ok(Value::Null)
}

pub(super) fn get(core: &Core, members: &Members) -> Result<Value, Fault> {
    let resources = core.resources();
    Ok(described(core, &resources.bus(members.text("EventBusName")?)?.bus))
}

pub(super) fn list(core: &Core, members: &Members) -> Result<Value, Fault> {
    let resources = core.resources();
    let prefix = members.members.get("NamePrefix").and_then(Value::as_str).unwrap_or_default();
    let buses = resources.buses.values().map(|rules| &rules.bus);
    let buses = buses.filter(|bus| bus.name.starts_with(prefix));
    members.page("EventBuses", "Limit", buses.map(|bus| described(core, bus)))
}

fn described(core: &Core, bus: &Bus) -> Value {
    json!({
        "EventBusName": bus.name,
        "EventBusARN": arn(core, &bus.name),
        "Description": bus.description,
        "CreateTimestamp": bus.created_millis,
        "Tags": bus.tags,
    })
}
