//! Options from the environment: a variable that is empty or blank is not given, for every option
//! of every subcommand.
//!
//! The options are read from what `--help` prints, which clap makes from its own definition: a new
//! one is covered by itself.

use std::{net::TcpListener, process::Output};

use crate::{process, sender::TOKEN};

const URL: &str = "https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem";
const BLANKS: [&str; 6] = ["", " ", "\t", "\n", " \r\n \n", "\u{3000}"];

/// With one variable of the environment, or none.
fn run(subcommand: &str, arguments: &[String], variable: Option<(&str, &str)>) -> Output {
    let mut command = process::command(subcommand, &[]).into_std();
    command.args(arguments).envs(variable).output().unwrap()
}

/// Each option that has a variable, with the variable.
fn options_with_variables(program: &str) -> Vec<(String, String)> {
    let help = run(program, &["--help".to_owned()], None).stdout;
    let help = String::from_utf8(help).unwrap();
    let mut option = String::new();
    let mut found = Vec::new();
    for line in help.lines().map(str::trim) {
        if let Some(name) = line.split_whitespace().next().filter(|word| word.starts_with("--")) {
            option = name.to_owned();
        }
        if let Some((_, rest)) = line.split_once("[env: ") {
            let variable = rest.split(['=', ']']).next().unwrap();
            found.push((option.clone(), variable.to_owned()));
        }
    }
    found
}

/// With each variable blank, the program does what it does without it: where the option is given by
/// nothing else too.
fn blank_is_not_given(program: &str, base: &[(&str, &str)], flags: &[&str], at_least: usize) {
    let options = options_with_variables(program);
    assert!(options.len() >= at_least, "{program}: {options:?}");
    for (option, variable) in &options {
        let others = base.iter().filter(|(name, _)| name != option);
        let arguments =
            others.flat_map(|(name, value)| [*name, *value]).chain(flags.iter().copied());
        let arguments: Vec<String> = arguments.map(str::to_owned).collect();
        let without = run(program, &arguments, None);
        for blank in BLANKS {
            let with = run(program, &arguments, Some((variable, blank)));
            assert_eq!(
                (with.status.code(), text(&with.stdout), text(&with.stderr)),
                (without.status.code(), text(&without.stdout), text(&without.stderr)),
                "{program}: {variable}={blank:?}"
            );
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn explain() {
    let certificate = "https://cn-hangzhou-eventbridge.oss-cn-hangzhou.aliyuncs.com/x509_public_certificate_2021012101.pem=fixtures/keys/x509_public_certificate_2021012101.pem";
    let base = [
        ("--head", "fixtures/signature/real-push/head"),
        ("--body", "fixtures/signature/real-push/body"),
        ("--endpoint", "http://127.0.0.1:8080/cloudevents"),
        ("--certificate", certificate),
    ];
    blank_is_not_given("explain", &base, &["--any-tenant"], 12);
}

#[test]
fn push() {
    // Nobody listens there any more.
    let to = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let to = format!("http://{to}/events");
    let base = [
        ("--to", to.as_str()),
        ("--token", TOKEN),
        ("--key", "fixtures/keys/rsa1024.key"),
        ("--certificate-url", URL),
    ];
    blank_is_not_given("push", &base, &[], 13);
}

#[test]
fn replay() {
    let to = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let to = format!("http://{to}/events");
    let base = [("--to", to.as_str())];
    blank_is_not_given("replay", &base, &["fixtures/envelopes/alibaba-oss-postobject.json"], 6);
}

/// Without credentials: they are looked for once every option was read.
#[test]
fn publish() {
    let base = [("--api-endpoint", "http://127.0.0.1:9"), ("--bus", "orders")];
    blank_is_not_given("publish", &base, &[r#"{"source":"s","type":"t"}"#], 12);
}

/// Somebody else listens where it would: so it ends once every option was read.
#[test]
fn receiver() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let certificate = format!("{URL}=fixtures/keys/rsa1024.pem");
    let base = [
        ("--listen", listen.as_str()),
        ("--endpoint", "https://hooks.example.com/events"),
        ("--token", TOKEN),
        ("--certificate", certificate.as_str()),
    ];
    blank_is_not_given("receive", &base, &[], 20);
}

#[test]
fn a_value_that_is_not_blank_counts() {
    let base = ["--head", "a", "--body", "b", "--endpoint", "c"].map(str::to_owned);
    for (variable, value) in [
        ("EVENTBRIDGE_AT", "x"),
        ("EVENTBRIDGE_FORM", "x"),
        ("EVENTBRIDGE_JSON", "x"),
        ("EVENTBRIDGE_AT", "0 x"),
        ("EVENTBRIDGE_REQUIRE_V2", "."),
    ] {
        let output = run("explain", &base, Some((variable, value)));
        assert_eq!(output.status.code(), Some(2), "{variable}");
        assert!(text(&output.stderr).contains("invalid value"), "{variable}: {output:?}");
    }
}

/// Messages begin with the subcommand, and with the program where there is none.
#[test]
fn bad_usage_names_the_subcommand() {
    for (arguments, start) in [
        (&["receive", "--bogus"][..], "eventbridge receive: unexpected argument"),
        (&["demo", "--bogus"], "eventbridge demo: unexpected argument"),
        (&["receiver"], "eventbridge: unrecognized subcommand"),
        (&["--token", "x-secret"], "eventbridge: unexpected argument"),
    ] {
        let arguments: Vec<_> = arguments.iter().map(|word| (*word).to_owned()).collect();
        let output = run(&arguments[0], &arguments[1..], None);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
        assert!(stderr.starts_with(start) && !stderr.contains("-secret"), "{stderr}");
    }
}
