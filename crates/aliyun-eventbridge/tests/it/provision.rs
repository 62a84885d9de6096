//! Plan and apply against a service that keeps what it is told.

use std::sync::{Arc, Mutex};

use aliyun_eventbridge::{
    call::{Client, RetryPolicy},
    operation::Protocol,
    provision::{ProvisionError, Wanted, apply, plan},
};
use http::Request;
use serde_json::{Map, Value, json};

use crate::support::{Fake, Reply, builder, ok, status};

const TOKEN: &str = "an-example-token-of-32-characters";

/// An account with one rule at most, in both protocols.
#[derive(Clone, Default)]
struct Account {
    rule: Arc<Mutex<Option<Value>>>,
    changes: Arc<Mutex<Vec<String>>>,
    /// Whether answers hide tokens.
    masks: bool,
    lacks_bus: Arc<Mutex<bool>>,
    /// How many other rules the bus has, and other buses the account; none: lists are forbidden.
    others: Option<usize>,
}

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode(&spaced)
}

fn percent_decode(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let hex = std::str::from_utf8(&tail[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Returns operation and members, whatever the protocol.
fn read(request: &Request<bytes::Bytes>) -> (String, Map<String, Value>) {
    let Some(action) = request.headers().get("x-acs-action") else {
        let name = request.uri().path().trim_start_matches("/openapi/").to_owned();
        let members = serde_json::from_slice(request.body()).unwrap();
        return (name.to_lowercase(), members);
    };
    let mut members = Map::new();
    for pair in request.uri().query().unwrap_or_default().split('&') {
        let (name, value) = pair.split_once('=').unwrap();
        let name = if name == "EventTargets" { "Targets" } else { name };
        let text = decode(value);
        let value = match name {
            "Targets" | "TargetIds" => serde_json::from_str(&text).unwrap(),
            _ => Value::from(text),
        };
        members.insert(name.to_owned(), value);
    }
    (action.to_str().unwrap().to_lowercase(), members)
}

impl Account {
    fn fake(&self) -> Fake {
        let account = self.clone();
        Fake::new(move |_, request| account.answer(request))
    }

    fn client(&self, protocol: Protocol) -> Client {
        builder(protocol, self.fake()).retry(RetryPolicy::never()).build().unwrap()
    }

    fn answer(&self, request: &Request<bytes::Bytes>) -> Reply {
        let (name, members) = read(request);
        if name != "getrule" && !name.starts_with("list") {
            self.changes.lock().unwrap().push(name.clone());
        }
        let mut rule = self.rule.lock().unwrap();
        let mut lacks_bus = self.lacks_bus.lock().unwrap();
        let data = match name.as_str() {
            "getrule" if *lacks_bus => return status(409, r#"{"Code":"EventBusNotExist"}"#),
            "getrule" => match &*rule {
                Some(rule) => self.shown(rule),
                None => return status(409, r#"{"Code":"EventRuleNotExisted"}"#),
            },
            "listrules" | "listeventbuses" => match self.others {
                None => return status(403, r#"{"Code":"NoPermission"}"#),
                Some(others) => {
                    let other = |at| json!({"RuleName": format!("r{at}"), "FilterPattern": "{}"});
                    let bus = |at| json!({"EventBusName": format!("b{at}")});
                    let default = json!({"EventBusName": "default"});
                    json!({
                        "Rules": (0..others).map(other).collect::<Vec<_>>(),
                        "EventBuses": (0..others).map(bus).chain([default]).collect::<Vec<_>>(),
                    })
                }
            },
            "createeventbus" => {
                *lacks_bus = false;
                json!({})
            }
            "createrule" => {
                *rule = Some(Value::Object(members));
                json!({"RuleARN": "arn"})
            }
            "updaterule" => {
                // The worst that a service can do with what an update leaves out.
                rule.as_mut().unwrap()["Description"] = Value::Null;
                for (name, value) in members {
                    rule.as_mut().unwrap()[name] = value;
                }
                json!({})
            }
            "puttargets" | "createtargets" => {
                let targets = rule.as_mut().unwrap()["Targets"].as_array_mut().unwrap();
                for new in members["Targets"].as_array().unwrap() {
                    let there = targets.iter().position(|old| old["Id"] == new["Id"]);
                    match there {
                        Some(_) if name == "createtargets" => {
                            return status(409, r#"{"code":"EventTargetAlreadyExist"}"#);
                        }
                        Some(at) => targets[at] = new.clone(),
                        None => targets.push(new.clone()),
                    }
                }
                json!({"ErrorEntriesCount": 0, "ErrorEntries": []})
            }
            "deletetargets" => {
                let ids = members["TargetIds"].as_array().unwrap();
                let targets = rule.as_mut().unwrap()["Targets"].as_array_mut().unwrap();
                targets.retain(|target| !ids.contains(&target["Id"]));
                json!({"ErrorEntriesCount": 0})
            }
            other => panic!("{other} touches something else"),
        };
        if request.headers().contains_key("x-acs-action") {
            return ok(json!({"Code": "Success", "RequestId": "R", "Data": data}).to_string());
        }
        ok(data.to_string())
    }

    fn shown(&self, rule: &Value) -> Value {
        let mut rule = rule.clone();
        for target in rule["Targets"].as_array_mut().unwrap() {
            for parameter in target["ParamList"].as_array_mut().unwrap() {
                if self.masks && parameter["ResourceKey"] == "Token" {
                    parameter["Value"] = json!("******");
                }
            }
        }
        rule
    }

    fn took(&self) -> Vec<String> {
        std::mem::take(&mut self.changes.lock().unwrap())
    }
}

fn wanted() -> Wanted {
    let mut wanted = Wanted::new(
        "to-hook",
        r#"{"source":["demo.app"]}"#,
        "https://hooks.example.com/events",
        TOKEN,
    );
    wanted.bus = "orders".to_owned();
    wanted.dead_letter = Some("acs:mns:cn-hangzhou:1:/queues/dead".to_owned());
    wanted
}

/// The rule of a recorded account: an old URL and token, another target, members of tomorrow.
fn recorded() -> Value {
    json!({
        "EventBusName": "orders", "RuleName": "to-hook", "Status": "DISABLE",
        "Description": "made by hand",
        "FilterPattern": "{ \"source\": [\"demo.app\"] }",
        "Targets": [
            {"Id": "audit", "Type": "acs.mns.queue", "Endpoint": "acs:mns:x", "ParamList": []},
            {"Id": "webhook", "Type": "acs.https", "Endpoint": "https://old.example.com/",
             "PushSelector": "kept", "ConcurrentConfig": {"Concurrency": 2},
             "ParamList": [
                {"ResourceKey": "url", "Form": "CONSTANT", "Value": "https://old.example.com/"},
                {"ResourceKey": "body", "Form": "ORIGINAL"},
                {"ResourceKey": "Network", "Form": "CONSTANT", "Value": "PublicNetwork"},
                {"ResourceKey": "token", "Form": "CONSTANT",
                 "Value": "the-old-token-not-to-be-shown"}]},
        ],
    })
}

#[tokio::test]
async fn twice_is_the_same_as_once_in_both_protocols() {
    for (protocol, calls) in [
        (Protocol::Api20200401, vec!["updaterule", "puttargets"]),
        (Protocol::OpenApi, vec!["updaterule", "deletetargets", "createtargets"]),
    ] {
        let account = Account::default();
        let client = account.client(protocol);
        let first = plan(&client, &wanted()).await.unwrap();
        assert!(account.took().is_empty(), "a plan changes nothing");
        apply(&client, &first).await.unwrap();
        assert_eq!(account.took(), ["createrule"], "{protocol:?}");
        let second = plan(&client, &wanted()).await.unwrap();
        assert!(second.is_empty(), "{protocol:?}: {second}");
        apply(&client, &second).await.unwrap();
        assert!(account.took().is_empty(), "{protocol:?}");

        *account.rule.lock().unwrap() = Some(recorded());
        let third = plan(&client, &wanted()).await.unwrap();
        apply(&client, &third).await.unwrap();
        assert_eq!(account.took(), calls, "{protocol:?}");
        let fourth = plan(&client, &wanted()).await.unwrap();
        assert!(fourth.is_empty(), "{protocol:?}: {fourth}");
        let rule = account.rule.lock().unwrap().clone().unwrap();
        assert_eq!(rule["Description"], "made by hand");
        let targets = rule["Targets"].as_array().unwrap();
        let of = |id: &str| targets.iter().find(|target| target["Id"] == id).unwrap();
        assert_eq!(*of("audit"), recorded()["Targets"][0], "another target stays");
        assert_eq!(of("webhook")["PushSelector"], "kept");
        assert_eq!(of("webhook")["ConcurrentConfig"]["Concurrency"], 2);
    }
}

#[tokio::test]
async fn a_plan_against_a_recorded_account_reads_well_and_tells_no_secret() {
    let account = Account::default();
    *account.rule.lock().unwrap() = Some(recorded());
    let plan = plan(&account.client(Protocol::Api20200401), &wanted()).await.unwrap();
    let text = plan.to_string();
    assert_eq!(
        text,
        "rule orders/to-hook, target webhook:\n  \
           ~ change rule to-hook\n    \
             ~ status: DISABLE -> ENABLE\n  \
           ~ replace target webhook\n    \
             ~ endpoint: https://old.example.com/ -> https://hooks.example.com/events\n    \
             + dead letter: acs:mns:cn-hangzhou:1:/queues/dead\n    \
             ~ url: CONSTANT https://old.example.com/ -> \
                    CONSTANT https://hooks.example.com/events\n    \
             ~ Token: (secret) -> (another secret)\n  \
           1 other target of the rule stays"
    );
    for secret in [TOKEN, "the-old-token"] {
        assert!(!text.contains(secret) && !format!("{plan:?}").contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_new_rule_is_shown_whole() {
    let account = Account { lacks_bus: Arc::new(Mutex::new(true)), ..Account::default() };
    let client = account.client(Protocol::Api20200401);
    let error = plan(&client, &wanted()).await.unwrap_err();
    assert!(matches!(error, ProvisionError::Call(_)), "no bus, and none wanted: {error:?}");
    let mut wanted = wanted();
    wanted.create_bus = true;
    let first = plan(&client, &wanted).await.unwrap();
    let text = first.to_string();
    assert!(
        text.contains("+ create bus orders\n  + create rule to-hook\n    + pattern:"),
        "{text}"
    );
    assert!(text.contains("+ Token: (secret)") && !text.contains(TOKEN), "{text}");
    apply(&client, &first).await.unwrap();
    assert!(plan(&client, &wanted).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_token_that_the_service_hides_is_taken_for_the_same() {
    let account = Account { masks: true, ..Account::default() };
    let client = account.client(Protocol::Api20200401);
    let first = plan(&client, &wanted()).await.unwrap();
    apply(&client, &first).await.unwrap();
    let second = plan(&client, &wanted()).await.unwrap();
    assert!(second.is_empty(), "{second}");
}

#[tokio::test]
async fn a_full_rule_is_named() {
    let account = Account::default();
    let mut rule = recorded();
    let target = rule["Targets"][0].clone();
    rule["Targets"] = (0..5)
        .map(|at| {
            let mut target = target.clone();
            target["Id"] = json!(format!("other-{at}"));
            target
        })
        .collect();
    *account.rule.lock().unwrap() = Some(rule);
    let error = plan(&account.client(Protocol::Api20200401), &wanted()).await.unwrap_err();
    assert!(matches!(error, ProvisionError::NoRoom), "{error:?}");
}

/// 50 rules a bus, 50 buses an account beside `default`.
#[tokio::test]
async fn quotas_are_checked_before_anything_is_made() {
    for protocol in [Protocol::OpenApi, Protocol::Api20200401] {
        for lacks_bus in [false, true] {
            let plan_with = async |others: Option<usize>, ignore: bool| {
                let lacks_bus = Arc::new(Mutex::new(lacks_bus));
                let account = Account { lacks_bus, others, ..Account::default() };
                let mut wanted = wanted();
                (wanted.create_bus, wanted.ignore_quotas) = (true, ignore);
                plan(&account.client(protocol), &wanted).await
            };
            assert!(plan_with(Some(49), false).await.is_ok());
            let error = plan_with(Some(50), false).await.unwrap_err();
            let ProvisionError::Quota(quota) = &error else { panic!("{error:?}") };
            assert_eq!(quota.most(), 50);
            let what = if lacks_bus { "custom buses" } else { "rules" };
            assert!(error.to_string().contains(&format!("50 {what}")), "{error}");
            assert!(plan_with(Some(50), true).await.is_ok());
            assert!(plan_with(None, false).await.is_ok(), "lists are forbidden");
        }
    }
}

#[test]
fn descriptions_that_no_receiver_or_service_takes() {
    let toml = |extra: &str| {
        let text = format!(
            "rule = 'r'\npattern = '{{}}'\nurl = 'https://h.example/'\ntoken = '{TOKEN}'\n{extra}"
        );
        toml::from_str::<Wanted>(&text)
    };
    assert!(toml("").unwrap().check().is_ok());
    assert!(toml("tokn = 'x'").is_err(), "an unknown member");
    let network = "[network]\nvpc = 'v/vpc-1'\nvswitches = ['s/vsw-1']\nsecurity-group = 'g/sg-1'";
    assert!(toml(network).unwrap().check().is_ok());
    type Spoil = fn(&mut Wanted);
    let cases: [(&str, &str, Spoil); 8] = [
        ("token", "short token", |wanted| wanted.token = "short".into()),
        ("token", "token with a space", |wanted| wanted.token = "a token with some spaces".into()),
        ("url", "no URL", |wanted| wanted.url = "hooks".into()),
        ("url", "fragment", |wanted| wanted.url = "https://h.example/#x".into()),
        ("FilterPattern", "no JSON", |wanted| wanted.pattern = "{".into()),
        ("RuleName", "reserved", |wanted| wanted.rule = "eventbridge-reserved-x".into()),
        ("retry", "misspelt", |wanted| wanted.retry = "BACKOF_RETRY".into()),
        ("EventBusName", "underscore", |wanted| wanted.bus = "my_bus".into()),
    ];
    for (field, name, spoil) in cases {
        let mut wanted = wanted();
        spoil(&mut wanted);
        assert_eq!(wanted.check().expect_err(name).field(), field, "{name}");
    }
}
