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

/// Whoever misses a region there would configure it as an unlisted one, which nothing checks.
#[test]
fn the_page_of_regions_lists_those_of_the_code() {
    let page = file("docs/regions.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let about_regions = |basis: &str| {
        basis.starts_with("documented for EventBridge")
            || basis.starts_with("a region of the cloud")
    };
    let listed: Vec<_> =
        rows.filter(|(_, basis)| about_regions(basis)).map(|(region, _)| region).collect();
    assert_eq!(listed, tower_eventbridge::certificate::REGIONS);
}

/// A pin that is wrong by a digit rejects every push.
#[test]
fn the_pins_on_the_page_of_regions_are_those_of_the_published_certificates() {
    let page = file("docs/regions.md");
    for name in ["x509_public_certificate_2021012101", "x509_public_certificate_2021012501"] {
        let pem = file(&format!("fixtures/keys/{name}.pem"));
        let certificate =
            tower_eventbridge::certificate::Certificate::from_pem_or_der(pem.as_bytes());
        let pin = certificate.unwrap().public_key_fingerprint();
        let row = format!("| `{name}.pem` | `{pin}` |");
        assert!(page.contains(&row), "docs/regions.md has no row {row}");
    }
}

/// A link in the table of comparison whose text is a name leads to the test of that name.
#[test]
fn every_test_that_the_comparison_links_to_is_there() {
    let text = file("docs/comparison.md");
    let mut checked = 0;
    for link in text.split("[`").skip(1) {
        let (name, rest) = link.split_once("`](../").unwrap();
        let (path, _) = rest.split_once(')').unwrap();
        let code = file(path);
        if !name.contains(' ') {
            let (before, _) = code.split_once(&format!("fn {name}(")).unwrap_or_else(|| {
                panic!("{path} has no test {name}");
            });
            let attribute = before.rsplit("#[").next().unwrap();
            assert!(attribute.contains("test"), "{name} in {path} is not a test");
            checked += 1;
        }
    }
    assert!(checked >= 12, "only {checked} tests are linked");
}

#[test]
fn the_front_page_is_short() {
    for name in ["README.md", "README.zh-CN.md"] {
        let lines = file(name).lines().count();
        assert!(lines <= 220, "{name} has {lines} lines");
    }
}
