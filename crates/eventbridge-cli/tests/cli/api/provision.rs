//! `provision` against a recorded account: a plan that reads well, and an apply that is done once.

use serde_json::{Value, json};

use super::{account::Account, service::Service};
use crate::process::temporary_file;

const TOKEN: &str = "an-example-token-of-32-characters";
const OLD_TOKEN: &str = "the-old-token-not-to-be-shown";

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
                {"ResourceKey": "token", "Form": "CONSTANT", "Value": OLD_TOKEN}]},
        ],
    })
}

const TABLE: &str = r#"
[provision]
bus = "orders"
rule = "to-hook"
pattern = '{"source":["demo.app"]}'
dead-letter = "acs:mns:cn-hangzhou:1:/queues/dead"
"#;

/// The file of a receiver, with a file of tokens beside it.
fn config(name: &str) -> String {
    let tokens = temporary_file(
        &format!("{name}.tokens"),
        format!("{TOKEN}\nanother-token-of-the-receiver\n").as_bytes(),
    );
    let text = format!(
        "listen = \"127.0.0.1:8080\"\nendpoint = [\"https://hooks.example.com/events\"]\n\
         token-file = {:?}\n{TABLE}",
        tokens.to_str().unwrap()
    );
    written(name, &text)
}

fn written(name: &str, text: &str) -> String {
    let file = temporary_file(&format!("{name}.toml"), text.as_bytes());
    file.to_str().unwrap().to_owned()
}

async fn run(service: &Service, arguments: &[&str]) -> super::service::Ran {
    let ran = service.run(&[&["provision"], arguments].concat()).await;
    for token in [TOKEN, OLD_TOKEN] {
        assert!(!ran.stdout.contains(token) && !ran.stderr.contains(token), "{ran:?}");
    }
    ran
}

const DIFFERENCE: &str = "\
rule orders/to-hook, target webhook:
  ~ change rule to-hook
    ~ status: DISABLE -> ENABLE
  ~ replace target webhook
    ~ endpoint: https://old.example.com/ -> https://hooks.example.com/events
    + dead letter: acs:mns:cn-hangzhou:1:/queues/dead
    ~ url: CONSTANT https://old.example.com/ -> CONSTANT https://hooks.example.com/events
    ~ Token: (secret) -> (another secret)
  1 other target of the rule stays
";

#[tokio::test]
async fn a_plan_changes_nothing_and_an_apply_is_done_once() {
    let account = Account::with_rule(recorded());
    let service = account.serve().await;
    let config = config("provision");
    let ran = run(&service, &["plan", "--config", &config]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, DIFFERENCE), "{ran:?}");
    let ran = run(&service, &["plan", "--detailed-exitcode", "--config", &config]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (2, DIFFERENCE), "{ran:?}");
    let ran = run(&service, &["plan", "--json", "--config", &config]).await;
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&plan["empty"], &plan["applied"]), (&json!(false), &json!(false)));
    assert_eq!(plan["changes"][0]["action"], "update_rule");
    let line = json!({"name": "Token", "is": "(secret)", "wanted": "(another secret)"});
    assert_eq!(plan["changes"][1]["lines"][3], line);
    assert_eq!(service.names(), ["getrule"; 3], "a plan reads one rule, and nothing else");

    let ran = run(&service, &["apply", "--config", &config]).await;
    assert_eq!((ran.code, ran.stdout), (0, format!("{DIFFERENCE}done: 2 changes\n")));
    assert_eq!(service.names()[3..], ["getrule", "updaterule", "puttargets"]);
    let rule = account.rule("to-hook");
    assert_eq!(rule["Targets"][0], recorded()["Targets"][0], "another target stays");
    assert_eq!(rule["Targets"][1]["PushSelector"], "kept");
    let parameters = rule["Targets"][1]["ParamList"].as_array().unwrap();
    let token = parameters.iter().find(|parameter| parameter["ResourceKey"] == "Token").unwrap();
    assert_eq!(token["Value"], TOKEN, "the first token of the file");

    for action in ["plan", "apply"] {
        let ran = run(&service, &[action, "--config", &config]).await;
        let text = "rule orders/to-hook, target webhook: as wanted, nothing to change\n";
        assert_eq!((ran.code, ran.stdout.as_str()), (0, text), "{ran:?}");
    }
    let ran = run(&service, &["plan", "--detailed-exitcode", "--config", &config]).await;
    assert_eq!(ran.code, 0);
    assert_eq!(service.names()[6..], ["getrule"; 3]);
}

