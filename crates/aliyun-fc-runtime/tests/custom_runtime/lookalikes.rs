//! Inside Function Compute an event is Function Compute's, whatever extra keys it has.

use aliyun_fc_runtime::CustomRuntime;
use axum::{Router, body::Bytes, http::Uri};
use serde_json::{Value, json};

use crate::platform::{Instance, Log};

fn field(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../fixtures/field/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

async fn echo(uri: Uri, body: Bytes) -> String {
    format!("{uri} {}", String::from_utf8_lossy(&body))
}

#[tokio::test]
async fn extra_keys_do_not_make_an_event_another_platforms() {
    let log = Log::default();
    let function = CustomRuntime::new(Router::new().fallback(echo)).log_to(log.writer());
    let instance = Instance::start(function).await;
    let answer = instance.invoke(field("fc-both-flags.json")).await.through_the_gateway();
    assert_eq!(
        (answer.status().as_u16(), &answer.body()[..]),
        (200, &b"/api/321 {\"c\":\"b\"}"[..])
    );
    let gateway = json!({
        "httpMethod": "POST", "path": "/p", "headers": {}, "queryParameters": {"a": "1"},
        "pathParameters": {}, "body": "aGk=", "isBase64Encoded": true,
    });
    let http = json!({
        "version": "v1", "rawPath": "/p", "headers": {}, "queryParameters": {"a": "1"},
        "body": "aGk=", "isBase64Encoded": true, "requestContext": {"http": {"method": "POST", "path": "/p"}},
    });
    for (name, value) in [
        ("requestContext", json!({"requestId": "x"})),
        ("queryStringParameters", json!({"a": "2"})),
        ("queryString", json!({"b": "2"})),
        ("headerParameters", json!({})),
        ("stageVariables", json!({"s": 1})),
        ("specversion", json!("1.0")),
        ("type", json!("eventbridge:Events:ApiGateway")),
        ("EventList", json!([])),
        ("data", json!({"method": "GET", "path": "/q"})),
        ("version", json!("1.0")),
        ("rawPath", json!("/q")),
        ("httpMethod", json!("POST")),
    ] {
        for (event, own) in [(&gateway, "httpMethod"), (&http, "version rawPath requestContext")] {
            let mut event = event.clone();
            if !own.contains(name) {
                event[name] = value.clone();
            }
            let invoked = instance.invoke(event.to_string()).await;
            assert!(invoked.succeeded(), "{event}: {:?}", log.lines());
            let answer = invoked.through_the_gateway();
            assert_eq!(answer.body(), "/p?a=1 hi", "{name}");
        }
    }
    // Keys of both of its own: only the trigger sends these three.
    let mut both: Value = http.clone();
    both["httpMethod"] = "POST".into();
    both["path"] = "/p".into();
    let invoked = instance.invoke(both.to_string()).await;
    assert!(invoked.succeeded(), "{both}: {:?}", log.lines());
    assert_eq!(invoked.through_the_gateway().body(), "/p?a=1 hi");
    // Keys of none: the log says which.
    let scf = json!({"httpMethod": "POST", "path": "/p", "queryStringParameters": {}});
    for (event, reason) in [(
        scf,
        "tencent-scf: the envelope is of a dialect of another platform: Function Compute encloses",
    )] {
        let before = log.lines().len();
        let invoked = instance.invoke(event.to_string()).await;
        assert_eq!(invoked.function_error(), "EventUnreadable");
        assert!(log.lines()[before + 1].contains(reason), "{:?}", &log.lines()[before..]);
    }
}
