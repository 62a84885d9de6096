//! `transform`: the bytes that EventBridge would send, and every case of the case files.

use serde_json::Value;

use super::service::{Ran, without_credentials};
use crate::{process::temporary_file, sender::repository};

async fn transform(arguments: &[&str]) -> Ran {
    Ran::of(without_credentials("transform", arguments)).await
}

const EVENT: &str = r#"{"id":"1", "data":{"name":"tom","n":1.50}}"#;
const TARGET: &str = r#"{"Id":"1","ParamList":[
    {"ResourceKey":"Body","Form":"TEMPLATE","Value":"{\"n\":\"$.data.n\"}","Template":"<${n}>"},
    {"ResourceKey":"url","Form":"CONSTANT","Value":"https://a"},
    {"ResourceKey":"id","Form":"JSONPATH","Value":"$.data.absent"}]}"#;

#[tokio::test]
async fn the_bytes_are_exact() {
    for (arguments, expected) in [
        (&["--form", "ORIGINAL"][..], EVENT),
        (&["--form", "jsonpath", "--value", "$.data.n"], "1.50"),
        (&["--form", "CONSTANT", "--value", "-x\n"], "-x\n"),
        (
            &["--form", "TEMPLATE", "--value", r#"{"a":"$.data.name"}"#, "--template", "--${a}!"],
            "--tom!",
        ),
        (&["--parameter", TARGET, "--resource-key", "body"], "<1.50>"),
    ] {
        let ran = transform(&[arguments, &["--event", EVENT]].concat()).await;
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, expected, ""));
    }
    let template = temporary_file("template", b"Hello ${name}\n");
    let value = temporary_file("value", br#"{"name":"$.data.name"}"#);
    let (template, value) = (template.to_str().unwrap(), value.to_str().unwrap());
    let files = ["--form", "TEMPLATE", "--value-file", value, "--template-file", template];
    let ran = transform(&[&files[..], &["--event", EVENT]].concat()).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "Hello tom\n"), "{ran:?}");
}

#[tokio::test]
async fn a_parameter_without_its_path_is_left_out() {
    let arguments = ["--form", "JSONPATH", "--value", "$.data.x", "--event", EVENT];
    let ran = transform(&arguments).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("the parameter is left out"), "{ran:?}");
    let ran = transform(&["--json", "--parameter", TARGET, "--event", EVENT]).await;
    let results: Vec<_> = ran.lines().iter().map(|line| line["result"].clone()).collect();
    assert_eq!(results, [Value::from("<1.50>"), Value::from("https://a"), Value::Null]);
    assert_eq!((ran.code, ran.lines()[1]["resource_key"].as_str()), (1, Some("url")));
}

#[tokio::test]
async fn bad_usage() {
    let event = ["--event", EVENT];
    for (arguments, part) in [
        (&["--form", "X"][..], "a form is CONSTANT, ORIGINAL, JSONPATH or TEMPLATE"),
        (&["--form", "JSONPATH", "--value", "$.a[*]"], "found $.a[*], at character 3"),
        (&["--form", "TEMPLATE", "--value", "{}"], "need"),
        (&["--parameter", "[1]"], "parameter 0: invalid type"),
        (
            &["--parameter", TARGET],
            "has several parameters: give --resource-key, one of Body, url, id",
        ),
        (
            &["--parameter", TARGET, "--resource-key", "x"],
            "--resource-key: there is no parameter x",
        ),
        (&["--parameter", "[]"], "has no parameter"),
        (&[], "--form"),
    ] {
        transform(&[arguments, &event].concat()).await.is_bad_usage(part);
    }
    let two = format!("[{EVENT},{EVENT}]");
    let ran = transform(&["--form", "ORIGINAL", "--event", &two]).await;
    ran.is_bad_usage("there are several events: give --json");
    assert_eq!(ran.stdout, "");
}

#[tokio::test]
async fn the_case_files() {
    let mut count = 0;
    for file in ["transform-cases.json", "transform-cases-run.json"] {
        let cases = std::fs::read(repository(&format!("fixtures/api/{file}"))).unwrap();
        let cases: Value = serde_json::from_slice(&cases).unwrap();
        for case in cases["cases"].as_array().unwrap() {
            let mut arguments = vec!["--form", case["form"].as_str().unwrap()];
            for (option, name) in [("--value", "value"), ("--template", "template")] {
                arguments.extend(case[name].as_str().into_iter().flat_map(|text| [option, text]));
            }
            arguments.extend(["--event", case["event"].as_str().unwrap()]);
            let ran = transform(&arguments).await;
            let expected = case["result"].as_str();
            assert_eq!(ran.code, i32::from(expected.is_none()), "{case}: {ran:?}");
            assert_eq!(ran.stdout, expected.unwrap_or_default(), "{case}: {ran:?}");
            count += 1;
        }
    }
    assert!(count >= 60, "{count}");
}
