//! Any bytes and any JSON.

use bytes::Bytes;
use eventbridge_envelope::{
    ApiGatewayEvent, ApiGatewayRequest, Body, CloudEvent, CloudEventBatch, EventAttributes,
    FcApiGatewayEvent, FcHttpEvent, HttpSourceEvent, JsonText, TencentConnectorEvent,
    TencentScfEvent, TencentScfResponse, ValueMap, parse_event_time,
};
use http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        let names = prop_oneof![
            ".{0,6}",
            Just("specversion".to_owned()),
            Just("source".to_owned()),
            Just("type".to_owned()),
            Just("data".to_owned()),
            Just("data_base64".to_owned()),
            Just("EventList".to_owned()),
            Just("httpMethod".to_owned()),
            Just("method".to_owned()),
            Just("path".to_owned()),
            Just("rawPath".to_owned()),
            Just("version".to_owned()),
            Just("headers".to_owned()),
            Just("queryParameters".to_owned()),
            Just("requestContext".to_owned()),
            Just("isBase64Encoded".to_owned()),
            Just("body".to_owned()),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..10)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn read_all(json: &[u8]) {
    let _ = CloudEvent::<Value>::from_slice(json);
    let _ = CloudEventBatch::<Value>::from_slice(json);
    let _ = ApiGatewayRequest::from_slice(json).and_then(Request::<Bytes>::try_from);
    let _ = ApiGatewayEvent::from_slice(json);
    let _ = HttpSourceEvent::from_slice(json);
    let _ = FcApiGatewayEvent::from_slice(json);
    let _ = FcHttpEvent::from_slice(json);
    let _ = TencentConnectorEvent::from_slice(json);
    let _ = TencentScfEvent::from_slice(json);
    let _ = TencentScfResponse::from_slice(json);
    let text = String::from_utf8_lossy(json);
    let _ = parse_event_time(&text);
}

