//! The verdict, stage by stage, for fixtures and heads written in many ways.

use super::*;

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
fn each_rejection_names_its_stage() {
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
    let region = ["--any-tenant", "--endpoint", url, "--region"];
    for (name, kind) in [
        ("cn-hangzhou", "certificate-unavailable"), // allowed; its bytes come from a file only
        ("cn-beijing", "certificate-url-not-allowed"),
    ] {
        let (exit, report) = run("real-push", &[&region[..], &[name]].concat());
        assert_eq!((exit, reason(&report)), (1, kind), "{name}");
    }
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
fn weak_and_expired_certificates_are_rejections() {
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
    let root = repository("fixtures/signature");
    let mut tried = 0;
    for folder in std::fs::read_dir(&root).unwrap() {
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
