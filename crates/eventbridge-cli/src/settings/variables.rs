//! Variables of the environment that are set and that nothing reads.

use std::{collections::BTreeSet, env, ffi::OsString};

use clap::{Arg, Command};

use super::complete::{CONFIG, WEAKEN_A_CHECK, below, is_blank, is_from_environment, variable};
use crate::mistakes::nearest;

/// Says of each variable of ours that is set and not read why it is not, and what helps.
///
/// One environment serves all subcommands, so that a variable of any option is known.
pub fn unread(program: &Command, arguments: &[OsString]) -> Vec<String> {
    let mut known = BTreeSet::from([variable(CONFIG)]);
    known.extend(READ_ELSEWHERE.iter().map(|name| (*name).to_owned()));
    add_read(program, "", &mut known);
    let ignored = ignored(program, arguments);
    let set: BTreeSet<_> = env::vars_os()
        .filter(|(_, value)| !is_blank(value))
        .map(|(name, value)| [name, value].map(|text| text.to_string_lossy().into_owned()))
        .collect();
    let ours = set.iter().filter(|[name, _]| name.starts_with(OURS));
    let unread = ours.filter_map(|[name, value]| {
        if known.contains(name) || of_our_tests(name) || of_a_service(name, value) {
            return None;
        }
        if let Some((_, long)) = ignored.iter().find(|(ignored, _)| ignored == name) {
            return why_ignored(name, long.as_deref()?);
        }
        let near = nearest(name, known.iter().map(String::as_str)).unwrap_or_default();
        Some(format!("{name} is set and not known: the nearest is {near}"))
    });
    unread.collect()
}

/// Variables of options below a command that are read.
fn add_read(command: &Command, path: &str, known: &mut BTreeSet<String>) {
    for arg in command.get_arguments().filter(|arg| is_from_environment(path, arg)) {
        known.extend(arg.get_long().map(variable));
    }
    for subcommand in command.get_subcommands() {
        add_read(subcommand, &below(path, subcommand.get_name()), known);
    }
}

/// Names that stand for options which are not read from variables. The long option is `None` where
/// the subcommand that runs does not have it.
fn ignored(program: &Command, arguments: &[OsString]) -> Vec<(String, Option<String>)> {
    let mut leaf = program;
    let mut path = String::new();
    for name in arguments.iter().skip(1) {
        let Some(found) = leaf.find_subcommand(name) else { break };
        path = below(&path, found.get_name());
        leaf = found;
    }
    let of_leaf = |arg: &&Arg| !is_from_environment(&path, arg);
    let mut ignored: Vec<_> = leaf
        .get_arguments()
        .filter(of_leaf)
        .filter_map(|arg| arg.get_long())
        .filter(|long| *long != CONFIG)
        .map(|long| (variable(long), Some(long.to_owned())))
        .collect();
    ignored.extend(WEAKEN_A_CHECK.iter().map(|long| (variable(long), None)));
    ignored
}

fn why_ignored(name: &str, long: &str) -> Option<String> {
    Some(match WEAKEN_A_CHECK.contains(&long) {
        true => format!(
            "{name} is set and not read: --{long} weakens a check; give it on the command line or \
             in the file of --config"
        ),
        false => format!("{name} is set and not read: give --{long} on the command line"),
    })
}

/// Kubernetes gives each container the addresses of the services of its namespace: that of a
/// service `eventbridge` has such a name.
fn of_a_service(name: &str, value: &str) -> bool {
    let words: Vec<_> = name.split('_').collect();
    let has = |part: [&str; 2]| words.windows(2).any(|words| words == part);
    let address = ["tcp://", "udp://", "sctp://"].iter().any(|start| value.starts_with(start));
    let number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let port = words.windows(3).any(|words| match words {
        ["PORT", port, "TCP" | "UDP" | "SCTP"] => number(port),
        _ => false,
    });
    has(["SERVICE", "HOST"]) || has(["SERVICE", "PORT"]) || address || port
}

fn of_our_tests(name: &str) -> bool {
    OF_OUR_BUILD.contains(&name)
}

const OURS: &str = "EVENTBRIDGE_";
/// Read by the program, and not an option.
const READ_ELSEWHERE: &[&str] = &["EVENTBRIDGE_STATE_DIR"];
/// Read when the program is built and tested.
const OF_OUR_BUILD: &[&str] =
    &["EVENTBRIDGE_BUILD_COMMIT", "EVENTBRIDGE_VERSION_SUFFIX", "EVENTBRIDGE_WRITE_DOCS"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_kubernetes_services_are_not_ours() {
        for (name, value, of_service) in [
            ("EVENTBRIDGE_SERVICE_HOST", "10.0.0.1", true),
            ("EVENTBRIDGE_RECEIVER_SERVICE_PORT_HTTP", "80", true),
            ("EVENTBRIDGE_PORT", "tcp://10.0.0.1:80", true),
            ("EVENTBRIDGE_RECEIVER_PORT_80_TCP_ADDR", "10.0.0.1", true),
            ("EVENTBRIDGE_PORT", "80", false),
            ("EVENTBRIDGE_LISTN", "127.0.0.1:80", false),
        ] {
            assert_eq!(of_a_service(name, value), of_service, "{name}={value}");
        }
    }
}
