//! Bad usage is one line that names the option and the reason, and exit code 2.

use std::{
    ffi::OsString,
    fmt, fs,
    io::{self, ErrorKind},
    net::SocketAddr,
    path::Path,
    process::ExitCode,
    sync::OnceLock,
};

use crate::origins;

/// What is wrong with the command line, without the program's name.
#[derive(Debug)]
pub struct UsageError(String);

impl UsageError {
    pub fn new(option: &str, reason: impl fmt::Display) -> Self {
        Self(format!("{option}: {reason}"))
    }

    /// With the option and the reason in one text.
    pub fn whole(text: String) -> Self {
        Self(text)
    }

    /// Adds another mistake, so that one run tells both.
    pub fn and(self, other: &Self) -> Self {
        Self(format!("{}; {}", self.0, other.0))
    }

    pub fn exit(&self) -> ExitCode {
        // One line whatever a path or value holds.
        let line: Vec<_> = self.0.split_whitespace().collect();
        let line = line.join(" ");
        let mut notes: Vec<String> = origins::of_options_in(&line).into_iter().collect();
        notes.extend_from_slice(origins::of_variables());
        let notes =
            if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
        eprintln!("{}: {line}{notes}", program());
        ExitCode::from(2)
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Names every option that misses, each with what to give: option, whether it misses, cure.
pub fn missing(options: &[(&str, bool, &str)]) -> Result<(), UsageError> {
    let missing = options.iter().filter(|(_, misses, _)| *misses);
    let missing = missing.map(|(option, _, cure)| UsageError::new(option, cure));
    missing.reduce(|all, one| all.and(&one)).map_or(Ok(()), Err)
}

/// Prints the warnings that nobody has printed yet.
pub fn print_warnings() {
    origins::take_warnings().iter().for_each(|warning| eprintln!("{}: {warning}", program()));
}

/// Rejects options that are given beside another one, which excludes them.
pub fn together(option: &str, because: &str, others: &[(&str, bool)]) -> Result<(), UsageError> {
    let Some((other, _)) = others.iter().find(|(_, given)| *given) else { return Ok(()) };
    let variable = other.trim_start_matches('-').replace('-', "_").to_ascii_uppercase();
    let reason = format!(
        "cannot be used together with {option}, {because}: leave it out, and EVENTBRIDGE_{variable}"
    );
    Err(UsageError::new(other, reason))
}

/// The bytes of a file that an option names.
pub fn read(option: &str, file: &Path) -> Result<Vec<u8>, UsageError> {
    fs::read(file)
        .map_err(|error| UsageError::new(option, format_args!("{}: {error}", file.display())))
}

/// `eventbridge` with the subcommand that was given: messages on stderr begin with it.
pub fn program() -> &'static str {
    PROGRAM.get().map_or("eventbridge", String::as_str)
}

/// Keeps the program's name with the subcommand that the first arguments name.
pub fn name_program(command: &clap::Command, arguments: &[OsString]) {
    let mut name = "eventbridge".to_owned();
    let mut command = command;
    for argument in arguments.iter().skip(1) {
        let Some(found) = command.find_subcommand(argument) else { break };
        name.push(' ');
        name.push_str(found.get_name());
        command = found;
    }
    let _ = PROGRAM.set(name);
}

/// Why nobody can connect to an address, with what helps.
pub fn bind_problem(option: &str, address: SocketAddr, error: &io::Error) -> String {
    let cures = [
        (ErrorKind::AddrInUse, "; another program listens there: stop it, or give another port"),
        (
            ErrorKind::AddrNotAvailable,
            "; give an address of this machine, or 0.0.0.0 for all of them",
        ),
        (
            ErrorKind::PermissionDenied,
            "; ports below 1024 need a right: give a higher one, or CAP_NET_BIND_SERVICE",
        ),
    ];
    let cure = cures.iter().find(|(kind, _)| *kind == error.kind()).map_or("", |(_, cure)| cure);
    let from = origins::of_options_in(option).map(|from| format!(" ({from})")).unwrap_or_default();
    format!("{}: {option}: {address}: {error}{cure}{from}", program())
}

/// Whether an option is on the command line, where every user of the machine sees it.
pub fn on_command_line(option: &str) -> bool {
    std::env::args_os().any(|argument| {
        let argument = argument.to_string_lossy();
        argument.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    })
}

static PROGRAM: OnceLock<String> = OnceLock::new();
