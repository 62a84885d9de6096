//! `rules`, `targets`, `buses`, `destinations`, `connections`: created, listed, changed, deleted.

use serde_json::{Value, json};

use super::{
    account::Account,
    service::{Ran, Service},
};
use crate::process::temporary_file;

async fn done(service: &Service, arguments: &[&str], action: &str, name: &str) -> Ran {
    let ran = service.run(arguments).await;
    assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    let line = &ran.lines()[0];
    assert_eq!((line["action"].as_str(), line["name"].as_str()), (Some(action), Some(name)));
    ran
}

async fn one(service: &Service, arguments: &[&str]) -> Value {
    let ran = service.run(arguments).await;
    assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

const PATTERN: &str = r#"{"source":["demo.app"]}"#;

#[tokio::test]
async fn buses() {
    let service = Account::default().serve().await;
    let create = ["buses", "create", "orders", "--description", "d", "--tag", "team=a"];
    done(&service, &create, "created", "orders").await;
    let from = r#"{"EventBusName":"more","Description":"of a file"}"#;
    done(&service, &["buses", "create", "--from", from], "created", "more").await;
    let ran = service.run(&["buses", "list"]).await;
    let names: Vec<_> = ran.lines().iter().map(|line| line["EventBusName"].clone()).collect();
    assert_eq!(names, ["orders", "more"]);
    let ran = service.run(&["buses", "list", "--table"]).await;
    assert_eq!(ran.stdout, "NAME    DESCRIPTION\norders  d\nmore    of a file\n");
    assert_eq!(one(&service, &["buses", "get", "orders"]).await["Description"], "d");
    let ran = service.run(&["buses", "get", "orders", "--table"]).await;
    assert!(ran.stdout.starts_with("Description   d\nEventBusName  orders\n"), "{ran:?}");
    let ran = service.run(&create).await;
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("EventBusAlreadyExist: words (request id REQ-2)"), "{ran:?}");
    done(&service, &["buses", "delete", "orders"], "deleted", "orders").await;
    assert_eq!(service.run(&["buses", "get", "orders"]).await.code, 1);
    service.run(&["buses", "create", "a b"]).await.is_bad_usage(
        "CreateEventBus: was not sent: EventBusName has another character at position 2",
    );
}

