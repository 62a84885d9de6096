//! The page of `eventbridge local` in a real Chromium, driven by `tests/page/page.mjs`.
//!
//! Ignored by default. `tests/page/install.sh` installs the driver into `target/page`; then
//! `cargo test -p eventbridge-cli --test cli page:: -- --ignored`.

use std::process::Stdio;

use http::StatusCode;
use tokio::{process::Command, time::timeout};

use crate::{
    process::{PATIENCE, REPOSITORY, Server, temporary_file, temporary_path},
    upstream::Upstream,
};

#[tokio::test]
#[ignore = "needs node, Chromium and tests/page/install.sh"]
async fn a_person_at_the_page() {
    let good = Upstream::start().await;
    let bad = Upstream::start().await;
    *bad.answers.lock().unwrap() = StatusCode::INTERNAL_SERVER_ERROR;
    let rule = |name: &str, source: &str, upstream: &Upstream| {
        format!(
            "[[webhook]]\nrule = \"{name}\"\npattern = '{{\"source\":[\"{source}\"]}}'\n\
             url = \"http://{}/\"\ntoken = \"a-token-that-nobody-may-see\"\n",
            upstream.address
        )
    };
    let rules = [
        rule("to-hook", "acs.oss", &good),
        rule("only-orders", "orders", &good),
        rule("fails", "fails", &bad),
    ];
    let rules = temporary_file("page-rules.toml", rules.concat().as_bytes());
    let rules = rules.to_str().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--time-scale", "1000000", "--rules", rules];
    let state = temporary_path("page-state");
    let server = Server::start_with_state("local", &arguments, &state).await;
    let page = format!("http://{}/ui/", server.address);
    let mut person = Command::new("node");
    person.arg("crates/eventbridge-cli/tests/page/page.mjs").arg(&page).arg("/usr/bin/chromium");
    person.current_dir(REPOSITORY).kill_on_drop(true).stdin(Stdio::null());
    let status = timeout(PATIENCE * 6, person.status()).await.unwrap().unwrap();
    assert!(status.success());
}
