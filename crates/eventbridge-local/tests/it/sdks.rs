//! The vendor's Python and Node SDKs against the server, and a receiver that verifies what they
//! published.
//!
//! Ignored by default: `cargo xtask ci sdks` installs the SDKs and runs it.

use std::{collections::BTreeSet, path::Path};

use eventbridge_local::LocalEventBridge;
use serde_json::Value;
use tokio::process::Command;

use crate::support::{Service, TOKEN, listen};

async fn runs(mut command: Command, script: &str, bridge: &LocalEventBridge, url: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(script);
    command.arg(&script).arg(bridge.address().to_string()).arg(url).arg(TOKEN);
    let ended = command.kill_on_drop(true).output();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(60), ended).await.unwrap();
    let ended =
        ended.unwrap_or_else(|error| panic!("{script:?}: {error}: run cargo xtask ci sdks"));
    let output = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{script:?}: {output}");
    assert_eq!(ended.stdout.trim_ascii(), b"done", "{script:?}: {output}");
}

#[tokio::test]
#[ignore = "needs the vendor's SDKs: cargo xtask ci sdks"]
async fn they_go_through_both_protocols_and_a_receiver_verifies_what_they_publish() {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/sdk");
    let (listener, url) = listen().await;
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    let service = Service::verifying(&bridge, listener, &url).await;

    runs(Command::new(sdk.join("venv/bin/python")), "openapi.py", &bridge, &url).await;
    let mut node = Command::new("node");
    node.env("NODE_PATH", sdk.join("node_modules"));
    runs(node, "openapi.js", &bridge, &url).await;
    runs(Command::new(sdk.join("venv2/bin/python")), "api20200401.py", &bridge, &url).await;

    let expected: BTreeSet<_> = ["p1", "p2", "p4", "p5", "n1", "n2", "a1", "a2"].into();
    let received = service.received(expected.len()).await;
    let events: Vec<Value> =
        received.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect();
    let ids: BTreeSet<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids, expected);
    // The SDKs send JSON of other media types as base64: it arrives as the JSON that it is.
    assert!(events.iter().all(|event| event["data"].is_object()), "{events:?}");
    let status = bridge.status();
    assert_eq!(status.counts.delivered, 8);
    assert_eq!(status.counts.dead_lettered, 0);
}
