//! The quotas and limits that the vendor documents: as much as is allowed is taken, one more is
//! answered by the vendor's code. Requests are made by hand, as the client checks them itself.

use aliyun_eventbridge::{
    clock::{Clock as _, SystemClock},
    connections::{Authorization, CreateConnection, NetworkParameters},
    credentials::Credentials,
    destinations::{CreateApiDestination, HttpApiParameters, HttpMethod},
    error::ErrorCode,
    operation::Protocol,
    sign::acs,
};
use eventbridge_local::LocalEventBridge;
use http::{HeaderMap, Method};
use jiff::{Timestamp, fmt::rfc2822};
use serde_json::{Value, json};

use crate::support::client;

const SOURCE: &str = r#"{"source":["demo.app"]}"#;

/// Asks in the `openapi` protocol; status and answer.
async fn ask(bridge: &LocalEventBridge, operation: &str, body: &Value) -> (u16, Value) {
    let target = format!("/openapi/{operation}");
    let date = Timestamp::try_from(SystemClock::new().now()).unwrap();
    let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("date", date.parse().unwrap());
    let text = acs::canonical_request(&Method::POST, &target, &headers);
    let signature = acs::signature(&text, &Credentials::new("local", "local").unwrap());
    headers.insert("authorization", format!("acs:local:{signature}").parse().unwrap());
    let url = format!("{}{target}", bridge.url());
    let asked = reqwest::Client::new().post(url).headers(headers).body(body.to_string());
    let answer = asked.send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

/// Asks for as much as is allowed, and for one more.
async fn limit(operation: &str, code: &str, body: impl Fn(usize) -> Value, most: usize) {
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    let (status, answer) = ask(&bridge, operation, &body(most)).await;
    assert_eq!(status, 200, "{operation} {most}: {answer}");
    let (status, answer) = ask(&bridge, operation, &body(most + 1)).await;
    assert_eq!(
        (status, &answer["code"]),
        (409, &Value::from(code)),
        "{operation} {most}: {answer}"
    );
    assert!(answer["message"].is_string() && answer["requestId"].is_string(), "{answer}");
}

fn webhook(id: usize) -> Value {
    json!({"Id": format!("t{id}"), "Type": "http", "Endpoint": "http://127.0.0.1:1/"})
}

/// A rule; each test has one that fits and one that does not, of other names.
fn rule(name: &str, pattern: &str, targets: impl IntoIterator<Item = Value>) -> Value {
    let targets: Vec<Value> = targets.into_iter().collect();
    json!({"EventBusName": "default", "RuleName": name, "FilterPattern": pattern,
        "Targets": targets})
}

#[tokio::test]
async fn targets_of_a_rule() {
    let name = |number: usize| format!("r{number}");
    let targets = |number| rule(&name(number), SOURCE, (0..number).map(webhook));
    limit("createRule", "RequestParameterInvalid", targets, 5).await;

    let bridge = LocalEventBridge::builder().start().await.unwrap();
    ask(&bridge, "createRule", &rule("r", SOURCE, (0..3).map(webhook))).await;
    let more = |ids: std::ops::Range<usize>| {
        let targets: Vec<Value> = ids.map(webhook).collect();
        json!({"EventBusName": "default", "RuleName": "r", "Targets": targets})
    };
    let (status, answer) = ask(&bridge, "createTargets", &more(3..6)).await;
    assert_eq!((status, &answer["code"]), (409, &"RequestParameterInvalid".into()), "{answer}");
    let (status, answer) = ask(&bridge, "createTargets", &more(3..5)).await;
    assert_eq!((status, &answer["ErrorEntriesCount"]), (200, &Value::from(0)), "{answer}");
    let twice = rule("twice", SOURCE, [webhook(1), webhook(1)]);
    let (status, answer) = ask(&bridge, "createRule", &twice).await;
    assert_eq!((status, &answer["code"]), (409, &"RequestParameterInvalid".into()), "{answer}");
}

#[tokio::test]
async fn patterns() {
    let long = |length: usize| {
        let pattern = format!(r#"{{"source":["{}"]}}"#, "x".repeat(length - 15));
        assert_eq!(pattern.len(), length);
        rule(&format!("r{length}"), &pattern, [])
    };
    limit("createRule", "JsonAttributeInvalid", long, 8_192).await;
    let expressions = |count: usize| {
        let operators = ["prefix", "suffix", "anything-but", "exists", "cidr", "numeric"];
        let values = [json!("a"), json!("b"), json!("c"), json!(true), json!("10.0.0.0/8")];
        let values = values.into_iter().chain([json!([">", 0])]);
        let all: serde_json::Map<String, Value> =
            operators.iter().map(|name| (*name).to_owned()).zip(values).take(count).collect();
        rule(&format!("e{count}"), &json!({"data": {"n": [all]}}).to_string(), [])
    };
    limit("createRule", "JsonAttributeInvalid", expressions, 5).await;
}

#[tokio::test]
async fn values_and_templates() {
    for member in ["Value", "Template"] {
        let long = |length: usize| {
            let mut parameter = json!({"ResourceKey": "Body", "Form": "TEMPLATE",
                "Value": r#"{"a":"$.id"}"#, "Template": "${a}"});
            let start = parameter[member].as_str().unwrap().to_owned();
            let spaces = " ".repeat(length - start.len());
            parameter[member] = Value::from(start + &spaces);
            let mut target = webhook(1);
            target["ParamList"] = json!([parameter]);
            rule(&format!("r{length}"), SOURCE, [target])
        };
        limit("createRule", "RequestParameterInvalid", long, 10_240).await;
    }
}

#[tokio::test]
async fn names() {
    let bus = |length: usize| json!({"EventBusName": "b".repeat(length)});
    limit("createEventBus", "EventBusNameInvalid", bus, 127).await;
    let rules = |length: usize| rule(&"r".repeat(length), SOURCE, []);
    limit("createRule", "EventRuleNameInvalid", rules, 127).await;
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    for name in ["eventbridge-reserved-a", "-a", "a_b", ""] {
        let (status, answer) = ask(&bridge, "createRule", &rule(name, SOURCE, [])).await;
        assert_eq!((status, &answer["code"]), (409, &"EventRuleNameInvalid".into()), "{name}");
        let (status, answer) = ask(&bridge, "createEventBus", &json!({"EventBusName": name})).await;
        assert_eq!((status, &answer["code"]), (409, &"EventBusNameInvalid".into()), "{name}");
    }
}

fn event(id: usize) -> Value {
    json!({"id": id.to_string(), "source": "demo.app", "specversion": "1.0", "type": "t",
        "datacontenttype": "text/plain"})
}

#[tokio::test]
async fn requests_that_publish() {
    let events = |count| (0..count).map(event).collect();
    limit("putEvents", "RequestParameterInvalid", events, 16).await;
    // What is counted is the text of the request, with its spaces.
    let bytes = |length: usize| {
        let mut events: Vec<Value> = (0..8).map(event).collect();
        for event in &mut events {
            event["data"] = Value::from("x".repeat(120 * 1024));
        }
        let before = Value::from(events.clone()).to_string().len();
        let data = events[7]["data"].as_str().unwrap().to_owned() + &"x".repeat(length - before);
        events[7]["data"] = Value::from(data);
        Value::from(events)
    };
    limit("putEvents", "RequestParameterInvalid", bytes, 1024 * 1024).await;
}

#[tokio::test]
async fn members_of_an_event() {
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    let codes = async |events: Vec<Value>| -> Vec<String> {
        let (status, answer) = ask(&bridge, "putEvents", &Value::from(events)).await;
        assert_eq!(status, 200, "{answer}");
        let entries = answer["EntryList"].as_array().unwrap();
        entries.iter().map(|entry| entry["ErrorCode"].as_str().unwrap_or("").to_owned()).collect()
    };
    // 1.0, the id, the source, the type and the media type count too.
    let rest = "1.01demo.appttext/plain".len();
    let data = 256 * 1024 - rest - 36;
    for (member, most) in
        [("id", 128), ("source", 128), ("subject", 512), ("type", 64), ("data", data)]
    {
        let pair = [most, most + 1].map(|length| {
            let mut event = event(1);
            event["time"] = Value::from("2026-11-26T06:40:00Z");
            event[member] = Value::from("x".repeat(length));
            event
        });
        let codes = codes(pair.to_vec()).await;
        assert_eq!(codes, ["", "RequestParameterInvalid"], "{member}");
    }
}

#[tokio::test]
async fn connections_and_destinations_of_an_account() {
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    let client = client(&bridge, Protocol::Api20200401);
    let connection = |number: usize| {
        let auth = Authorization::basic("me", "secret");
        CreateConnection::new(format!("c{number}"), NetworkParameters::public(), auth)
    };
    let http = HttpApiParameters::new("http://127.0.0.1:1/", HttpMethod::Post);
    let destination =
        |number: usize| CreateApiDestination::new(format!("d{number}"), "c0", http.clone());
    for number in 0..10 {
        client.create_connection(&connection(number)).await.unwrap();
        client.create_api_destination(&destination(number)).await.unwrap();
    }
    let more = client.create_connection(&connection(10)).await.unwrap_err();
    assert_eq!(more.code().unwrap().as_str(), "ConnectionCountExceedLimit");
    let more = client.create_api_destination(&destination(10)).await.unwrap_err();
    assert_eq!(more.code(), Some(&ErrorCode::ApiDestinationCountExceedLimit));
}
