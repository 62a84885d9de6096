//! Samples, inputs of public reports, and readers that several tests share.

use bytes::Bytes;
use eventbridge_envelope::{
    ApiGatewayEvent, ApiGatewayRequest, CloudEvent, CloudEventBatch, Dialect, EnvelopeError,
    FcApiGatewayEvent, FcHttpEvent, HttpSourceEvent, TencentConnectorEvent, TencentScfEvent,
    event_texts,
};
use http::Request;
use serde_json::{Value, json};

pub fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/../../fixtures/envelopes/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

pub fn value(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

/// One ApiGateway event with this as its data.
pub fn api_gateway(data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","source":"s","type":"eventbridge:Events:ApiGateway","data":{data}}}"#
    )
}

pub fn field(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../fixtures/field/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub fn request(json: &[u8]) -> Result<Request<Bytes>, EnvelopeError> {
    ApiGatewayRequest::from_slice(json).and_then(Request::try_from)
}

pub fn event(members: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"s","type":"t","id":"i"{members}}}"#)
}

/// One event of each dialect, with the path `/p`.
pub fn dialects() -> Vec<String> {
    let data = json!({"method": "GET", "httpMethod": "GET", "path": "/p"});
    let mut all: Vec<_> =
        [ApiGatewayEvent::TYPE, HttpSourceEvent::TYPE, TencentConnectorEvent::TYPE]
            .map(|name| json!({"specversion": "1.0", "source": "s", "type": name, "data": data}))
            .to_vec();
    all.push(json!({"httpMethod": "GET", "path": "/p", "queryParameters": {}}));
    all.push(json!({"httpMethod": "GET", "path": "/p", "requestContext": {}}));
    all.push(
        json!({"version": "v1", "rawPath": "/p", "requestContext": {"http": {"method": "GET"}}}),
    );
    all.iter().map(Value::to_string).collect()
}

pub fn typed(dialect: Dialect, json: &[u8]) -> Result<Request<Bytes>, EnvelopeError> {
    match dialect {
        Dialect::ApiGateway => ApiGatewayEvent::from_slice(json)?.try_into(),
        Dialect::HttpSource => HttpSourceEvent::from_slice(json)?.try_into(),
        Dialect::FcApiGateway => FcApiGatewayEvent::from_slice(json)?.try_into(),
        Dialect::FcHttp => FcHttpEvent::from_slice(json)?.try_into(),
        Dialect::TencentConnector => TencentConnectorEvent::from_slice(json)?.try_into(),
        Dialect::TencentScf => TencentScfEvent::from_slice(json)?.try_into(),
        other => panic!("{other}"),
    }
}

/// The attributes are those of an event whose data is nothing special.
pub fn reads_as_any_other(json: &[u8], context: &str) -> CloudEvent {
    let read: CloudEvent = CloudEvent::from_slice(json).expect(context);
    let attributes = read.attributes();
    assert_eq!((attributes.id(), attributes.source()), (Some("i"), "s"), "{context}");
    for (batch, form) in [
        ([b"[", json, b"]"].concat(), "array"),
        ([b"{\"EventList\":[", json, b"]}"].concat(), "list"),
    ] {
        // A byte order mark is before a text, not inside.
        if json.starts_with(b"{") {
            let batch: CloudEventBatch = CloudEventBatch::from_slice(&batch).expect(form);
            assert_eq!(batch.events()[0].attributes(), read.attributes(), "{context} {form}");
        }
    }
    assert_eq!(event_texts(json).unwrap().len(), 1, "{context}");
    read
}
