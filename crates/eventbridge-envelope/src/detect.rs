//! Which dialect an object is of, told by `type` and by the names of its keys, never by trying one after another.

use crate::{
    ApiGatewayEvent, Dialect, HttpSourceEvent, TencentConnectorEvent,
    batch::is_batch,
    error::{EnvelopeError, EnvelopeErrorKind},
    json::Object,
};

pub(crate) fn dialect_of(object: &Object<'_>) -> Result<Dialect, EnvelopeError> {
    let has = |name| object.contains(name);
    if is_batch(object) {
        return Err(one_request_expected());
    }
    let event_type = object.peek_text("type")?.unwrap_or_default();
    let by_type = dialect_of_type(&event_type);
    if has("specversion") || by_type.is_ok() {
        return by_type;
    }
    let found = Found::of(object);
    match (found.http_trigger, found.by_scf_key, found.by_fc_key) {
        (true, None, None) => Ok(Dialect::FcHttp),
        (false, Some(_), None) => Ok(Dialect::TencentScf),
        (false, None, Some(_)) => Ok(Dialect::FcApiGateway),
        (false, None, None) if found.gateway && has(BASE64) => Ok(Dialect::FcApiGateway),
        // What one reads the other would lose.
        (http_trigger, scf, fc) if http_trigger || scf.is_some() || fc.is_some() => {
            let fits = [
                http_trigger.then_some((Dialect::FcHttp, "rawPath")),
                fc.map(|key| (Dialect::FcApiGateway, key)),
                scf.map(|key| (Dialect::TencentScf, key)),
            ];
            Err(fits_several(&fits))
        }
        _ => Err(unknown_dialect(format!(
            "encloses no request that is known: its keys are {:?}; read are a type of EventBridge, \
             or httpMethod with queryParameters, {BASE64} or requestContext, or rawPath with version",
            object.names().take(16).map(excerpt).collect::<Vec<_>>()
        ))),
    }
}

/// The dialect inside of Function Compute, which sends no other platform's whatever else is in an
/// event.
pub(crate) fn dialect_in_function_compute(object: &Object<'_>) -> Result<Dialect, EnvelopeError> {
    let found = Found::of(object);
    let base64 = (found.gateway && object.contains(BASE64)).then_some(BASE64);
    match (found.http_trigger, found.by_fc_key.or(base64)) {
        // Whatever keys of the gateway it has too: the gateway sends none of the trigger's.
        (true, _) => Ok(Dialect::FcHttp),
        (false, Some(_)) => Ok(Dialect::FcApiGateway),
        (false, None) => Err(unexpected_dialect(dialect_of(object)?)),
    }
}

/// The keys that tell what a function gets.
struct Found {
    /// Those of Function Compute's HTTP trigger.
    http_trigger: bool,
    /// Those of a gateway.
    gateway: bool,
    /// One that only SCF's events have beside those of a gateway.
    by_scf_key: Option<&'static str>,
    /// One that only Function Compute's have.
    by_fc_key: Option<&'static str>,
}

impl Found {
    fn of(object: &Object<'_>) -> Self {
        let has = |name: &&str| object.contains(name);
        let is_gateway = has(&"httpMethod");
        // With the keys of both, an event is the one that it can be read as.
        let http_trigger = has(&"rawPath")
            && has(&"version")
            && (has(&"requestContext") || !(is_gateway && has(&"path")));
        let gateway = is_gateway && (has(&"path") || !http_trigger);
        let one_of = |keys: &[&'static str]| {
            if gateway { keys.iter().copied().find(|key| has(key)) } else { None }
        };
        Self {
            http_trigger,
            gateway,
            by_scf_key: one_of(SCF_KEYS),
            by_fc_key: one_of(&["queryParameters"]),
        }
    }
}

fn fits_several(fits: &[Option<(Dialect, &str)>]) -> EnvelopeError {
    let fits: Vec<_> =
        fits.iter().flatten().map(|(dialect, key)| format!("{dialect} by its key {key}")).collect();
    let problem = format!(
        "fits more than one dialect: {}; the type of one of them reads it, for example FcApiGatewayEvent",
        fits.join(" and ")
    );
    unknown_dialect(problem)
}

/// Those of a gateway's event that only SCF has. A base64 flag is in events of both platforms.
const SCF_KEYS: &[&str] = &[
    "requestContext",
    "queryStringParameters",
    "headerParameters",
    "queryString",
    "stageVariables",
];
const BASE64: &str = "isBase64Encoded";

pub(crate) fn dialect_of_type(event_type: &str) -> Result<Dialect, EnvelopeError> {
    match event_type {
        ApiGatewayEvent::TYPE => Ok(Dialect::ApiGateway),
        HttpSourceEvent::TYPE => Ok(Dialect::HttpSource),
        TencentConnectorEvent::TYPE => Ok(Dialect::TencentConnector),
        other => Err(unknown_dialect(format!(
            "encloses no request: its type is {:?}; read are {}, {} and {}",
            excerpt(other),
            ApiGatewayEvent::TYPE,
            HttpSourceEvent::TYPE,
            TencentConnectorEvent::TYPE,
        ))),
    }
}

fn unknown_dialect(problem: String) -> EnvelopeError {
    EnvelopeError::new(EnvelopeErrorKind::UnknownDialect, "", problem)
}

fn unexpected_dialect(dialect: Dialect) -> EnvelopeError {
    let problem = format!(
        "is of another dialect than can come here: Function Compute encloses a request by httpMethod \
         with queryParameters or {BASE64}, or by rawPath with version"
    );
    unknown_dialect(problem).in_dialect(dialect)
}

/// Of a dialect whose requests are not the data of an event.
pub(crate) fn not_in_an_event(dialect: Dialect) -> EnvelopeError {
    unknown_dialect("is of a dialect that no event encloses".to_owned()).in_dialect(dialect)
}

pub(crate) fn one_request_expected() -> EnvelopeError {
    let problem = "is a batch of events, and one enclosed request was asked for";
    EnvelopeError::new(EnvelopeErrorKind::NotOneEvent, "", problem)
}

fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}
