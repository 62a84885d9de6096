//! What is refused before anything is sent: each refusal names field and limit.

use aliyun_eventbridge::{
    buses::CreateEventBus,
    connections::{Authorization, CreateConnection, ListConnections, NetworkParameters},
    destinations::{CreateApiDestination, HttpApiParameters, HttpMethod},
    field::InvalidField,
    operation::{Operation, Protocol},
    rules::{CreateRule, ListRules},
    sinks::{
        HttpsTarget, Network, SinkApiDestinationParameters, SinkMqttParameters, SinkOssParameters,
        SinkRabbitMqParameters, Transformed,
    },
    targets::{PutTargets, Target, TargetParameter},
};

use crate::support::{Fake, builder, ok};

fn check(operation: &impl Operation) -> Result<(), InvalidField> {
    operation.check(Protocol::Api20200401)
}

fn long(length: usize) -> String {
    "x".repeat(length)
}

#[test]
fn requests() {
    let http = |url: &str| HttpApiParameters::new(url, HttpMethod::Post);
    let destination = |name: &str, url: &str| CreateApiDestination::new(name, "conn", http(url));
    let url = "https://api.example.com/";
    let connection = |auth| CreateConnection::new("conn", NetworkParameters::public(), auth);
    let private = NetworkParameters::private("vpc-1", "", "sg-1");
    let target = || Target::new("1", "https", url);
    let six = (0..6).fold(CreateRule::new("b", "r", "{}"), |rule, at| {
        rule.target(Target::new(at.to_string(), "https", url))
    });
    let template = |names: &str| TargetParameter::template("Body", names, "${key}");
    let put = |parameter| PutTargets::new("b", "r", vec![target().parameter(parameter)]);
    let cases: Vec<(&str, Result<(), InvalidField>)> = vec![
        (
            "EventBusName is `default`, which every account has",
            check(&CreateEventBus::new("default")),
        ),
        (
            "EventBusName has 128 characters; 1 to 127 are allowed",
            check(&CreateEventBus::new(long(128))),
        ),
        ("RuleName is required", check(&CreateRule::new("b", "", "{}"))),
        (
            "RuleName begins with the reserved",
            check(&CreateRule::new("b", "eventbridge-reserved-x", "{}")),
        ),
        ("FilterPattern is not a JSON object", check(&CreateRule::new("b", "r", "[]"))),
        (
            "FilterPattern has 8193 characters",
            check(&CreateRule::new("b", "r", format!("{{{}}}", " ".repeat(8191)))),
        ),
        ("Targets has 6 entries; 0 to 5 are allowed", check(&six)),
        (
            "Targets[1].Id is that of another target",
            check(&PutTargets::new("b", "r", vec![target(), target()])),
        ),
        ("Targets has 0 entries; 1 to 5", check(&PutTargets::new("b", "r", vec![]))),
        // The seed's own value, copied from the vendor's page.
        (
            "Targets[0].ParamList[0].Value is not a JSON object of names",
            check(&put(template(r#"{"key"="value"}"#))),
        ),
        (
            "Targets[0].ParamList[0].Value is a path",
            check(&put(TargetParameter::json_path("Body", "data.x"))),
        ),
        (
            "Targets[0].ParamList[0].Value has 10241 characters",
            check(&put(TargetParameter::constant("Body", long(10_241)))),
        ),
        ("Limit is 101; 1 to 100 are allowed", check(&ListRules::new("b").page_size(101))),
        ("MaxResults is 0; 1 to 100", check(&ListConnections::default().page_size(0))),
        ("ApiDestinationName has 1 characters; 2 to 127", check(&destination("x", url))),
        ("ApiDestinationName has another character at position 2", check(&destination("a|b", url))),
        (
            "HttpApiParameters.Endpoint has 128 characters; 1 to 127",
            check(&destination("ab", &format!("{url}{}", long(104)))),
        ),
        (
            "HttpApiParameters.Endpoint does not begin with https://",
            check(&destination("ab", "ftp://x.example/")),
        ),
        (
            "HttpApiParameters.Method is not one of",
            check(&CreateApiDestination::new(
                "ab",
                "conn",
                HttpApiParameters::new(url, "TRACE".into()),
            )),
        ),
        ("Description has 256 characters", check(&destination("ab", url).description(long(256)))),
        (
            "AuthParameters.BasicAuthParameters.Password has 128 characters",
            check(&connection(Authorization::basic("u", long(128)))),
        ),
        (
            "AuthParameters.ApiKeyAuthParameters.ApiKeyName has 0 characters",
            check(&connection(Authorization::api_key("", "v"))),
        ),
        (
            "AuthParameters.OAuthParameters.AuthorizationEndpoint is not a URL",
            check(&connection(Authorization::oauth("a b", "i", "s"))),
        ),
        (
            "NetworkParameters.VswitcheId is required",
            check(&CreateConnection::new("conn", private, Authorization::basic("u", "p"))),
        ),
    ];
    for (want, got) in cases {
        let got = got.expect_err(want).to_string();
        assert!(got.starts_with(want), "{got}, not {want}");
    }
}

#[test]
fn sinks() {
    let oss = || SinkOssParameters::new("my-event-logs", "cn-hangzhou", "acs:ram::1:role/r");
    let mqtt = || SinkMqttParameters::new("mqtt-cn-x", "deviceTelemetry");
    let rabbit = |host: &str| SinkRabbitMqParameters::new("t", "amqp-cn-x", host, "u", "p");
    let url = "https://h.example/";
    let private = |vpc: &str| Network::Private {
        vpc: vpc.to_owned(),
        vswitches: vec!["s/vsw-1".to_owned()],
        security_group: "g/sg-1".to_owned(),
    };
    let properties = r#"[{"key": "source", "value": "eventbridge"}]"#;
    assert!(mqtt().user_property(Transformed::constant(properties)).check().is_ok());
    assert!(rabbit("amqp-cn-x.example").private_network("vpc-1", "vsw-1", "sg-1").check().is_ok());
    assert!(SinkApiDestinationParameters::default().timeout(60_u64).check().is_ok());
    let cases = [
        (
            "BucketName",
            SinkOssParameters::new("My_Bucket", "cn-hangzhou", "acs:ram::1:role/r").check(),
        ),
        ("RoleArn", SinkOssParameters::new("my-logs", "cn-hangzhou", "acs:ram:1:role/r").check()),
        ("RotateIntervalMs", oss().rotate_interval_ms("0").check()),
        ("TaskConcurrency", oss().task_concurrency("+1").check()),
        ("CompressionType", oss().compression_type("zip").check()),
        ("TimeZone", oss().time_zone("Asia/Shanghai ").check()),
        ("ContentTransform.Form", oss().content_transform(Transformed::original()).check()),
        (
            "ContentTransform.Value",
            oss().content_transform(Transformed::template("$.data", "${x}")).check(),
        ),
        ("ParentTopic", SinkMqttParameters::new("mqtt-cn-x", "a/b").check()),
        ("Payload.Value", mqtt().payload(Transformed::json_path("data")).check()),
        ("Mqtt5UserProperty", mqtt().user_property(Transformed::constant("{}")).check()),
        ("Endpoint", rabbit("amqp://x").check()),
        ("VpcId", rabbit("x").private_network("", "vsw-1", "sg-1").check()),
        ("Timeout", SinkApiDestinationParameters::default().timeout(61_u64).check()),
        ("VPCNameAndId", HttpsTarget::new(url).network(private("vpc-1")).check()),
        ("url", HttpsTarget::new("https://me:pw@h.example/").check()),
    ];
    for (field, got) in cases {
        assert_eq!(got.expect_err(field).field(), field);
    }
    let text = format!("{:?}", SinkRabbitMqParameters::new("t", "i", "e", "u", "hunter22"));
    assert!(!text.contains("hunter22"), "{text}");
}

#[tokio::test]
async fn nothing_is_sent_of_what_a_check_refuses() {
    let fake = Fake::script([ok("{}")]);
    let client = builder(Protocol::OpenApi, fake.clone()).build().unwrap();
    let error = client.create_rule(&CreateRule::new("b", "a b", "{}")).await.unwrap_err();
    assert_eq!((error.attempts(), error.to_string().as_str()), (0, "CreateRule was not sent"));
    let error = client.get_api_destination("dest-1").await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("does not exist in the `openapi` protocol"), "{cause}");
    assert_eq!(fake.count(), 0);
}
