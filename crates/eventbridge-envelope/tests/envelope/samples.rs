//! Every published sample, and every input of a public report.

use bytes::Bytes;
use eventbridge_envelope::{
    ApiGatewayEvent, ApiGatewayRequest, CloudEvent, CloudEventBatch, Dialect, EnvelopeError,
    EnvelopeErrorKind, FcApiGatewayEvent, FcHttpEvent, HttpSourceEvent, TencentConnectorEvent,
    TencentScfEvent, TencentScfResponse,
};
use http::Request;
use serde_json::Value;

use crate::common::{field, request, sample, value};

/// The samples that enclose no request, and why they are rejected as one, and as one event.
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
        "{\n      \"infoId\": 1,\n      \"ruleName\": \"Test\",\n      \
         \"state\": \"alerting\",\n      \
         \"message\": \"EventBridge test info.\",\n      \
         \"ruleId\": \"796014154722826****\"\n    }",
    ),
    ("fc-apigateway-form", Dialect::FcApiGateway, "POST /api/321", 6, "c=b"),
    ("fc-apigateway-get-empty-body", Dialect::FcApiGateway, "GET /", 8, ""),
    (
        "fc-apigateway-json-post-capture",
        Dialect::FcApiGateway,
        "POST /ffmpeg/vlink",
        3,
        "{\r\n  \"mp4\": [\r\n    \"https://aliyun.com/input1.mp4\",\r\n    \
         \"https://aliyun.com/input2.mp4\"\r\n  ],\r\n  \
         \"mp3\": \"https://aliyun.com/input.mp3\"\r\n}",
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
fn every_sample_decodes_or_is_rejected_with_a_reason() {
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
    let files =
        std::fs::read_dir(format!("{}/../../fixtures/envelopes", env!("CARGO_MANIFEST_DIR")));
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
fn every_file_gives_what_its_table_says() {
    let plain = ("94ebc15f", "acs:mq", "mq:Topic:SendMessage");
    for (name, id) in [
        ("ev-bom.json", plain.0),
        ("ev-surrogate-lone.json", plain.0),
        ("ev-1e400.json", plain.0),
        ("ev-id-number.json", "12345678901234567890"),
    ] {
        let json = field(name);
        let event: CloudEvent = CloudEvent::from_slice(&json).expect(name);
        let attributes = event.attributes();
        assert_eq!((attributes.id(), attributes.source()), (Some(id), plain.1), "{name}");
        assert_eq!(attributes.event_type(), plain.2, "{name}");
        let data: Value = event.decode_lossy().expect(name);
        assert_eq!(data["topic"], "T");
    }
    let flag = request(&field("scf-base64flag.json")).unwrap();
    assert_eq!(flag.body(), r#"{"test":"body"}"#);
    assert_eq!(flag.uri(), "/test/value?foo=bar&bob=alice");
    assert_eq!(flag.extensions().get(), Some(&Dialect::TencentScf));
    let declared = request(&field("scf-only-declared-query.json")).unwrap();
    assert_eq!(declared.uri(), "/test/value?foo=bar");
    let inside = ApiGatewayRequest::from_function_compute(&field("fc-both-flags.json")).unwrap();
    assert_eq!((inside.dialect, &inside.body[..]), (Dialect::FcApiGateway, &br#"{"c":"b"}"#[..]));
    let error = request(&field("fc-both-flags.json")).unwrap_err().to_string();
    assert!(error.contains("fc-api-gateway by its key queryParameters"), "{error}");
    assert!(error.contains("tencent-scf by its key requestContext"), "{error}");
    let typed = FcApiGatewayEvent::from_slice(&field("fc-both-flags.json")).unwrap();
    assert_eq!(Request::try_from(typed).unwrap().body(), r#"{"c":"b"}"#);
    let percent = request(&field("path-bare-percent.json")).unwrap();
    assert_eq!(percent.uri(), "/discount/100%25");
    let cookies = request(&field("cookie-crumbs.json")).unwrap();
    assert_eq!(cookies.headers().get_all("cookie").iter().count(), 1);
    assert_eq!(cookies.headers()["cookie"], "access_token=A; refresh_token=B");
    assert_eq!(request(&field("fc-b64-nopad.json")).unwrap().body(), r#"{"c":"bb"}"#);
}
