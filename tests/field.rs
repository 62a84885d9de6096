//! What senders really send: inputs of public reports (fixtures/field), and the kinds that they
//! stand for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use tower_eventbridge::{
    Authentic, Verifier,
    certificate::Certificate,
    each_event::PushedEvent,
    envelope::{
        ApiGatewayEvent, ApiGatewayRequest, CloudEvent, CloudEventBatch, Dialect, EnvelopeError,
        EnvelopeErrorKind, EventAttributes, FcApiGatewayEvent, FcApiGatewayResponse, FcHttpEvent,
        HttpSourceEvent, JsonText, TencentConnectorEvent, TencentScfEvent, TencentScfResponse,
        event_texts, parse_event_time,
    },
    idempotency::IdempotencyKey,
    signer::Signer,
};

fn field(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/field/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn request(json: &[u8]) -> Result<Request<Bytes>, EnvelopeError> {
    ApiGatewayRequest::from_slice(json).and_then(Request::try_from)
}

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";

/// The proof of a push with this body.
fn authentic(body: &[u8]) -> Authentic {
    static SIGNER: std::sync::OnceLock<Signer> = std::sync::OnceLock::new();
    let signer = SIGNER.get_or_init(|| Signer::generate().unwrap());
    let now = UNIX_EPOCH + Duration::from_secs(1_796_083_200);
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer.certificate_url(), signer.certificate_pem())
        .build()
        .unwrap();
    let push = signer.push(URL).token(TOKEN).body(body.to_vec()).sign(now).unwrap();
    let (parts, body) = push.into_parts();
    let pem = signer.certificate_pem();
    let certificate = Certificate::from_pem_or_der(pem.as_bytes()).unwrap();
    verifier.verify_with_certificate(&parts, body, &certificate, now).unwrap()
}

fn pushed(body: &[u8]) -> PushedEvent {
    authentic(body).into()
}

fn event(members: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"s","type":"t","id":"i"{members}}}"#)
}

