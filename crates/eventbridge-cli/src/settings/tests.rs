//! Every option of every subcommand has a variable and a key. A new one has both by itself.

use std::{collections::BTreeSet, fmt::Write, path::PathBuf};

use clap::{Arg, Command as Definition};

use super::{
    complete::{self, CONFIG, WEAKEN_A_CHECK, is_flag, is_key},
    definition,
    file::ConfigFile,
};
use crate::Command;

/// What no variable and no key gives, in full: see `ASKED_BY_HAND`.
const BY_HAND: &[&str] = &["man --dir", "push --list", "receive --check", "receive --demo"];

/// Each subcommand without subcommands, with its path.
fn leaves(command: &Definition, path: &[String], found: &mut Vec<(Vec<String>, Definition)>) {
    if command.get_subcommands().next().is_none() {
        found.push((path.to_vec(), command.clone()));
    }
    for subcommand in command.get_subcommands() {
        let path = [path, &[subcommand.get_name().to_owned()]].concat();
        leaves(subcommand, &path, found);
    }
}

fn all_leaves() -> Vec<(Vec<String>, Definition)> {
    let mut found = Vec::new();
    leaves(&definition::<Command>(), &[], &mut found);
    found
}

fn options(command: &Definition) -> Vec<(&Arg, &str)> {
    let long = |arg| Some((arg, Arg::get_long(arg)?));
    let own = |long: &str| !["help", "version", CONFIG].contains(&long);
    command.get_arguments().filter_map(long).filter(|(_, long)| own(long)).collect()
}

#[test]
fn every_option_has_a_variable_and_a_key() {
    let mut by_hand = BTreeSet::new();
    let mut count = 0;
    let program = definition::<Command>();
    for (path, command) in all_leaves() {
        let joined = path.join(" ");
        // The table [provision] is a description: the options of `provision` stand above it.
        let described = path.first().is_some_and(|name| name == "provision");
        let mut text = if described { String::new() } else { format!("[{}]\n", path.join(".")) };
        let mut keys = BTreeSet::new();
        for (arg, long) in options(&command) {
            let variable = arg.get_env().and_then(|variable| variable.to_str());
            if !is_key(&joined, arg) {
                by_hand.insert(format!("{joined} --{long}"));
                assert_eq!(variable, None, "{joined} --{long}");
                continue;
            }
            let expected = complete::variable(long);
            let expected = (!WEAKEN_A_CHECK.contains(&long)).then_some(expected.as_str());
            assert_eq!(variable, expected, "{joined} --{long}");
            assert!(variable.is_none() || arg.is_hide_env_values_set(), "{joined} --{long}");
            let value = if is_flag(arg) { "true" } else { "\"x\"" };
            let _ = writeln!(text, "{long} = {value}");
            keys.insert(long.to_owned());
            count += 1;
        }
        if keys.is_empty() {
            continue;
        }
        let config = command.get_arguments().find(|arg| arg.get_long() == Some(CONFIG));
        let config = config.unwrap_or_else(|| panic!("{joined} has no --config"));
        assert_eq!(config.get_env().unwrap(), "EVENTBRIDGE_CONFIG", "{joined}");
        let name = format!("keys-{}-{}.toml", std::process::id(), path.join("-"));
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target").join(name);
        std::fs::write(&file, text).unwrap();
        let path: Vec<_> = path.iter().map(String::as_str).collect();
        let read = ConfigFile::read(&file, &program, &path);
        std::fs::remove_file(&file).unwrap();
        let read = read.unwrap_or_else(|error| panic!("{joined}: {error:?}"));
        assert_eq!(read.entries.into_keys().collect::<BTreeSet<_>>(), keys, "{joined}");
    }
    assert!(count > 60, "{count}");
    assert_eq!(by_hand.iter().map(String::as_str).collect::<Vec<_>>(), BY_HAND);
}

/// Only options of subcommands without subcommands are handed to clap from the file.
#[test]
fn no_option_stands_before_a_subcommand() {
    fn walk(command: &Definition) {
        if command.get_subcommands().next().is_some() {
            assert_eq!(options(command).len(), 0, "{}", command.get_name());
        }
        command.get_subcommands().for_each(walk);
    }
    walk(&definition::<Command>());
}

/// An option is a secret by `hide_env_values`: it is warned of on the command line, and not shown.
#[test]
fn secret_options_are_marked() {
    fn walk(command: &Definition) {
        for arg in command.get_arguments() {
            let long = arg.get_long().unwrap_or_default();
            let words: Vec<_> = long.split('-').collect();
            let secret = ["token", "secret", "password"].iter().any(|word| words.contains(word));
            let elsewhere = words.last().is_some_and(|word| ["file", "env"].contains(word));
            if secret && !elsewhere && arg.get_action().takes_values() {
                assert!(arg.is_hide_env_values_set(), "--{long}: hide_env_values = true");
            }
        }
        command.get_subcommands().for_each(walk);
    }
    walk(&<Command as clap::CommandFactory>::command());
}

#[test]
fn the_definition_is_sound() {
    definition::<Command>().debug_assert();
}

/// The page says what is so. `EVENTBRIDGE_WRITE_DOCS=1 cargo test -p eventbridge-cli` writes it.
#[test]
fn the_page_of_options_is_right() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let page = std::fs::read_to_string(file).unwrap();
    let (before, _) = page.split_once(MARK).expect("the page has the mark of the tables");
    let expected = format!("{before}{MARK}\n{}", tables());
    if std::env::var_os("EVENTBRIDGE_WRITE_DOCS").is_some() {
        std::fs::write(file, &expected).unwrap();
    }
    let hint = "write the tables anew: EVENTBRIDGE_WRITE_DOCS=1 cargo test -p eventbridge-cli";
    let page = std::fs::read_to_string(file).unwrap();
    assert!(page == expected, "{hint}");
}

const MARK: &str =
    "<!-- A test writes what follows: crates/eventbridge-cli/src/settings/tests.rs -->";

fn tables() -> String {
    let mut text = String::new();
    for (path, command) in all_leaves() {
        let joined = path.join(" ");
        let options = options(&command);
        let keys: Vec<_> = options.iter().filter(|(arg, _)| is_key(&joined, arg)).collect();
        if keys.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n### {joined}\n\n| option | variable | key | value | default |");
        let _ = writeln!(text, "|---|---|---|---|---|");
        for (arg, long) in keys {
            let variable = match arg.get_env().and_then(|variable| variable.to_str()) {
                Some(variable) => format!("`{variable}`"),
                None => "not read".to_owned(),
            };
            let name = arg.get_value_names().and_then(|names| names.first());
            let value = match (is_flag(arg), complete::takes_many(arg)) {
                (true, _) => "true or false".to_owned(),
                (false, many) => {
                    let name = name.map_or("VALUE", |name| name.as_str()).replace('|', "\\|");
                    format!("`{name}`{}", if many { ", or a list" } else { "" })
                }
            };
            let default = arg.get_default_values().first().filter(|_| !is_flag(arg));
            let default = default.map(|value| format!("`{}`", value.to_string_lossy()));
            let default = default.unwrap_or_default();
            let _ = writeln!(text, "| `--{long}` | {variable} | `{long}` | {value} | {default} |");
        }
    }
    text
}
