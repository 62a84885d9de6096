//! Attributes, data and batches.

use std::time::{Duration, UNIX_EPOCH};

use eventbridge_envelope::{
    ApiGatewayRequest, CloudEvent, CloudEventBatch, EnvelopeErrorKind, EventAttributes,
    TencentConnectorEvent,
};
use serde_json::{Value, json};

use crate::common::{sample, value};

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

#[test]
fn numbers_and_booleans_are_ids_by_their_text() {
    for number in [
        "1",
        "-5",
        "12345678901234567890",
        "123456789012345678901234567890",
        "1e3",
        "-1.50E-2",
        "1e400",
        "0",
        "true",
        "false",
    ] {
        let json = format!(
            r#"{{"specversion":1.0,"source":{number},"type":{number},"id":{number},"data":{number}}}"#
        );
        let batch: CloudEventBatch = CloudEventBatch::from_slice(json.as_bytes()).unwrap();
        let attributes = batch.events()[0].attributes();
        assert_eq!((attributes.id(), attributes.specversion()), (Some(number), "1.0"));
        assert_eq!(EventAttributes::from_slice(json.as_bytes()).unwrap(), *attributes);
        assert_eq!((attributes.source(), attributes.event_type()), (number, number));
    }
    let error = CloudEvent::<Value>::from_slice(
        br#"{"specversion":"1.0","source":"s","type":"t","id":{}}"#,
    );
    assert!(error.unwrap_err().to_string().contains("neither text nor number, but an object"));
}

#[test]
fn attributes_are_read_whatever_the_data_is() {
    for data in [
        r#""data":{"a":1},"data_base64":"e30=""#,
        r#""data_base64":"?""#,
        r#""data_base64":7"#,
        r#""data":"\ud83e""#,
        r#""data":1e999"#,
    ] {
        let json = format!(r#"{{"specversion":"1.0","source":"s","type":"t","id":"i",{data}}}"#);
        let attributes = EventAttributes::from_slice(json.as_bytes()).unwrap();
        assert_eq!((attributes.source(), attributes.id()), ("s", Some("i")), "{data}");
        assert_eq!(attributes.extensions().iter().count(), 0, "{data}");
    }
    for (json, kind) in [
        (r#"{"specversion":"1.0","source":"s"}"#, EnvelopeErrorKind::MissingField),
        ("[]", EnvelopeErrorKind::NotOneEvent),
        (r#"{"EventList":[]}"#, EnvelopeErrorKind::NotOneEvent),
        ("{", EnvelopeErrorKind::NotJson),
    ] {
        let error = EventAttributes::from_slice(json.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), kind, "{json}");
    }
}
