//! `eventbridge explain` as people run it: output, JSON object, exit codes, near misses.

mod near_misses;
mod seen_as;
mod usage;
mod verdicts;

mod slip;

mod slips;

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

use crate::{process, sender::repository};

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

fn explain(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// Without options from the environment of whoever runs the tests.
fn command(arguments: &[&str]) -> Command {
    process::command("explain", arguments).into_std()
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
    assert!(stderr.starts_with("eventbridge explain: "), "{stderr}");
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

/// A head file in a folder of this test's own.
fn head_file(name: &str, head: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, head).unwrap();
    path.to_str().unwrap().to_owned()
}

fn real_head() -> String {
    std::fs::read_to_string(repository("fixtures/signature/real-push/head")).unwrap()
}

const REAL_BODY: &str = "fixtures/signature/real-push/body";

fn real_head_as(name: &str, head: &[u8], more: &[&str]) -> (i32, Value) {
    let file = head_file(name, head);
    let certificate = real_certificate();
    let base =
        ["--head", &file, "--body", REAL_BODY, "--any-tenant", "--certificate", &certificate];
    json(&[&base[..], more].concat())
}
