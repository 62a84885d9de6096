//! What does not go together with `--dev` is one line that names the option.

use crate::{
    process::{command, run},
    sender::{TOKEN, URL, certificate_argument},
};

async fn usage_error(subcommand: &str, arguments: &[&str], expected: &str) {
    let output = run(subcommand, &[&["--dev"], arguments].concat()).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
    let start = format!("eventbridge {subcommand}: {expected}: ");
    assert!(stderr.starts_with(&start), "{arguments:?}: {stderr}");
    assert!(!stderr.contains(TOKEN), "{stderr}");
}

#[tokio::test]
async fn receive_dev_trusts_nobody_else_and_stays_on_this_machine() {
    for arguments in [
        ["--token", TOKEN],
        ["--token-file", "x"],
        ["--region", "cn-hangzhou"],
        ["--unlisted-region", "cn-new"],
        ["--certificate-url", URL],
        ["--certificate", certificate_argument()],
        ["--ca-certificate", "x"],
        ["--resolve", "a.example=127.0.0.1:1"],
        ["--fetch-proxy", "http://127.0.0.1:1"],
        ["--listen", "0.0.0.0:8080"],
        ["--listen", "[::]:8080"],
        ["--listen", "192.0.2.1:8080"],
        ["--admin-listen", "0.0.0.0:8081"],
    ] {
        usage_error("receive", &arguments, arguments[0]).await;
    }
    usage_error("receive", &["--any-tenant"], "--any-tenant").await;
    usage_error("receive", &["--internal-oss-host"], "--internal-oss-host").await;

    let mut receive = command("receive", &["--dev"]);
    let output = receive.env("EVENTBRIDGE_TOKEN", TOKEN).output().await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("--token: ") && stderr.contains("and EVENTBRIDGE_TOKEN"), "{stderr}");
}

#[tokio::test]
async fn push_dev_signs_with_no_other_key_and_stays_on_this_machine() {
    for arguments in [
        ["--token", TOKEN],
        ["--key", "x"],
        ["--certificate-url", URL],
        ["--serve-certificate", "127.0.0.1:0"],
        ["--to", "http://192.0.2.1:8080/"],
        ["--to", "http://localhost.example.com/"],
        ["--to", "nonsense"],
        ["--sign-as", "nonsense"],
    ] {
        usage_error("push", &arguments, arguments[0]).await;
    }
    usage_error("push", &["--no-token"], "--no-token").await;
}
