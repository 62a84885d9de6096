//! Calls that fail: each says what to do. Credentials and endpoints that are wrong are bad usage.

use std::path::Path;

use serde_json::json;

use super::service::{KEY, Ran, Reply, SECRET, Service, data, without_credentials};
use crate::process::temporary_file;

const GET: [&str; 3] = ["rules", "get", "to-hook"];

fn rule() -> Reply {
    data(&json!({"RuleName": "to-hook", "Status": "ENABLE"}))
}

#[tokio::test]
async fn a_failure_names_code_and_cure() {
    for (reply, parts) in [
        (
            Reply::Json(403, json!({"Code": "AccessDenied", "Message": "no", "RequestId": "R-1"})),
            &["code AccessDenied: no (request id R-1)", "RAM policy of the AccessKey"][..],
        ),
        (Reply::Json(409, json!({"Code": "EventRuleNotExisted"})), &["eventbridge rules list"]),
        (Reply::Json(200, json!({"Code": "EventBusNotExist"})), &["eventbridge buses create"]),
        (Reply::Json(403, json!({"code": "ServiceNotEnable"})), &["activate EventBridge"]),
        (Reply::Json(404, json!({"Code": "InvalidAccessKeyId"})), &["check the credentials"]),
        (Reply::Html(404), &["status 404", "check --api-endpoint"]),
        (Reply::Html(200), &["the answer cannot be read", "text/html", "check --api-endpoint"]),
        (Reply::Json(429, json!({})), &["the service asks to slow down"]),
        (Reply::Json(500, json!({"Code": "InternalError"})), &["failed after 2 attempts", "later"]),
    ] {
        let reply = std::sync::Mutex::new(Some(reply));
        let again = Reply::Json(500, json!({"Code": "InternalError"}));
        let again = std::sync::Mutex::new(Some(again));
        let service = Service::start(move |_, _| {
            let mut reply = reply.lock().unwrap();
            match reply.take() {
                Some(Reply::Json(status, value)) => {
                    *reply = Some(Reply::Json(status, value.clone()));
                    Reply::Json(status, value)
                }
                Some(Reply::Html(status)) => {
                    *reply = Some(Reply::Html(status));
                    Reply::Html(status)
                }
                _ => again.lock().unwrap().take().unwrap(),
            }
        })
        .await;
        let ran = service.run(&[&GET[..], &["--attempts", "2"]].concat()).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
        for part in parts {
            assert!(ran.stderr.contains(part), "{part}: {ran:?}");
        }
    }
}

#[tokio::test]
async fn throttling_then_an_answer_is_success() {
    let service = Service::start(|number, _| match number {
        0 => Reply::Header(
            400,
            ("x-acs-retry-after", "1"),
            json!({"Code": "Throttling.User", "Message": "slow"}),
        ),
        _ => rule(),
    })
    .await;
    let ran = service.run(&GET).await;
    assert_eq!((ran.code, service.calls().len()), (0, 2), "{ran:?}");
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let service = Service::start(|_, _| Reply::Hang).await;
    let ran = service.run(&[&GET[..], &["--call-timeout", "1"]].concat()).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("no result within"), "{ran:?}");
    assert!(ran.stderr.contains("give it more --call-timeout"), "{ran:?}");
}

