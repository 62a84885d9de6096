//! Enclosed requests and the HTTP requests that are made of them.

use bytes::Bytes;
use eventbridge_envelope::{
    ApiGatewayRequest, Dialect, EnvelopeErrorKind, EventAttributes, GatewayContext, PathParameters,
    StageVariables, TencentScfResponse,
};
use http::Request;
use serde_json::{Value, json};

use crate::common::{api_gateway, dialects, request, sample};

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
                "headers":{{"content-type":null,
                "CONTENT-TYPE":"application/x-www-form-urlencoded; charset=utf-8"}}}}"#
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

/// A null is like a missing field in telling the dialect too.
#[test]
fn nulls_do_not_change_the_dialect() {
    let json =
        br#"{"httpMethod":"POST","path":"/x","requestContext":null,"queryParameters":{"a":"1"},
        "isBase64Encoded":true,"body":"aGVsbG8="}"#;
    let request = ApiGatewayRequest::from_slice(json).unwrap();
    assert_eq!((request.dialect, &request.body[..]), (Dialect::FcApiGateway, &b"hello"[..]));
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
fn a_rebuilt_path_has_no_braces_or_bars() {
    let event = br#"{"httpMethod":"GET","path":"/{a}|b","queryParameters":{},"body":""}"#;
    let request = ApiGatewayRequest::from_slice(event).unwrap();
    assert_eq!(Request::<Bytes>::try_from(request).unwrap().uri(), "/%7Ba%7D%7Cb");
}
