//! What people see on a terminal, a real one of the kernel, and what programs read elsewhere.

use std::{
    net::TcpListener,
    process::{Command, Output, Stdio},
};

use console::{measure_text_width, strip_ansi_codes};

use crate::process::{self, REPOSITORY};

const ESCAPE: char = '\u{1b}';

/// What a subcommand writes to a pipe.
fn piped(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = process::command(arguments[0], &arguments[1..]).into_std();
    command.envs(variables.iter().copied());
    command.output().unwrap()
}

/// What a subcommand shows on a terminal of so many columns: stdout and stderr as they come.
/// `script` of util-linux makes the terminal.
fn on_terminal(columns: usize, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let words: Vec<_> = arguments.iter().map(|word| format!("'{word}'")).collect();
    let program = env!("CARGO_BIN_EXE_eventbridge");
    let line = format!("stty cols {columns} rows 40; exec '{program}' {}", words.join(" "));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(REPOSITORY).stdin(Stdio::null());
    process::unwanted_variables().for_each(|name| {
        command.env_remove(name);
    });
    command.env("TERM", "xterm-256color");
    command.env("EVENTBRIDGE_STATE_DIR", process::temporary_path("state"));
    let output = command.envs(variables.iter().copied()).output().expect("script of util-linux");
    let text = String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n");
    (output.status.code().unwrap(), text)
}

fn widest(text: &str) -> usize {
    text.lines().map(measure_text_width).max().unwrap()
}

#[test]
fn the_demo_fits_100_columns_and_the_terminal() {
    let output = piped(&["demo"], &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(widest(&text) <= 100, "{text}");
    assert!(!text.contains(ESCAPE), "{text}");
    assert!(text.contains("certificate in a foreign bucket  401  certificate-url-not-allowed\n"));
    assert!(text.ends_with("\nEvery verdict is as expected.\n"), "{text}");
    for (columns, most) in [(60, 68), (80, 80), (100, 100), (240, 100)] {
        let (code, shown) = on_terminal(columns, &["demo"], &[]);
        assert_eq!(code, 0, "{shown}");
        assert!(shown.contains("\u{1b}[32m200\u{1b}[0m"), "{shown}");
        assert!(widest(&shown) <= most, "{columns}: {shown}");
        let words = |text: &str| {
            let text = strip_ansi_codes(text).into_owned();
            let words = text.split_whitespace().filter(|word| !word.contains(char::is_numeric));
            words.collect::<String>()
        };
        // Where it is narrower, a URL is broken.
        if columns >= 100 {
            assert_eq!(words(&shown), words(&text), "the same words");
        }
    }
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    for (name, variables, coloured) in [
        ("a terminal", &[][..], true),
        ("NO_COLOR", &[("NO_COLOR", "1")], false),
        ("TERM=dumb", &[("TERM", "dumb")], false),
        ("TERM=dumb in CI", &[("TERM", "dumb"), ("CI", "true")], false),
        ("TERM=dumb with COLORTERM", &[("TERM", "dumb"), ("COLORTERM", "truecolor")], false),
        ("TERM=dumb forced", &[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], true),
        ("NO_COLOR in CI", &[("NO_COLOR", "1"), ("CI", "true")], false),
    ] {
        let (_, shown) = on_terminal(100, &["demo"], variables);
        assert_eq!(shown.contains(ESCAPE), coloured, "{name}: {shown}");
    }
    for (name, variables, coloured) in [
        ("a pipe", &[][..], false),
        ("a pipe in CI", &[("CI", "true")], false),
        ("CLICOLOR_FORCE", &[("CLICOLOR_FORCE", "1")], true),
        ("both", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
    ] {
        let output = piped(&["demo"], variables);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.contains(ESCAPE), coloured, "{name}: {text}");
    }
}

/// Everything that a subcommand writes to pipes is plain.
#[test]
fn pipes_get_no_escape_bytes() {
    let real = "https://cn-hangzhou-eventbridge.oss-cn-hangzhou.aliyuncs.com/x509_public_certificate_2021012101.pem=fixtures/keys/x509_public_certificate_2021012101.pem";
    let explain = [
        "explain",
        "--any-tenant",
        "--endpoint",
        "http://127.0.0.1:8080/cloudevents",
        "--head",
        "fixtures/signature/real-push/head",
        "--body",
        "fixtures/signature/real-push/body",
        "--certificate",
        real,
    ];
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let to = format!("http://{nobody}/");
    let push = ["push", "--dev", "--to", &to, "--count", "3"];
    let replay = ["replay", "--to", &to, "fixtures/envelopes/alibaba-oss-postobject.json"];
    for (arguments, code) in [
        (&explain[..], 0),
        (&push, 1),
        (&replay, 1),
        (&["push", "--list"], 0),
        (&["receive", "--dev", "--check"], 0),
        (&["receive", "--help"], 0),
        (&["completions", "bash"], 0),
    ] {
        let output = piped(arguments, &[("TERM", "xterm")]);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        for bytes in [&output.stdout, &output.stderr] {
            assert!(!bytes.contains(&0x1b), "{arguments:?}: {}", String::from_utf8_lossy(bytes));
        }
    }
    let (_, shown) = on_terminal(100, &explain, &[]);
    assert!(shown.contains("\u{1b}[32mpassed"), "{shown}");
    let plain = piped(&explain, &[]);
    assert_eq!(strip_ansi_codes(&shown), String::from_utf8(plain.stdout).unwrap());
}

/// Lines on stdout as elsewhere, and a bar that goes away.
#[test]
fn push_shows_how_far_it_is_on_a_terminal_only() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let to = format!("http://{nobody}/");
    let arguments = ["push", "--dev", "--to", &to, "--count", "40"];
    let (code, shown) = on_terminal(100, &arguments, &[]);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains(" of 40, "), "the bar: {shown}");
    assert!(shown.contains("push 40 of 40: \u{1b}["), "{shown}");
    let (_, shown) = on_terminal(100, &arguments, &[("TERM", "dumb")]);
    assert!(!shown.contains(ESCAPE) && !shown.contains(" of 40, "), "{shown}");
    let output = piped(&arguments, &[]);
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.starts_with("push 1 of 40: failed: "), "{lines}");
    assert_eq!(lines.lines().count(), 40, "{lines}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "delivered 0, retried 0 times, given up 40\n");
}

