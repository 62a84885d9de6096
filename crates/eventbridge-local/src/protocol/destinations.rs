//! Operations on API destinations.

use aliyun_eventbridge::{
    destinations::{CreateApiDestination, UpdateApiDestination},
    error::ErrorCode,
    operation::{Operation as _, Protocol},
};
use serde_json::{Value, json};

use super::members::Members;
use crate::{
    core::{Change, Core},
    fault::Fault,
    resources::{ApiDestination, Resource, ResourceKey},
};

/// Creates an API destination; the client's own check comes first.
pub(crate) async fn create(
    core: &Core,
    protocol: Protocol,
    asked: CreateApiDestination,
) -> Result<Value, Fault> {
    asked.check(protocol)?;
    let name = asked.api_destination_name.clone();
    let created_millis = core.shared.now_millis();
    core.change(|resources| {
        if resources.destinations.contains_key(&asked.api_destination_name) {
            let message = format!("the API destination {:?} exists", asked.api_destination_name);
            return Err(Fault::conflict(ErrorCode::ApiDestinationAlreadyExist, message));
        }
        let most = core.shared.quotas.api_destinations;
        if resources.destinations.len() >= most {
            let message = format!("there are {most} API destinations; no more are allowed");
            return Err(Fault::conflict(ErrorCode::ApiDestinationCountExceedLimit, message));
        }
        resources.connection(&asked.connection_name)?;
        let one = ApiDestination {
            name: asked.api_destination_name,
            connection: asked.connection_name,
            description: asked.description,
            http: asked.http_api_parameters,
            created_millis,
        };
        Ok((Change::put(Resource::ApiDestination(one)), ()))
    })
    .await?;
    Ok(json!({"ApiDestinationName": name}))
}

pub(super) async fn update(
    core: &Core,
    protocol: Protocol,
    members: Members,
) -> Result<Value, Fault> {
    let asked: UpdateApiDestination = members.parsed()?;
    asked.check(protocol)?;
    core.change(|resources| {
        let mut one = resources.destination(&asked.api_destination_name)?.clone();
        if let Some(connection) = asked.connection_name {
            resources.connection(&connection)?;
            one.connection = connection;
        }
        one.description = asked.description.or(one.description);
        one.http = asked.http_api_parameters.unwrap_or(one.http);
        Ok((Change::put(Resource::ApiDestination(one)), ()))
    })
    .await?;
    Ok(Value::Null)
}

pub(super) async fn delete(core: &Core, members: &Members) -> Result<Value, Fault> {
    let name = members.text("ApiDestinationName")?;
    core.change(|resources| {
        resources.destination(name)?;
        Ok((Change::Remove(ResourceKey::ApiDestination(name.to_owned())), ()))
    })
    .await?;
    Ok(Value::Null)
}

pub(super) fn get(core: &Core, members: &Members) -> Result<Value, Fault> {
    let resources = core.resources();
    Ok(described(resources.destination(members.text("ApiDestinationName")?)?))
}

pub(super) fn list(core: &Core, members: &Members) -> Result<Value, Fault> {
    let resources = core.resources();
    let given = |name: &str| members.members.get(name).and_then(Value::as_str);
    let prefix = given("ApiDestinationNamePrefix").unwrap_or_default();
    let connection = given("ConnectionName").filter(|name| !name.is_empty());
    let all = resources.destinations.values().filter(|one| {
        one.name.starts_with(prefix) && connection.is_none_or(|name| one.connection == name)
    });
    members.page("ApiDestinations", "MaxResults", all.map(described))
}

fn described(one: &ApiDestination) -> Value {
    json!({
        "ApiDestinationName": one.name,
        "ConnectionName": one.connection,
        "Description": one.description,
        "HttpApiParameters": one.http,
        "GmtCreate": one.created_millis,
    })
}
