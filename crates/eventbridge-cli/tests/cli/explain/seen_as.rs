//! `--seen-as`: which endpoint it belongs to, and what arrives; and the hosts of certificates.

use super::*;

const EXACT: &str = "http://127.0.0.1:8080/cloudevents";
const OTHER: &str = "https://hooks.example.com/e?a=b";

fn real_at(target: &str, more: &[&str]) -> (i32, Value) {
    let head = real_head().replacen("POST /cloudevents ", &format!("POST {target} "), 1);
    let name: String = target.chars().filter(char::is_ascii_alphanumeric).collect();
    real_head_as(&format!("seen-{name}-{}", more.len()), head.as_bytes(), more)
}

#[test]
fn a_path_belongs_to_the_one_exact_endpoint_or_to_the_one_named() {
    let named = format!("{EXACT}=/somewhere");
    let second = format!("{EXACT}=/elsewhere?x=1");
    let other = format!("{OTHER}=/somewhere");
    for (name, target, more, exit) in [
        ("one", "/somewhere", &["--endpoint", EXACT, "--seen-as", "/somewhere"][..], 0),
        ("one, by its URL", "/somewhere", &["--endpoint", EXACT, "--seen-as", &named], 0),
        (
            "beside an origin",
            "/somewhere",
            &["--endpoint", "https://a.example", EXACT, "--seen-as", "/somewhere"],
            0,
        ),
        ("of two", "/somewhere", &["--endpoint", OTHER, EXACT, "--seen-as", &named], 0),
        ("both", "/somewhere", &["--endpoint", OTHER, EXACT, "--seen-as", &other, &named], 0),
        ("two places", "/somewhere", &["--endpoint", EXACT, "--seen-as", &named, &second], 0),
        (
            "two places, the other",
            "/elsewhere?x=1",
            &["--endpoint", EXACT, "--seen-as", &named, &second],
            0,
        ),
        ("not its own path", "/cloudevents", &["--endpoint", EXACT, "--seen-as", "/somewhere"], 1),
        ("another path", "/zzz", &["--endpoint", EXACT, "--seen-as", "/somewhere"], 1),
        ("the other's", "/somewhere", &["--endpoint", OTHER, EXACT, "--seen-as", &other], 1),
        ("escaped", "/caf%c3%a9", &["--endpoint", EXACT, "--seen-as", "/caf\u{e9}"], 0),
    ] {
        let (got, report) = real_at(target, more);
        assert_eq!(got, exit, "{name}: {report}");
    }
    // Without a request line no path is judged.
    let head = real_head().split_once('\n').unwrap().1.to_owned();
    let places = ["--endpoint", EXACT, "--seen-as", &named, &second];
    assert_eq!(real_head_as("seen-no-line", head.as_bytes(), &places).0, 0);
}

#[test]
fn a_path_that_belongs_to_no_endpoint_is_bad_usage() {
    let certificate = real_certificate();
    let head = "fixtures/signature/real-push/head";
    let base = ["--head", head, "--body", REAL_BODY, "--any-tenant", "--certificate", &certificate];
    for (name, more) in [
        ("two exact", &["--endpoint", EXACT, OTHER, "--seen-as", "/x"][..]),
        ("no exact", &["--endpoint", "http://127.0.0.1:8080", "--seen-as", "/x"]),
        ("no slash", &["--endpoint", EXACT, "--seen-as", "x"]),
        ("another URL", &["--endpoint", EXACT, "--seen-as", "https://hooks.example.com/e=/x"]),
        (
            "an origin",
            &[
                "--endpoint",
                "http://127.0.0.1:8080",
                EXACT,
                "--seen-as",
                "http://127.0.0.1:8080=/x",
            ],
        ),
        (
            "no path after it",
            &["--endpoint", EXACT, "--seen-as", "http://127.0.0.1:8080/cloudevents=x"],
        ),
        ("empty", &["--endpoint", EXACT, "--seen-as", ""]),
        ("beside --seen-anywhere", &["--endpoint", EXACT, "--seen-as", "/x", "--seen-anywhere"]),
    ] {
        let line = usage_error(&[&base[..], more].concat());
        assert!(line.contains("--seen-as"), "{name}: {line}");
    }
    let twice = ["--endpoint", EXACT, "--seen-as", "/x", "/x"];
    assert!(usage_error(&[&base[..], &twice].concat()).contains("twice"));
}

#[test]
fn a_region_trusts_both_hosts_and_the_internal_one_by_an_option() {
    let url = "https://cn-hangzhou-eventbridge.oss-cn-hangzhou-internal.aliyuncs.com/x509_public_certificate_2021012101.pem";
    let internal = real_head().replace(REAL_URL, url);
    let base = ["--endpoint", EXACT, "--region", "cn-hangzhou"];
    let (_, report) = real_head_as("regional", real_head().as_bytes(), &base);
    assert_eq!(reason(&report), "none", "the certificate is given by the file");
    let (exit, report) = real_head_as("internal", internal.as_bytes(), &base);
    assert_eq!((exit, reason(&report)), (1, "certificate-url-not-allowed"));
    assert!(report.to_string().contains("--internal-oss-host"), "{report}");
    let (exit, report) = real_head_as(
        "internal",
        internal.as_bytes(),
        &[&base[..], &["--internal-oss-host"]].concat(),
    );
    assert_eq!((exit, reason(&report)), (1, "certificate-unavailable"), "allowed, and not given");
}

#[test]
fn a_wrong_path_is_reported_under_its_option() {
    let named = format!("{EXACT}=/x");
    for (name, seen_as, says) in [
        ("twice", &["/x", "/x"][..], "--seen-as: \"/x\" is given twice"),
        ("twice, by its URL", &["/x", &named], "is given twice"),
        ("a space at its end", &["/x "], "--seen-as: \"/x \" has white space at its end"),
        ("a tab at its end", &["/x\t"], "has white space at its end"),
        ("a fragment", &["/x#y"], "--seen-as: \"/x#y\" has a fragment"),
        ("a control character", &["/x\u{1}y"], "control character"),
    ] {
        let mut arguments = vec!["--head", "Cargo.toml", "--body", "Cargo.toml", "--token", TOKEN];
        arguments.extend(["--endpoint", EXACT, "--seen-as"]);
        arguments.extend(seen_as);
        let head = head_file("seen-as-usage", real_head().as_bytes());
        arguments[1] = &head;
        let output = explain(&arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}: {error}");
        assert!(
            error.starts_with("eventbridge explain: --seen-as: ") && error.contains(says),
            "{name}: {error}"
        );
    }
}
