//! JSON that no type can hold.

use eventbridge_envelope::{
    ApiGatewayRequest, CloudEvent, CloudEventBatch, EnvelopeErrorKind, EventAttributes, JsonText,
};
use http::Request;
use serde_json::{Value, json};

use crate::common::{event, reads_as_any_other, request};

/// Half of a pair, numbers beyond a double, depth: in data they change nothing around it.
#[test]
fn nothing_depends_on_data_that_no_value_can_hold() {
    const MAX: f64 = f64::MAX;
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let deep_objects =
        |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let cut = |levels: usize| -> Value { (0..levels).fold(Value::Null, |inner, _| json!([inner])) };
    let mut cases = vec![
        (
            r#""\ud83e""#.to_owned(),
            json!("\u{FFFD}"),
            "half of a surrogate pair is at line 1, column 2",
        ),
        (r#""a\udd14b""#.to_owned(), json!("a\u{FFFD}b"), "line 1, column 3"),
        (r#""\udd14\ud83e""#.to_owned(), json!("\u{FFFD}\u{FFFD}"), "line 1, column 2"),
        (r#""\ud83e\ud83e\udd14""#.to_owned(), json!("\u{FFFD}\u{1F914}"), "line 1, column 2"),
        (r#""\\ud83e\ud83E\n\u0041""#.to_owned(), json!("\\ud83e\u{FFFD}\nA"), "line 1, column 9"),
        (
            "{\"a\":1,\n \"n\\ud83e\": [\"\\uDC00\"]}".to_owned(),
            json!({"a": 1, "n\u{FFFD}": ["\u{FFFD}"]}),
            "line 2, column 4",
        ),
        (
            "1e400".to_owned(),
            json!(MAX),
            "a number that is too large for a double is at line 1, column 1",
        ),
        ("[-1e400,0.1e-400]".to_owned(), json!([-MAX, 0.0]), "line 1, column 2"),
        ("{\"n\": 1E+99999999999999999999}".to_owned(), json!({"n": MAX}), "line 1, column 7"),
        (format!("[{}]", "9".repeat(400)), json!([MAX]), "line 1, column 2"),
        (deep(200), cut(127), "nested more than 127 deep is at line 1, column 128"),
        (deep(5_000), cut(127), "column 128"),
        (deep(100_000), cut(127), "column 128"),
        (format!("[{},\"\\ud83e\"]", deep(300)), json!([cut(126), "\u{FFFD}"]), "column 128"),
    ];
    cases.push((
        deep_objects(100_000),
        (0..127).fold(Value::Null, |inner, _| json!({"a": inner})),
        "column 636",
    ));
    for (data, lossy, place) in cases {
        let about = &data[..data.len().min(60)];
        let read = reads_as_any_other(event(&format!(r#","data":{data}"#)).as_bytes(), about);
        assert_eq!(read.data_json(), Some(&*data), "{about}");
        assert_eq!(read.decode_lossy::<Value>().unwrap(), lossy, "{about}");
        let written = serde_json::to_string(&read).unwrap();
        assert!(written.contains(&data), "{about}");
        let error = read.decode::<Value>().unwrap_err();
        assert_eq!(error.field(), "data");
        assert!(error.to_string().contains(place), "{about}: {error}");
        assert!(error.to_string().contains("ends in _lossy"), "{about}: {error}");
        assert!(
            CloudEvent::<Value>::from_slice(event(&format!(r#","data":{data}"#)).as_bytes())
                .is_err()
        );
        let typed =
            CloudEvent::<Value>::from_slice_lossy(event(&format!(r#","data":{data}"#)).as_bytes());
        assert_eq!(*typed.unwrap().data(), lossy, "{about}");
        // The same as the body of a request, parsed by the gateway: kept as it was written.
        let enclosed =
            format!(r#"{{"httpMethod":"POST","path":"/","queryParameters":{{}},"body":{data}}}"#);
        if !data.starts_with('"') {
            let enclosed = ApiGatewayRequest::from_slice(enclosed.as_bytes()).unwrap();
            assert_eq!(enclosed.body, data, "{about}");
            assert_eq!(enclosed.json_lossy::<Value>().unwrap(), lossy, "{about}");
            assert!(enclosed.json::<Value>().is_err(), "{about}");
        }
    }
    // What fits is the same on both ways.
    for data in [
        r#""\ud83e\udd14""#,
        "1e308",
        "123456789012345678901234567890",
        "[]",
        &deep(127),
        r#""\\ud83e""#,
    ] {
        let read: CloudEvent =
            CloudEvent::from_slice(event(&format!(r#","data":{data}"#)).as_bytes()).unwrap();
        assert_eq!(
            read.decode_lossy::<Value>().unwrap(),
            read.decode::<Value>().unwrap(),
            "{data}"
        );
    }
    let half = r#"{"httpMethod":"POST","path":"/","queryParameters":{"\ud83e":"\udd14"},"body":"a\ud83e","isBase64Encoded":false}"#;
    assert_eq!(request(half.as_bytes()).unwrap_err().field(), "queryParameters");
    let lossy =
        Request::try_from(ApiGatewayRequest::from_slice_lossy(half.as_bytes()).unwrap()).unwrap();
    assert_eq!(
        (lossy.uri().to_string(), &lossy.body()[..]),
        ("/?%EF%BF%BD=%EF%BF%BD".to_owned(), "a\u{FFFD}".as_bytes())
    );
    // What no data type holds in data_base64: {"a":"\ud83e"}.
    let base64 = event(r#","data_base64":"eyJhIjoiXHVkODNlIn0=""#);
    let read = reads_as_any_other(base64.as_bytes(), "data_base64");
    assert_eq!(read.decode_lossy::<Value>().unwrap(), json!({"a": "\u{FFFD}"}));
    assert!(read.decode::<Value>().unwrap_err().to_string().contains("column 7"));
}

/// In a batch of strings half of a pair may be escaped in the string, or in the JSON that is in it.
#[test]
fn half_of_a_pair_in_a_batch_of_strings() {
    let string_of =
        |event: &str| json!(event).to_string().replace("HIGH", r"\ud83e").replace("LOW", r"\udd14");
    for (data, lossy) in [
        (r#""HIGH""#, json!("\u{FFFD}")),
        (r#""\ud83e""#, json!("\u{FFFD}")),
        (r#""LOWHIGH""#, json!("\u{FFFD}\u{FFFD}")),
        (r#"{"nHIGH":["LOW"]}"#, json!({"n\u{FFFD}": ["\u{FFFD}"]})),
        (r#""\n\\HIGH é HIGHLOW""#, json!("\n\\\u{FFFD} é \u{1F914}")),
        (r#""HIGH\udd14""#, json!("\u{1F914}")),
    ] {
        let string = string_of(&event(&format!(r#","data":{data}"#)));
        for json in [format!("[{string}]"), format!(r#"{{"EventList":[{string}]}}"#)] {
            let batch: CloudEventBatch = CloudEventBatch::from_slice(json.as_bytes()).expect(&json);
            assert_eq!(batch.events()[0].attributes().id(), Some("i"), "{json}");
            let batch = CloudEventBatch::<Value>::from_slice_lossy(json.as_bytes()).expect(&json);
            assert_eq!(*batch.events()[0].data(), lossy, "{json}");
        }
    }
    // In an id it is an error here too, and the path says where.
    let json = format!("[{}]", string_of(&event("").replace("\"i\"", "\"HIGH\"")));
    let error = CloudEventBatch::<Value>::from_slice(json.as_bytes()).unwrap_err();
    assert_eq!(error.field(), "[0].id");
    let batch: CloudEventBatch = CloudEventBatch::from_slice_lossy(json.as_bytes()).unwrap();
    assert_eq!(batch.events()[0].attributes().id(), Some("\u{FFFD}"));
}

#[test]
fn half_of_a_pair_in_an_attribute() {
    // Extensions and names of extensions stay as they were written.
    let json = event(r#","ext":"\ud83e","na\udd14me":1,"subject":"\ud83e","time":"x\ud83e""#);
    let read = reads_as_any_other(json.as_bytes(), "attributes");
    let attributes = read.attributes();
    assert_eq!(attributes.subject(), None);
    for (name, text) in [
        ("ext", r#""\ud83e""#),
        ("subject", r#""\ud83e""#),
        ("time", r#""x\ud83e""#),
        (r"na\udd14me", "1"),
    ] {
        assert_eq!(attributes.extension(name).unwrap().as_str(), text, "{name}");
    }
    let media = event(r#","datacontenttype":"json\ud83e","data_base64":"MQ==""#);
    assert_eq!(&reads_as_any_other(media.as_bytes(), "media").data_bytes().unwrap()[..], b"1");
    let lossy = <CloudEvent>::from_slice_lossy(json.as_bytes()).unwrap();
    assert_eq!(lossy.attributes().subject(), Some("\u{FFFD}"));
    // The parts that name an event are never half.
    for name in ["specversion", "source", "type", "id"] {
        let mut value =
            json!({"specversion": "1.0", "source": "s", "type": "t", "id": "i", "data": {}});
        value[name] = "HALF".into();
        let json = value.to_string().replace("HALF", r"a\ud83e");
        let error = CloudEvent::<Value>::from_slice(json.as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.field()), (EnvelopeErrorKind::MalformedField, name));
        assert!(error.to_string().contains("byte 3 of the string"), "{error}");
        assert!(<CloudEvent>::from_slice_lossy(json.as_bytes()).is_ok());
    }
    let found =
        EventAttributes::found_in(br#"{"id":7,"source":[1],"subject":{"a":1},"data":"\ud83e"}"#)
            .unwrap();
    assert_eq!((found.id(), found.source(), found.event_type()), (Some("7"), "", ""));
    assert_eq!(found.extension("source").unwrap().as_str(), "[1]");
    assert_eq!(found.extension("data"), None);
}

/// serde_json refuses numbers near the largest double that are finite.
#[test]
fn the_largest_doubles_are_read_lossily() {
    let max_value = format!("{:.0}", f64::MAX);
    assert_eq!(max_value.len(), 309);
    for number in
        ["1.7976931348623158e308", "1.79769313486231570814527423731704356798070e+308", &max_value]
    {
        for (text, value) in [(number.to_owned(), f64::MAX), (format!("-{number}"), -f64::MAX)] {
            let json = JsonText::try_from(format!("[{text}]")).unwrap();
            if let Err(error) = json.decode::<Value>() {
                let error = error.to_string();
                assert!(error.contains("column 2") && error.contains("_lossy"), "{error}");
            }
            assert_eq!(json.decode_lossy::<Value>().unwrap(), json!([value]), "{text}");
        }
    }
    // What is not a number is not made one.
    let gateway = r#"{"httpMethod":"POST","path":"/","queryParameters":{},"body":"[1.e999]"}"#;
    let request = ApiGatewayRequest::from_slice(gateway.as_bytes()).unwrap();
    assert!(request.json_lossy::<Value>().is_err());
}

#[test]
fn bytes_that_are_not_utf8_are_read_lossily() {
    for bytes in [&b"\xF0\x9F\xA4"[..], b"\xED\xA0\xBE", b"\xFF"] {
        let replaced = String::from_utf8_lossy(bytes);
        let joined =
            |before: &str, after: &str| [before.as_bytes(), bytes, after.as_bytes()].concat();
        let event = joined(r#"{"specversion":"1.0","source":"s","type":"t","data":""#, "\"}");
        let error = CloudEvent::<Value>::from_slice(&event).unwrap_err().to_string();
        assert!(error.contains("byte 54") && error.contains("_lossy"), "{error}");
        assert_eq!(*CloudEvent::<Value>::from_slice_lossy(&event).unwrap().data(), *replaced);
        let gateway =
            joined(r#"{"httpMethod":"POST","path":"/","queryParameters":{},"body":"a"#, "\"}");
        assert!(ApiGatewayRequest::from_slice(&gateway).is_err());
        let request = ApiGatewayRequest::from_slice_lossy(&gateway).unwrap();
        assert_eq!(request.body, format!("a{replaced}").as_bytes());
        let mut request = request;
        request.body = joined("\"", "\"").into();
        assert!(request.json::<Value>().unwrap_err().to_string().contains("_lossy"));
        assert_eq!(request.json_lossy::<Value>().unwrap(), *replaced);
    }
    // UTF-16 stays an error that names it.
    let error = CloudEvent::<Value>::from_slice_lossy(b"\xFF\xFE{\0}\0").unwrap_err();
    assert!(error.to_string().contains("UTF-16"), "{error}");
}
