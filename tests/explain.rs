//! The program `explain` as people run it: output, JSON object, exit codes, near misses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

const REAL_URL: &str = "https://cn-hangzhou-eventbridge.oss-cn-hangzhou.aliyuncs.com/x509_public_certificate_2021012101.pem";
const REGION_URL: &str = "https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem";
const TOKEN: &str = "9d1c5c0b6c1f4e6e8f0a-token";
const STAGES: [&str; 12] = [
    "method",
    "encoding",
    "signature-headers",
    "timestamp",
    "token",
    "endpoint",
    "certificate-url",
    "content-length",
    "certificate",
    "secret",
    "body",
    "signature",
];

/// `cargo test` builds the examples beside the tests; `cargo test --test explain` alone does not, and runs what is there.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples")
        .join(format!("explain{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{program:?} is not built: run cargo build --example explain, or the whole test suite"
    );
    program
}

fn explain(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// Without options from the environment of whoever runs the tests.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("EVENTBRIDGE_")) {
        command.env_remove(name);
    }
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn json(arguments: &[&str]) -> (i32, Value) {
    let output = explain(&[arguments, &["--json"]].concat());
    let value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (code(&output), value)
}

/// One line on stderr that names the option and the reason, nothing on stdout, exit code 2.
fn usage_error(arguments: &[&str]) -> String {
    let output = explain(arguments);
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(code(&output), 2, "{arguments:?}: {output:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
    assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
    assert!(stderr.starts_with("explain: "), "{stderr}");
    stderr
}

/// `--head FILE --body FILE` of a fixture.
fn push(name: &str) -> Vec<String> {
    let file = |file: &str| format!("fixtures/signature/{name}/{file}");
    ["--head".into(), file("head"), "--body".into(), file("body")].into()
}

fn run(name: &str, more: &[&str]) -> (i32, Value) {
    let push = push(name);
    let push: Vec<&str> = push.iter().map(String::as_str).collect();
    json(&[&push[..], more].concat())
}

fn real_with<'a>(endpoint: &'a str, certificate: &'a str, more: &[&'a str]) -> (i32, Value) {
    let base = ["--any-tenant", "--endpoint", endpoint, "--certificate", certificate];
    run("real-push", &[&base[..], more].concat())
}

fn given(url: &str, file: &str) -> String {
    format!("{url}=fixtures/keys/{file}.pem")
}

fn real_certificate() -> String {
    given(REAL_URL, "x509_public_certificate_2021012101")
}

fn results(report: &Value) -> Vec<(&str, &str)> {
    let stages = report["stages"].as_array().unwrap();
    stages
        .iter()
        .map(|stage| (stage["stage"].as_str().unwrap(), stage["result"].as_str().unwrap()))
        .collect()
}

fn near_misses(report: &Value) -> Vec<&str> {
    let near_misses = report["near_misses"].as_array().unwrap();
    near_misses.iter().map(|near_miss| near_miss["name"].as_str().unwrap()).collect()
}

fn reason(report: &Value) -> &str {
    report["reason"].as_str().unwrap_or("none")
}

#[test]
fn the_real_push_is_accepted() {
    let (exit, report) = real_with("http://127.0.0.1:8080/cloudevents", &real_certificate(), &[]);
    assert_eq!(exit, 0);
    let keys: Vec<_> = report.as_object().unwrap().keys().map(String::as_str).collect();
    let mut all = [
        "verdict",
        "scheme",
        "form",
        "assurance",
        "reason",
        "status",
        "stages",
        "near_misses",
        "notes",
    ];
    all.sort_unstable();
    assert_eq!(keys, all);
    assert_eq!(report["verdict"], "accepted");
    assert_eq!(report["scheme"], "v1");
    assert_eq!(report["form"], "reference");
    assert_eq!(report["assurance"], "none");
    assert_eq!(report["reason"], Value::Null);
    assert_eq!(report["status"], 200);
    let stages = results(&report);
    assert_eq!(stages.iter().map(|(stage, _)| *stage).collect::<Vec<_>>(), STAGES);
    for (stage, result) in stages {
        let judged = !["encoding", "timestamp", "content-length"].contains(&stage);
        assert_eq!(result, if judged { "passed" } else { "not-judged" }, "{stage}");
    }
    let notes = report["notes"].to_string();
    assert!(notes.contains("age not judged") && notes.contains("proves nothing"), "{notes}");
}

