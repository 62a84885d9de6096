//! Buses, rules, targets, destinations and connections, by the client of this workspace.

use aliyun_eventbridge::{
    buses::CreateEventBus,
    connections::{
        Authorization, CreateConnection, ListConnections, NetworkParameters, UpdateConnection,
    },
    credentials::Credentials,
    destinations::{
        CreateApiDestination, HttpApiParameters, HttpMethod, ListApiDestinations,
        UpdateApiDestination,
    },
    error::{CallError, ErrorCode},
    operation::Protocol,
    publish::{Event, Publisher},
    rules::{CreateRule, ListRules, RuleStatus, UpdateRule},
    targets::PutTargets,
};
use eventbridge_local::{LocalEventBridge, Quotas};

use crate::support::{client, client_with, event, target};

const PATTERN: &str = r#"{"source":["demo.app"],"data":{"n":[{"numeric":[">",0]}]}}"#;

fn code<T: std::fmt::Debug>(result: Result<T, CallError>) -> ErrorCode {
    result.unwrap_err().code().expect("a code of the service").clone()
}

#[tokio::test]
async fn rules_and_targets_live_and_die_in_both_protocols() {
    for protocol in [Protocol::OpenApi, Protocol::Api20200401] {
        let bridge = LocalEventBridge::builder().start().await.unwrap();
        let client = client(&bridge, protocol);
        let bus = client.create_event_bus(&CreateEventBus::new("orders")).await.unwrap();
        assert_eq!(
            bus.event_bus_arn.as_deref(),
            Some("acs:eventbridge:cn-hangzhou:123456789098:eventbus/orders")
        );
        assert_eq!(client.list_event_buses(None).collect().await.unwrap().len(), 2);
        for number in 0..3 {
            let rule = CreateRule::new("orders", format!("r{number}"), PATTERN)
                .target(target("hook", "http://127.0.0.1:1/"));
            client.create_rule(&rule).await.unwrap();
        }
        let pages = client.list_rules(&ListRules::new("orders").page_size(2));
        assert_eq!(pages.collect().await.unwrap().len(), 3);
        client.disable_rule("orders", "r0").await.unwrap();
        let rule = client.get_rule("orders", "r0").await.unwrap();
        assert_eq!(rule.status, Some(RuleStatus::Disable));
        assert_eq!(rule.targets[0].id, "hook");
        client.enable_rule("orders", "r0").await.unwrap();
        client.update_rule(&UpdateRule::new("orders", "r0").description("d")).await.unwrap();
        let rule = client.get_rule("orders", "r0").await.unwrap();
        assert_eq!(
            (rule.description.as_deref(), &rule.status),
            (Some("d"), &Some(RuleStatus::Enable))
        );

        let put = PutTargets::new("orders", "r0", vec![target("hook", "http://127.0.0.1:2/")]);
        let put = client.put_targets(&put).await.unwrap();
        let replaced = u64::from(protocol == Protocol::OpenApi);
        assert_eq!(put.error_entries_count, replaced, "only the newer protocol replaces");
        let listed = client.list_targets("orders", "r0", 1).collect().await.unwrap();
        assert_eq!(listed.len(), 1);
        let deleted = client.delete_targets("orders", "r0", &["hook", "x"]).await.unwrap();
        assert_eq!(deleted.error_entries[0].entry_id.as_deref(), Some("x"));

        let event = r#"{"source":"demo.app","data":{"n":1}}"#;
        assert!(client.test_event_pattern(event, PATTERN).await.unwrap());
        let event = r#"{"source":"demo.app","data":{"n":0}}"#;
        assert!(!client.test_event_pattern(event, PATTERN).await.unwrap());

        assert_eq!(
            code(client.delete_event_bus("orders").await),
            ErrorCode::EventBusRuleNotEmptyForDelete
        );
        for number in 0..3 {
            client.delete_rule("orders", &format!("r{number}")).await.unwrap();
        }
        client.delete_event_bus("orders").await.unwrap();
        assert_eq!(code(client.get_event_bus("orders").await), ErrorCode::EventBusNotExist);
    }
}