/// A value of every dialect with this in each of its fields.
fn filled(fill: &Value) -> Vec<Value> {
    let data = json!({
        "method": "GET", "httpMethod": "GET", "path": "/p", "headers": fill,
        "queryParameters": fill, "queryString": fill, "pathParameters": fill,
        "stageVariables": fill, "body": fill,
    });
    let mut all: Vec<_> =
        [ApiGatewayEvent::TYPE, HttpSourceEvent::TYPE, TencentConnectorEvent::TYPE]
            .iter()
            .map(|name| json!({"specversion": "1.0", "source": "s", "type": name, "data": data}))
            .collect();
    let mut fc = data.clone();
    fc["isBase64Encoded"] = fill.clone();
    all.push(fc);
    let mut scf = data.clone();
    scf["requestContext"] = fill.clone();
    all.push(scf);
    all.push(json!({
        "version": "v1", "rawPath": "/p", "body": fill, "headers": fill, "queryParameters": fill,
        "isBase64Encoded": fill, "requestContext": {"http": {"method": "GET", "path": fill}},
    }));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all(&bytes);
    }

    #[test]
    fn no_json_panics(json in any_json()) {
        read_all(&serde_json::to_vec(&json).unwrap());
        for filled in filled(&json) {
            read_all(&serde_json::to_vec(&filled).unwrap());
        }
    }

    /// What is built is read back, in every dialect.
    #[test]
    fn every_dialect_is_read_back(
        pairs in prop::collection::btree_map(".{0,8}", ".{0,8}", 0..6),
        id in "[a-z]{1,8}",
        extension in ".{0,8}",
        text in ".{0,20}",
        base64 in any::<bool>(),
    ) {
        let values: ValueMap = pairs.into_iter().collect();
        let body = Body::text(text);
        let attributes = |name| {
            let attributes = EventAttributes::new("s", name).with("id", id.as_str());
            attributes.with("other", extension.as_str())
        };
        let context = JsonText::of(&json!({"http": {"method": "PUT"}, "n": 1.10})).unwrap();
        let path = || "/p".to_owned();
        let method = || "PUT".to_owned();
        macro_rules! read_back {
            ($event:ident: $dialect:ty = $built:expr; $($set:stmt)*) => {{
                let mut $event: $dialect = $built;
                $($set)*
                let json = serde_json::to_vec(&$event).unwrap();
                prop_assert_eq!(<$dialect>::from_slice(&json).unwrap(), $event);
            }};
        }
        read_back!(event: ApiGatewayEvent = ApiGatewayEvent::default();
            event.attributes = attributes(ApiGatewayEvent::TYPE)
            event.data.method = method()
            event.data.path = path()
            event.data.path_parameters = values.clone()
            event.data.query_parameters = values.clone()
            event.data.headers = values.clone()
            event.data.body = body.clone()
        );
        read_back!(event: HttpSourceEvent = HttpSourceEvent::default();
            event.attributes = attributes(HttpSourceEvent::TYPE)
            event.data.http_method = method()
            event.data.path = path()
            event.data.query_string = values.clone()
            event.data.headers = values.clone()
            event.data.body = body.clone()
        );
        read_back!(event: TencentConnectorEvent = TencentConnectorEvent::default();
            event.attributes = attributes(TencentConnectorEvent::TYPE)
            event.data.http_method = method()
            event.data.path = path()
            event.data.query_string = values.clone()
            event.data.stage_variables = values.clone()
            event.data.body = body.clone()
        );
        read_back!(event: FcApiGatewayEvent = FcApiGatewayEvent::default();
            event.http_method = method()
            event.path = path()
            event.headers = values.clone()
            event.path_parameters = values.clone()
            event.is_base64_encoded = base64
            event.body = body.clone()
        );
        read_back!(event: FcHttpEvent = FcHttpEvent::default();
            event.version = FcHttpEvent::VERSION.to_owned()
            event.raw_path = path()
            event.method = method()
            event.request_context = Some(context.clone())
            event.headers = values.clone()
            event.is_base64_encoded = base64
            event.body = body.clone()
        );
        read_back!(event: TencentScfEvent = TencentScfEvent::default();
            event.http_method = method()
            event.path = path()
            event.request_context = Some(context.clone())
            event.query_string = values.clone()
            event.header_parameters = values.clone()
            event.body = body.clone()
        );
    }

    /// What is built is read back: names, values and order, through JSON and through a request
    /// line.
    #[test]
    fn what_is_built_is_read_back(
        pairs in prop::collection::vec(("[^\u{0}-\u{1f}]{1,8}", prop::option::of(".{0,8}")), 0..8),
        body in ".{0,40}",
    ) {
        let mut event = FcApiGatewayEvent::default();
        event.http_method = "POST".to_owned();
        event.path = "/p".to_owned();
        let mut names = std::collections::HashSet::new();
        for (name, value) in pairs.into_iter().filter(|(name, _)| names.insert(name.clone())) {
            event.query_parameters.append(name, value);
        }
        event.body = Body::text(body.clone());
        let again = FcApiGatewayEvent::from_slice(&serde_json::to_vec(&event).unwrap()).unwrap();
        prop_assert_eq!(&again, &event);
        let request = Request::<Bytes>::try_from(again).unwrap();
        prop_assert_eq!(request.body(), body.as_bytes());
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
        };
        let query = request.uri().query().unwrap_or_default();
        let pairs = query.split('&').filter(|_| !event.query_parameters.is_empty());
        let read: Vec<_> = pairs.map(|pair| match pair.split_once('=') {
            Some((name, value)) => (decode(name), Some(decode(value))),
            None => (decode(pair), None),
        }).collect();
        let sent: Vec<_> = event.query_parameters.iter()
            .map(|(name, value)| (name.to_owned(), value.map(str::to_owned))).collect();
        prop_assert_eq!(read, sent);
    }
}

#[test]
fn one_value_is_one_value_however_it_came() {
    let event = br#"{"path": "/", "httpMethod": "GET", "isBase64Encoded": false, "headers": {"a": [], "b": ["x"]}}"#;
    let mut headers = FcApiGatewayEvent::from_slice(event).unwrap().headers;
    headers.append("a", Some("x".to_owned()));
    assert_eq!(headers, ValueMap::from_iter([("a", "x"), ("b", "x")]));
}