#[tokio::test]
async fn rules() {
    let account = Account::default();
    let service = account.serve().await;
    let create = ["rules", "create", "to-hook", "--bus", "orders", "--pattern", PATTERN];
    done(&service, &[&create[..], &["--disabled"]].concat(), "created", "orders/to-hook").await;
    assert_eq!(account.rule("to-hook")["Status"], "DISABLE");
    done(&service, &["rules", "enable", "to-hook"], "enabled", "default/to-hook").await;
    assert_eq!(account.rule("to-hook")["Status"], "ENABLE");
    done(&service, &["rules", "disable", "to-hook"], "disabled", "default/to-hook").await;
    let update = ["rules", "update", "to-hook", "--description", "text"];
    done(&service, &update, "updated", "default/to-hook").await;
    let rule = one(&service, &["rules", "get", "to-hook"]).await;
    assert_eq!((&rule["Description"], &rule["FilterPattern"]), (&json!("text"), &json!(PATTERN)));
    let ran = service.run(&["rules", "list", "--table"]).await;
    assert_eq!(
        ran.stdout,
        format!("NAME     STATUS   TARGETS  PATTERN\nto-hook  DISABLE  0        {PATTERN}\n")
    );
    let from = json!({
        "RuleName": "of-file", "FilterPattern": {"source": ["x"]}, "RuleARN": "arn",
        "Targets": [{"Id": "1", "Type": "acs.mns.queue", "Endpoint": "acs:mns:x"}],
    });
    let file = temporary_file("rule.json", from.to_string().as_bytes());
    let create = ["rules", "create", "--from", file.to_str().unwrap()];
    let ran = done(&service, &create, "created", "default/of-file").await;
    assert!(ran.stderr.contains("--from: \"RuleARN\" is left out"), "{ran:?}");
    assert_eq!(account.rule("of-file")["FilterPattern"], r#"{"source":["x"]}"#);
    assert_eq!(account.rule("of-file")["Targets"][0]["Id"], "1");
    done(&service, &["rules", "delete", "of-file"], "deleted", "default/of-file").await;
    let ran = service.run(&["rules", "get", "of-file"]).await;
    assert!(ran.stderr.contains("eventbridge rules list"), "{ran:?}");

    let calls = service.calls().len();
    for (arguments, part) in [
        (&["create", "x"][..], "--pattern: give the event pattern"),
        (&["create", "x", "--pattern", r#"{"source":[]}"#], "--pattern: $.source: an array of"),
        (&["create", "a_b", "--pattern", "{}"], "RuleName has another character at position 2"),
        (&["create", "--from", r#"{"filterPattern":"{}"}"#], "is spelt \"FilterPattern\""),
        (&["create", "--from", "[1]"], "--from: inline text: invalid type"),
        (&["update", "x"], "there is nothing to change"),
        (&["list", "--json", "--table"], "cannot be used with"),
    ] {
        service.run(&[&["rules"], arguments].concat()).await.is_bad_usage(part);
    }
    assert_eq!(service.calls().len(), calls, "nothing is sent");
}

#[tokio::test]
async fn targets_and_their_tokens() {
    let token = "an-example-token-of-32-characters";
    let rule = json!({"RuleName": "to-hook", "Status": "ENABLE"});
    let account = Account::with_rule(rule);
    let service = account.serve().await;
    let tokens = temporary_file("target-tokens", format!("{token}\nother\n").as_bytes());
    let create = ["targets", "create", "hook", "--rule", "to-hook"];
    let http = ["--url", "https://a.example.com/x", "--token-file", tokens.to_str().unwrap()];
    let create = [&create[..], &http].concat();
    done(&service, &create, "created", "default/to-hook/hook").await;
    let of = |name: &str| {
        let target = account.rule("to-hook")["Targets"][0].clone();
        let list = target["ParamList"].as_array().unwrap().clone();
        list.into_iter().find(|one| one["ResourceKey"] == name).unwrap()["Value"].clone()
    };
    assert_eq!((of("Token"), of("url")), (json!(token), json!("https://a.example.com/x")));
    let ran = service.run(&create).await;
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("the rule has a target hook: change it by update"), "{ran:?}");

    let get = ["targets", "get", "hook", "--rule", "to-hook"];
    for arguments in
        [&get[..], &["rules", "get", "to-hook"], &["targets", "list", "--rule", "to-hook"]]
    {
        let ran = service.run(arguments).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("******") && !ran.stdout.contains(token), "{ran:?}");
    }
    // What get prints cannot be created: its token is stars.
    let shown = service.run(&get).await.stdout;
    let shown = temporary_file("target-shown.json", shown.as_bytes());
    let create = ["targets", "create", "b", "--rule", "to-hook", "--from", shown.to_str().unwrap()];
    service.run(&create).await.is_bad_usage("holds a secret as stars");

    let retry =
        ["--push-retry-strategy", "EXPONENTIAL_DECAY_RETRY", "--dead-letter", "acs:mns:dead"];
    let update = [&["targets", "update", "hook", "--rule", "to-hook"][..], &retry].concat();
    done(&service, &update, "updated", "default/to-hook/hook").await;
    assert_eq!(of("Token"), token, "what is not given stays");
    assert_eq!(account.rule("to-hook")["Targets"][0]["DeadLetterQueue"]["Arn"], "acs:mns:dead");
    let ran = service.run(&["targets", "list", "--rule", "to-hook", "--table"]).await;
    assert!(ran.stdout.contains("hook  https  https://a.example.com/x  EXPONENTIAL"), "{ran:?}");

    let queue = ["--type", "acs.mns.queue", "--resource", "acs:mns:q", "--parameter"];
    let parameter = r#"{"ResourceKey":"queue","Form":"CONSTANT","Value":"q"}"#;
    let create = ["targets", "create", "queue", "--rule", "to-hook"];
    let create = [&create[..], &queue, &[parameter]].concat();
    done(&service, &create, "created", "default/to-hook/queue").await;
    let delete = ["targets", "delete", "queue", "--rule", "to-hook"];
    done(&service, &delete, "deleted", "default/to-hook/queue").await;
    let ran = service.run(&delete).await;
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("EventTargetNotExist: none"), "{ran:?}");
    let ran = service.run(&["targets", "get", "queue", "--rule", "to-hook"]).await;
    assert!(ran.stderr.contains("the rule default/to-hook has no target queue"), "{ran:?}");
    let create = ["targets", "create", "x", "--rule", "to-hook", "--url", "ftp://a"];
    service.run(&create).await.is_bad_usage("--url: url does not begin with https://");
}

#[tokio::test]
async fn destinations() {
    let service = Account::default().serve().await;
    let create = ["destinations", "create", "dest", "--connection", "conn"];
    let create = [&create[..], &["--url", "https://api.example.com/x"]].concat();
    done(&service, &create, "created", "dest").await;
    done(&service, &["destinations", "update", "dest", "--method", "put"], "updated", "dest").await;
    let found = one(&service, &["destinations", "get", "dest"]).await;
    let http = json!({"Endpoint": "https://api.example.com/x", "Method": "PUT"});
    assert_eq!(found["HttpApiParameters"], http);
    let ran = service.run(&["destinations", "list", "--table"]).await;
    assert!(
        ran.stdout.ends_with("dest  conn        PUT     https://api.example.com/x\n"),
        "{ran:?}"
    );
    done(&service, &["destinations", "delete", "dest"], "deleted", "dest").await;
    let ran = service.run(&["destinations", "get", "dest"]).await;
    assert!(ran.stderr.contains("eventbridge destinations list"), "{ran:?}");
    let create = ["destinations", "create", "dest", "--connection", "conn"];
    service.run(&create).await.is_bad_usage("--url: give the URL of requests");
    let method = [&create[..], &["--url", "https://a", "--method", "TRACE"]].concat();
    service.run(&method).await.is_bad_usage("HttpApiParameters.Method is not one of GET");
}

#[tokio::test]
async fn connections_and_their_secrets() {
    let account = Account::default();
    let service = account.serve().await;
    let secret = "s3cret-of-a-connection";
    let file = temporary_file("connection-secret", format!("{secret}\n").as_bytes());
    let file = file.to_str().unwrap();
    let basic = ["connections", "create", "basic", "--username", "user", "--secret-file", file];
    done(&service, &basic, "created", "basic").await;
    let stored = account.connection("basic")["AuthParameters"].clone();
    assert_eq!(stored["BasicAuthParameters"]["Password"], secret);
    let key = ["connections", "create", "key", "--api-key-name", "x-key"];
    let mut command = service.command(&key);
    command.env("EVENTBRIDGE_SECRET", secret);
    let ran = Ran::of(command).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let stored = account.connection("key")["AuthParameters"].clone();
    assert_eq!(stored["ApiKeyAuthParameters"]["ApiKeyValue"], secret);
    let oauth = json!({
        "ConnectionName": "oauth",
        "NetworkParameters": {"NetworkType": "PublicNetwork"},
        "AuthParameters": {
            "AuthorizationType": "OAUTH_AUTH",
            "OAuthParameters": {
                "AuthorizationEndpoint": "https://auth.example.com/token", "HttpMethod": "POST",
                "ClientParameters": {"ClientID": "id"},
                "OAuthHttpParameters": {"BodyParameters": [
                    {"Key": "scope", "Value": "a", "IsValueSecret": "false"}]},
            },
        },
    });
    let oauth = oauth.to_string();
    let oauth = ["connections", "create", "--from", &oauth, "--secret-file", file];
    done(&service, &oauth, "created", "oauth").await;
    let stored = account.connection("oauth")["AuthParameters"]["OAuthParameters"].clone();
    assert_eq!(stored["ClientParameters"]["ClientSecret"], secret);
    assert_eq!(stored["OAuthHttpParameters"]["BodyParameters"][0]["Key"], "scope");

    let visible =
        ["connections", "update", "basic", "--username", "u", "--secret", "visible-secret"];
    let ran = done(&service, &visible, "updated", "basic").await;
    assert!(ran.stderr.contains("--secret: every user of this machine sees"), "{ran:?}");
    for arguments in [&["get", "basic"][..], &["list"], &["list", "--table"], &["get", "oauth"]] {
        let ran = service.run(&[&["connections"], arguments].concat()).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(!ran.stdout.contains(secret) && !ran.stdout.contains("visible"), "{ran:?}");
    }
    let ran = service.run(&["connections", "list", "--table"]).await;
    assert!(ran.stdout.contains("key    API_KEY_AUTH   PublicNetwork\n"), "{ran:?}");
    let vpc = ["--vpc-id", "vpc-1", "--vswitch-id", "vsw-1", "--security-group-id", "sg-1"];
    let update = [&["connections", "update", "key"][..], &vpc].concat();
    done(&service, &update, "updated", "key").await;
    assert_eq!(account.connection("key")["NetworkParameters"]["VswitcheId"], "vsw-1");
    done(&service, &["connections", "delete", "key"], "deleted", "key").await;

    for (arguments, part) in [
        (&["create", "x"][..], "--username: give it, --api-key-name"),
        (&["create", "x", "--username", "u"], "--secret-file: the connection has no secret"),
        (&["create", "x", "--username", "u", "--api-key-name", "k"], "cannot be used with"),
        (&["create", "x", "--secret-file", file], "--secret-file: needs --username"),
        (&["create", "x", "--username", "u", "--secret-file", "/no/file"], "/no/file: No such"),
        (&["create", "x", "--vpc-id", "v"], "required arguments were not provided"),
        (
            &["create", "x", "--username", "u", "--secret", "s3cret", "--bogus"],
            "unexpected argument",
        ),
        (&["create", "x", "--from", r#"{"AuthParameters":{}}"#], "give exactly one of"),
    ] {
        let ran = service.run(&[&["connections"], arguments].concat()).await;
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(part) && !ran.stderr.contains("s3cret"), "{part}: {ran:?}");
    }
}
