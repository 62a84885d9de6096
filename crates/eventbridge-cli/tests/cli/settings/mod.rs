//! Where options come from: the command line, before the environment, before the file of
//! `--config`, before the default.

mod order;

mod bad_files;

mod bad_input;

mod check;

use std::process::Output;

use crate::process::{command, temporary_file};

/// A file of settings.
fn config(name: &str, text: &str) -> String {
    temporary_file(&format!("{name}.toml"), text.as_bytes()).to_str().unwrap().to_owned()
}

/// Runs a subcommand with variables of the environment.
fn run(subcommand: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = command(subcommand, arguments).into_std();
    command.envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The one line of bad usage.
fn usage_error(subcommand: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = run(subcommand, arguments, variables);
    let line = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {line}");
    assert_eq!(line.lines().count(), 1, "{arguments:?}: {line}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    line
}
