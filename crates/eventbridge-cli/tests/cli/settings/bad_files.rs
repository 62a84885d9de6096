//! A file that cannot be used is one line with file, line and cure, and exit code 2.

use super::*;

#[test]
fn each_mistake_names_file_line_and_cure() {
    for (name, text, expected) in [
        (
            "key",
            "\ntokn-file = \"x\"\n",
            &["line 2", "\"tokn-file\"", "nearest is \"token-file\""][..],
        ),
        (
            "case",
            "[receive]\nforward_secret_file = \"x\"\n",
            &["line 2", "\"forward-secret-file\""],
        ),
        ("of-another", "[receive]\ncount = 1\n", &["line 2", "\"count\" in the table [receive]"]),
        ("elsewhere", "[push]\nconut = 1\n", &["line 2", "nearest is \"count\""]),
        ("table", "[recieve]\n", &["line 1", "[recieve]", "nearest is [receive]"]),
        ("description", "[provison]\n", &["nearest is [provision]"]),
        ("inner", "[receive.limits]\n", &["line 1", "[receive.limits]", "leave it out"]),
        ("syntax", "listen = \"a\"\nlisten 1\n", &["line 2"]),
        ("twice", "listen = \"a\"\nlisten = \"b\"\n", &["line 2", "duplicate key"]),
        ("by-hand", "check = true\n", &["\"check\"", "command line only"]),
        ("itself", "config = \"x\"\n", &["\"config\"", "command line only"]),
        ("flag", "require-v2 = \"yes\"\n", &["\"require-v2\" takes true or false"]),
        ("no-flag", "listen = true\n", &["\"listen\" does not take true or false"]),
        ("list", "listen = [\"127.0.0.1:0\"]\n", &["\"listen\" takes one value"]),
        ("nested", "region = [[\"a\"]]\n", &["\"region\" takes text, a number"]),
        ("date", "region = 2026-01-01\n", &["\"region\" takes text, a number"]),
        ("empty", "region = \"\"\n", &["\"region\" is empty: give a value"]),
        (
            "value",
            "listen = \"nowhere\"\n",
            &["invalid value 'nowhere'", "--listen is from", "line 1"],
        ),
        ("range", "max-body = 0\n", &["--max-body", "line 1"]),
    ] {
        let file = config(&format!("bad-{name}"), text);
        let line = usage_error("receive", &["--config", &file], &[]);
        for expected in expected.iter().chain([&file.as_str()]) {
            assert!(line.contains(expected), "{name}: {expected:?} is not in {line}");
        }
        assert!(line.starts_with("eventbridge receive: "), "{line}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_one_line() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    for file in ["missing.toml", folder, "/dev/zero"] {
        let line = usage_error("receive", &["--config", file], &[]);
        assert!(line.contains("--config: ") && line.contains(file), "{line}");
        assert!(line.contains("give a TOML file"), "{line}");
    }
    let file = temporary_file("not-text.toml", b"a = \"\xff\"\n");
    let line = usage_error("receive", &[], &[("EVENTBRIDGE_CONFIG", file.to_str().unwrap())]);
    assert!(
        line.contains("UTF-8") && line.contains("--config is from EVENTBRIDGE_CONFIG"),
        "{line}"
    );
}

/// What is wrong on the command line is said first, and no secret of a file is shown.
#[test]
fn secrets_of_a_file_stay_in_it() {
    let file = config(
        "held",
        "[receive]\nlisten = \"127.0.0.1:0\"\nendpoint = \"https://a.example/x\"\n\
         region = \"cn-hangzhou\"\ntoken = \"x-secret\"\n",
    );
    let line = usage_error("receive", &["--config", &file], &[]);
    assert!(line.contains("--token") && !line.contains("-secret"), "{line}");
    let line = usage_error("receive", &["--config", &file, "--bogus"], &[]);
    assert!(line.contains("--bogus") && !line.contains("-secret"), "{line}");
}
