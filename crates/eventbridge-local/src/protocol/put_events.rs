//! `PutEvents`, in both protocols.

use aliyun_eventbridge::{error::ErrorCode, operation::Protocol};
use serde_json::{Map, Value, json, value::RawValue};

use super::{members::Members, request::ApiRequest};
use crate::{
    core::Core,
    event::{from_api, from_openapi},
    fault::Fault,
};

/// Publishes, and says what became of each event.
pub(super) async fn run(
    core: &Core,
    protocol: Protocol,
    request: &ApiRequest,
    members: &mut Members,
) -> Result<Map<String, Value>, Fault> {
    let list = match protocol {
        Protocol::OpenApi => std::str::from_utf8(&request.body).map_err(|_| {
            Fault::conflict(ErrorCode::JsonAttributeInvalid, "the body is not UTF-8")
        })?,
        Protocol::Api20200401 | _ => members.text("EventList")?,
    };
    let most = core.shared.quotas.publish.most_request_bytes();
    if list.len() > most {
        let message = format!("the events have {} bytes as JSON; {most} are allowed", list.len());
        return Err(Fault::parameter(message));
    }
    let list: Vec<&RawValue> = serde_json::from_str(list).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = format!("the events are not a JSON array: at line {line} column {column}");
        Fault::conflict(ErrorCode::JsonAttributeInvalid, message)
    })?;
    let events: Vec<_> = match protocol {
        Protocol::OpenApi => list.into_iter().map(from_openapi).collect(),
        Protocol::Api20200401 | _ => {
            let bus = members.text("EventBusName")?;
            list.into_iter().map(|event| from_api(event, bus)).collect()
        }
    };
    let ids: Vec<Option<String>> =
        events.iter().map(|event| event.as_ref().ok()?.given_id().map(str::to_owned)).collect();
    let results = core.publish(events).await?;
    let failed = results.iter().filter(|result| result.is_err()).count();
    let entries: Vec<Value> = results
        .into_iter()
        .zip(ids)
        .map(|(result, id)| match result {
            Ok(number) => json!({"EventId": id, "TraceId": format!("local-{number}")}),
            Err(fault) => json!({
                "EventId": id, "ErrorCode": fault.code.as_str(), "ErrorMessage": fault.message,
            }),
        })
        .collect();
    let mut answer = Map::new();
    answer.insert("FailedEntryCount".to_owned(), Value::from(failed));
    answer.insert("EntryList".to_owned(), Value::Array(entries));
    if protocol == Protocol::OpenApi {
        let account = core.shared.account.as_str();
        answer.insert("ResourceOwnerAccountId".to_owned(), Value::from(account));
    }
    Ok(answer)
}
