//! Bad usage, help, and options from the environment.

use super::*;

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
        ("blank-line-first", "\nPOST / HTTP/1.1\n"),
        ("no-name", "POST / HTTP/1.1\n: value\n"),
        ("space-in-name", "a b: c\n"),
        ("pseudo-header", ":method: POST\n"),
        ("control", "a: b\u{1}c\n"),
        ("carriage-return", "a: b\rc\n"),
    ] {
        let file = head_file(name, head.as_bytes());
        let arguments = ["--head", &file, "--body", REAL_BODY, "--any-tenant"];
        let line = usage_error(&[&arguments[..], &endpoint, &trust].concat());
        assert!(line.contains("--head") && line.contains("line"), "{name}: {line}");
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
