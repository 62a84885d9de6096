//! The small functions that other crates build on.

use std::error::Error;

use eventbridge_envelope::{
    ApiGatewayRequest, Dialect, EnvelopeError, EnvelopeErrorKind, TraceContext, batch_texts,
    decode_json, remove_hop_by_hop, strip_byte_order_marks,
};
use http::{HeaderMap, Method, header};

use crate::common::event;

#[test]
fn a_batch_one_by_one() {
    let event = event("");
    let texts = |json: &str| {
        let texts = batch_texts(json.as_bytes())?;
        assert_eq!(texts.len(), batch_texts(json.as_bytes())?.count());
        Some(texts.map(|text| text.unwrap().into_owned()).collect::<Vec<_>>())
    };
    assert_eq!(texts(&event), None, "one event");
    assert_eq!(texts("5"), None);
    assert_eq!(texts("{"), None);
    assert_eq!(texts(&format!("[{event}, {event}]")), Some(vec![event.clone(), event.clone()]));
    assert_eq!(texts(r#"["{}", 5]"#), Some(vec!["{}".to_owned(), "5".to_owned()]));
    assert_eq!(texts(r#"{"EventList":[]}"#), Some(Vec::new()));
    assert_eq!(texts(r#"{"\u0045ventList":[]}"#), Some(Vec::new()), "the same name");
    assert_eq!(texts(" \u{FEFF}\r\n[]"), Some(Vec::new()));
}

#[test]
fn the_trace_of_a_push() {
    let id = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let member = format!(",\"traceparent\":\"{id}\"");
    let traced = event(&member);
    let found = |push: &str| TraceContext::found_in(push.as_bytes()).map(|one| one.to_string());
    for push in [
        traced.clone(),
        traced.replace("trace", "\\u0074race"),
        format!("[{traced}]"),
        serde_json::json!([traced]).to_string(),
        serde_json::json!([traced.replace("trace", "\\u0074race")]).to_string(),
        format!("{{\"EventList\":[{traced}]}}"),
    ] {
        assert_eq!(found(&push).as_deref(), Some(id), "{push}");
    }
    for push in [event(""), format!("[{traced},{traced}]"), member, traced.replace("01\"", "0\"")] {
        assert_eq!(found(&push), None, "{push}");
    }
}

#[test]
fn an_error_of_ones_own() {
    let long = "n".repeat(100);
    let cause = "x".parse::<u8>().unwrap_err();
    let error = EnvelopeError::malformed(long, "is not a date").with_source(cause);
    assert_eq!((error.kind(), error.field().len()), (EnvelopeErrorKind::MalformedField, 64));
    assert!(error.to_string().ends_with(" is not a date"), "{error}");
    assert!(error.source().unwrap().is::<std::num::ParseIntError>());
}

#[test]
fn json_behind_byte_order_marks() {
    for (json, rest) in [("\u{FEFF}1", "1"), (" \u{FEFF}\n\u{FEFF} 1", " 1"), (" 1", " 1")] {
        assert_eq!(strip_byte_order_marks(json.as_bytes()), rest.as_bytes(), "{json:?}");
        assert_eq!(decode_json::<u8>(json.as_bytes()).unwrap(), 1, "{json:?}");
    }
    assert_eq!(decode_json::<u8>(b"\"1\"").unwrap_err().kind(), EnvelopeErrorKind::MalformedField);
    assert_eq!(decode_json::<u8>(b"1x").unwrap_err().kind(), EnvelopeErrorKind::NotJson);
}

#[test]
fn headers_of_one_connection() {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("connection", "close, X-Named"),
        ("x-named", "1"),
        ("te", "trailers"),
        ("upgrade", "h2c"),
        ("x-kept", "1"),
    ] {
        headers.append(name, value.parse().unwrap());
    }
    remove_hop_by_hop(&mut headers);
    assert_eq!(headers.keys().collect::<Vec<_>>(), ["x-kept"]);
}

#[test]
fn a_request_as_another_service_may_get_it() {
    let request = |method: Method, path: &str| {
        let mut request = ApiGatewayRequest::new(Dialect::HttpSource, method, path);
        for (name, value) in [
            ("host", "h"),
            ("content-length", "7"),
            ("expect", "100-continue"),
            ("connection", "x-named"),
            ("x-named", "1"),
            ("transfer_encoding", "chunked"),
            ("a_b", "1"),
        ] {
            request.headers.append(name, value.parse().unwrap());
        }
        request.into_forwardable()
    };
    let made = request(Method::PUT, "/a").unwrap();
    // `Connection` in an envelope is not of this connection, so what it names stays.
    assert_eq!(made.headers().keys().collect::<Vec<_>>(), ["x-named", "a_b"]);
    assert_eq!(made.headers().get(header::HOST), None);
    for (method, path, field) in [
        (Method::GET, "//evil.example", "data.path"),
        (Method::CONNECT, "/", "data.httpMethod"),
        (Method::TRACE, "/", "data.httpMethod"),
    ] {
        let error = request(method, path).unwrap_err();
        assert_eq!((error.field(), error.dialect()), (field, Some(Dialect::HttpSource)));
    }
}

#[test]
fn an_unknown_dialect_is_told_the_known_ones() {
    let error =
        |json: &str| ApiGatewayRequest::from_slice(json.as_bytes()).unwrap_err().to_string();
    let types = error(r#"{"specversion":"1.0","source":"s","type":"other"}"#);
    assert!(
        types.ends_with(
            "its type is \"other\", not eventbridge:Events:ApiGateway, \
             eventbridge:Events:HTTPEvent or connector:apigw"
        ),
        "{types}"
    );
    let keys = error(r#"{"a":1}"#);
    assert!(
        keys.ends_with(
            "its keys are [\"a\"]; a request has a type of EventBridge, or rawPath with version, \
             httpMethod with queryParameters or isBase64Encoded or httpMethod with requestContext"
        ),
        "{keys}"
    );
    let scf = br#"{"httpMethod":"GET","path":"/","requestContext":{}}"#;
    let error = ApiGatewayRequest::from_function_compute(scf).unwrap_err();
    assert_eq!(error.dialect(), Some(Dialect::TencentScf));
    assert!(
        error.to_string().contains("Function Compute encloses a request by rawPath"),
        "{error}"
    );
}