#[tokio::test]
async fn endpoints_are_checked() {
    let service = Service::start(|_, _| rule()).await;
    for (arguments, part) in [
        (
            &["--api-endpoint", "http://eventbridge.example.com"][..],
            "--api-endpoint: is plain HTTP to another machine; give https://HOST, or \
             http://127.0.0.1:PORT",
        ),
        (&["--api-endpoint", "ftp://x"], "--api-endpoint: does not begin with https://"),
        (&["--api-endpoint", "https://x/y"], "--api-endpoint: holds a path or query"),
    ] {
        service.run(&[&GET[..], arguments].concat()).await.is_bad_usage(part);
    }
    let mut command = service.command(&GET);
    command.env_remove("EVENTBRIDGE_API_ENDPOINT");
    Ran::of(command).await.is_bad_usage("--region: give the region, cn-hangzhou for one");
    let mut command = service.command(&["publish", "{}", "--region", "cn-hangzhou"]);
    command.env_remove("EVENTBRIDGE_API_ENDPOINT");
    Ran::of(command).await.is_bad_usage("--account: give the account id");
    let mut command = service.command(&GET);
    command.env_remove("EVENTBRIDGE_API_ENDPOINT").env("EVENTBRIDGE_REGION", "a-1\nb-2");
    Ran::of(command).await.is_bad_usage("--region: has several regions, a-1, b-2");
    let mut command = service.command(&[&GET[..], &["--region", "cn/../x"]].concat());
    command.env_remove("EVENTBRIDGE_API_ENDPOINT");
    Ran::of(command).await.is_bad_usage("--region: region id has another character");
    let arguments = ["destinations", "list", "--protocol", "openapi"];
    service.run(&arguments).await.is_bad_usage("--protocol: openapi has no API destinations");
    assert!(service.calls().is_empty());
}

fn with_file(service: &Service, file: &Path, more: &[&str]) -> tokio::process::Command {
    let mut command = without_credentials("rules", &[&GET[1..], more].concat());
    command.env("EVENTBRIDGE_API_ENDPOINT", format!("http://{}", service.address));
    command.env("ALIBABA_CLOUD_CREDENTIALS_FILE", file);
    command
}

#[tokio::test]
async fn credentials_come_from_the_environment_or_the_vendors_file() {
    let service = Service::start(|_, _| rule()).await;
    let text = format!(
        "[default]\ntype = access_key\naccess_key_id = LTAIdefault\naccess_key_secret = {SECRET}\n\
         [temporary]\ntype = sts\naccess_key_id = STS.temporary\naccess_key_secret = {SECRET}\n\
         security_token = a-security-token\n[half]\ntype = access_key\naccess_key_id = x\n"
    );
    let file = temporary_file("credentials.ini", text.as_bytes());
    let key = |number: usize| {
        let call = service.calls()[number].clone();
        let text = call.headers["authorization"].to_str().unwrap().to_owned();
        let key = text.split_once("Credential=").unwrap().1.split(',').next().unwrap().to_owned();
        (key, call.headers.get("x-acs-security-token").cloned())
    };
    assert_eq!(service.run(&GET).await.code, 0);
    assert_eq!(key(0), (KEY.to_owned(), None));
    let ran = Ran::of(with_file(&service, &file, &[])).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(key(1).0, "LTAIdefault");
    let ran = Ran::of(with_file(&service, &file, &["--profile", "temporary"])).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(key(2).0, "STS.temporary");
    assert_eq!(key(2).1.unwrap(), "a-security-token");
    // An option beats the environment's key.
    let mut command = service.command(&[&GET[..], &["--profile", "default"]].concat());
    command.env("ALIBABA_CLOUD_CREDENTIALS_FILE", &file);
    assert_eq!(Ran::of(command).await.code, 0);
    assert_eq!(key(3).0, "LTAIdefault");
    let mut command = service.command(&GET);
    command.env("ALIBABA_CLOUD_SECURITY_TOKEN", "another-security-token");
    assert_eq!(Ran::of(command).await.code, 0);
    assert_eq!(key(4).1.unwrap(), "another-security-token");

    for (more, part) in [
        (&["--profile", "none"][..], "no section [none]"),
        (&["--profile", "half"], "[half] lacks `access_key_secret`"),
        (&["--credentials-file", "/no/file"], "/no/file cannot be read"),
    ] {
        Ran::of(with_file(&service, &file, more)).await.is_bad_usage(part);
    }
    let mut command = without_credentials("rules", &GET[1..]);
    command.env("EVENTBRIDGE_API_ENDPOINT", format!("http://{}", service.address));
    Ran::of(command).await.is_bad_usage("set ALIBABA_CLOUD_ACCESS_KEY_ID=local and");
    let mut command = service.command(&GET);
    command.env_remove("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    Ran::of(command).await.is_bad_usage("ALIBABA_CLOUD_ACCESS_KEY_SECRET is not set");
    assert_eq!(service.calls().len(), 5, "nothing is sent without credentials");
}
