//! `size`: what EventBridge counts, and its limits.

use super::service::{Ran, without_credentials};
use crate::process::temporary_file;

#[tokio::test]
async fn sizes_are_compared_with_the_limit() {
    let of = |bytes: usize| format!(r#"{{"id":"{bytes}","data":"{}"}}"#, "x".repeat(bytes));
    let lines = [of(10), of(70_000), of(300_000)].join("\n");
    let file = temporary_file("sizes.jsonl", lines.as_bytes());
    let name = file.to_str().unwrap();
    let ran = Ran::of(without_credentials("size", &[name])).await;
    let expected = format!(
        "{name}:1 10: 14 bytes, within 65536\n\
         {name}:2 70000: 70007 bytes, over 65536, within 262144, the newest limit\n\
         {name}:3 300000: 300008 bytes, over 65536, and over 262144, the newest limit\n"
    );
    assert_eq!((ran.code, ran.stdout), (1, expected));
    let ran =
        Ran::of(without_credentials("size", &["--json", "--max-event", "262144", name])).await;
    let over: Vec<_> = ran.lines().iter().map(|line| line["over"].as_bool().unwrap()).collect();
    assert_eq!((ran.code, over), (1, vec![false, false, true]));
    assert_eq!(ran.lines()[1]["size"], 70_007);
    let ran = Ran::of(without_credentials("size", &[r#"{"time":"now"}"#])).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "inline text:1: 36 bytes, within 65536\n"));
    let ran = Ran::of(without_credentials("size", &["{}", "[1]"])).await;
    ran.is_bad_usage("FILE: inline text: line 1 column 2: an event is a JSON object");
}