#[test]
fn the_text_form_says_the_same() {
    let push = push("real-push");
    let push: Vec<&str> = push.iter().map(String::as_str).collect();
    let certificate = real_certificate();
    let endpoint = [
        "--any-tenant",
        "--endpoint",
        "http://127.0.0.1:8080/cloudevents",
        "--certificate",
        &certificate,
    ];
    let output = explain(&[&push[..], &endpoint].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("accepted: scheme v1, form reference, assurance none"), "{text}");
    for stage in STAGES {
        assert!(text.lines().any(|line| line.starts_with(stage)), "{stage}: {text}");
    }
}

#[test]
fn each_refusal_names_its_stage() {
    let real = real_certificate();
    let other = given(REAL_URL, "x509_public_certificate_2021012501");
    let url = "http://127.0.0.1:8080/cloudevents";
    for (name, endpoint, certificate, more, kind, stage, status) in [
        ("other certificate", url, &other, &[][..], "secret-invalid", "secret", 401),
        (
            "another URL",
            "http://127.0.0.1:8081/cloudevents",
            &real,
            &[],
            "signature-mismatch",
            "signature",
            401,
        ),
        (
            "another path",
            "http://127.0.0.1:8080/events",
            &real,
            &[],
            "endpoint-mismatch",
            "endpoint",
            401,
        ),
        ("at now", url, &real, &["--at", "1796083200000"], "stale-timestamp", "timestamp", 401),
        ("at 1970", url, &real, &["--at", "-5"], "future-timestamp", "timestamp", 401),
        ("v2 required", url, &real, &["--require-v2"], "missing-header", "signature-headers", 400),
        (
            "other form",
            url,
            &real,
            &["--form", "documented"],
            "signature-mismatch",
            "signature",
            401,
        ),
    ] {
        let (exit, report) = real_with(endpoint, certificate, more);
        assert_eq!(exit, 1, "{name}");
        assert_eq!(report["verdict"], "rejected", "{name}");
        assert_eq!(reason(&report), kind, "{name}");
        assert_eq!(report["status"], status, "{name}");
        assert_eq!((&report["form"], &report["assurance"]), (&Value::Null, &Value::Null), "{name}");
        let failed: Vec<_> =
            results(&report).into_iter().filter(|(_, result)| *result == "failed").collect();
        assert_eq!(failed, [(stage, "failed")], "{name}");
        let after = results(&report).into_iter().skip_while(|(at, _)| *at != stage).skip(1);
        for (later, result) in after {
            assert_eq!(result, "not-reached", "{name}: {later}");
        }
    }
    let (exit, report) =
        run("real-push-body-changed", &["--any-tenant", "--endpoint", url, "--certificate", &real]);
    assert_eq!((exit, reason(&report)), (1, "signature-mismatch"), "a changed byte");
    let region = ["--any-tenant", "--endpoint", url, "--region", "cn-hangzhou"];
    let (exit, report) = run("real-push", &region);
    assert_eq!((exit, reason(&report)), (1, "certificate-url-not-allowed"));
}

#[test]
fn a_region_url_without_a_file_is_unavailable() {
    let arguments = [
        "--endpoint",
        "https://hooks.example.com/events",
        "--token",
        TOKEN,
        "--region",
        "cn-hangzhou",
    ];
    let (exit, report) = run("v2-token-reference-rsa1024", &arguments);
    assert_eq!((exit, reason(&report)), (1, "certificate-unavailable"));
    assert_eq!(report["status"], 503);
    assert_eq!(report["scheme"], "v2");
}

#[test]
fn weak_and_expired_certificates_are_refusals() {
    for (file, kind) in [
        ("rsa768", "certificate-invalid"),
        ("ec-p256", "certificate-invalid"),
        ("rsa1024-e3", "certificate-invalid"),
        ("rsa1024-expired", "certificate-invalid"),
    ] {
        let certificate = given(REGION_URL, file);
        let arguments = [
            "--endpoint",
            "https://hooks.example.com/events",
            "--token",
            TOKEN,
            "--certificate",
            &certificate,
        ];
        let (exit, report) = run("v2-token-reference-rsa1024", &arguments);
        assert_eq!((exit, reason(&report)), (1, kind), "{file}");
    }
}