#[test]
fn tables_fit_the_terminal() {
    for (arguments, word) in [
        (&["push", "--list"][..], "oss:ObjectCreated:PutObject"),
        (&["receive", "--dev", "--check"], "what it would do"),
    ] {
        let (code, shown) = on_terminal(100, arguments, &[]);
        assert_eq!(code, 0, "{shown}");
        assert!(shown.contains(&format!("\u{1b}[1m{word}")), "{shown}");
        assert!(widest(&shown) <= 100, "{shown}");
    }
}

/// The log of the receiver has colours on a terminal, and none elsewhere.
#[test]
fn the_log_is_coloured_on_a_terminal() {
    let line = "receive --dev --listen 127.0.0.1:0";
    let arguments: Vec<_> = line.split(' ').collect();
    let seconds = "timeout -s TERM 2";
    let program = env!("CARGO_BIN_EXE_eventbridge");
    let shown = |no_color: Option<&str>| {
        let mut command = Command::new("script");
        let line = format!("exec {seconds} '{program}' {}", arguments.join(" "));
        command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null());
        process::unwanted_variables().for_each(|name| {
            command.env_remove(name);
        });
        command.env("TERM", "xterm");
        command.env("EVENTBRIDGE_STATE_DIR", process::temporary_path("state"));
        command.envs(no_color.map(|value| ("NO_COLOR", value)));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let (coloured, plain) = (shown(None), shown(Some("1")));
    assert!(coloured.contains("listening on 127.0.0.1:"), "{coloured}");
    assert!(coloured.contains(ESCAPE) && !plain.contains(ESCAPE), "{coloured}{plain}");
}
