//! `pattern`, `transform` and `size`: samples by their names, and options that miss.

use super::*;

const SAMPLE: &str = "oss:ObjectCreated:PutObject";

#[test]
fn an_event_is_a_sample_by_its_name() {
    for (subcommand, arguments, printed) in [
        ("size", &[SAMPLE][..], "oss:ObjectCreated:PutObject:1 "),
        ("pattern", &["--pattern", r#"{"source":["acs.oss"]}"#, "--event", SAMPLE], "match"),
        ("transform", &["--form", "JSONPATH", "--value", "$.type", "--event", SAMPLE], SAMPLE),
    ] {
        let output = run(subcommand, arguments, &[]);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{subcommand}: {}", text(&output.stderr));
        assert!(said.starts_with(printed), "{subcommand}: {said}");
        let help = text(&run(subcommand, &["--help"], &[]).stdout);
        assert!(help.contains("--list"), "{subcommand}: {help}");

        let misspelt: Vec<_> =
            arguments.iter().map(|one| if *one == SAMPLE { "PutObjec" } else { one }).collect();
        let line = usage_error(subcommand, &misspelt, &[]);
        assert!(line.contains("neither a file nor a sample \"PutObjec\""), "{line}");
        assert!(line.contains(&format!("near it: {SAMPLE}")), "{line}");
    }
    // A file of this name comes first, and a path is never a sample.
    let line = usage_error("size", &["/no/file"], &[]);
    assert!(line.contains("/no/file: No such file"), "{line}");
}

#[test]
fn a_transform_names_the_option_that_misses() {
    let event = ["--event", "{}"];
    for (arguments, starts) in [
        (&["--form", "TEMPLATE", "--template", "x"][..], "--value: the form TEMPLATE needs it"),
        (&["--form", "TEMPLATE", "--value", "{}"], "--template: the form TEMPLATE needs it"),
        (&["--form", "TEMPLATE"], "--value: "),
        (&["--form", "JSONPATH"], "--value: the form JSONPATH needs it: give a path"),
        (&["--form", "CONSTANT"], "--value: the form CONSTANT needs it: give the constant"),
        (&["--form", "JSONPATH", "--value", "x"], "--value: "),
        (&["--form", "x"], "--form: "),
    ] {
        let line = usage_error("transform", &[arguments, &event].concat(), &[]);
        let start = format!("eventbridge transform: {starts}");
        assert!(line.starts_with(&start), "{line}");
    }
    let line = usage_error("transform", &["--form", "TEMPLATE", "--event", "{}"], &[]);
    assert!(line.contains("; --template: "), "both miss: {line}");
}
