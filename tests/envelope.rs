//! Envelopes: every published sample, the lenient rules and their limits, and what is never lost or shown.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};
use tower_eventbridge::envelope::{
    ApiGatewayEvent, ApiGatewayRequest, Body, CloudEvent, CloudEventBatch, Dialect, EnvelopeError,
    EnvelopeErrorKind, EventAttributes, FcApiGatewayEvent, FcHttpEvent, GatewayContext,
    HttpSourceEvent, JsonText, PathParameters, StageVariables, TencentConnectorEvent,
    TencentScfEvent, TencentScfResponse, ValueMap, parse_event_time,
};

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/envelopes/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

fn value(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

/// The samples that enclose no request, and why they are refused as one, and as one event.
const WITHOUT_REQUEST: &[(&str, EnvelopeErrorKind, Option<EnvelopeErrorKind>)] = &[
    (
        "alibaba-actiontrail-apicall-data",
        EnvelopeErrorKind::UnknownDialect,
        Some(EnvelopeErrorKind::MissingField),
    ),
    ("alibaba-dashscope-asynctaskfinish", EnvelopeErrorKind::UnknownDialect, None),
    ("alibaba-directmail-deliver-fail", EnvelopeErrorKind::UnknownDialect, None),
    (
        "alibaba-ecs-statechange-notification",
        EnvelopeErrorKind::UnknownDialect,
        Some(EnvelopeErrorKind::MissingField),
    ),
    ("alibaba-event-overview-prc-time", EnvelopeErrorKind::UnknownDialect, None),
    (
        "alibaba-mns-batch-array",
        EnvelopeErrorKind::NotOneEvent,
        Some(EnvelopeErrorKind::NotOneEvent),
    ),
    ("alibaba-oss-postobject", EnvelopeErrorKind::UnknownDialect, None),
    ("alibaba-sls-connector", EnvelopeErrorKind::UnknownDialect, None),
    (
        "tencent-eb-batch-eventlist",
        EnvelopeErrorKind::NotOneEvent,
        Some(EnvelopeErrorKind::NotOneEvent),
    ),
    (
        "tencent-scf-apigw-response",
        EnvelopeErrorKind::UnknownDialect,
        Some(EnvelopeErrorKind::MissingField),
    ),
];

/// The samples that enclose a request: dialect, request line, headers, body.
const WITH_REQUEST: &[(&str, Dialect, &str, usize, &str)] = &[
    ("alibaba-apigateway-event", Dialect::ApiGateway, "GET /test/eb/1", 6, ""),
    (
        "alibaba-http-event-source",
        Dialect::HttpSource,
        "GET /webhook/putEvents",
        5,
        "{\n      \"infoId\": 1,\n      \"ruleName\": \"Test\",\n      \"state\": \"alerting\",\n      \
         \"message\": \"EventBridge test info.\",\n      \"ruleId\": \"796014154722826****\"\n    }",
    ),
    ("fc-apigateway-form", Dialect::FcApiGateway, "POST /api/321", 6, "c=b"),
    ("fc-apigateway-get-empty-body", Dialect::FcApiGateway, "GET /", 8, ""),
    (
        "fc-apigateway-json-post-capture",
        Dialect::FcApiGateway,
        "POST /ffmpeg/vlink",
        3,
        "{\r\n  \"mp4\": [\r\n    \"https://aliyun.com/input1.mp4\",\r\n    \
         \"https://aliyun.com/input2.mp4\"\r\n  ],\r\n  \"mp3\": \"https://aliyun.com/input.mp3\"\r\n}",
    ),
    ("fc-apigateway-passthrough-json", Dialect::FcApiGateway, "POST /api/321", 8, "{\"c\":\"b\"}"),
    (
        "fc-apigateway-passthrough-texthtml",
        Dialect::FcApiGateway,
        "POST /api/321",
        8,
        "{\"c\":\"b\"}",
    ),
    (
        "fc-http-trigger-v1",
        Dialect::FcHttp,
        "GET /example?parameter1=value1&parameter2=value1%2Cvalue2",
        2,
        "Hello FC!",
    ),
    (
        "tencent-eb-apigw-connector",
        Dialect::TencentConnector,
        "POST /test/value?foo=bar&bob=alice",
        4,
        "{\"test\":\"body\"}",
    ),
    (
        "tencent-eb-apigw-connector-subjuect",
        Dialect::TencentConnector,
        "POST /test/value?foo=bar&bob=alice",
        4,
        "{\"test\":\"body\"}",
    ),
    (
        "tencent-scf-apigw-doc",
        Dialect::TencentScf,
        "POST /test/value?foo=bar&bob=alice",
        4,
        "{\"test\":\"body\"}",
    ),
];

#[test]
fn every_sample_decodes_or_is_refused_with_a_reason() {
    for &(name, dialect, line, headers, body) in WITH_REQUEST {
        let enclosed = ApiGatewayRequest::from_slice(&sample(name)).expect(name);
        assert_eq!(enclosed.dialect, dialect, "{name}");
        let request = Request::<Bytes>::try_from(enclosed).expect(name);
        assert_eq!(format!("{} {}", request.method(), request.uri()), line, "{name}");
        assert_eq!(request.headers().len(), headers, "{name}");
        assert_eq!(request.body(), body, "{name}");
        assert_eq!(request.extensions().get::<Dialect>(), Some(&dialect), "{name}");
    }
    for &(name, as_request, as_event) in WITHOUT_REQUEST {
        let error = ApiGatewayRequest::from_slice(&sample(name)).expect_err(name);
        assert_eq!(error.kind(), as_request, "{name}: {error}");
        let event = CloudEvent::<Value>::from_slice(&sample(name));
        assert_eq!(event.as_ref().err().map(EnvelopeError::kind), as_event, "{name}");
    }
    let files = std::fs::read_dir(format!("{}/fixtures/envelopes", env!("CARGO_MANIFEST_DIR")));
    let samples = files.unwrap().filter(|file| {
        file.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "json")
    });
    assert_eq!(samples.count(), WITH_REQUEST.len() + WITHOUT_REQUEST.len(), "every sample is here");
}

