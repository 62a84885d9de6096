//! The two protocols of EventBridge's API, as a server: signatures, requests, answers.

mod request;

mod authentic;

mod members;

mod buses;

mod rules;

mod targets;

mod destinations;

mod connections;

mod put_events;

mod operations;

use aliyun_eventbridge::{credentials::Credentials, operation::Protocol};
use axum::response::Response;
use serde_json::Value;

pub(crate) use buses::create as create_bus;
pub(crate) use connections::create as create_connection;
pub(crate) use destinations::create as create_destination;
pub(crate) use request::{ApiRequest, answer_of_fault};
pub(crate) use rules::create as create_rule;

use crate::{core::Core, fault::Fault};

/// Answers a request of either protocol.
pub(crate) async fn answered(
    core: &Core,
    credentials: &[Credentials],
    protocol: Protocol,
    request: &ApiRequest,
) -> Response {
    match result(core, credentials, protocol, request).await {
        Ok(members) => request::answer(protocol, &request.id, members),
        Err(fault) => answer_of_fault(protocol, &request.id, &fault),
    }
}

async fn result(
    core: &Core,
    credentials: &[Credentials],
    protocol: Protocol,
    request: &ApiRequest,
) -> Result<request::Done, Fault> {
    authentic::check(core, credentials, protocol, request)?;
    let mut members = members::read(protocol, request)?;
    if members.operation == "PutEvents" {
        let data = put_events::run(core, protocol, request, &mut members).await?;
        return Ok(request::Done { operation: members.operation, data: Value::Object(data) });
    }
    operations::run(core, protocol, members).await
}