/// Every conformance case that can be said on the command line gets the verdict of its file.
#[test]
fn fixtures_get_the_same_verdict() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/signature");
    let mut tried = 0;
    for folder in std::fs::read_dir(root).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        let read = |file: &str| std::fs::read(format!("{root}/{name}/{file}")).unwrap();
        let policy: Value = serde_json::from_slice(&read("policy.json")).unwrap();
        let expected: Value = serde_json::from_slice(&read("verdict.json")).unwrap();
        let Some(mut arguments) = command_line(&policy) else { continue };
        if ["certificate-unavailable", "body-too-large"].contains(&reason(&expected)) {
            continue;
        }
        let url = certificate_url(&read("head"));
        if let Some(url) = url.filter(|_| reason(&expected) != "certificate-url-not-allowed") {
            arguments.push("--certificate".into());
            arguments.push(format!("{url}=fixtures/signature/{name}/certificate.pem"));
        }
        arguments.push("--at".into());
        arguments.push(String::from_utf8(read("clock")).unwrap().trim().to_owned());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (exit, report) = run(&name, &arguments);
        assert_eq!(report["reason"], expected["reason"], "{name}: {report}");
        assert_eq!(report["status"], expected["status"], "{name}");
        assert_eq!(report["form"], expected["form"], "{name}");
        assert_eq!(report["assurance"], expected["assurance"], "{name}");
        assert_eq!(exit, i32::from(expected["verdict"] == "rejected"), "{name}");
        tried += 1;
    }
    assert!(tried > 250, "only {tried}");
}