/// What is read and written again is the same value.
#[test]
fn every_sample_round_trips() {
    type Written = Result<Value, EnvelopeError>;
    fn written(event: &impl serde::Serialize) -> Value {
        serde_json::to_value(event).unwrap()
    }
    for &(name, dialect, ..) in WITH_REQUEST {
        let json = sample(name);
        let again: Written = match dialect {
            Dialect::ApiGateway => ApiGatewayEvent::from_slice(&json).map(|event| written(&event)),
            Dialect::HttpSource => HttpSourceEvent::from_slice(&json).map(|event| written(&event)),
            Dialect::FcApiGateway => {
                FcApiGatewayEvent::from_slice(&json).map(|event| written(&event))
            }
            Dialect::FcHttp => FcHttpEvent::from_slice(&json).map(|event| written(&event)),
            Dialect::TencentConnector => {
                TencentConnectorEvent::from_slice(&json).map(|event| written(&event))
            }
            Dialect::TencentScf => TencentScfEvent::from_slice(&json).map(|event| written(&event)),
            other => panic!("{other}"),
        };
        assert_eq!(again.expect(name), value(&json), "{name}");
    }
    for (name, ..) in WITHOUT_REQUEST.iter().filter(|(.., as_event)| as_event.is_none()) {
        let json = sample(name);
        let event = CloudEvent::<Value>::from_slice(&json).expect(name);
        assert_eq!(written(&event), value(&json), "{name}");
        assert_eq!(value(event.data_json().unwrap().as_bytes()), *event.data(), "{name}");
    }
    let mns = sample("alibaba-mns-batch-array");
    assert_eq!(written(&CloudEventBatch::<Value>::from_slice(&mns).unwrap()), value(&mns));
    let list = sample("tencent-eb-batch-eventlist");
    let batch = CloudEventBatch::<Value>::from_slice(&list).unwrap();
    assert_eq!(written(&batch), value(&list)["EventList"]);
    let response = TencentScfResponse::from_slice(&sample("tencent-scf-apigw-response")).unwrap();
    assert_eq!(written(&response), value(&sample("tencent-scf-apigw-response")));
    let http = http::Response::<Bytes>::try_from(response.clone()).unwrap();
    assert_eq!(http.headers().get_all("key").iter().count(), 3);
    let again = TencentScfResponse::try_from(http).unwrap();
    assert_eq!(again.headers.get_ignoring_case("KEY"), Some("value1"));
    assert_eq!(again.body, response.body);
}

