//! Which operation does what.

use aliyun_eventbridge::{error::ErrorCode, operation::Protocol};

use super::{buses, connections, destinations, members::Members, request::Done, rules, targets};
use crate::{core::Core, fault::Fault};

pub(super) async fn run(core: &Core, protocol: Protocol, members: Members) -> Result<Done, Fault> {
    let operation = members.operation.clone();
    let openapi = protocol == Protocol::OpenApi;
    let data = match operation.as_str() {
        "CreateEventBus" => buses::create(core, protocol, members.parsed()?).await,
        "DeleteEventBus" => buses::delete(core, &members).await,
        "GetEventBus" => buses::get(core, &members),
        "ListEventBuses" => buses::list(core, &members),
        "CreateRule" => rules::create(core, protocol, members.parsed()?).await,
        "UpdateRule" => rules::update(core, protocol, members).await,
        "GetRule" => rules::get(core, &members),
        "ListRules" => rules::list(core, protocol, &members),
        "EnableRule" => rules::enable(core, &members, true).await,
        "DisableRule" => rules::enable(core, &members, false).await,
        "DeleteRule" => rules::delete(core, &members).await,
        "PutTargets" => targets::put(core, protocol, members).await,
        "DeleteTargets" => targets::delete(core, &members).await,
        "ListTargets" => targets::list(core, &members),
        "TestEventPattern" => rules::test_pattern(&members),
        "CreateApiDestination" if !openapi => {
            destinations::create(core, protocol, members.parsed()?).await
        }
        "UpdateApiDestination" if !openapi => destinations::update(core, protocol, members).await,
        "GetApiDestination" if !openapi => destinations::get(core, &members),
        "ListApiDestinations" if !openapi => destinations::list(core, &members),
        "DeleteApiDestination" if !openapi => destinations::delete(core, &members).await,
        "CreateConnection" if !openapi => {
            connections::create(core, protocol, members.parsed()?).await
        }
        "UpdateConnection" if !openapi => connections::update(core, protocol, members).await,
        "GetConnection" if !openapi => connections::get(core, &members),
        "ListConnections" if !openapi => connections::list(core, &members),
        "DeleteConnection" if !openapi => connections::delete(core, &members).await,
        _ => {
            let message = format!("the operation {operation:.64?} is not had here");
            Err(Fault::new(404, ErrorCode::from("InvalidAction.NotFound"), message))
        }
    }?;
    Ok(Done { operation, data })
}