#[tokio::test]
async fn a_new_rule_is_shown_whole_and_made() {
    let account = Account::default();
    let service = account.serve().await;
    let config = config("provision-new");
    let ran = run(&service, &["apply", "--config", &config]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("+ create rule to-hook\n    + pattern: {\"source\""), "{ran:?}");
    assert!(ran.stdout.ends_with("+ Token: (secret)\ndone: 1 change\n"), "{ran:?}");
    assert_eq!(service.names(), ["getrule", "listrules", "createrule"]);
    assert_eq!(
        account.rule("to-hook")["Targets"][0]["Endpoint"],
        "https://hooks.example.com/events"
    );
    assert_eq!(run(&service, &["plan", "--detailed-exitcode", "--config", &config]).await.code, 0);
}

#[tokio::test]
async fn an_apply_that_fails_midway_says_how_to_see_the_rest() {
    let account = Account::with_rule(recorded());
    let service = Service::start(move |_, call| match call.name.as_str() {
        "puttargets" => super::service::Reply::Json(403, json!({"Code": "AccessDenied"})),
        "getrule" => super::service::data(&recorded()),
        _ => super::service::data(&json!({})),
    })
    .await;
    drop(account);
    let ran = run(&service, &["apply", "--config", &config("provision-fails")]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(!ran.stdout.contains("done"), "{ran:?}");
    assert!(ran.stderr.contains("code AccessDenied"), "{ran:?}");
    assert!(ran.stderr.contains("`eventbridge provision plan` shows what is left"), "{ran:?}");
}

#[tokio::test]
async fn descriptions_that_are_wrong_are_bad_usage_without_their_token() {
    let service = Account::default().serve().await;
    let endpoint = "endpoint = \"https://hooks.example.com/events\"\n";
    let token = format!("token = \"{TOKEN}\"\n");
    for (name, text, part) in [
        ("none", String::new(), "has no table [provision]"),
        ("url", format!("{token}{TABLE}"), "has no URL: give the receiver's endpoint"),
        ("origin", format!("endpoint=\"https://a\"\n{token}{TABLE}"), "https://a is an origin"),
        (
            "several",
            format!("endpoint=[\"https://a/x\",\"https://a/y\"]\n{token}{TABLE}"),
            "has several endpoints: give the URL by [provision] url",
        ),
        ("token", format!("{endpoint}{TABLE}"), "has no token: give the receiver's token-file"),
        ("short", format!("{endpoint}token=\"short\"\n{TABLE}"), "[provision]: token has 5"),
        (
            "key",
            format!("{endpoint}{token}{TABLE}retries = 1\n"),
            "the key \"retries\" is not known: the nearest is \"retry\"",
        ),
        ("toml", format!("{endpoint}{token}[provision\n"), "line 3: "),
        ("number", format!("{endpoint}{TABLE}token = 98765\n"), "a value has the wrong type"),
        (
            "pattern",
            format!("{endpoint}{token}{TABLE}").replace("[\"demo.app\"]}", "[\"demo.app\"]"),
            "[provision]: FilterPattern is not a JSON object",
        ),
        ("file", format!("{endpoint}token-file=\"/no/file\"\n{TABLE}"), "--token-file: /no/file: "),
    ] {
        let file = written(&format!("provision-{name}"), &text);
        let ran = run(&service, &["plan", "--config", &file]).await;
        ran.is_bad_usage(part);
        assert!(!ran.stderr.contains("98765"), "{ran:?}");
    }
    run(&service, &["plan", "--config", "/no/file"]).await.is_bad_usage("--config: /no/file");
    run(&service, &["plan"]).await.is_bad_usage("--config");
    assert!(service.calls().is_empty());
    // Options and the environment come before the file.
    let file = written("provision-options", &format!("{endpoint}{token}{TABLE}"));
    let mut command = service.command(&["provision", "plan", "--config", &file]);
    command.env("EVENTBRIDGE_ENDPOINT", "https://other.example.com/x");
    let ran = super::service::Ran::of(command).await;
    assert!(ran.stdout.contains("+ endpoint: https://other.example.com/x"), "{ran:?}");
}
