//! What cannot be read is an error that names dialect and field, and shows no value.

use eventbridge_envelope::{
    ApiGatewayEvent, ApiGatewayRequest, CloudEvent, Dialect, EnvelopeErrorKind, HttpSourceEvent,
    PathParameters, TencentScfEvent,
};
use http::Request;
use serde_json::json;

use crate::common::{api_gateway, sample, value};

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
