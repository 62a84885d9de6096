//! What every option gets from one place: its variable, its key, and `--config` beside it.

use std::{env, ffi::OsStr, path::PathBuf};

use clap::{
    Arg, ArgAction, Command,
    builder::{BoolishValueParser, Resettable},
    value_parser,
};

use crate::usage::on_command_line;

/// What becomes of variables that are set and blank.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Blank {
    /// They are not given. Templates of manifests and unit files leave a setting out so.
    LeftOut,
    /// They are named, for `--help`.
    Kept,
}

/// Gives each option of each subcommand its variable, and each subcommand with options `--config`.
pub fn complete(command: Command, blank: Blank) -> Command {
    completed(command, "", blank)
}

fn completed(command: Command, path: &str, blank: Blank) -> Command {
    let has_keys = has_keys(&command, path);
    let has_config = command.get_arguments().any(|arg| arg.get_long() == Some(CONFIG));
    let of_subcommands = |subcommand: Command| {
        let path = below(path, subcommand.get_name());
        completed(subcommand, &path, blank)
    };
    let mut command = command
        .mut_args(|arg| if is_from_environment(path, &arg) { with_variable(arg) } else { arg });
    if has_keys && !has_config {
        command = command.arg(config());
    }
    if blank == Blank::LeftOut {
        command = command.mut_args(without_blank_variable);
    }
    command.mut_subcommands(of_subcommands)
}

/// `--config`, which no file can give.
fn config() -> Arg {
    Arg::new(CONFIG)
        .long(CONFIG)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .env(variable(CONFIG))
        .help(
            "Read options from this TOML file: the key of an option is its name without the \
             hyphens. The command line comes before the environment, and both before the file",
        )
}

fn with_variable(arg: Arg) -> Arg {
    let Some(long) = arg.get_long().map(str::to_owned) else { return arg };
    let is_flag = is_flag(&arg);
    let takes_many = takes_many(&arg);
    let mut arg = match arg.get_env() {
        Some(_) => arg,
        None => arg.env(variable(&long)),
    };
    if is_flag {
        arg = arg.value_parser(BoolishValueParser::new());
    }
    // On the command line a value may have line feeds.
    let lines = takes_many && arg.get_value_delimiter().is_none();
    let in_environment = arg.get_env().and_then(env::var_os).is_some();
    if lines && in_environment && !on_command_line(&format!("--{long}")) {
        arg = arg.value_delimiter('\n');
    }
    // A value may be a secret, and says nothing about the option.
    arg.hide_env_values(true)
}

fn without_blank_variable(arg: Arg) -> Arg {
    let blank = arg.get_env().and_then(env::var_os).is_some_and(|value| is_blank(&value));
    if blank { arg.env(Resettable::Reset) } else { arg }
}

pub fn is_blank(value: &OsStr) -> bool {
    value.to_str().is_some_and(|text| text.trim().is_empty())
}

/// Returns the variable of a long option: `EVENTBRIDGE_TOKEN_FILE` for `token-file`.
pub fn variable(long: &str) -> String {
    format!("EVENTBRIDGE_{}", long.replace('-', "_").to_ascii_uppercase())
}

/// Whether an option of the subcommand at `path`, `receive` or `rules list`, is a key of the file.
pub fn is_key(path: &str, arg: &Arg) -> bool {
    arg.get_long().is_some_and(|long| long != CONFIG && !is_asked_by_hand(path, long))
}

/// Whether an option is read from the environment.
pub fn is_from_environment(path: &str, arg: &Arg) -> bool {
    is_key(path, arg) && !arg.get_long().is_some_and(|long| WEAKEN_A_CHECK.contains(&long))
}

fn is_asked_by_hand(path: &str, long: &str) -> bool {
    let named = |(name, option): &(&str, &str)| (*name == path || *name == "*") && *option == long;
    ASKED_BY_HAND.iter().any(named)
}

fn has_keys(command: &Command, path: &str) -> bool {
    command.get_arguments().any(|arg| is_key(path, arg))
}

/// The path of a subcommand: names with a blank between them.
pub fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path} {name}") }
}

pub fn is_flag(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse)
}

pub fn takes_many(arg: &Arg) -> bool {
    let many = arg.get_num_args().is_some_and(|range| range.max_values() > 1);
    many || matches!(arg.get_action(), ArgAction::Append)
}

/// The option that names the file.
pub const CONFIG: &str = "config";

/// Subcommand and option of what is asked for once, by hand: a variable or a key would ask for it
/// at each start.
const ASKED_BY_HAND: &[(&str, &str)] = &[
    ("*", "help"),
    ("*", "version"),
    ("receive", "check"),
    ("receive", "demo"),
    ("push", "list"),
    ("man", "dir"),
];

/// Not read from the environment, which programs hand on without anybody looking. The file and the
/// command line give them.
pub const WEAKEN_A_CHECK: &[&str] =
    &["any-tenant", "ca-certificate", "resolve", "seen-anywhere", "tolerance", "unlisted-region"];
