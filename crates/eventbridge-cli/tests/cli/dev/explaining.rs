//! `explain --dev`: what `receive --dev` captured, under the same key.

use std::path::Path;

use serde_json::Value;

use super::{push, receiver};
use crate::{
    process::{command, run, temporary_path},
    sender::{TOKEN, certificate_argument},
};

/// The exit code, and the object that is printed.
async fn explained(folder: &Path, name: &str, state: Option<&Path>) -> (i32, Value) {
    let file = |end: &str| folder.join(format!("{name}.{end}")).to_str().unwrap().to_owned();
    let (head, body) = (file("head"), file("body"));
    let arguments = ["--dev", "--head", &head, "--body", &body, "--json"];
    let mut explain = command("explain", &arguments);
    if let Some(state) = state {
        explain.env("EVENTBRIDGE_STATE_DIR", state);
    }
    let output = explain.output().await.unwrap();
    let report = serde_json::from_slice(&output.stdout);
    (output.status.code().unwrap(), report.unwrap_or_else(|error| panic!("{error}: {output:?}")))
}

#[tokio::test]
async fn explain_dev_trusts_what_receive_dev_trusts() {
    let folder = temporary_path("explained");
    let _ = std::fs::remove_dir_all(&folder);
    let capture = ["--capture-dir", folder.to_str().unwrap(), "--capture", "all"];
    let server = receiver(&capture).await;
    assert_eq!(push(&server, &["oss:ObjectCreated:PutObject"]).await.0, 0);
    assert_eq!(push(&server, &["--tamper", "body"]).await.0, 1);
    let (code, _, log) = server.stop().await;
    assert_eq!(code, 0, "{log}");

    let (code, report) = explained(&folder, "accepted-0", None).await;
    assert_eq!((code, &report["verdict"]), (0, &Value::from("accepted")), "{report}");
    let (code, report) = explained(&folder, "signature-mismatch-0", None).await;
    assert_eq!((code, &report["reason"]), (1, &Value::from("signature-mismatch")), "{report}");

    // The token of another user's key is another one.
    let state = temporary_path("explained-by-another");
    let (code, report) = explained(&folder, "accepted-0", Some(&state)).await;
    assert_eq!((code, &report["verdict"]), (1, &Value::from("rejected")), "{report}");
    for folder in [folder, state] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn explain_dev_trusts_nobody_else() {
    let files = ["--dev", "--head", "x", "--body", "x"];
    for arguments in [
        &["--token", TOKEN][..],
        &["--any-tenant"],
        &["--region", "cn-hangzhou"],
        &["--unlisted-region", "cn-new"],
        &["--internal-oss-host"],
        &["--certificate", certificate_argument()],
    ] {
        let output = run("explain", &[&files[..], arguments].concat()).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        let start = format!("eventbridge explain: {}: ", arguments[0]);
        assert!(stderr.starts_with(&start) && !stderr.contains(TOKEN), "{stderr}");
    }
}
