//! Which dialect an object is of, told by `type` and by the names of its keys, never by trying one after another.

use super::{
    ApiGatewayEvent, Dialect, HttpSourceEvent, TencentConnectorEvent,
    cloud_event::is_batch,
    error::{EnvelopeError, EnvelopeErrorKind},
    json::Object,
};

pub(super) fn dialect_of(object: &Object<'_>) -> Result<Dialect, EnvelopeError> {
    let has = |name| object.contains(name);
    if is_batch(object) {
        return Err(one_request_expected());
    }
    let event_type = object.peek_text("type")?.unwrap_or_default();
    let by_type = dialect_of_type(&event_type);
    if has("specversion") || by_type.is_ok() {
        return by_type;
    }
    if has("rawPath") && has("version") {
        return Ok(Dialect::FcHttp);
    }
    let of_scf = has("requestContext") || has("queryStringParameters") || has("headerParameters");
    let of_fc = has("isBase64Encoded") || has("queryParameters");
    match (has("httpMethod"), of_scf, of_fc) {
        (true, true, false) => Ok(Dialect::TencentScf),
        (true, false, true) => Ok(Dialect::FcApiGateway),
        // Of no dialect, or of two: what one reads the other would lose.
        _ => {
            let names: Vec<_> = object.names().take(16).map(excerpt).collect();
            Err(unknown_dialect(format!(
                "encloses no request that is known: its keys are {names:?}"
            )))
        }
    }
}

pub(super) fn dialect_of_type(event_type: &str) -> Result<Dialect, EnvelopeError> {
    match event_type {
        ApiGatewayEvent::TYPE => Ok(Dialect::ApiGateway),
        HttpSourceEvent::TYPE => Ok(Dialect::HttpSource),
        TencentConnectorEvent::TYPE => Ok(Dialect::TencentConnector),
        other => {
            Err(unknown_dialect(format!("encloses no request: its type is {:?}", excerpt(other))))
        }
    }
}

fn unknown_dialect(problem: String) -> EnvelopeError {
    EnvelopeError::new(EnvelopeErrorKind::UnknownDialect, "", problem)
}

pub(super) fn unexpected_dialect(dialect: Dialect) -> EnvelopeError {
    unknown_dialect("is of another dialect than can come here".to_owned()).in_dialect(dialect)
}

pub(super) fn one_request_expected() -> EnvelopeError {
    let problem = "is a batch of events, and one enclosed request was asked for";
    EnvelopeError::new(EnvelopeErrorKind::NotOneEvent, "", problem)
}

fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}
