//! To and from the event type of the crate cloudevents-sdk.

use cloudevents::{
    AttributesReader, AttributesWriter, Data, Event, EventBuilder, EventBuilderV03,
    EventBuilderV10, event::ExtensionValue,
};
use eventbridge_envelope::{CloudEvent, EnvelopeErrorKind, EventAttributes};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    common::{event, value},
    typed::samples,
};

fn read(json: &str) -> CloudEvent {
    CloudEvent::from_slice(json.as_bytes()).unwrap()
}

fn written(event: &impl serde::Serialize) -> Value {
    serde_json::to_value(event).unwrap()
}

#[test]
fn every_sample_goes_there_and_back() {
    for (name, json) in samples() {
        let event: CloudEvent = CloudEvent::from_slice(&json).unwrap();
        let there = Event::try_from(&event).expect(&name);
        assert_eq!(there.source(), event.attributes().source(), "{name}");
        assert_eq!(there.data(), Some(&Data::Json(value(&json)["data"].clone())), "{name}");
        let back: CloudEvent = there.try_into().expect(&name);
        let (mut before, mut after) = (written(&event), written(&back));
        let time = |value: &mut Value| value.as_object_mut().unwrap().remove("time");
        time(&mut before);
        time(&mut after);
        assert_eq!(after, before, "{name}");
        let moment = |event: &CloudEvent| event.attributes().parse_time().unwrap();
        assert_eq!(moment(&back), moment(&event), "{name}");
    }
}