/// Attributes and key are those of an event whose data is nothing special.
fn reads_as_any_other(json: &[u8], context: &str) -> CloudEvent {
    let plain = event("");
    let read: CloudEvent = CloudEvent::from_slice(json).expect(context);
    let attributes = read.attributes();
    assert_eq!((attributes.id(), attributes.source()), (Some("i"), "s"), "{context}");
    let key = IdempotencyKey::of_event(&pushed(json));
    assert!(key.is_some(), "{context}");
    assert_eq!(key, IdempotencyKey::of_event(&pushed(plain.as_bytes())), "{context}");
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
        assert!(IdempotencyKey::of_event(&pushed(&json)).is_some(), "{name}");
        assert_eq!(attributes.event_type(), plain.2, "{name}");
        let data: Value = event.decode_lossy().expect(name);
        assert_eq!(data["topic"], "T");
        assert_eq!(authentic(&json).body(), &json[..], "the signed bytes stay");
    }
    let flag = request(&field("scf-base64flag.json")).unwrap();
    assert_eq!(flag.body(), r#"{"test":"body"}"#);
    assert_eq!(flag.uri(), "/test/value?foo=bar&bob=alice");
    assert_eq!(flag.extensions().get(), Some(&Dialect::TencentScf));
    let declared = request(&field("scf-only-declared-query.json")).unwrap();
    assert_eq!(declared.uri(), "/test/value?foo=bar");
    // Inside Function Compute: tests/custom_runtime/lookalikes.rs.
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

#[test]
fn byte_order_marks_are_skipped_before_json_and_stay_inside() {
    const BOM: &str = "\u{FEFF}";
    let plain = event(",\"data\":\"\\uFEFF\u{FEFF}x\"");
    for before in [BOM, "\u{FEFF}\u{FEFF}", "\u{FEFF}\n ", " \r\n\u{FEFF}", "\u{FEFF} \u{FEFF}\t"] {
        let read = reads_as_any_other(format!("{before}{plain}").as_bytes(), before);
        assert_eq!(read.decode::<String>().unwrap(), "\u{FEFF}\u{FEFF}x");
        let batch = format!("{before}[{plain},{plain}]");
        let batch: CloudEventBatch = CloudEventBatch::from_slice(batch.as_bytes()).unwrap();
        assert_eq!(batch.len(), 2);
        assert!(
            CloudEvent::<Value>::from_slice(b"\xEF\xBB\xBF[]").unwrap_err().kind()
                == EnvelopeErrorKind::NotOneEvent
        );
        let strings = format!("{before}{}", json!([format!("{before}{plain}")]));
        let strings: CloudEventBatch = CloudEventBatch::from_slice(strings.as_bytes()).unwrap();
        assert_eq!(strings.events()[0].attributes().id(), Some("i"));
        let list = format!("{before}{{\"EventList\":[{plain}]}}");
        assert_eq!(event_texts(list.as_bytes()).unwrap(), [plain.as_str()]);
        for json in dialects() {
            let json = format!("{before}{json}");
            let read = ApiGatewayRequest::from_slice(json.as_bytes()).expect(&json);
            assert_eq!(read.path, "/p");
            assert!(typed(read.dialect, json.as_bytes()).is_ok(), "{json}");
        }
        for read in [
            FcApiGatewayResponse::from_slice(format!("{before}{{\"statusCode\":204}}").as_bytes())
                .is_ok(),
            TencentScfResponse::from_slice(format!("{before}{{\"statusCode\":204}}").as_bytes())
                .is_ok(),
            JsonText::try_from(format!("\u{FEFF}{before}1")).is_ok(),
        ] {
            assert!(read, "{before:?}");
        }
    }
    let base64 = event(r#","data_base64":"77u/eyJhIjoxfQ""#);
    let read = CloudEvent::<Value>::from_slice(base64.as_bytes()).unwrap();
    assert_eq!(*read.data(), json!({"a": 1}));
    assert_eq!(&read.data_bytes().unwrap()[..3], BOM.as_bytes());
    let utf16 = |mark: &[u8], big| -> Vec<u8> {
        let units = plain
            .encode_utf16()
            .map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        [mark, &units.flatten().collect::<Vec<_>>()].concat()
    };
    for (json, said) in [
        (utf16(b"\xFF\xFE", false), "byte order mark of UTF-16"),
        (utf16(b"\xFE\xFF", true), "byte order mark of UTF-16"),
        (utf16(b"", false), "zero bytes of UTF-16"),
        (utf16(b"", true), "zero bytes of UTF-16"),
        (b"\xFF\xFE\0\0{\0\0\0".to_vec(), "UTF-32"),
        (b"{\"a\":\"\xE9\"}".to_vec(), "byte 7 is of another encoding"),
    ] {
        let errors = [
            CloudEvent::<Value>::from_slice(&json).unwrap_err(),
            CloudEventBatch::<Value>::from_slice(&json).unwrap_err(),
            ApiGatewayRequest::from_slice(&json).unwrap_err(),
            event_texts(&json).unwrap_err(),
            HttpSourceEvent::from_slice(&json).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), EnvelopeErrorKind::NotJson);
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}

/// One event of each dialect, with the path `/p`.
fn dialects() -> Vec<String> {
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

fn typed(dialect: Dialect, json: &[u8]) -> Result<Request<Bytes>, EnvelopeError> {
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
            let key = IdempotencyKey::of_event(&pushed(json.as_bytes()));
            assert_eq!(key, IdempotencyKey::of_event(&pushed(event("").as_bytes())), "{json}");
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
        assert_eq!(IdempotencyKey::of_event(&pushed(json.as_bytes())), None);
    }
    let found =
        EventAttributes::found_in(br#"{"id":7,"source":[1],"subject":{"a":1},"data":"\ud83e"}"#)
            .unwrap();
    assert_eq!((found.id(), found.source(), found.event_type()), (Some("7"), "", ""));
    assert_eq!(found.extension("source").unwrap().as_str(), "[1]");
    assert_eq!(found.extension("data"), None);
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
        assert_eq!((attributes.source(), attributes.event_type()), (number, number));
        let text = json!({"specversion": "1.0", "source": number, "type": number, "id": number})
            .to_string();
        let key = IdempotencyKey::of_event(&pushed(json.as_bytes()));
        assert_eq!(key, IdempotencyKey::of_event(&pushed(text.as_bytes())), "{number}");
        assert!(key.is_some());
    }
    let error = CloudEvent::<Value>::from_slice(
        br#"{"specversion":"1.0","source":"s","type":"t","id":{}}"#,
    );
    assert!(error.unwrap_err().to_string().contains("neither text nor number, but an object"));
}

#[test]
fn a_percent_sign_without_two_digits_is_escaped() {
    for (path, target) in [
        ("/%", "/%25"),
        ("/%%", "/%25%25"),
        ("/%4", "/%254"),
        ("/%zz", "/%25zz"),
        ("/100%/a", "/100%25/a"),
        ("/%%41", "/%25%41"),
        ("/%2f%2F%aB", "/%2f%2F%aB"),
        ("/%é%", "/%25%C3%A9%25"),
        ("/100% b", "/100%25%20b"),
        ("/a%25b", "/a%25b"),
        ("/%4%34", "/%254%34"),
        ("/%+1", "/%25+1"),
    ] {
        for json in dialects() {
            let json = json.replace("\"/p\"", &json!(path).to_string());
            let request = request(json.as_bytes()).expect(&json);
            assert_eq!(request.uri(), target, "{json}");
        }
    }
}

fn at(text: &str) -> SystemTime {
    parse_event_time(text).expect(text)
}

#[test]
fn times_with_every_zone_that_java_writes() {
    for (text, utc) in [
        // Region ids, glued or not.
        ("2024-07-01T12:00:00.5Asia/Singapore", "2024-07-01T04:00:00.5Z"),
        ("2024-07-01T12:00:00Asia/Tokyo", "2024-07-01T03:00:00Z"),
        ("2024-07-01T12:00:00Asia/Jakarta", "2024-07-01T05:00:00Z"),
        ("2024-07-01T12:00:00America/Los_Angeles", "2024-07-01T19:00:00Z"),
        ("2024-01-01T12:00:00America/Los_Angeles", "2024-01-01T20:00:00Z"),
        ("2024-07-01T12:00:00 Europe/Berlin", "2024-07-01T10:00:00Z"),
        ("2024-01-01T12:00:00Europe/Berlin", "2024-01-01T11:00:00Z"),
        ("2024-07-01T12:00:00Etc/UTC", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00Etc/GMT+8", "2024-07-01T20:00:00Z"),
        ("2024-07-01T12:00:00America/Port-au-Prince", "2024-07-01T16:00:00Z"),
        ("2024-07-01T12:00:00America/Argentina/Buenos_Aires", "2024-07-01T15:00:00Z"),
        // Old ids.
        ("2024-07-01T12:00:00PRC", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Japan", "2024-07-01T03:00:00Z"),
        ("2024-07-01T12:00:00Singapore", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Hongkong", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00US/Pacific", "2024-07-01T19:00:00Z"),
        ("2024-07-01T12:00:00EST5EDT", "2024-07-01T16:00:00Z"),
        ("2024-07-01T12:00:00GMT0", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00Zulu", "2024-07-01T12:00:00Z"),
        // Offsets and their prefixes.
        ("2024-07-01T12:00:00GMT+08:00", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00UTC+8", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00GMT+8", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00UT+0800", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00UTC-03:30", "2024-07-01T15:30:00Z"),
        ("2024-07-01T12:00:00UT", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00gmt", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00+8", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00+08", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00+0800", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00 +0800", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00+08:00:30", "2024-07-01T03:59:30Z"),
        ("2024-07-01T12:00:00+080030", "2024-07-01T03:59:30Z"),
        ("2024-07-01T12:00:00-18:00", "2024-07-02T06:00:00Z"),
        ("2024-07-01T12:00:00-00:00", "2024-07-01T12:00:00Z"),
        // Brackets; the offset decides.
        ("2024-07-01T12:00:00+08:00[Asia/Shanghai]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00[Asia/Shanghai]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Z[Asia/Shanghai]", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00+09:00[Asia/Shanghai]", "2024-07-01T03:00:00Z"),
        ("2024-07-01T12:00:00+08:00[GMT+08:00]", "2024-07-01T04:00:00Z"),
        ("2024-11-03T01:30:00-08:00[America/Los_Angeles]", "2024-11-03T09:30:00Z"),
        // Clocks that go forward and back.
        ("2024-03-10T02:30:00America/Los_Angeles", "2024-03-10T10:30:00Z"),
        ("2024-11-03T01:30:00America/Los_Angeles", "2024-11-03T08:30:00Z"),
        ("2024-03-31T02:30:00Europe/Berlin", "2024-03-31T01:30:00Z"),
        ("2024-10-27T02:30:00Europe/Berlin", "2024-10-27T00:30:00Z"),
        ("2024-10-06T02:15:00Australia/Lord_Howe", "2024-10-05T15:45:00Z"),
        // The ends of the calendar: `9999` stands for "never".
        ("0000-01-01T08:00:00+08:00", "0000-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999+08:00", "9999-12-31T15:59:59.999Z"),
        ("9999-12-31T23:59:59Asia/Tokyo", "9999-12-31T14:59:59Z"),
        ("9999-12-31 23:59:59", "9999-12-31T15:59:59Z"),
        // Tags of RFC 9557.
        ("2024-07-01T12:00:00+08:00[Asia/Shanghai][u-ca=iso8601]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Z[u-ca=iso8601][_x=y]", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00+08:00[Asia/Shanghai] [u-ca=iso8601]", "2024-07-01T04:00:00Z"),
        // An offset decides; a zone that is marked as critical has to agree with it.
        ("2024-07-01T12:00:00+08:00[CST]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00+08:00[Asia/Beijing]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Z[Asia/Beijing]", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00+08:00[Asia/Beijing][u-ca=iso8601]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00+08:00[!Asia/Shanghai]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00[!Asia/Shanghai]", "2024-07-01T04:00:00Z"),
        ("2024-07-01T12:00:00Z[!Asia/Shanghai]", "2024-07-01T12:00:00Z"),
        ("2024-07-01T12:00:00+02:00[!Europe/Berlin]", "2024-07-01T10:00:00Z"),
        ("2024-10-27T02:30:00+01:00[!Europe/Berlin]", "2024-10-27T01:30:00Z"),
        ("2020-08-17T16:04:46.149+08:00Asia/Shanghai", "2020-08-17T08:04:46.149Z"),
        ("2024-07-01T12:00:00+09:00 Asia/Shanghai", "2024-07-01T03:00:00Z"),
        ("2024-07-01T12:00:00+0800PRC", "2024-07-01T04:00:00Z"),
        // Leap seconds, which are read as the second before; commas; lower case.
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60.25Z", "2016-12-31T23:59:59.25Z"),
        ("2017-01-01T07:59:60+08:00", "2016-12-31T23:59:59Z"),
        ("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59Z"),
        ("2017-01-01T07:59:60Asia/Shanghai", "2016-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60", "2016-12-31T15:59:59Z"),
        ("2024-07-01T12:00:00,125Z", "2024-07-01T12:00:00.125Z"),
        ("2024-07-01T12:00:00,125Asia/Shanghai", "2024-07-01T04:00:00.125Z"),
        ("2024-07-01t12:00:00z", "2024-07-01T12:00:00Z"),
        ("20240701t120000,5z", "2024-07-01T12:00:00.5Z"),
        ("2024-07-01 12:00:00.1234567899Z", "2024-07-01T12:00:00.123456789Z"),
        ("2024-07-01T12:00:00asia/shanghai", "2024-07-01T04:00:00Z"),
    ] {
        assert_eq!(at(text), at(utc), "{text}");
    }
    assert_eq!(at("2024-07-01T12:00:00.5Z"), UNIX_EPOCH + Duration::from_millis(1_719_835_200_500));
    assert_eq!(at("9999-12-31T23:59:59Z"), UNIX_EPOCH + Duration::from_secs(253_402_300_799));
    assert_eq!(at("0000-01-01T00:00:00Z"), UNIX_EPOCH - Duration::from_secs(62_167_219_200));
    assert_eq!(at("1960-01-01T00:00:00Z"), UNIX_EPOCH - Duration::from_secs(3653 * 86_400));
    for (text, part) in [
        ("2024-07-01T12:00:00CST", "several time zones share the abbreviation (found \"CST\""),
        ("2024-07-01T12:00:00 IST", "several time zones share"),
        (
            "2024-07-01T12:00:00Mars/Base",
            "the time zone is not in the database (found \"Mars/Base\"",
        ),
        ("2024-07-01T12:00:00[Asia/Nowhere]", "found \"Asia/Nowhere\""),
        ("2024-07-01T12:00:00[CST]", "several time zones share"),
        ("2024-07-01T12:00:00PRC[Asia/Nowhere]", "found \"Asia/Nowhere\""),
        ("2024-07-01T12:00:00+08:00[!Asia/Nowhere]", "found \"Asia/Nowhere\""),
        ("2024-07-01T12:00:00+08:00[]", "the offset from UTC is malformed"),
        ("2024-07-01T12:00:00+08:00[a b]", "the time zone is not in the database"),
        ("2024-07-01T12:00:00+09:00[!Asia/Shanghai]", "critical (found \"!Asia/Shanghai\""),
        ("2024-07-01T12:00:00+01:00[!Europe/Berlin]", "critical (found \"!Europe/Berlin\""),
        ("2024-07-01T12:00:00+08:00CST", "several time zones share"),
        ("2024-07-01T12:00:00+08:00Asia/Nowhere", "found \"Asia/Nowhere\""),
        ("2024-07-01T12:00:00Etc/Unknown", "the time zone is not in the database"),
        ("2024-07-01T12:00:00Factory", "the time zone is not in the database"),
        ("2024-07-01T12:00:00Z[!u-ca=hebrew]", "marked as critical (found \"!u-ca=hebrew\""),
        ("2024-07-01T12:00:00Asia/Shanghai]", "the time zone is not in the database"),
        ("2024-07-01T12:00:00+18:01", "the offset from UTC is not within \u{b1}18:00"),
        ("2024-07-01T12:00:00GMT+99", "not within"),
        ("2024-07-01T12:00:00+08:60", "not within"),
        ("2024-07-01T12:00:00+08:0", "the offset from UTC is malformed"),
        ("2024-07-01T12:00:00+", "the offset from UTC is malformed"),
        ("2024-07-01T12:00:00+é08", "the offset from UTC is malformed"),
        ("2024-07-01T12:30:60Z", "a leap second is before midnight only"),
        ("2024-07-01T12:00:61Z", "no clock shows the time of day"),
        ("2024-07-01T12:00:00,Z", "no clock shows the time of day"),
        ("2024-07-01T12,5Z", "no clock shows the time of day"),
        ("2023-02-29T12:00:00Z", "no such day is in the calendar (found \"2023-02-29\""),
        ("123456789", "neither of 10 nor of 13 digits"),
        ("yesterday", "in no form that is known"),
    ] {
        let error = parse_event_time(text).expect_err(text).to_string();
        assert!(error.contains(part) && error.contains("read is, for example"), "{text}: {error}");
    }
    let long = parse_event_time(&format!("2024-07-01T12:00:00{}", "x".repeat(100_000)));
    assert!(long.unwrap_err().to_string().len() < 300);
}

#[test]
fn scf_events_with_a_base64_flag_or_one_query() {
    let scf = |members: &str| {
        let json = format!(r#"{{"httpMethod":"POST","path":"/p","requestContext":{{}}{members}}}"#);
        request(json.as_bytes())
    };
    for (members, body) in [
        (r#","body":"aGk=","isBase64Encoded":true"#, "hi"),
        (r#","body":"aGk=","isBase64Encoded":"true""#, "hi"),
        (r#","body":"aGk=","isBase64Encoded":"True""#, "hi"),
        (r#","body":"aGk=","isBase64Encoded":false"#, "aGk="),
        (r#","body":"aGk=","isBase64Encoded":"false""#, "aGk="),
        (r#","body":"aGk=","isBase64Encoded":null"#, "aGk="),
        (r#","body":"aGk=","isBase64Encoded":"""#, "aGk="),
        (r#","body":"","isBase64Encoded":true"#, ""),
        (r#","isBase64Encoded":true"#, ""),
    ] {
        assert_eq!(scf(members).expect(members).body(), body, "{members}");
    }
    let error = scf(r#","body":"aGk=","isBase64Encoded":"yes""#).unwrap_err();
    assert_eq!((error.field(), error.dialect()), ("isBase64Encoded", Some(Dialect::TencentScf)));
    for (members, target) in [
        (r#","queryString":{"a":"1"}"#, "/p?a=1"),
        (r#","queryStringParameters":{"a":"1"}"#, "/p?a=1"),
        (r#","queryString":{},"queryStringParameters":{"a":"1"}"#, "/p?a=1"),
        (r#","queryString":null,"queryStringParameters":{"a":["1","2"]}"#, "/p?a=1&a=2"),
        (r#","queryString":{"a":"1","b":"2"},"queryStringParameters":{"a":"1"}"#, "/p?a=1&b=2"),
        (r#","queryString":{"b":"2"},"queryStringParameters":{"a":"1","b":"2"}"#, "/p?b=2&a=1"),
        (
            r#","queryString":{"a":["1","2"]},"queryStringParameters":{"a":["2","3"]}"#,
            "/p?a=1&a=2&a=3",
        ),
        (r#","queryString":{"a":null},"queryStringParameters":{"a":"1"}"#, "/p?a=1"),
        (r#","queryString":{"a":"1"},"queryStringParameters":{"a":null}"#, "/p?a=1"),
        (r#","queryString":"","queryStringParameters":"""#, "/p"),
        (r#","queryString":{"a":1.50},"queryStringParameters":{"a":1.50}"#, "/p?a=1.50"),
    ] {
        assert_eq!(scf(members).expect(members).uri(), target, "{members}");
    }
    // Told by any key that only one platform has; where keys of both are there, the error says
    // which.
    for (members, dialect) in [
        (r#""queryStringParameters":{}"#, Some(Dialect::TencentScf)),
        (r#""queryString":{},"isBase64Encoded":true"#, Some(Dialect::TencentScf)),
        (r#""headerParameters":{},"isBase64Encoded":false"#, Some(Dialect::TencentScf)),
        (r#""stageVariables":{}"#, Some(Dialect::TencentScf)),
        (r#""isBase64Encoded":false"#, Some(Dialect::FcApiGateway)),
        (r#""queryParameters":{}"#, Some(Dialect::FcApiGateway)),
        (r#""queryParameters":{},"rawPath":"/p","version":"1""#, Some(Dialect::FcApiGateway)),
        (r#""queryParameters":{},"queryString":{}"#, None),
        (r#""queryParameters":{},"requestContext":{}"#, None),
        (
            r#""queryParameters":{},"rawPath":"/p","version":"v1","requestContext":{"http":{"method":"GET"}}"#,
            None,
        ),
    ] {
        let json = format!(r#"{{"httpMethod":"GET","path":"/p",{members}}}"#);
        match (ApiGatewayRequest::from_slice(json.as_bytes()), dialect) {
            (Ok(request), dialect) => assert_eq!(Some(request.dialect), dialect, "{json}"),
            (Err(error), None) => {
                assert_eq!(error.kind(), EnvelopeErrorKind::UnknownDialect);
                let error = error.to_string();
                assert!(
                    error.contains("more than one dialect") && error.contains(" and "),
                    "{error}"
                );
                assert!(error.contains("fc-api-gateway by its key queryParameters"), "{error}");
            }
            (Err(error), Some(_)) => panic!("{json}: {error}"),
        }
    }
}

#[test]
fn base64_without_padding_and_with_line_breaks() {
    for text in [
        "aGVsbG8gd29ybGQ=",
        "aGVsbG8gd29ybGQ",
        "aGVsbG8g\r\nd29ybGQ=\r\n",
        "aGVsbG8g\nd29ybGQ",
        "aGVs\rbG8g\n\nd29ybGQ=",
        "aGVsbG8gd29ybGQ= \t",
        " aGVsbG8g  \n\t d29ybGQ",
        "\r\naGVsbG8gd29ybGQ=",
    ] {
        let quoted = json!(text);
        let cloud = event(&format!(r#","datacontenttype":"text/plain","data_base64":{quoted}"#));
        let cloud: CloudEvent = CloudEvent::from_slice(cloud.as_bytes()).expect(text);
        assert_eq!(cloud.data_bytes().unwrap(), "hello world", "{text:?}");
        for keys in [r#""queryParameters":{}"#, r#""requestContext":{}"#] {
            let json = format!(
                r#"{{"httpMethod":"POST","path":"/",{keys},"isBase64Encoded":true,"body":{quoted}}}"#
            );
            assert_eq!(request(json.as_bytes()).expect(text).body(), "hello world", "{json}");
        }
        let http = format!(
            r#"{{"version":"v1","rawPath":"/","requestContext":{{"http":{{"method":"POST"}}}},"isBase64Encoded":true,"body":{quoted}}}"#
        );
        assert_eq!(request(http.as_bytes()).expect(text).body(), "hello world");
    }
    for (text, said) in [
        ("aGVs-G8_", "position 5 is of the URL-safe alphabet"),
        ("aGVs\r\nb_8", "position 8 is of the URL-safe alphabet"),
        ("aG Vs", "position 3 is a space within a line"),
        ("aG==aGVs", "position 3 is a = before the end"),
        ("aGVs%", "position 5 is not of the alphabet"),
        (" \n a!Vs", "position 5 is not of the alphabet"),
        ("aGVsb", "ends after one character of a group of four"),
        ("aGVsbG=", "position 6 has bits beyond the last byte"),
    ] {
        let cloud = event(&format!(r#","data_base64":{}"#, json!(text)));
        let error = CloudEvent::<Value>::from_slice(cloud.as_bytes()).unwrap_err();
        assert_eq!(error.field(), "data_base64");
        assert!(error.to_string().contains(said), "{text:?}: {error}");
        let json =
            json!({"httpMethod": "POST", "path": "/", "isBase64Encoded": true, "body": text});
        let error = request(json.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.field(), "body");
        assert!(error.to_string().contains(said), "{text:?}: {error}");
    }
}

#[test]
fn several_cookies_are_one_line() {
    for (headers, cookie) in [
        (r#"{"cookie":["a=1","b=2"]}"#, Some("a=1; b=2")),
        (r#"{"Cookie":"a=1","cookie":"b=2","COOKIE":"c=3"}"#, Some("a=1; b=2; c=3")),
        (r#"{"Cookie":["a=1","b=2"],"cookie":"c=3; d=4"}"#, Some("a=1; b=2; c=3; d=4")),
        (r#"{"cookie":["a=1",null,"","b=2"]}"#, Some("a=1; b=2")),
        (r#"{"cookie":["a=1"]}"#, Some("a=1")),
        (r#"{"cookie":"a=1; b=2"}"#, Some("a=1; b=2")),
        (r#"{"cookie":["a=1","a=1"]}"#, Some("a=1; a=1")),
        (r#"{"cookie":[]}"#, None),
        (r#"{"cookie":null}"#, None),
    ] {
        for json in dialects() {
            let json = match json.contains("\"data\"") {
                true => json.replace("\"path\"", &format!("\"headers\":{headers},\"path\"")),
                false => format!("{{\"headers\":{headers},{}", &json[1..]),
            };
            let read = request(json.as_bytes()).expect(&json);
            let lines: Vec<_> = read.headers().get_all("cookie").iter().collect();
            assert_eq!(lines, cookie.iter().collect::<Vec<_>>(), "{json}");
            assert!(lines.iter().all(|line| line.is_sensitive()));
        }
    }
    let others = r#"{"httpMethod":"GET","path":"/","queryParameters":{},"headers":{"set-cookie":["a=1","b=2"],"accept":["a","b"]}}"#;
    let others = request(others.as_bytes()).unwrap();
    for name in ["set-cookie", "accept"] {
        assert_eq!(others.headers().get_all(name).iter().count(), 2, "{name}");
    }
    let response =
        br#"{"statusCode":200,"headers":{"set-cookie":["a=1","b=2"],"cookie":["a=1","b=2"]}}"#;
    let response = TencentScfResponse::from_slice(response).unwrap();
    let response = http::Response::<Bytes>::try_from(response).unwrap();
    for name in ["set-cookie", "cookie"] {
        assert_eq!(response.headers().get_all(name).iter().count(), 2, "{name}");
    }
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

#[test]
fn a_rebuilt_path_has_no_braces_or_bars() {
    let event = br#"{"httpMethod":"GET","path":"/{a}|b","queryParameters":{},"body":""}"#;
    let request = ApiGatewayRequest::from_slice(event).unwrap();
    assert_eq!(Request::<Bytes>::try_from(request).unwrap().uri(), "/%7Ba%7D%7Cb");
}
