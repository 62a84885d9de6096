//! API destinations: not signed, authenticated by their connections.

use aliyun_eventbridge::{
    connections::{Authorization, CreateConnection, NetworkParameters},
    destinations::{CreateApiDestination, HttpApiParameters, HttpMethod},
    targets::{Target, TargetParameter, target_type},
};
use eventbridge_local::LocalEventBridge;

use crate::support::{Service, event, in_time, rule};

async fn through(auth: Authorization, service: &Service) -> LocalEventBridge {
    let network = NetworkParameters::public();
    let http = HttpApiParameters::new(&service.url, HttpMethod::Put);
    let target =
        Target::new("api", target_type::API_DESTINATION, "acs:api-destination:r:1:name/to")
            .parameter(TargetParameter::constant("Name", "to"))
            .parameter(TargetParameter::template(
                "HeaderParameters",
                "{\"i\":\"$.id\"}",
                "{\"x-id\":\"${i}\"}",
            ))
            .parameter(TargetParameter::template("QueryStringParameters", "{}", "{\"q\":\"a&b\"}"))
            .parameter(TargetParameter::json_path("BodyParameters", "$.data"));
    LocalEventBridge::builder()
        .connection(CreateConnection::new("login", network, auth))
        .api_destination(CreateApiDestination::new("to", "login", http))
        .rule(rule("r", target))
        .time_scale(1_000_000.0)
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn basic_and_key_are_headers_and_nothing_is_signed() {
    for (auth, header, value) in [
        (Authorization::basic("me", "s3cret"), "authorization", "Basic bWU6czNjcmV0"),
        (Authorization::api_key("x-key", "s3cret"), "x-key", "s3cret"),
    ] {
        let service = Service::start().await;
        let bridge = through(auth, &service).await;
        bridge.publish(event("1")).await.unwrap();
        let received = service.received(1).await.remove(0);
        assert_eq!(received.header(header), value);
        assert_eq!(received.method, "PUT");
        assert_eq!(received.target, "/hook?a=b&q=a%26b");
        assert_eq!(received.header("x-id"), "1");
        assert_eq!(received.body, r#"{"n":1.50}"#);
        assert_eq!(received.header("x-eventbridge-signature-timestamp"), "");
        in_time(bridge.wait_for_deliveries(1)).await;
        let seen = serde_json::to_string(&bridge.observer().recent()).unwrap();
        assert!(!seen.contains(value), "{seen}");
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_and_again_after_it_is_rejected() {
    let server = Service::start().await;
    server.answers_with(200, r#"{"access_token":"t1","expires_in":3600}"#);
    server.answers_with(200, r#"{"access_token":"t2"}"#);
    let service = Service::start().await;
    service.answers([200, 200, 401, 200]);
    let endpoint = server.url.replace("/hook?a=b", "/token");
    let bridge = through(Authorization::oauth(endpoint, "my id", "s3cret"), &service).await;
    for (id, deliveries) in [("1", 1), ("2", 2), ("3", 3)] {
        bridge.publish(event(id)).await.unwrap();
        in_time(bridge.wait_for_deliveries(deliveries)).await;
    }
    let received = service.received(4).await;
    let tokens: Vec<_> = received.iter().map(|one| one.header("authorization")).collect();
    assert_eq!(tokens, ["Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2"]);
    let asked = server.received(2).await.remove(0);
    assert_eq!(asked.target, "/token?client_id=my%20id&client_secret=s3cret");
    assert_eq!(asked.body, "grant_type=client_credentials");
}