/// `None` where the policy needs a setting that the program does not have.
fn command_line(policy: &Value) -> Option<Vec<String>> {
    let defaults = [
        ("accept_unsigned_token_line", Value::from(false)),
        ("public_key_pins", Value::Array(vec![])),
        ("validity", "enforce".into()),
        ("min_key_bits", 1024.into()),
        ("max_age_ms", 60_000.into()),
        ("max_future_ms", 60_000.into()),
        ("max_body_bytes", 1_048_576.into()),
        ("methods", Value::Array(vec!["POST".into()])),
        ("certificate_urls", Value::Array(vec![])),
    ];
    if defaults.iter().any(|(name, value)| policy[name] != *value) {
        return None;
    }
    if policy["accept_any_tenant"] == true && policy["accept_v1_without_token"] == false {
        return None; // --any-tenant accepts v1 here
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut arguments = Vec::new();
    for endpoint in policy["endpoints"].as_array().unwrap() {
        let keys: Vec<_> = endpoint.as_object().unwrap().keys().map(String::as_str).collect();
        let url = match keys[..] {
            ["exact"] => text(&endpoint["exact"]),
            ["origin"] => text(&endpoint["origin"]),
            _ => return None,
        };
        if keys == ["exact"] && !url.split_once("://")?.1.contains('/') {
            return None; // would be an origin on the command line
        }
        arguments.extend(["--endpoint".to_owned(), url]);
    }
    for token in policy["tokens"].as_array().unwrap() {
        arguments.extend(["--token".to_owned(), text(&token["value"])]);
    }
    if policy["accept_any_tenant"] == true {
        arguments.push("--any-tenant".into());
    }
    if policy["require_v2"] == true {
        arguments.push("--require-v2".into());
    }
    arguments.extend(["--form".to_owned(), text(&policy["form"])]);
    for region in policy["regions"].as_array().unwrap() {
        arguments.extend(["--region".to_owned(), text(region)]);
    }
    (!policy["regions"].as_array().unwrap().is_empty()).then_some(arguments)
}

fn certificate_url(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let value = head.lines().find_map(|line| line.strip_prefix("x-eventbridge-signature-url: "))?;
    value.starts_with("https://").then(|| value.to_owned())
}

#[test]
fn near_misses_name_the_slip() {
    let real = real_certificate();
    for (name, endpoint, more, found) in [
        ("https for http", "https://127.0.0.1:8080/cloudevents", &[][..], &["scheme-http"][..]),
        ("port left out", "http://127.0.0.1/cloudevents", &[], &["port"]),
        ("other port", "http://127.0.0.1:80", &[], &["port"]),
        (
            "slash added",
            "http://127.0.0.1:8080/cloudevents/",
            &["--seen-anywhere"],
            &["trailing-slash"],
        ),
        ("slash added, other path", "http://127.0.0.1:8080/cloudevents/", &[], &["trailing-slash"]),
        ("prefix added", "http://127.0.0.1:8080/prod/v1/cloudevents", &[], &["path-prefix"]),
        ("query added", "http://127.0.0.1:8080/cloudevents?x=1", &[], &["query-left-out"]),
        (
            "form pinned",
            "http://127.0.0.1:8080/cloudevents",
            &["--form", "documented"],
            &["other-form"],
        ),
        ("two slips", "https://127.0.0.1/cloudevents", &[], &["scheme-http", "port"]),
        ("no slip", "https://example.org/cloudevents", &[], &[]),
        ("an unrelated path", "http://127.0.0.1:8080/zzz", &[], &[]),
    ] {
        let (exit, report) = real_with(endpoint, &real, more);
        assert_eq!((exit, near_misses(&report)), (1, found.to_vec()), "{name}: {report}");
    }

    let other = given(REAL_URL, "x509_public_certificate_2021012501");
    let beside = given("https://a.example/real.pem", "x509_public_certificate_2021012101");
    let (_, report) = real_with("http://127.0.0.1:8080", &other, &["--certificate", &beside]);
    assert_eq!(near_misses(&report), ["other-certificate"]);

    let certificate = given(REGION_URL, "rsa1024");
    let endpoint =
        ["--endpoint", "https://hooks.example.com/events", "--certificate", &certificate];
    let token = ["--token", TOKEN];
    for (fixture, slip) in [
        ("token-line-unsigned", "token-line-left-out"),
        ("signed-for-http", "scheme-http"),
        ("signed-for-port", "port"),
        ("signed-for-default-port", "port"),
    ] {
        let (exit, report) = run(fixture, &[&endpoint[..], &token].concat());
        assert_eq!((exit, near_misses(&report)), (1, vec![slip]), "{fixture}: {report}");
    }
    for (fixture, reason_) in
        [("v2-signature-bit-flipped", "signature-mismatch"), ("v2-empty-token", "malformed-header")]
    {
        let (exit, report) = run(fixture, &[&endpoint[..], &token].concat());
        assert_eq!((exit, reason(&report)), (1, reason_), "{fixture}");
        assert!(near_misses(&report).is_empty(), "{fixture}: {report}");
    }
}

/// Only what a slip can explain is searched for one: here the token line is left out, but the token is wrong too.
#[test]
fn other_refusals_have_no_near_misses() {
    let certificate = given(REGION_URL, "rsa1024");
    let arguments = [
        "--endpoint",
        "https://hooks.example.com/events",
        "--token",
        "another-token-than-the-one-sent",
        "--certificate",
        &certificate,
    ];
    let (exit, report) = run("token-line-unsigned", &arguments);
    assert_eq!((exit, reason(&report)), (1, "token-mismatch"));
    assert!(near_misses(&report).is_empty(), "{report}");
}

/// A capture from an attacker may have a path of thousands of segments.
#[test]
fn a_hostile_path_does_not_keep_the_program_busy() {
    let head = format!("POST {} HTTP/1.1\n", "/a".repeat(8_000));
    let head = real_head().replacen("POST /cloudevents HTTP/1.1\n", &head, 1);
    let (exit, report) =
        real_head_as("many-segments", head.as_bytes(), &["--endpoint", "http://127.0.0.1:8080"]);
    assert_eq!((exit, reason(&report)), (1, "signature-mismatch"));
}

#[test]
fn an_exact_url_that_arrives_elsewhere_is_noted() {
    let head = real_head().replacen("POST /cloudevents ", "POST /somewhere ", 1);
    let exact = ["--endpoint", "http://127.0.0.1:8080/cloudevents"];
    let (exit, report) = real_head_as("elsewhere", head.as_bytes(), &exact);
    assert_eq!((exit, reason(&report)), (1, "endpoint-mismatch"));
    assert!(report["notes"].to_string().contains("--seen-anywhere"), "{report}");
    let (exit, _) =
        real_head_as("elsewhere", head.as_bytes(), &[&exact[..], &["--seen-anywhere"]].concat());
    assert_eq!(exit, 0);
}

/// A head file in a folder of this test's own.
fn head_file(name: &str, head: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, head).unwrap();
    path.to_str().unwrap().to_owned()
}