#[test]
fn batches_in_every_published_form() {
    let mns = CloudEventBatch::<Value>::from_slice(&sample("alibaba-mns-batch-array")).unwrap();
    assert_eq!(mns.events().len(), 2);
    assert_eq!(mns.events()[1].data()["messageBody"], "TEST");

    let tencent = sample("tencent-eb-batch-eventlist");
    let tencent: CloudEventBatch = CloudEventBatch::from_slice(&tencent).unwrap();
    let enclosed = ApiGatewayRequest::from_event(&tencent.events()[0]).unwrap();
    assert_eq!(enclosed.path_and_query().unwrap(), "/test/value?foo=bar&bob=alice");

    let event = r#"{"specversion":"1.0","source":"s","type":"t","data":{"n":1.10}}"#;
    let strings = serde_json::to_vec(&json!([event, event])).unwrap();
    let kafka: CloudEventBatch = CloudEventBatch::from_slice(&strings).unwrap();
    let texts: Vec<_> =
        kafka.into_iter().map(|event| event.data_json().unwrap().to_owned()).collect();
    assert_eq!(texts, [r#"{"n":1.10}"#, r#"{"n":1.10}"#]);

    let one: CloudEventBatch = CloudEventBatch::from_slice(event.as_bytes()).unwrap();
    assert_eq!(one.events().len(), 1);
    assert!(CloudEventBatch::<Value>::from_slice(b"[]").unwrap().events().is_empty());

    for (json, field) in [
        (r#"[{"specversion":"1.0","source":"s","type":"t"},{"specversion":"1.0"}]"#, "[1].source"),
        (r#"["{\"specversion\":\"1.0\",\"source\":\"s\"}"]"#, "[0].type"),
        (r#"[[]]"#, "[0]"),
        (r#"{"EventList":[{"source":"s"}]}"#, "EventList[0].specversion"),
        (r#"{"EventList":{}}"#, "EventList"),
        (r#"[["{}"]]"#, "[0]"),
    ] {
        let error = CloudEventBatch::<Value>::from_slice(json.as_bytes()).unwrap_err();
        assert_eq!(error.field(), field, "{json}: {error}");
    }
}

#[test]
fn attributes_have_names_and_the_rest_is_kept() {
    let event: CloudEvent = CloudEvent::from_slice(&sample("alibaba-http-event-source")).unwrap();
    let attributes = event.attributes();
    assert_eq!(attributes.specversion(), "1.0");
    assert_eq!(attributes.source(), "my.httpSource");
    assert_eq!(attributes.event_type(), "eventbridge:Events:HTTPEvent");
    assert_eq!(attributes.id(), Some("ac0d574c-d862-4662-a87b-784e3d77****"));
    assert!(attributes.subject().unwrap().starts_with("acs:eventbridge:cn-hangzhou"));
    assert_eq!(attributes.datacontenttype(), Some("application/json"));
    assert_eq!(attributes.dataschema(), None);
    assert_eq!(attributes.aliyun_account_id(), Some("175299981560****"));
    assert_eq!(attributes.aliyun_original_account_id(), Some("175299981560****"));
    assert_eq!(attributes.aliyun_publish_time(), Some("2022-03-03T03:33:14.097Z"));
    assert_eq!(attributes.aliyun_event_bus_name(), Some("EventBridgeDemoBus"));
    assert_eq!(attributes.aliyun_region_id(), Some("cn-hangzhou"));
    assert_eq!(attributes.aliyun_publish_addr(), Some("42.120.XX.XX"));
    assert_eq!(attributes.aliyun_event_id(), None);
    let time = attributes.parse_time().unwrap().unwrap();
    assert_eq!(time, UNIX_EPOCH + Duration::from_millis(1_646_278_394_093));

    let misspelt =
        TencentConnectorEvent::from_slice(&sample("tencent-eb-apigw-connector-subjuect"));
    let misspelt = misspelt.unwrap();
    assert!(misspelt.subject().unwrap().unwrap().starts_with("qcs::apigw"));
    assert_eq!(misspelt.attributes.extension("region").unwrap().as_str(), "\"ap-guangzhou\"");

    // Lenient: null, missing and empty are alike, and numbers are their text.
    let event: CloudEvent = CloudEvent::from_slice(
        br#"{"specversion":1.0,"source":"s","type":"t","id":"","subject":null,"time":1660013278609,
             "tags":[{"a":1.50}],"data":null}"#,
    )
    .unwrap();
    let attributes = event.attributes();
    assert_eq!((attributes.specversion(), attributes.id()), ("1.0", None));
    assert_eq!((attributes.subject(), attributes.time()), (None, Some("1660013278609")));
    assert_eq!(attributes.extension("tags").unwrap().as_str(), r#"[{"a":1.50}]"#);
    assert_eq!(event.data_json(), None);
    assert_eq!(event.decode::<Option<u8>>().unwrap(), None);
}

#[test]
fn data_is_decoded_without_loss() {
    let json = br#"{"specversion":"1.0","source":"s","type":"t",
        "data":{"price":1.10,"big":12345678901234567890123456789,"e":1E400,"x":"\u0000\ud83d\ude00"}}"#;
    let event: CloudEvent = CloudEvent::from_slice(json).unwrap();
    let text = event.data_json().unwrap();
    assert!(text.contains("1.10") && text.contains("12345678901234567890123456789"));
    assert!(text.contains("1E400"));
    let written = serde_json::to_string(&event).unwrap();
    assert!(written.contains(text), "{written}");

    let base64 = br#"{"specversion":"1.0","source":"s","type":"t","data_base64":"AP8="}"#;
    let event: CloudEvent = CloudEvent::from_slice(base64).unwrap();
    assert_eq!(event.data_bytes().unwrap().as_ref(), [0, 255]);
    assert_eq!(value(&serde_json::to_vec(&event).unwrap()), value(base64));
    assert!(CloudEvent::<Value>::from_slice(base64).is_err(), "bytes are no JSON");
    let text = br#"{"specversion":"1.0","source":"s","type":"t","datacontenttype":"text/plain","data_base64":"MTIz"}"#;
    assert_eq!(
        CloudEvent::<String>::from_slice(text).unwrap().data(),
        "123",
        "not JSON, as it says"
    );
    let json = br#"{"specversion":"1.0","source":"s","type":"t","data_base64":"eyJhIjoxfQ=="}"#;
    assert_eq!(*CloudEvent::<Value>::from_slice(json).unwrap().data(), json!({"a": 1}));
}

/// One ApiGateway event with this as its data.
fn api_gateway(data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","source":"s","type":"eventbridge:Events:ApiGateway","data":{data}}}"#
    )
}

#[test]
fn enclosed_requests_are_rebuilt_exactly() {
    for (data, target, body) in [
        (r#"{"method":"GET","path":"/"}"#, "/", ""),
        (r#"{"method":"GET","path":"/","queryParameters":"","headers":null,"body":null}"#, "/", ""),
        // In the event's order; %20 and not +; arrays repeat the name; null has none.
        (
            r#"{"method":"GET","path":"/a","queryParameters":{"z":"1 2+3","a":["x",2,true,null],"n":null,"e":""}}"#,
            "/a?z=1%202%2B3&a=x&a=2&a=true&a&n&e=",
            "",
        ),
        (
            r#"{"method":"GET","path":"/a","queryParameters":{"\u4e2d":"&=#"}}"#,
            "/a?%E4%B8%AD=%26%3D%23",
            "",
        ),
        (
            r#"{"method":"GET","path":"/a","queryParameters":{"none":[],"age":19.50}}"#,
            "/a?age=19.50",
            "",
        ),
        // The path as it is, with only what no URI can hold encoded.
        (
            r#"{"method":"GET","path":"/a%2Fb/./../c;d=1,e:@!$&'()*+~"}"#,
            "/a%2Fb/./../c;d=1,e:@!$&'()*+~",
            "",
        ),
        (r#"{"method":"GET","path":"/a b?c#d\u00e9"}"#, "/a%20b%3Fc%23d%C3%A9", ""),
        (r#"{"method":"GET","path":"/\\evil.example/^|[]"}"#, "/%5Cevil.example/%5E%7C%5B%5D", ""),
        // Any body: text, or a parsed value with its text.
        (r#"{"method":"POST","path":"/","body":"{\"a\": 1.0}"}"#, "/", r#"{"a": 1.0}"#),
        (
            r#"{"method":"POST","path":"/","body":{"b": 1.10, "a": [1e2]}}"#,
            "/",
            r#"{"b": 1.10, "a": [1e2]}"#,
        ),
        (r#"{"method":"POST","path":"/","body":[1, 2]}"#, "/", "[1, 2]"),
        (r#"{"method":"POST","path":"/","body":12.0}"#, "/", "12.0"),
        (r#"{"method":"POST","path":"/","body":false}"#, "/", "false"),
    ] {
        let request = ApiGatewayRequest::from_slice(api_gateway(data).as_bytes()).expect(data);
        let request = Request::try_from(request).expect(data);
        assert_eq!(request.uri(), target, "{data}");
        assert_eq!(request.body(), body, "{data}");
    }

    let headers = r#"{"method":"GET","path":"/","headers":
        {"X-Ca-Stage":"RELEASE","x-ca-stage":"TEST","Accept":["a","b"],"N":1,"Gone":null,"Empty":"","u":"\u00e9"}}"#;
    let request = ApiGatewayRequest::from_slice(api_gateway(headers).as_bytes()).unwrap();
    let all = |name| {
        request
            .headers
            .get_all(name)
            .iter()
            .map(|value| value.as_bytes().to_vec())
            .collect::<Vec<_>>()
    };
    assert_eq!(all("x-ca-stage"), [b"RELEASE".to_vec(), b"TEST".to_vec()]);
    assert_eq!(all("accept"), [b"a", b"b"]);
    assert_eq!((all("n"), all("empty")), (vec![b"1".to_vec()], vec![vec![]]));
    assert_eq!(all("u"), ["é".as_bytes()]);
    assert!(!request.headers.contains_key("gone"));

    // A form that came as JSON in a string is a form again; one that was left alone stays.
    for (body, form) in [
        (r#""{\"c\":\"b d\",\"a\":[\"1\",\"2\"]}""#, "c=b%20d&a=1&a=2"),
        (r#"{"c":"b d"}"#, "c=b%20d"),
        (r#""a=1&b=%20""#, "a=1&b=%20"),
        (r#""[1]""#, "[1]"),
    ] {
        let event = format!(
            r#"{{"httpMethod":"POST","path":"/","isBase64Encoded":"false","body":{body},
                "headers":{{"content-type":null,"CONTENT-TYPE":"application/x-www-form-urlencoded; charset=utf-8"}}}}"#
        );
        let request = ApiGatewayRequest::from_slice(event.as_bytes()).unwrap();
        assert_eq!(request.body, form);
    }
}

#[test]
fn extras_are_extensions() {
    let request = |name: &str| {
        let request = ApiGatewayRequest::from_slice(&sample(name)).unwrap();
        Request::<Bytes>::try_from(request).unwrap()
    };
    let scf = request("tencent-scf-apigw-doc");
    let extensions = scf.extensions();
    assert_eq!(extensions.get::<PathParameters>().unwrap().values().get("path"), Some("value"));
    assert_eq!(extensions.get::<StageVariables>().unwrap().values().get("stage"), Some("release"));
    let context: Value = extensions.get::<GatewayContext>().unwrap().json().decode().unwrap();
    assert_eq!(context["serviceId"], "service-f94sy04v");
    assert!(extensions.get::<EventAttributes>().is_none());
    let api = request("alibaba-apigateway-event");
    let event = api.extensions().get::<EventAttributes>().unwrap();
    assert_eq!(event.aliyun_region_id(), Some("cn-hangzhou"));
    let fc = request("fc-http-trigger-v1");
    let context: Value = fc.extensions().get::<GatewayContext>().unwrap().json().decode().unwrap();
    assert_eq!(context["http"]["sourceIp"], "11.11.11.**");
}

#[test]
fn what_cannot_be_read_is_an_error_with_dialect_and_path() {
    use EnvelopeErrorKind as Kind;
    let long = format!(r#"{{"method":"GET","path":"/{}"}}"#, "a".repeat(70_000));
    for (data, kind, field) in [
        ("null", Kind::MissingField, "data"),
        ("[]", Kind::MalformedField, "data"),
        (r#"{"path":"/"}"#, Kind::MissingField, "data.method"),
        (r#"{"method":"","path":"/"}"#, Kind::MissingField, "data.method"),
        (r#"{"method":"GE T","path":"/"}"#, Kind::MalformedField, "data.method"),
        (r#"{"method":{},"path":"/"}"#, Kind::MalformedField, "data.method"),
        (r#"{"method":"GET"}"#, Kind::MissingField, "data.path"),
        (r#"{"method":"GET","path":"a"}"#, Kind::MalformedField, "data.path"),
        (r#"{"method":"GET","path":"https://a/"}"#, Kind::MalformedField, "data.path"),
        (r#"{"method":"GET","path":"/","path":"/"}"#, Kind::DuplicateField, "data.path"),
        (r#"{"method":"GET","path":"/","headers":[]}"#, Kind::MalformedField, "data.headers"),
        (
            r#"{"method":"GET","path":"/","headers":{"a":{}}}"#,
            Kind::MalformedField,
            "data.headers.a",
        ),
        (
            r#"{"method":"GET","path":"/","headers":{"a":["b",["c"]]}}"#,
            Kind::MalformedField,
            "data.headers.a[1]",
        ),
        (
            r#"{"method":"GET","path":"/","headers":{"a b":"c"}}"#,
            Kind::MalformedField,
            "data.headers.a b",
        ),
        (
            r#"{"method":"GET","path":"/","headers":{"a":"b\nc"}}"#,
            Kind::MalformedField,
            "data.headers.a",
        ),
        (
            r#"{"method":"GET","path":"/","headers":{"a":"1","a":"2"}}"#,
            Kind::DuplicateField,
            "data.headers.a",
        ),
        (
            r#"{"method":"GET","path":"/","queryParameters":{"a":[{}]}}"#,
            Kind::MalformedField,
            "data.queryParameters.a[0]",
        ),
        (
            r#"{"method":"GET","path":"/","queryParameters":"a=b"}"#,
            Kind::MalformedField,
            "data.queryParameters",
        ),
        (&*long, Kind::MalformedField, "data.path"),
    ] {
        let result = ApiGatewayRequest::from_slice(api_gateway(data).as_bytes());
        let error = result.and_then(Request::try_from).expect_err(data);
        assert_eq!(
            (error.kind(), error.field()),
            (kind, field),
            "{}: {error}",
            &data[..data.len().min(80)]
        );
        assert_eq!(error.dialect(), Some(Dialect::ApiGateway), "{error}");
        assert!(error.to_string().contains(field) && error.to_string().starts_with("api-gateway"));
    }
    for (json, kind, field) in [
        ("", Kind::NotJson, ""),
        ("{", Kind::NotJson, ""),
        ("{} x", Kind::NotJson, ""),
        ("\u{feff}{}", Kind::UnknownDialect, ""),
        ("1", Kind::MalformedField, ""),
        ("[]", Kind::NotOneEvent, ""),
        ("{}", Kind::UnknownDialect, ""),
        (
            r#"{"source":"s","type":"eventbridge:Events:ApiGateway","data":{}}"#,
            Kind::MissingField,
            "specversion",
        ),
        (
            r#"{"httpMethod":"GET","path":"/","queryParameters":{},"requestContext":{}}"#,
            Kind::UnknownDialect,
            "",
        ),
        (r#"{"specversion":null,"EventList":[]}"#, Kind::NotOneEvent, ""),
        (
            r#"{"httpMethod":true,"path":"/","queryParameters":{}}"#,
            Kind::MalformedField,
            "httpMethod",
        ),
        (
            r#"{"httpMethod":"GET","path":"/\ud800","queryParameters":{}}"#,
            Kind::MalformedField,
            "path",
        ),
        (
            r#"{"httpMethod":"GET","path":"/","queryParameters":{"\udc00":"1"}}"#,
            Kind::MalformedField,
            "queryParameters",
        ),
        (
            r#"{"httpMethod":"GET","path":"/","queryParameters":{"a":"\ud800"}}"#,
            Kind::MalformedField,
            "queryParameters.a",
        ),
        (r#"{"specversion":"1.0","source":"s","type":"other"}"#, Kind::UnknownDialect, ""),
        (
            r#"{"httpMethod":"GET","path":"/","isBase64Encoded":"yes"}"#,
            Kind::MalformedField,
            "isBase64Encoded",
        ),
        (
            r#"{"httpMethod":"GET","path":"/","isBase64Encoded":true,"body":"%"}"#,
            Kind::MalformedField,
            "body",
        ),
        (
            r#"{"httpMethod":"GET","path":"/","isBase64Encoded":true,"body":{}}"#,
            Kind::MalformedField,
            "body",
        ),
        (r#"{"version":"v2","rawPath":"/"}"#, Kind::MalformedField, "version"),
        (r#"{"version":"v1","rawPath":"/"}"#, Kind::MissingField, "requestContext.http.method"),
        (
            r#"{"version":"v1","rawPath":"/","requestContext":{"http":[]}}"#,
            Kind::MalformedField,
            "requestContext.http",
        ),
    ] {
        let error = ApiGatewayRequest::from_slice(json.as_bytes()).expect_err(json);
        assert_eq!((error.kind(), error.field()), (kind, field), "{json}: {error}");
    }
    for (json, kind, field) in [
        (r#"{"source":"s","type":"t"}"#, Kind::MissingField, "specversion"),
        (r#"{"specversion":"1.0","source":[],"type":"t"}"#, Kind::MalformedField, "source"),
        (r#"{"specversion":"1.0","source":"s","type":"t","id":{}}"#, Kind::MalformedField, "id"),
        (
            r#"{"specversion":"1.0","source":"s","type":"t","data":1,"data_base64":"AA=="}"#,
            Kind::DuplicateField,
            "data",
        ),
        (
            r#"{"specversion":"1.0","source":"s","type":"t","data_base64":"A"}"#,
            Kind::MalformedField,
            "data_base64",
        ),
        (
            r#"{"specversion":"1.0","source":"s","type":"t","id":"1","id":"2"}"#,
            Kind::DuplicateField,
            "id",
        ),
        (
            r#"{"specversion":"1.0","source":"s","type":"t","data":{"a":1}}"#,
            Kind::MalformedField,
            "data",
        ),
    ] {
        let error = CloudEvent::<Vec<u8>>::from_slice(json.as_bytes()).expect_err(json);
        assert_eq!((error.kind(), error.field()), (kind, field), "{json}: {error}");
    }
    // The wrong dialect for a type of its own.
    let error = HttpSourceEvent::from_slice(api_gateway("{}").as_bytes()).unwrap_err();
    assert_eq!((error.field(), error.dialect()), ("type", Some(Dialect::HttpSource)));
}

/// A null is like a missing field in telling the dialect too.
#[test]
fn nulls_do_not_change_the_dialect() {
    let json =
        br#"{"httpMethod":"POST","path":"/x","requestContext":null,"queryParameters":{"a":"1"},
        "isBase64Encoded":true,"body":"aGVsbG8="}"#;
    let request = ApiGatewayRequest::from_slice(json).unwrap();
    assert_eq!((request.dialect, &request.body[..]), (Dialect::FcApiGateway, &b"hello"[..]));
}

/// A name that is long and has many values: what is made of it stays in proportion to the event.
#[test]
fn nothing_grows_beyond_the_event() {
    let name = "n".repeat(100_000);
    let values = vec!["1"; 9_000].join(",");
    let map = format!(r#"{{"{name}":[{values}]}}"#);
    for field in ["queryParameters", "headers", "pathParameters"] {
        let data = format!(r#"{{"method":"GET","path":"/","{field}":{map}}}"#);
        let read = ApiGatewayRequest::from_slice(api_gateway(&data).as_bytes());
        match field {
            "pathParameters" => assert_eq!(read.unwrap().path_parameters.len(), 9_000),
            "queryParameters" => {
                let error = read.unwrap().path_and_query().unwrap_err();
                assert_eq!(error.field(), "data.path");
            }
            _ => assert_eq!(read.unwrap_err().kind(), EnvelopeErrorKind::MalformedField),
        }
    }
    let form = format!(
        r#"{{"httpMethod":"POST","path":"/","queryParameters":{{}},"body":{},
            "headers":{{"content-type":"application/x-www-form-urlencoded"}}}}"#,
        serde_json::to_string(&map).unwrap()
    );
    let error = ApiGatewayRequest::from_slice(form.as_bytes()).unwrap_err();
    assert_eq!(error.field(), "body");
    let many = format!(
        r#"{{"method":"GET","path":"/","queryParameters":{{"a":[{}]}}}}"#,
        vec!["1"; 10_001].join(",")
    );
    let error = ApiGatewayRequest::from_slice(api_gateway(&many).as_bytes()).unwrap_err();
    assert_eq!(error.field(), "data.queryParameters");
    // Nor does an error.
    let long =
        format!(r#"{{"method":"GET","path":"/","headers":{{"{}":1}}}}"#, "\\u0001".repeat(100_000));
    let error = ApiGatewayRequest::from_slice(api_gateway(&long).as_bytes()).unwrap_err();
    assert!(error.to_string().len() < 1_000, "{}", error.to_string().len());
}

/// Maps whose values are all texts are read in another way than others: with the same result.
#[test]
fn maps_of_texts_are_read_as_other_maps_are() {
    let read = |members: &str| {
        let event = format!(r#"{{"method":"GET","path":"/","queryParameters":{{{members}}}}}"#);
        ApiGatewayRequest::from_slice(api_gateway(&event).as_bytes()).map(|request| request.query)
    };
    for members in [r#""a":"1""#, r#""":"""#, r#""a\u0062":"\ud83d\ude00 \n \u0000","é":"\\""#] {
        let texts = read(members).unwrap();
        let with_null = read(&format!(r#"{members},"null":null"#)).unwrap();
        assert_ne!(texts, with_null);
        assert_eq!(with_null.len(), texts.len() + 1);
        let both: Vec<_> = texts.iter().zip(with_null.iter()).collect();
        assert!(both.iter().all(|(one, other)| one == other), "{both:?}");
        assert_eq!(both.len(), texts.len());
    }
    for members in [r#""a":"1","\u0061":"2""#, r#""a":"1","\u0061":null"#] {
        let error = read(members).unwrap_err();
        assert_eq!(error.kind(), EnvelopeErrorKind::DuplicateField, "{members}");
        assert_eq!(error.field(), "data.queryParameters.a");
    }
    for members in [r#""a":"\ud83d""#, r#""a":"\ud83d","b":null"#] {
        let error = read(members).unwrap_err();
        assert_eq!(error.kind(), EnvelopeErrorKind::MalformedField, "{members}");
        assert_eq!(error.field(), "data.queryParameters.a");
    }
    let many = |count: usize| {
        let members: Vec<_> = (0..count).map(|number| format!(r#""h{number}":"v""#)).collect();
        read(&members.join(","))
    };
    assert_eq!(many(10_000).unwrap().len(), 10_000);
    assert_eq!(many(10_001).unwrap_err().field(), "data.queryParameters");
}

/// Hostile sizes: more headers than a map holds, more members than are compared one by one, any depth.
#[test]
fn hostile_sizes_are_errors_and_not_panics() {
    let many = |count: usize| {
        let headers: Vec<_> = (0..count).map(|number| format!(r#""h{number}":"v""#)).collect();
        api_gateway(&format!(
            r#"{{"method":"GET","path":"/","headers":{{{}}}}}"#,
            headers.join(",")
        ))
    };
    assert_eq!(ApiGatewayRequest::from_slice(many(1_000).as_bytes()).unwrap().headers.len(), 1_000);
    let error = ApiGatewayRequest::from_slice(many(40_000).as_bytes()).unwrap_err();
    assert_eq!(error.kind(), EnvelopeErrorKind::MalformedField);
    let twice = many(1_000).replace("\"h999\"", "\"h0\"");
    let error = ApiGatewayRequest::from_slice(twice.as_bytes()).unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (EnvelopeErrorKind::DuplicateField, "data.headers.h0")
    );

    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = api_gateway(&format!(r#"{{"method":"POST","path":"/","body":{deep}}}"#));
    assert_eq!(ApiGatewayRequest::from_slice(body.as_bytes()).unwrap().body, deep);
    let event = format!(r#"{{"specversion":"1.0","source":"s","type":"t","data":{deep}}}"#);
    assert!(CloudEvent::<Value>::from_slice(event.as_bytes()).is_err(), "too deep to decode");
    let event: CloudEvent = CloudEvent::from_slice(event.as_bytes()).unwrap();
    assert_eq!(event.data_json().unwrap(), deep);
}

#[test]
fn debug_shows_no_values() {
    let mut json = value(&sample("alibaba-apigateway-event"));
    json["data"]["headers"]["Authorization"] = "APPCODE secret-1".into();
    json["data"]["queryParameters"] = json!({"key": "secret-2"});
    json["data"]["body"] = "secret-3".into();
    json["data"]["pathParameters"] = json!({"p": "secret-4"});
    json["extra"] = "secret-5".into();
    let json = serde_json::to_vec(&json).unwrap();
    let event: CloudEvent = CloudEvent::from_slice(&json).unwrap();
    let dialect = ApiGatewayEvent::from_slice(&json).unwrap();
    let request = ApiGatewayRequest::from_slice(&json).unwrap();
    let http = Request::try_from(request.clone()).unwrap();
    let scf = sample("tencent-scf-apigw-doc");
    let scf = String::from_utf8(scf).unwrap().replace("abdcdxxxxxxxsdfs", "secret-6");
    let scf = TencentScfEvent::from_slice(scf.as_bytes()).unwrap();
    let text = format!("{event:?} {dialect:?} {request:?} {:?} {scf:?}", http.headers());
    let text = format!("{text} {:?}", http.extensions().get::<PathParameters>());
    assert!(text.contains("authorization") && text.contains("/test/eb/1"), "{text}");
    assert!(!text.contains("secret"), "{text}");
    // Nor does an error, of which serde's own text would quote the value.
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[expect(dead_code, reason = "to be decoded")]
        known: u8,
    }
    for data in [r#""secret-7""#, r#"{"known":"secret-8"}"#, r#"{"secret-9":1}"#] {
        let event = format!(r#"{{"specversion":"1.0","source":"s","type":"t","data":{data}}}"#);
        let error = CloudEvent::<Strict>::from_slice(event.as_bytes()).unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        assert!(source.to_string().contains("column"), "{source}");
        assert!(!format!("{error} {error:?} {source} {source:?}").contains("secret"), "{error:?}");
    }
}

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
        "method": "GET", "httpMethod": "GET", "path": "/p", "headers": fill, "queryParameters": fill,
        "queryString": fill, "pathParameters": fill, "stageVariables": fill, "body": fill,
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
            EventAttributes::new("s", name).with("id", id.as_str()).with("other", extension.as_str())
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

    /// What is built is read back: names, values and order, through JSON and through a request line.
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
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
        let query = request.uri().query().unwrap_or_default();
        let read: Vec<_> = query.split('&').filter(|_| !event.query_parameters.is_empty()).map(|pair| {
            match pair.split_once('=') {
                Some((name, value)) => (decode(name), Some(decode(value))),
                None => (decode(pair), None),
            }
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
