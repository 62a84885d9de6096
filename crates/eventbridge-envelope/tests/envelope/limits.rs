//! Hostile sizes.

use eventbridge_envelope::{ApiGatewayRequest, CloudEvent, EnvelopeErrorKind};
use serde_json::Value;

use crate::common::api_gateway;

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

/// Hostile sizes: more headers than a map holds, more members than are compared one by one, any
/// depth.
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