fn real_head() -> String {
    std::fs::read_to_string("fixtures/signature/real-push/head").unwrap()
}

const REAL_BODY: &str = "fixtures/signature/real-push/body";

fn real_head_as(name: &str, head: &[u8], more: &[&str]) -> (i32, Value) {
    let file = head_file(name, head);
    let certificate = real_certificate();
    let base =
        ["--head", &file, "--body", REAL_BODY, "--any-tenant", "--certificate", &certificate];
    json(&[&base[..], more].concat())
}

#[test]
fn heads_may_be_written_in_many_ways() {
    let exact = ["--endpoint", "http://127.0.0.1:8080/cloudevents"];
    let head = real_head();
    let without_request_line = head.split_once('\n').unwrap().1.to_owned();
    let upper = head.replace("x-eventbridge", "X-EventBridge").replace(": ", ":\t ");
    let after_blank_line = format!("{head}\nthis is no header\n");
    let absolute = head.replace("/cloudevents HTTP/1.1", "http://10.0.0.1:9/cloudevents HTTP/1.1");
    for (name, text) in [
        ("crlf", head.replace('\n', "\r\n")),
        ("upper-case", upper),
        ("after-blank-line", after_blank_line),
        ("absolute-target", absolute),
        ("no-version", head.replace(" HTTP/1.1", "")),
        ("trailing-spaces", head.replace("=\n", "= \t\n")),
    ] {
        let (exit, report) = real_head_as(name, text.as_bytes(), &exact);
        assert_eq!(exit, 0, "{name}: {report}");
    }

    let (exit, report) = real_head_as("no-request-line", without_request_line.as_bytes(), &exact);
    assert_eq!(exit, 0, "{report}");
    let not_judged: Vec<_> = results(&report)
        .into_iter()
        .filter(|(_, result)| *result == "not-judged")
        .map(|(stage, _)| stage)
        .collect();
    assert_eq!(not_judged, ["method", "encoding", "timestamp", "endpoint", "content-length"]);

    for (name, head, kind) in [
        ("get", head.replace("POST ", "GET "), "http-method-not-allowed"),
        ("gzip", format!("{head}content-encoding: gzip\n"), "content-encoding-not-supported"),
        ("longer", format!("{head}content-length: 55\n"), "body-incomplete"),
        ("shorter", format!("{head}content-length: 53\n"), "body-incomplete"),
        ("not-a-length", format!("{head}content-length: x\n"), "malformed-header"),
    ] {
        let (exit, report) = real_head_as(name, head.as_bytes(), &exact);
        assert_eq!((exit, reason(&report)), (1, kind), "{name}");
    }
    let right_length = format!("{head}content-length: 54\n");
    assert_eq!(real_head_as("right-length", right_length.as_bytes(), &exact).0, 0);
}

