//! What the documents name is there.

#![allow(clippy::unwrap_used, missing_docs, reason = "test code")]

use std::collections::BTreeSet;

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The names of metrics in a text, without what Prometheus adds.
fn metrics(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    let names = words.filter(|word| word.starts_with("eventbridge_"));
    names
        .map(|name| name.trim_end_matches("_bucket").trim_end_matches("_count").to_owned())
        .collect()
}

#[test]
fn every_metric_is_documented_and_every_documented_one_is_measured() {
    let measured = metrics(&file("src/measure.rs"));
    assert_eq!(metrics(&file("docs/metrics.md")), measured);
    for user in [
        "docs/deployment.md",
        "deploy/grafana-dashboard.json",
        "deploy/prometheus-alerts.yaml",
        "README.md",
    ] {
        let unknown: Vec<_> = metrics(&file(user)).difference(&measured).cloned().collect();
        assert!(unknown.is_empty(), "{user}: {unknown:?}");
    }
    serde_json::from_str::<serde_json::Value>(&file("deploy/grafana-dashboard.json")).unwrap();
}
