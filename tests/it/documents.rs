//! What the documents name is there.

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
    let mut measured = metrics(&file("src/telemetry/metrics.rs"));
    measured.extend(metrics(&file("crates/aliyun-eventbridge/src/router/telemetry.rs")));
    assert_eq!(metrics(&file("docs/metrics.md")), measured);
    let of_proxy = metrics(&file("crates/eventbridge-cli/src/receive/forward/client.rs"));
    assert_eq!(metrics(&file("docs/proxy.md")), of_proxy);
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

/// The tests that SECURITY.md names are what a reader trusts it for.
#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let text = file("SECURITY.md");
    let code: Vec<_> = text.split('`').skip(1).step_by(2).collect();
    let mut checked = 0;
    for pair in code.windows(2) {
        let [path, test] = pair else { continue };
        let is_path = ["src/", "tests/", "crates/"].iter().any(|folder| path.starts_with(folder));
        if !is_path {
            continue;
        }
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        assert!(here.exists(), "SECURITY.md names {path}");
        if text.contains(&format!("`{path}`: `{test}`")) {
            assert!(file(path).contains(&format!("fn {test}(")), "{path} has no test {test}");
            checked += 1;
        }
    }
    assert!(checked >= 7, "only {checked} tests are named");
}

#[test]
fn the_front_page_is_short() {
    for name in ["README.md", "README.zh-CN.md"] {
        let lines = file(name).lines().count();
        assert!(lines <= 220, "{name} has {lines} lines");
    }
}