/// The slips that need a push of their own, signed with the `rsa` crate.
#[test]
fn slips_of_query_and_time() {
    let key = "fixtures/keys/rsa1024.key";
    let millis = "1796083200000";
    let push = |file: &str, url: &str, signed_time: &str, target: &str, sent_time: &str| {
        let lines = [
            format!("x-eventbridge-signature-timestamp: {signed_time}"),
            "x-eventbridge-hash-method: SHA256".into(),
            "x-eventbridge-signature-version: 1.0".into(),
            format!("x-eventbridge-signature-url: {REGION_URL}"),
            format!("x-eventbridge-signature-token: {TOKEN}"),
        ];
        let message = format!("{url}\n{}\n{{}}\n", lines.join("\n"));
        let pem = std::fs::read_to_string(key).unwrap();
        let signature = sign(&pem, message.as_bytes());
        let head = format!(
            "POST {target} HTTP/1.1\n{}\nx-eventbridge-signature-v2: {signature}\n",
            lines.join("\n").replacen(signed_time, sent_time, 1)
        );
        head_file(file, head.as_bytes())
    };
    let body = head_file("slip-body", b"{}");
    let certificate = given(REGION_URL, "rsa1024");
    let host = "https://hooks.example.com";
    for (name, signed_url, signed_time, target, sent_time, endpoint, slip) in [
        ("decoded", "/e?x=a/b", millis, "/e?x=a%2Fb", millis, host, "query-decoded"),
        (
            "decoded-exact",
            "/e?x=a/b",
            millis,
            "/e?x=a%2Fb",
            millis,
            "https://hooks.example.com/e?x=a%2Fb",
            "query-decoded",
        ),
        ("left-out", "/e", millis, "/e?x=1", millis, host, "query-left-out"),
        (
            "not-left-out",
            "/e?x=1",
            millis,
            "/e?x=1",
            millis,
            "https://hooks.example.com/e",
            "query-left-out",
        ),
        ("seconds-signed", "/e", "1796083200", "/e", millis, host, "timestamp-in-seconds"),
        (
            "prefix-dropped",
            "/prod/e",
            millis,
            "/e",
            millis,
            "https://hooks.example.com/prod/e",
            "path-prefix",
        ),
        ("slash-dropped", "/e/", millis, "/e", millis, host, "trailing-slash"),
    ] {
        let head = push(name, &format!("{host}{signed_url}"), signed_time, target, sent_time);
        let arguments = [
            "--head",
            &head,
            "--body",
            &body,
            "--endpoint",
            endpoint,
            "--token",
            TOKEN,
            "--certificate",
            &certificate,
        ];
        let (exit, report) = json(&arguments);
        assert_eq!((exit, near_misses(&report)), (1, vec![slip]), "{name}: {report}");
    }
}

fn sign(pem: &str, message: &[u8]) -> String {
    use base64::Engine;
    use rsa::{Pkcs1v15Sign, RsaPrivateKey, pkcs8::DecodePrivateKey};
    use sha2::{Digest, Sha256};
    let key = RsaPrivateKey::from_pkcs8_pem(pem).unwrap();
    let signature = key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).unwrap();
    base64::engine::general_purpose::STANDARD.encode(signature)
}

#[test]
fn a_final_line_feed_that_an_editor_added_is_noted() {
    let mut body = std::fs::read("fixtures/signature/v2-token-reference-rsa1024/body").unwrap();
    body.extend(b"\n\n");
    let body = head_file("edited-body", &body[..body.len() - 1]);
    let certificate = given(REGION_URL, "rsa1024");
    let head = "fixtures/signature/v2-token-reference-rsa1024/head";
    let arguments = [
        "--head",
        head,
        "--body",
        &body,
        "--endpoint",
        "https://hooks.example.com",
        "--token",
        TOKEN,
        "--form",
        "reference",
        "--certificate",
        &certificate,
    ];
    let (exit, report) = json(&arguments);
    assert_eq!(exit, 1);
    assert!(report["notes"].to_string().contains("final line feed"), "{report}");
}

