//! Operations on connections. Answers hold no secret.

use aliyun_eventbridge::{
    connections::{Authorization, CreateConnection, UpdateConnection},
    error::ErrorCode,
    operation::{Operation as _, Protocol},
};
use serde_json::{Value, json};

use super::members::Members;
use crate::{
    core::{Change, Core},
    fault::Fault,
    resources::{Connection, Resource, ResourceKey},
};

/// Creates a connection; the client's own check comes first.
pub(crate) async fn create(
    core: &Core,
    protocol: Protocol,
    asked: CreateConnection,
) -> Result<Value, Fault> {
    asked.check(protocol)?;
    let name = asked.connection_name.clone();
    let created_millis = core.shared.now_millis();
    core.change(|resources| {
        if resources.connections.contains_key(&asked.connection_name) {
            let message = format!("the connection {:?} exists", asked.connection_name);
            let code = ErrorCode::from("ConnectionAlreadyExist");
            return Err(Fault::conflict(code, message));
        }
        let most = core.shared.quotas.connections;
        if resources.connections.len() >= most {
            let message = format!("there are {most} connections; no more are allowed");
            return Err(Fault::conflict(ErrorCode::from("ConnectionCountExceedLimit"), message));
        }
        let one = Connection {
            name: asked.connection_name,
            description: asked.description,
            network: asked.network_parameters,
            auth: asked.auth_parameters,
            created_millis,
        };
        Ok((Change::put(Resource::Connection(one)), ()))
    })
    .await?;
    Ok(json!({"ConnectionName": name}))
}

pub(super) async fn update(
    core: &Core,
    protocol: Protocol,
    members: Members,
) -> Result<Value, Fault> {
    let asked: UpdateConnection = members.parsed()?;
    asked.check(protocol)?;
    core.change(|resources| {
        let mut one = resources.connection(&asked.connection_name)?.clone();
        one.description = asked.description.or(one.description);
        one.network = asked.network_parameters.unwrap_or(one.network);
        one.auth = asked.auth_parameters.unwrap_or(one.auth);
        Ok((Change::put(Resource::Connection(one)), ()))
    })
    .await?;
    Ok(Value::Null)
}

pub(super) async fn delete(core: &Core, members: &Members) -> Result<Value, Fault> {
    let name = members.text("ConnectionName")?;
    core.change(|resources| {
        resources.connection(name)?;
        if let Some(one) = resources.destinations.values().find(|one| one.connection == name) {
            let message = format!("the API destination {:?} uses it", one.name);
            return Err(Fault::conflict(ErrorCode::ConnectionBoundApiDestination, message));
        }
        Ok((Change::Remove(ResourceKey::Connection(name.to_owned())), ()))
    })
    .await?;
    Ok(Value::Null)
}

pub(super) fn get(core: &Core, members: &Members) -> Result<Value, Fault> {
    let resources = core.resources();
    let one = resources.connection(members.text("ConnectionName")?)?;
    Ok(json!({"ConnectionName": one.name, "Connections": [described(one)]}))
}

pub(super) fn list(core: &Core, members: &Members) -> Result<Value, Fault> {
    let resources = core.resources();
    let prefix = members.members.get("ConnectionNamePrefix").and_then(Value::as_str);
    let prefix = prefix.unwrap_or_default();
    let all = resources.connections.values().filter(|one| one.name.starts_with(prefix));
    members.page("Connections", "MaxResults", all.map(described))
}

fn described(one: &Connection) -> Value {
    let auth = match &one.auth {
        Authorization::Basic { parameters } => json!({
            "AuthorizationType": "BASIC_AUTH",
            "BasicAuthParameters": {"Username": parameters.username},
        }),
        Authorization::ApiKey { parameters } => json!({
            "AuthorizationType": "API_KEY_AUTH",
            "ApiKeyAuthParameters": {"ApiKeyName": parameters.api_key_name},
        }),
        Authorization::OAuth { parameters } => json!({
            "AuthorizationType": "OAUTH_AUTH",
            "OAuthParameters": {
                "AuthorizationEndpoint": parameters.authorization_endpoint,
                "HttpMethod": parameters.http_method,
            },
        }),
        _ => Value::Null,
    };
    json!({
        "ConnectionName": one.name,
        "Description": one.description,
        "NetworkParameters": one.network,
        "AuthParameters": auth,
        "GmtCreate": one.created_millis,
    })
}