#[tokio::test]
async fn errors_have_the_codes_of_the_vendor() {
    let mut quotas = Quotas::default();
    (quotas.buses, quotas.rules_per_bus) = (1, 1);
    let bridge = LocalEventBridge::builder().quotas(quotas).start().await.unwrap();
    for protocol in [Protocol::OpenApi, Protocol::Api20200401] {
        let client = client(&bridge, protocol);
        let name = if protocol == Protocol::OpenApi { "a" } else { "b" };
        let created = client.create_event_bus(&CreateEventBus::new(name)).await;
        if protocol == Protocol::Api20200401 {
            assert_eq!(code(created), ErrorCode::EventBusCountExceedLimit);
        }
        let again = client.create_event_bus(&CreateEventBus::new("a")).await;
        assert_eq!(code(again), ErrorCode::EventBusAlreadyExist);
        assert_eq!(code(client.get_rule("default", "no").await), ErrorCode::EventRuleNotExist);
        let bad = CreateRule::new("default", "r", r#"{"source":[{"unknown":1}]}"#);
        assert_eq!(code(client.create_rule(&bad).await), ErrorCode::JsonAttributeInvalid);
        let _ = client.create_rule(&CreateRule::new("default", "first", "{}")).await;
        let again = client.create_rule(&CreateRule::new("default", "first", "{}")).await;
        assert_eq!(code(again), ErrorCode::EventRuleAlreadyExist);
        let more = client.create_rule(&CreateRule::new("default", "second", "{}")).await;
        assert_eq!(code(more), ErrorCode::EventRuleCountExceedLimit);

        let stranger = client_with(&bridge, protocol, Credentials::new("other", "local").unwrap());
        let refused = stranger.get_rule("default", "first").await.unwrap_err();
        assert_eq!(refused.code(), Some(&ErrorCode::InvalidAccessKeyId));
        let forger = client_with(&bridge, protocol, Credentials::new("local", "wrong").unwrap());
        let refused = forger.get_rule("default", "first").await.unwrap_err();
        assert_eq!(refused.code().unwrap().as_str(), "SignatureDoesNotMatch");
    }
}

#[tokio::test]
async fn wrong_events_do_not_hold_the_others_and_limits_are_the_documented_ones() {
    let mut quotas = Quotas::default();
    quotas.default_bus_events_per_second = 20;
    let bridge = LocalEventBridge::builder().quotas(quotas).start().await.unwrap();
    let url = format!("{}/openapi/putEvents", bridge.url());
    let publisher = Publisher::new(client(&bridge, Protocol::OpenApi));
    let big = Event::new("demo.app", "t").id("big").data(vec![b'1'; 256 * 1024 + 1], "text/plain");
    let report = publisher.put_events([event("1"), big]).await;
    assert!(report.outcomes[0].is_accepted() && !report.outcomes[1].is_accepted());
    let elsewhere = event("2").bus("nowhere");
    let report = publisher.put_events([elsewhere]).await;
    assert!(!report.all_accepted());
    let many = publisher.put_events((0..25).map(|id| event(&id.to_string()))).await;
    let accepted = many.outcomes.iter().filter(|outcome| outcome.is_accepted()).count();
    assert!(accepted < 25, "20 events a second: {accepted}");
    let unsigned = reqwest::Client::new().post(url).body("[]").send().await.unwrap();
    assert_eq!(unsigned.status().as_u16(), 403);
    assert!(unsigned.text().await.unwrap().starts_with(r#"{"code":"AccessDenied""#));
}

#[tokio::test]
async fn destinations_and_connections_live_and_die_and_answers_hold_no_secret() {
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    let client = client(&bridge, Protocol::Api20200401);
    let public = NetworkParameters::public;
    for (name, auth) in [
        ("basic", Authorization::basic("me", "s3cret-1")),
        ("key", Authorization::api_key("x-key", "s3cret-2")),
        ("oauth", Authorization::oauth("http://127.0.0.1:1/token", "id", "s3cret-3")),
    ] {
        client.create_connection(&CreateConnection::new(name, public(), auth)).await.unwrap();
    }
    let listed = client.list_connections(&ListConnections::default()).collect().await.unwrap();
    assert_eq!(listed.len(), 3);
    let basic = client.get_connection("basic").await.unwrap().result.unwrap();
    assert_eq!(basic.auth_parameters.unwrap().authorization_type.as_deref(), Some("BASIC_AUTH"));
    let http = HttpApiParameters::new("http://127.0.0.1:1/x", HttpMethod::Post);
    let create = CreateApiDestination::new("to", "basic", http);
    let created = client.create_api_destination(&create).await.unwrap();
    assert_eq!(created.api_destination_name.as_deref(), Some("to"));
    assert_eq!(
        code(client.delete_connection("basic").await),
        ErrorCode::ConnectionBoundApiDestination
    );
    let nothing = UpdateApiDestination::new("to").connection_name("nothing");
    assert_eq!(code(client.update_api_destination(&nothing).await), ErrorCode::ConnectionNotExist);
    client.update_connection(&UpdateConnection::new("key").description("d")).await.unwrap();
    let one = client.get_connection("key").await.unwrap().result.unwrap();
    assert_eq!(one.description.as_deref(), Some("d"));
    let all = client.list_api_destinations(&ListApiDestinations::default());
    assert_eq!(all.collect().await.unwrap().len(), 1);
    client.delete_api_destination("to").await.unwrap();
    client.delete_connection("basic").await.unwrap();
    assert_eq!(code(client.get_api_destination("to").await), ErrorCode::ApiDestinationNotExist);
    let seen = serde_json::to_string(&bridge.observer().recent()).unwrap();
    assert!(!seen.contains("s3cret"), "{seen}");
}