#[test]
fn bad_usage_is_one_line_and_exit_code_2() {
    let head = "fixtures/signature/real-push/head";
    let certificate = real_certificate();
    let files = ["--head", head, "--body", REAL_BODY];
    let endpoint = ["--endpoint", "http://127.0.0.1:8080"];
    let trust = ["--certificate", certificate.as_str()];
    let line = |more: &[&str]| usage_error(&[&files[..], more].concat());
    let all = |more: &[&str]| line(&[&endpoint[..], &trust, more].concat());

    assert!(usage_error(&[]).contains("--head"));
    assert!(usage_error(&["--bogus"]).contains("--bogus"));
    assert!(all(&[]).contains("--token"));
    assert!(all(&["--token", "short"]).contains("--token"));
    assert!(!all(&["--token", "--secret-token-0123456789"]).contains("secret-token"));
    assert!(all(&["--token", TOKEN, "--any-tenant"]).contains("--any-tenant"));
    assert!(all(&["--any-tenant", "--at", "tomorrow"]).contains("--at"));
    assert!(all(&["--any-tenant", "--form", "other"]).contains("--form"));
    assert!(all(&["--any-tenant", "--region", "cn-hangzou"]).contains("--region"));
    assert!(all(&["--any-tenant", "--unlisted-region", "a.b"]).contains("--unlisted-region"));
    assert!(
        all(&["--any-tenant", trust[0], trust[1]]).contains("--certificate"),
        "the same URL twice"
    );
    assert!(
        line(&[&endpoint[..], &["--any-tenant"]].concat()).contains("--region"),
        "no trust at all"
    );
    assert!(line(&[&trust[..], &["--any-tenant"]].concat()).contains("--endpoint"));
    assert!(
        line(&[&trust[..], &["--any-tenant", "--endpoint", "ftp://a/b"]].concat())
            .contains("--endpoint")
    );
    for bad in
        ["no-equals-sign", "https://a.example/x=missing.pem", "https://a.example/x=Cargo.toml"]
    {
        assert!(
            line(&[&endpoint[..], &["--any-tenant", "--certificate", bad]].concat())
                .contains("--certificate")
        );
    }
    for file in ["two-certificates", "truncated", "empty", "not-a-certificate"] {
        let bad = given(REAL_URL, file);
        let line = line(&[&endpoint[..], &["--any-tenant", "--certificate", &bad]].concat());
        assert!(line.contains(file), "{line}");
    }
    for (name, head) in [
        ("no-colon", "POST / HTTP/1.1\nno colon here\n"),
        ("no-name", "POST / HTTP/1.1\n: value\n"),
        ("space-in-name", "a b: c\n"),
        ("pseudo-header", ":method: POST\n"),
        ("control", "a: b\u{1}c\n"),
        ("carriage-return", "a: b\rc\n"),
    ] {
        let file = head_file(name, head.as_bytes());
        let arguments = ["--head", &file, "--body", REAL_BODY, "--any-tenant"];
        let line = usage_error(&[&arguments[..], &endpoint, &trust].concat());
        assert!(line.contains("--head") && line.contains("line "), "{name}: {line}");
    }
    let missing = ["--head", "missing", "--body", REAL_BODY, "--any-tenant"];
    assert!(usage_error(&[&missing[..], &endpoint, &trust].concat()).contains("missing"));
}

#[test]
fn options_come_from_the_environment_except_those_that_weaken_a_check() {
    let certificate =
        format!("{}\n{}", real_certificate(), given("https://a.example/b.pem", "rsa2048"));
    let run = |more: &[(&str, &str)], arguments: &[&str]| {
        let mut command = command(arguments);
        command
            .env("EVENTBRIDGE_HEAD", "fixtures/signature/real-push/head")
            .env("EVENTBRIDGE_BODY", REAL_BODY);
        command.env(
            "EVENTBRIDGE_ENDPOINT",
            "https://other.example\nhttp://127.0.0.1:8080/cloudevents",
        );
        command.env("EVENTBRIDGE_CERTIFICATE", &certificate).env("EVENTBRIDGE_JSON", "true");
        for (name, value) in more {
            command.env(name, value);
        }
        command.output().unwrap()
    };
    let accepted = run(&[], &["--any-tenant"]);
    assert_eq!(code(&accepted), 0, "{accepted:?}");
    assert!(accepted.stdout.starts_with(b"{"));
    let weakened =
        run(&[("EVENTBRIDGE_ANY_TENANT", "true"), ("EVENTBRIDGE_SEEN_ANYWHERE", "true")], &[]);
    assert_eq!(code(&weakened), 2, "{weakened:?}");
    let with_token = run(&[("EVENTBRIDGE_TOKEN", TOKEN)], &[]);
    assert_eq!(code(&with_token), 1, "{with_token:?}");
    let required = run(&[("EVENTBRIDGE_REQUIRE_V2", "1")], &["--any-tenant"]);
    assert_eq!(code(&required), 1, "{required:?}");
}

#[test]
fn help_and_version_are_printed() {
    let help = explain(&["--help"]);
    assert_eq!(code(&help), 0);
    let text = String::from_utf8(help.stdout).unwrap();
    for option in [
        "--head",
        "--body",
        "--endpoint",
        "--token",
        "--any-tenant",
        "--certificate",
        "--at",
        "--json",
    ] {
        assert!(text.contains(option), "{option}");
    }
    assert_eq!(code(&explain(&["--version"])), 0);
}
