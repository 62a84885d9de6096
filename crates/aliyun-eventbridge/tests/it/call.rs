//! One request to one answer: retries, throttling, deadlines, and answers of every shape. Paused
//! time.

use std::time::Duration;

use aliyun_eventbridge::{
    call::{Client, RetryPolicy},
    error::{CallError, CallErrorReason, ErrorCode},
    operation::Protocol,
};
use bytes::Bytes;
use tokio::time::Instant;

use crate::support::{Fake, Reply, builder, ok, status};

const RULE: &str = r#"{"RequestId":"R","RuleName":"rule-1","FilterPattern":"{}"}"#;

fn client(fake: &Fake) -> Client {
    builder(Protocol::OpenApi, fake.clone()).build().unwrap()
}

async fn get(client: &Client) -> Result<Option<String>, CallError> {
    client.get_rule("demo-bus", "rule-1").await.map(|answer| answer.rule_name.clone())
}

fn throttled(name: &'static str, value: &str) -> Reply {
    let body =
        Bytes::from_static(br#"{"Code":"Throttling.User","Message":"slow","RequestId":"R"}"#);
    Reply::Is(400, vec![(name, value.to_owned())], body)
}

#[tokio::test(start_paused = true)]
async fn what_is_transient_is_sent_again_with_a_new_nonce() {
    let cases = [
        ("500", status(500, r#"{"code":"InternalError","message":"m","requestId":"R"}"#)),
        ("503 with HTML", status(503, "<html>busy</html>")),
        ("429", status(429, r#"{"code":"TooManyRequests"}"#)),
        ("throttling by code", status(400, r#"{"Code":"Throttling"}"#)),
        ("broken connection", Reply::Breaks),
        ("HTML with 200", ok("<html>welcome to the hotel</html>")),
        ("nothing with 200", ok("")),
        ("another JSON", ok("[1,2]")),
        ("too slow", Reply::Late(Duration::from_secs(3600), Box::new(ok(RULE)))),
        ("never", Reply::Never),
    ];
    for (name, first) in cases {
        let fake = Fake::script([first, ok(RULE)]);
        let answer = get(&client(&fake)).await;
        assert_eq!(answer.expect(name).as_deref(), Some("rule-1"), "{name}");
        let nonces: Vec<_> = fake
            .seen()
            .iter()
            .map(|request| request.headers()["x-acs-signature-nonce"].clone())
            .collect();
        assert_eq!(nonces.len(), 2, "{name}");
        assert_ne!(nonces[0], nonces[1], "{name}: each attempt has a nonce of its own");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_sent_once() {
    let cases = [
        (
            "400",
            400,
            r#"{"code":"MissingParameter","message":"m","requestId":"R"}"#,
            "MissingParameter",
        ),
        (
            "403 in capitals",
            403,
            r#"{"Code":"ServiceNotEnable","RequestId":"R"}"#,
            "ServiceNotEnable",
        ),
        ("409", 409, r#"{"code":"EventRuleNotExist"}"#, "EventRuleNotExist"),
        (
            "success that is none",
            200,
            r#"{"Success":false,"Code":"EventRuleNotExisted"}"#,
            "EventRuleNotExisted",
        ),
        ("a code alone", 200, r#"{"Code":"EventBusNotExist","RequestId":"R"}"#, "EventBusNotExist"),
        ("a code of tomorrow", 409, r#"{"code":"NewReason"}"#, "NewReason"),
    ];
    for (name, number, body, code) in cases {
        let fake = Fake::script([status(number, body)]);
        let error = get(&client(&fake)).await.unwrap_err();
        assert_eq!(error.code().map(ErrorCode::as_str), Some(code), "{name}");
        assert_eq!((error.attempts(), fake.count()), (1, 1), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn success_false_alone_is_a_failure() {
    let fake = Fake::script([ok(r#"{"Success":false,"Message":"no","RequestId":"R"}"#)]);
    let error = get(&client(&fake)).await.unwrap_err();
    assert!(matches!(error.reason(), CallErrorReason::Service(_)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn attempts_end_and_backoff_doubles() {
    let fake = Fake::script([status(500, "{}")]);
    let begin = Instant::now();
    let error = get(&client(&fake)).await.unwrap_err();
    assert_eq!((error.attempts(), fake.count()), (4, 4));
    // The test's randomness makes each wait the longest: 200, 400, 800 ms.
    assert_eq!(begin.elapsed().as_millis(), 1400);
    assert_eq!(error.to_string(), "GetRule failed after 4 attempts");
}

#[tokio::test(start_paused = true)]
async fn the_service_is_given_the_time_that_it_asks_for() {
    for (name, header, value, least) in [
        ("its own header, in milliseconds", "x-acs-retry-after", "5000", 5),
        ("the standard header, in seconds", "retry-after", "7", 7),
    ] {
        let fake = Fake::script([throttled(header, value), ok(RULE)]);
        let begin = Instant::now();
        get(&client(&fake)).await.expect(name);
        assert!(begin.elapsed() >= Duration::from_secs(least), "{name}");
        assert!(begin.elapsed() <= Duration::from_secs(least + 1), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_past_the_deadline_is_not_begun() {
    for value in ["60000", "18446744073709551615"] {
        let fake = Fake::script([throttled("x-acs-retry-after", value), ok(RULE)]);
        let begin = Instant::now();
        let error = get(&client(&fake)).await.unwrap_err();
        assert!(error.code().is_some_and(ErrorCode::is_throttling), "{error:?}");
        assert!(begin.elapsed() < Duration::from_secs(1), "the caller hears at once");
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_ends_at_the_deadline_with_the_reason_before() {
    let fake = Fake::script([Reply::Never]);
    let retry = RetryPolicy::default().attempts(100);
    let client = builder(Protocol::OpenApi, fake.clone())
        .retry(retry)
        .deadline(Duration::from_secs(12))
        .attempt_time(Duration::from_secs(5))
        .build()
        .unwrap();
    let begin = Instant::now();
    let error = get(&client).await.unwrap_err();
    assert!(matches!(error.reason(), CallErrorReason::Deadline { .. }), "{error:?}");
    assert!(begin.elapsed() <= Duration::from_secs(12), "{:?}", begin.elapsed());
    assert_eq!(fake.count(), 3, "5 s, 5 s, and what was left");
}

#[tokio::test(start_paused = true)]
async fn deep_and_odd_answers_are_errors() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases = [
        ("deep", deep.clone()),
        ("deep member", format!(r#"{{"Targets":{deep}}}"#)),
        ("another shape", r#"{"Targets":"none"}"#.to_owned()),
        ("cut off", r#"{"RuleName":"ru"#.to_owned()),
        ("a number", "1".to_owned()),
    ];
    for (name, body) in cases {
        let fake = Fake::script([ok(body)]);
        let client = builder(Protocol::OpenApi, fake).retry(RetryPolicy::never()).build().unwrap();
        let error = get(&client).await.expect_err(name);
        assert!(matches!(error.reason(), CallErrorReason::Unreadable(_)), "{name}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn words_of_the_service_are_bounded_and_have_no_control_characters() {
    let body = serde_json::json!({"code": "X", "message": "\u{1b}[2J".repeat(1000)});
    let fake = Fake::script([status(409, body.to_string())]);
    let error = get(&client(&fake)).await.unwrap_err();
    let CallErrorReason::Service(service) = error.reason() else { panic!("{error:?}") };
    let message = service.message.as_deref().unwrap();
    assert_eq!(message.chars().count(), 512);
    assert!(!message.contains('\u{1b}'));
}

#[tokio::test(start_paused = true)]
async fn unknown_members_and_values_are_kept() {
    let body = r#"{"Status":"PAUSED","Ctime":1,"Targets":[{"Id":"1","Type":"t","Endpoint":"e",
        "PushRetryStrategy":"NEW","PushSelector":"$.x",
        "ParamList":[{"ResourceKey":"k","Form":"NEW_FORM"}]}]}"#;
    let fake = Fake::script([ok(body)]);
    let rule = client(&fake).get_rule("demo-bus", "rule-1").await.unwrap();
    assert_eq!(rule.status.as_ref().unwrap().as_str(), "PAUSED");
    assert_eq!(rule.other["Ctime"], 1);
    let target = serde_json::to_value(&rule.targets[0]).unwrap();
    assert_eq!(target["PushSelector"], "$.x", "sent back as it came");
    assert_eq!(target["PushRetryStrategy"], "NEW");
    assert_eq!(target["ParamList"][0]["Form"], "NEW_FORM");
}

#[tokio::test(start_paused = true)]
async fn lists_go_on_page_by_page_and_end() {
    let page = |names: &[&str], next: &str| {
        let rules: Vec<_> = names.iter().map(|n| serde_json::json!({"RuleName": n})).collect();
        ok(serde_json::json!({"Rules": rules, "NextToken": next}).to_string())
    };
    let fake = Fake::script([page(&["a", "b"], "2"), page(&[], "3"), page(&["c"], "")]);
    let request = aliyun_eventbridge::rules::ListRules::new("demo-bus").page_size(2);
    let rules = client(&fake).list_rules(&request).collect().await.unwrap();
    let names: Vec<_> = rules.iter().filter_map(|rule| rule.rule_name.as_deref()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let tokens: Vec<serde_json::Value> = fake
        .seen()
        .iter()
        .map(|request| {
            serde_json::from_slice::<serde_json::Value>(request.body()).unwrap()["NextToken"]
                .clone()
        })
        .collect();
    assert_eq!(tokens, [serde_json::Value::Null, "2".into(), "3".into()]);

    let endless = Fake::script([page(&["a"], "2")]);
    let mut entries = client(&endless).list_rules(&request);
    let mut seen = 0;
    let error = loop {
        match entries.next().await.expect("an error before the end") {
            Ok(_) => seen += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error.reason(), CallErrorReason::Unreadable(_)), "{error:?}");
    assert!(seen <= 2 && entries.next().await.is_none(), "the list ends after an error");
}

#[test]
fn secrets_are_in_no_debug() {
    let fake = Fake::script([ok("{}")]);
    let client = client(&fake);
    let auth = aliyun_eventbridge::connections::Authorization::basic("u", "hunter22");
    let network = aliyun_eventbridge::connections::NetworkParameters::public();
    let request = aliyun_eventbridge::connections::CreateConnection::new("c1", network, auth);
    for text in [format!("{client:?}"), format!("{request:?}")] {
        assert!(!text.contains("hunter22") && !text.contains("exampleSecret"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_connection_call_names_no_password() {
    use std::error::Error;
    let fake = Fake::script([status(409, r#"{"Code":"ConnectionNameInvalid"}"#)]);
    let client = builder(Protocol::Api20200401, fake.clone()).build().unwrap();
    let auth = aliyun_eventbridge::connections::Authorization::basic("u", "hunter22");
    let network = aliyun_eventbridge::connections::NetworkParameters::public();
    let request = aliyun_eventbridge::connections::CreateConnection::new("c1", network, auth);
    let error = client.create_connection(&request).await.unwrap_err();
    assert!(fake.seen()[0].uri().to_string().contains("hunter22"), "the service's own way");
    assert!(!format!("{error:?} {error} {:?}", error.source()).contains("hunter22"));
}
