//! `receive --check`: all is read and said, and nothing is bound, fetched, written or made.

use std::net::TcpListener;

use super::*;
use crate::{process::temporary_path, sender::TOKEN};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSx";

fn json(output: &Output) -> serde_json::Value {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The value of a row, which has a name.
fn row<'a>(rows: &'a serde_json::Value, name: &str) -> &'a str {
    let rows = rows.as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}"));
    row["value"].as_str().unwrap()
}

#[test]
fn it_says_what_would_be_done_and_where_each_setting_is_from() {
    // Somebody else listens there: nothing is bound.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let captures = temporary_path("check-captures");
    let secrets = config("check-secrets", &format!("{SECRET}\n{SECRET}\n"));
    let file = config(
        "check",
        &format!(
            "region = [\"cn-hangzhou\"]\n[receive]\nlisten = {:?}\nendpoint = \
                 [\"https://hooks.example.com/events?key=key-secret\", \"https://a.example\"]\n\
             token = \"{TOKEN}\"\nforward = \
                  \"http://127.0.0.1:1/x?key=query-secret\"\nforward-secret-file = \
                  {secrets:?}\n\
             capture-dir = {:?}\nhandler-timeout = 7\ntolerance = 30\n",
            taken.local_addr().unwrap().to_string(),
            captures.to_str().unwrap(),
        ),
    );
    let arguments = ["--config", &file, "--check", "--require-v2"];
    let variables = [
        ("EVENTBRIDGE_DEDUPE", "redis://user:pw-secret@127.0.0.1:1/0"),
        ("EVENTBRIDGE_HANDLER_TIMEOUT", "8"),
    ];
    let output = run("receive", &[&arguments[..], &["--json"]].concat(), &variables);
    let report = json(&output);
    let would = &report["would"];
    assert_eq!(row(would, "accept pushes to"), "https://hooks.example.com/events");
    assert!(row(would, "of").starts_with("whoever has the right token: 1 token, sha256:"));
    assert_eq!(row(would, "with signatures"), "v2, in either form of the string to sign");
    let host = "https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com";
    assert_eq!(row(would, "trust certificates from"), host);
    let on = "http://127.0.0.1:1/x, as they arrive, signed with 2 secrets";
    assert_eq!(row(would, "send pushes on to"), on);
    assert_eq!(row(would, "handle each event once"), "by the store redis://127.0.0.1:1/0");
    assert_eq!(row(&report["limits"], "an event, to be handled"), "8 s");
    assert_eq!(row(&report["limits"], "age of a push"), "30 s");
    let settings = report["settings"].as_array().unwrap();
    for (option, origin, from) in [
        ("--require-v2", "command-line", "command line"),
        ("--handler-timeout", "environment", "EVENTBRIDGE_HANDLER_TIMEOUT"),
        ("--dedupe", "environment", "EVENTBRIDGE_DEDUPE"),
        ("--region", "file", "check.toml, line 1"),
        ("--tolerance", "file", "check.toml, line 10"),
        ("--max-body", "default", "default"),
    ] {
        let row = settings.iter().find(|row| row["option"] == option).expect(option);
        assert_eq!(row["origin"], origin, "{option}");
        assert!(row["from"].as_str().unwrap().ends_with(from), "{option}: {row}");
    }
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("can read token in"), "{warnings}");

    let text = run("receive", &arguments, &variables);
    assert_eq!(text.status.code(), Some(0));
    let text = self::text(&text.stdout);
    for expected in ["what it would do", "listen", "limits", "EVENTBRIDGE_DEDUPE", "line 10"] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    for shown in [text, self::text(&output.stdout), self::text(&output.stderr)] {
        for secret in ["pw-secret", "query-secret", TOKEN, &SECRET[6..], "\u{1b}"] {
            assert!(!shown.contains(secret), "{secret:?} is in {shown}");
        }
    }
    assert!(!captures.exists(), "the folder is not made");
}

/// With `--dev` no key is made.
#[test]
fn a_check_of_dev_makes_no_key() {
    let state = temporary_path("check-state");
    let variables = [("EVENTBRIDGE_STATE_DIR", state.to_str().unwrap())];
    let report = json(&run("receive", &["--dev", "--check", "--json"], &variables));
    assert_eq!(row(&report["would"], "listen"), "127.0.0.1:8080");
    assert!(row(&report["would"], "trust the key").ends_with("dev.key"));
    assert!(!state.exists());
}

/// Everything that is read at a start is read here, and a mistake in it is said.
#[test]
fn a_mistake_is_one_line_and_exit_code_2() {
    let good = [
        "--check",
        "--listen",
        "127.0.0.1:0",
        "--endpoint",
        "https://a.example/x",
        "--any-tenant",
        "--region",
        "cn-hangzhou",
    ];
    assert_eq!(run("receive", &good, &[]).status.code(), Some(0));
    for (more, expected) in [
        (&["--token-file", "missing"][..], "--token-file"),
        (&["--certificate", "https://a.example/c.pem=missing"], "--certificate: missing"),
        (&["--ca-certificate", "Cargo.toml"], "--ca-certificate"),
        (
            &["--forward", "http://a.example", "--forward-secret-file", "missing"],
            "--forward-secret-file",
        ),
        (&["--forward", "http://a.example", "--forward-secret", "x"], "--forward-secret"),
        (&["--forward", "ftp://a.example"], "--forward"),
        (&["--dedupe", "redis://h:x"], "--dedupe"),
        (&["--capture-dir", "Cargo.toml"], "--capture-dir"),
        (&["--capture-dir", "missing/folder"], "--capture-dir"),
        (&["--region", "cn-hangzou"], "--region"),
        (&["--max-body-in-flight", "1"], "--max-body-in-flight"),
    ] {
        let line = usage_error("receive", &[&good[..], more].concat(), &[]);
        assert!(line.contains(expected), "{more:?}: {line}");
    }
}