#[test]
fn what_does_not_fit_is_an_error_that_names_the_field() {
    let no_id = r#"{"specversion":"1.0","source":"s","type":"t"}"#.to_owned();
    let version = event("").replace("1.0", "0.3");
    for (json, kind, field) in [
        (no_id, EnvelopeErrorKind::MissingField, "id"),
        (version, EnvelopeErrorKind::MalformedField, "specversion"),
        (event(r#","time":"yesterday""#), EnvelopeErrorKind::MalformedField, "time"),
        (event(r#","dataschema":"/relative""#), EnvelopeErrorKind::MalformedField, "dataschema"),
        (event(r#","ext":1.5"#), EnvelopeErrorKind::MalformedField, "ext"),
        (event(r#","ext":9223372036854775808"#), EnvelopeErrorKind::MalformedField, "ext"),
        (event(r#","ext":{}"#), EnvelopeErrorKind::MalformedField, "ext"),
        (event(r#","data":[18446744073709551616]"#), EnvelopeErrorKind::MalformedField, "data"),
        (event(r#","data":[-9223372036854775809]"#), EnvelopeErrorKind::MalformedField, "data"),
        (event(r#","data":"\ud83e""#), EnvelopeErrorKind::MalformedField, "data"),
    ] {
        let error = Event::try_from(read(&json)).expect_err(&json);
        assert_eq!((error.kind(), error.field()), (kind, field), "{json}: {error}");
    }
    let numbers = r#","data":["\\\"99999999999999999999", 18446744073709551615, -9223372036854775808, 1e30, 1.10]"#;
    let there = Event::try_from(read(&event(numbers))).unwrap();
    let Some(Data::Json(data)) = there.data() else { panic!("{there:?}") };
    assert_eq!(data[1], u64::MAX);
    assert_eq!(data[2], i64::MIN);
}

#[test]
fn data_is_of_the_kind_that_the_media_type_says() {
    for (members, expected) in [
        (r#","data":"a""#, Some(Data::Json(json!("a")))),
        (
            r#","datacontenttype":"application/json;charset=utf-8","data":"a""#,
            Some(Data::Json(json!("a"))),
        ),
        (r#","datacontenttype":"text/plain","data":"a""#, Some(Data::String("a".to_owned()))),
        (r#","datacontenttype":"text/plain","data":{"a":1}"#, Some(Data::Json(json!({"a": 1})))),
        (r#","data_base64":"AAE=""#, Some(Data::Binary(vec![0, 1]))),
        (r#","datacontenttype":"text/plain""#, None),
        ("", None),
    ] {
        let json = event(members);
        let there = Event::try_from(read(&json)).unwrap();
        assert_eq!(there.data(), expected.as_ref(), "{json}");
        assert_eq!(written(&there), value(json.as_bytes()), "{json}");
    }
    let schema = event(r#","dataschema":"https://example.com/schema","data":1"#);
    let there = Event::try_from(read(&schema)).unwrap();
    assert_eq!(written(&there), value(schema.as_bytes()));
}

#[test]
fn events_of_the_other_crate_are_read() {
    let old = EventBuilderV03::new().id("i").source("s").ty("t").data("application/json", json!(1));
    let event: CloudEvent<u8> = old.build().unwrap().try_into().unwrap();
    assert_eq!((event.attributes().specversion(), *event.data()), ("1.0", 1));
    let bytes = EventBuilderV10::new().id("i").source("s").ty("t").data("a/b", Vec::new());
    let event: CloudEvent = bytes.build().unwrap().try_into().unwrap();
    assert_eq!((event.data_bytes(), event.data_json()), (None, None));
    let mut empty = EventBuilderV10::new().id("i").source("s").ty("t").build().unwrap();
    empty.set_type("");
    let error = CloudEvent::<Value>::try_from(empty.clone()).unwrap_err();
    assert_eq!(error.field(), "type");
    empty.set_type("t");
    empty.set_extension("source", "another");
    assert_eq!(CloudEvent::<Value>::try_from(empty).unwrap_err().field(), "source");
}

fn extension_value() -> impl Strategy<Value = ExtensionValue> {
    prop_oneof![
        ".{0,12}".prop_map(ExtensionValue::String),
        any::<bool>().prop_map(ExtensionValue::Boolean),
        any::<i64>().prop_map(ExtensionValue::Integer),
    ]
}

fn data() -> impl Strategy<Value = Data> {
    let json = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Of any double, serde_json may read the one next to it.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 64.0)),
        ".{0,12}".prop_map(Value::from),
    ];
    let json = json.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop_oneof![
        json.prop_map(Data::Json),
        prop::collection::vec(any::<u8>(), 0..24).prop_map(Data::Binary),
        ".{0,12}".prop_map(Data::String),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// An event of the other crate goes here and comes back with the same JSON.
    #[test]
    fn any_event_of_the_other_crate_comes_back(
        id in ".{1,12}",
        source in ".{1,12}",
        event_type in ".{1,12}",
        subject in prop::option::of(".{1,12}"),
        millis in prop::option::of(0_i64..253_402_300_800_000),
        extensions in prop::collection::btree_map("x[a-z0-9]{0,8}", extension_value(), 0..5),
        data in prop::option::of((prop::option::of("[a-z]{1,6}/[a-z+]{1,8}"), data())),
    ) {
        let mut builder = EventBuilderV10::new().id(id).source(source).ty(event_type);
        if let Some(subject) = subject {
            builder = builder.subject(subject);
        }
        if let Some(millis) = millis {
            let time = jiff::Timestamp::from_millisecond(millis).unwrap().to_string();
            builder = builder.time(time);
        }
        for (name, value) in extensions {
            builder = builder.extension(&name, value);
        }
        let mut event = builder.build().unwrap();
        // Bytes that are none are no data here.
        let data = data.filter(|(_, data)| *data != Data::Binary(Vec::new()));
        if let Some((media, data)) = data {
            event.set_datacontenttype(media);
            event.set_data_unchecked(data);
        }
        let here: CloudEvent = event.clone().try_into().unwrap();
        let back = Event::try_from(&here).unwrap();
        prop_assert_eq!(written(&back), written(&event));
        // Text of a media type that is JSON comes back as JSON.
        if !matches!(event.data(), Some(Data::String(_) | Data::Json(Value::String(_)))) {
            prop_assert_eq!(&back, &event);
        }
        let again: CloudEvent = back.try_into().unwrap();
        prop_assert_eq!(written(&again), written(&here));
    }

    /// An event goes there and comes back.
    #[test]
    fn any_event_comes_back(
        id in ".{1,12}",
        subject in ".{0,12}",
        account in "[0-9]{0,16}",
        text in ".{0,12}",
        data in data(),
    ) {
        let attributes = EventAttributes::new("s", "t")
            .with("id", id)
            .with("subject", subject)
            .with("aliyunaccountid", account)
            .with("aliyuneventbusname", text.as_str())
            .with("other", text);
        let Data::Json(data) = data else { return Ok(()) };
        let event = CloudEvent::new(attributes, &data).unwrap();
        let there = Event::try_from(&event).unwrap();
        let back: CloudEvent = there.try_into().unwrap();
        prop_assert_eq!(written(&back), written(&event));
        let account = event.attributes().aliyun_account_id();
        prop_assert_eq!(back.attributes().aliyun_account_id(), account);
    }
}
