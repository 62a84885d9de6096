//! Variables that cannot be read, that nothing reads, and that are not read on purpose.

use super::*;

const CHECK: [&str; 5] =
    ["--listen", "127.0.0.1:0", "--endpoint", "http://a.example", "--any-tenant"];

#[test]
fn a_value_that_cannot_be_read_names_its_variable() {
    let files = ["--head", "a", "--body", "b", "--endpoint", "c"];
    for (variable, value, parts) in [
        (
            "EVENTBRIDGE_JSON",
            "maybe",
            &["'maybe' for '--json'", "true or false (also yes or no, on or off, 1 or 0)"][..],
        ),
        ("EVENTBRIDGE_FORM", "x", &["'x' for '--form", "any, reference, documented"]),
        ("EVENTBRIDGE_AT", "x", &["'x' for '--at"]),
    ] {
        let line = usage_error("explain", &files, &[(variable, value)]);
        assert!(line.starts_with(&format!("eventbridge explain: {variable}: ")), "{line}");
        for part in parts {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
    let line = usage_error("push", &["--list"], &[("EVENTBRIDGE_DEV", "ja")]);
    assert!(line.contains("EVENTBRIDGE_DEV: invalid value 'ja'"), "{line}");
    // What the command line gives is not blamed on the variable.
    let form = [&files[..], &["--form", "y"]].concat();
    let line = usage_error("explain", &form, &[("EVENTBRIDGE_FORM", "any")]);
    assert!(line.contains("'y'") && !line.contains("EVENTBRIDGE_FORM: "), "{line}");
}

#[test]
fn an_unknown_variable_is_warned_of_with_the_nearest() {
    let region = [&CHECK[..], &["--region", "cn-hangzhou"]].concat();
    let said = checked(&region, &[("EVENTBRIDGE_LOG_LEVLE", "debug-secret")]);
    let warning = "EVENTBRIDGE_LOG_LEVLE is set and not known: the nearest is \
         EVENTBRIDGE_LOG_LEVEL";
    assert!(said.contains(warning) && !said.contains("debug-secret"), "{said}");

    let misspelt = [("EVENTBRIDGE_MAX_EVNT", "1")];
    let output = run("size", &["{}"], &misspelt);
    let line = "eventbridge size: EVENTBRIDGE_MAX_EVNT is set and not known: the nearest is \
         EVENTBRIDGE_MAX_EVENT\n";
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), line));

    // It may be why an option misses.
    let line = usage_error("receive", &CHECK, &[("EVENTBRIDGE_REGON", "cn-hangzhou")]);
    assert!(line.contains("--region: "), "{line}");
    assert!(line.contains("the nearest is EVENTBRIDGE_REGION)"), "{line}");
}

#[test]
fn variables_of_others_are_not_warned_of() {
    let variables = [
        ("EVENTBRIDGE_STATE_DIR", "x"),
        ("EVENTBRIDGE_WRITE_DOCS", "1"),
        ("EVENTBRIDGE_VERSION_SUFFIX", "x"),
        ("EVENTBRIDGE_BUILD_COMMIT", "x"),
        // Of another subcommand, and blank.
        ("EVENTBRIDGE_RULES", "x"),
        ("EVENTBRIDGE_TOKN", " "),
        // Kubernetes makes them of a service.
        ("EVENTBRIDGE_SERVICE_HOST", "10.0.0.1"),
        ("EVENTBRIDGE_SERVICE_PORT_HTTP", "80"),
        ("EVENTBRIDGE_PORT", "tcp://10.0.0.1:80"),
        ("EVENTBRIDGE_PORT_80_TCP_ADDR", "10.0.0.1"),
    ];
    let output = run("size", &["{}"], &variables);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}

/// Those that weaken a check, and those that are asked for by hand.
#[test]
fn a_variable_that_is_not_read_on_purpose_says_so() {
    let region = [&CHECK[..], &["--region", "cn-hangzhou"]].concat();
    let cure = "weakens a check; give it on the command line or in the file of --config";
    for option in
        ["any-tenant", "ca-certificate", "resolve", "seen-anywhere", "tolerance", "unlisted-region"]
    {
        let variable = format!("EVENTBRIDGE_{}", option.replace('-', "_").to_uppercase());
        let expected = format!("{variable} is set and not read: --{option} {cure}");
        let said = checked(&region, &[(&variable, "1")]);
        assert!(said.contains(&expected), "{said}");
        let line = usage_error("receive", &["--listen", "127.0.0.1:0"], &[(&variable, "1")]);
        assert!(line.contains(&expected), "{line}");
    }
    let said = checked(&region, &[("EVENTBRIDGE_CHECK", "1")]);
    assert!(said.contains("EVENTBRIDGE_CHECK is set and not read: give --check"), "{said}");
    // A subcommand without the option is not concerned.
    let output = run("size", &["{}"], &[("EVENTBRIDGE_ANY_TENANT", "1")]);
    assert_eq!(text(&output.stderr), "");
}
