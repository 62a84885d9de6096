//! Which value counts, and what the values of a file may be.

use super::*;
use crate::process;

const REAL: &str = r#"
[explain]
head = "fixtures/signature/real-push/head"
body = "fixtures/signature/real-push/body"
endpoint = ["https://other.example", "http://127.0.0.1:8080/cloudevents"]
certificate = "https://cn-hangzhou-eventbridge.oss-cn-hangzhou.aliyuncs.com/x509_public_certificate_2021012101.pem=fixtures/keys/x509_public_certificate_2021012101.pem"
any-tenant = true
json = true
"#;

/// A list, a flag, required options and one that weakens a check, all from a file.
#[test]
fn a_subcommand_runs_on_a_file_alone() {
    let file = config("real", REAL);
    let output = run("explain", &["--config", &file], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with('{'));
    let output = run("explain", &[], &[("EVENTBRIDGE_CONFIG", &file)]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    // An empty variable is not given.
    let line = usage_error("explain", &[], &[("EVENTBRIDGE_CONFIG", "")]);
    assert!(line.contains("--head"), "{line}");
}

#[test]
fn the_command_line_comes_before_the_environment_and_both_before_the_file() {
    let file = config("order", &format!("form = \"documented\"\n{REAL}\nform = \"any\"\n"));
    let form = |arguments: &[&str], variables: &[(&str, &str)]| {
        let all = [&["--config", &file][..], arguments].concat();
        run("explain", &all, variables).status.code().unwrap()
    };
    assert_eq!(form(&[], &[]), 0, "the table comes before the keys outside of tables");
    assert_eq!(form(&[], &[("EVENTBRIDGE_FORM", "documented")]), 1, "the environment");
    assert_eq!(form(&[], &[("EVENTBRIDGE_FORM", " ")]), 0, "a blank variable is not given");
    let environment = [("EVENTBRIDGE_FORM", "documented")];
    assert_eq!(form(&["--form", "reference"], &environment), 0, "the command line");

    let file = config("number", &format!("{REAL}\nat = 0\nrequire-v2 = false\n"));
    let at = |arguments: &[&str], variables: &[(&str, &str)]| {
        let all = [&["--config", &file][..], arguments].concat();
        run("explain", &all, variables).status.code().unwrap()
    };
    assert_eq!(at(&[], &[]), 1, "a number");
    assert_eq!(at(&["--require-v2"], &[]), 1);
    // A list of the command line takes the place of the whole list of the file.
    let endpoint = ["--endpoint", "https://elsewhere.example"];
    assert_eq!(
        run("explain", &[&["--config", &config("list", REAL)][..], &endpoint].concat(), &[])
            .status
            .code(),
        Some(1)
    );
}

#[test]
fn a_flag_of_the_file_is_turned_off_by_its_variable() {
    let file = config("flag", &format!("require-v2 = true\n{REAL}"));
    let code = |variables: &[(&str, &str)]| {
        run("explain", &["--config", &file], variables).status.code().unwrap()
    };
    assert_eq!(code(&[]), 1, "the capture is of v1");
    assert_eq!(code(&[("EVENTBRIDGE_REQUIRE_V2", "false")]), 0);
}

/// One file serves all subcommands: keys outside of tables count where they are options.
#[test]
fn a_file_may_hold_what_other_subcommands_take() {
    let text = format!(
        "count = 3\nforward = \"http://127.0.0.1:1\"\n{REAL}\n[push]\nretry = \"none\"\n\
         [receive]\nlisten = \"127.0.0.1:0\"\n\
         [provision]\nrule = \"r\"\nanything = [1]\n[provision.network]\nvpc = \"v\"\n"
    );
    let output = run("explain", &["--config", &config("shared", &text)], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", self::text(&output.stderr));
}

/// What a file gives is judged as on the command line, and the message names its line.
#[test]
fn options_of_a_file_require_and_exclude_others() {
    let file = config(
        "secrets",
        "[receive]\nforward = \"http://127.0.0.1:1\"\nforward-secret-file = \"x\"\n",
    );
    let line = usage_error("receive", &["--config", &file], &[("EVENTBRIDGE_FORWARD_SECRET", "s")]);
    assert!(line.contains("--forward-secret-file is from"), "{line}");
    assert!(line.contains("secrets.toml, line 3"), "{line}");
    assert!(line.contains("--forward-secret is from EVENTBRIDGE_FORWARD_SECRET"), "{line}");

    let file = config("each", "[receive]\nforward-each = true\n");
    let line = usage_error("receive", &["--config", &file], &[]);
    assert!(line.contains("--forward <URL>"), "{line}");

    let file = config("dev", "region = \"cn-hangzhou\"\n");
    let line = usage_error("receive", &["--dev", "--config", &file], &[]);
    assert!(line.contains("--region is from") && line.contains("line 1"), "{line}");
}

#[test]
fn what_weakens_a_check_is_not_read_from_the_environment() {
    let file = config("strict", &REAL.replace("any-tenant = true\n", ""));
    let line = usage_error("explain", &["--config", &file], &[("EVENTBRIDGE_ANY_TENANT", "true")]);
    assert!(line.contains("--token"), "{line}");
    let variable = [("EVENTBRIDGE_SEEN_ANYWHERE", "true")];
    let output = run("explain", &["--config", &config("warned", REAL)], &variable);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text(&output.stderr).contains("EVENTBRIDGE_SEEN_ANYWHERE is set and not read"),
        "{}",
        text(&output.stderr)
    );
}

/// New with the walk over all options: these had no variable before.
#[test]
fn every_option_has_a_variable() {
    let set = ("EVENTBRIDGE_SET", "data.a=1\ndata.b.c=2");
    let line = usage_error("push", &["--dev", "dm:Deliver:Fail"], &[set]);
    assert!(line.contains("--set: "), "{line}");
    let output = run("push", &["--list"], &[("EVENTBRIDGE_DEV", "true")]);
    assert_eq!(output.status.code(), Some(0));
    let variables = [("EVENTBRIDGE_DEV", "1"), ("EVENTBRIDGE_TO", "http://192.0.2.1/")];
    assert!(usage_error("push", &[], &variables).contains("must be on this machine"));
}

#[test]
fn a_secret_in_a_file_that_all_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;

    let text = format!("{REAL}\ntoken = \"token-secret-0123456789\"\n");
    let file = config("open", &text.replace("any-tenant = true\n", ""));
    let mut said = Vec::new();
    for mode in [0o644, 0o640] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let output = run("explain", &["--config", &file], &[]);
        said.push(self::text(&output.stderr));
    }
    assert!(said[0].contains("every user of this machine can read token in"), "{said:?}");
    assert!(said[0].contains("chmod o-r"), "{said:?}");
    assert!(said[1].is_empty(), "{said:?}");
    assert!(!said[0].contains("token-secret"), "{said:?}");
}

/// Values after `--` stay values.
#[test]
fn the_file_stands_before_the_separator() {
    let file = config("replay", "to = \"nonsense\"\n");
    let line = usage_error("replay", &["--config", &file, "--", "missing"], &[]);
    assert!(line.contains("--to: ") && line.contains("--to is from"), "{line}");
    let state = process::temporary_path("state-of-nobody");
    let variables = [("EVENTBRIDGE_STATE_DIR", state.to_str().unwrap())];
    let to = config("replay-to", "to = \"http://127.0.0.1:1/\"\n");
    let line = usage_error("replay", &["--config", &to, "--", "--missing"], &variables);
    assert!(line.contains("CAPTURE: --missing"), "{line}");
}
