//! Near misses: the slip that would have matched, and nothing else.

use super::*;

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
        ("the path that arrived", "http://127.0.0.1:8080/zzz", &[], &["other-path"]),
        ("an unrelated host and path", "http://example.org/zzz", &[], &[]),
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

/// Only what a slip can explain is searched for one: here the token line is left out, but the token
/// is wrong too.
#[test]
fn other_rejections_have_no_near_misses() {
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
    assert!(near_misses(&report).is_empty(), "two slips that undo each other: {report}");
    let (exit, _) =
        real_head_as("elsewhere", head.as_bytes(), &[&exact[..], &["--seen-anywhere"]].concat());
    assert_eq!(exit, 0);
}

/// The slips that need a push of their own, signed with the `rsa` crate.
#[test]
fn slips_of_query_and_time() {
    let key = repository("fixtures/keys/rsa1024.key");
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
        let pem = std::fs::read_to_string(&key).unwrap();
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

pub(super) fn sign(pem: &str, message: &[u8]) -> String {
    use base64::Engine;
    use rsa::{Pkcs1v15Sign, PrivateKey, pkcs8::DecodePrivateKey};
    use sha2::{Digest, Sha256};
    let key = PrivateKey::from_pkcs8_pem(pem).unwrap();
    let signature = key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).unwrap();
    base64::engine::general_purpose::STANDARD.encode(signature)
}

#[test]
fn a_final_line_feed_that_an_editor_added_is_noted() {
    let mut body =
        std::fs::read(repository("fixtures/signature/v2-token-reference-rsa1024/body")).unwrap();
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
