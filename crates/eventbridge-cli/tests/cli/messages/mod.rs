//! What a newcomer does wrong is said with the cure: in one line, at the first try.

mod files;
mod missing;
mod nobody;
mod offline;
mod samples;
mod variables;

use std::process::Output;

use crate::process::{command, temporary_file, temporary_path};

/// Runs a subcommand, `buses list` for one, to its end, with variables of the environment and
/// without credentials of anybody.
fn run(subcommand: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let words: Vec<_> = subcommand.split(' ').chain(arguments.iter().copied()).collect();
    let mut command = command(words[0], &words[1..]).into_std();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ALIBABA_CLOUD_") {
            command.env_remove(name);
        }
    }
    command.env("HOME", temporary_path("home-of-nobody"));
    command.envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The one line of bad usage, without the program's name.
fn usage_error(subcommand: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = run(subcommand, arguments, variables);
    let line = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {line}");
    assert_eq!(line.lines().count(), 1, "{arguments:?}: {line}");
    let start = format!("eventbridge {subcommand}");
    assert!(line.starts_with(&start), "{line}");
    line
}

/// What a check of the receiver prints, as words with one blank between them.
fn checked(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = run("receive", &[arguments, &["--check"]].concat(), variables);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A file, by its path.
fn file(name: &str, content: &str) -> String {
    temporary_file(&format!("messages-{name}"), content.as_bytes()).to_str().unwrap().to_owned()
}
