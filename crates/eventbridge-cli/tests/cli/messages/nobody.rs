//! `--dev` and `--local`: nobody listens, or somebody else does.

use std::net::TcpListener;

use super::*;
use crate::process::{Server, free_address};

#[test]
fn a_check_says_what_is_trusted() {
    let state = temporary_path("messages-state");
    let variables = [("EVENTBRIDGE_STATE_DIR", state.to_str().unwrap())];
    let said = checked(&["--dev"], &variables);
    let key = format!("trust the key {}", state.join("dev.key").display());
    assert!(said.contains(&key), "{said}");

    let said = checked(&["--local=127.0.0.1:8799"], &variables);
    let trust = "trust the certificate of `eventbridge local` on 127.0.0.1:8799 alone";
    let root = format!("under the root of {}", state.join("local-root.key").display());
    assert!(said.contains(trust) && said.contains(&root), "{said}");
    assert!(said.contains("of `eventbridge local`, with any token or none"), "{said}");
    assert!(said.contains("with signatures v2, "), "{said}");
    assert!(!state.exists(), "nothing is made");
}

#[tokio::test]
async fn a_receiver_without_its_local_says_what_to_start() {
    let local = free_address();
    let trusted = format!("--local={local}");
    let mut server = Server::start("receive", &[&trusted, "--listen", "127.0.0.1:0"]).await;
    let url = server.log.line_that_begins("the URL of a target: ").await;
    let base = format!("http://{}/", server.address);
    assert_eq!(url, format!("{base} and any path, {base}orders for one"));
    let cure = format!("nothing listens on {local}: start `eventbridge local`");
    server.log.line_with(&cure).await;
    let (code, _, log) = server.stop().await;
    assert_eq!(code, 0, "{log}");

    let exact = [&trusted, "--listen", "127.0.0.1:0", "--endpoint", "http://127.0.0.1:9/a"];
    let mut server = Server::start("receive", &exact).await;
    let url = server.log.line_that_begins("the URL of a target: ").await;
    assert_eq!(url, "http://127.0.0.1:9/a, with exactly this path");
    assert_eq!(server.stop().await.0, 0);
}

#[test]
fn a_push_without_a_receiver_says_what_to_start() {
    let free = free_address();
    let to = format!("http://{free}/eventbridge");
    let output = run("push", &["--dev", "--to", &to], &[]);
    let cure = format!(": start `eventbridge receive --dev --listen {free}`");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains(&cure), "{}", text(&output.stdout));

    let key = ["--key", "fixtures/keys/rsa1024.key", "--certificate-url", "https://a.example/c"];
    let output = run("push", &[&["--no-token", "--to", &to], &key[..]].concat(), &[]);
    let cure = format!(": start the receiver on {free}");
    assert!(text(&output.stdout).contains(&cure), "{}", text(&output.stdout));
}

#[test]
fn a_call_without_its_local_says_what_to_start() {
    let endpoint = format!("http://{}", free_address());
    let keys =
        [("ALIBABA_CLOUD_ACCESS_KEY_ID", "local"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "local")];
    let api = ["--attempts", "1", "--api-endpoint", &endpoint];
    let event = r#"{"source":"s","type":"t"}"#;
    for (subcommand, more) in [("publish", &[event][..]), ("buses", &["list"])] {
        let output = run(subcommand, &[more, &api].concat(), &keys);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(": start `eventbridge local`, or check --api-endpoint"), "{said}");
    }
}

#[tokio::test]
async fn keys_that_local_does_not_know_have_the_right_ones_beside_them() {
    let server = Server::start("local", &["--listen", "127.0.0.1:0"]).await;
    let endpoint = format!("http://{}", server.address);
    for id in ["LTAIexampleNotReal01", "local"] {
        let keys = [("ALIBABA_CLOUD_ACCESS_KEY_ID", id), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "x")];
        let output = run("buses", &["list", "--api-endpoint", &endpoint], &keys);
        let said = text(&output.stderr);
        assert!(said.contains("for `eventbridge local` both keys are `local`"), "{said}");
    }
    assert_eq!(server.stop().await.0, 0);
}

#[tokio::test]
async fn a_second_local_is_told_what_the_first_has() {
    let state = temporary_path("messages-local.redb");
    let _ = std::fs::remove_file(&state);
    let state = state.to_str().unwrap();
    let first = Server::start("local", &["--listen", "127.0.0.1:0", "--state", state]).await;
    let address = first.address.to_string();
    let output = run("local", &["--listen", &address], &[]);
    let expected = format!("eventbridge local: --listen: {address}: ");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with(&expected), "{said}");
    assert!(said.contains("another program listens there: stop it, or give another"), "{said}");
    let output = run("local", &["--listen", "127.0.0.1:0", "--state", state], &[]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("another program uses the file: stop it, or give"), "{said}");
    assert_eq!(first.stop().await.0, 0);
}

#[test]
fn a_second_receiver_is_told_too() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for mode in ["--dev", "--local"] {
        let output = run("receive", &[mode, "--listen", &taken], &[]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("stop it, or give another port"), "{said}");
    }
}
