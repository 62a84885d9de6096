//! Bad usage is one line that names the option and the reason, and exit code 2.

use std::{ffi::OsStr, fmt, fs, path::Path, process::ExitCode};

use clap::{Parser, builder::Resettable, parser::ValueSource};

/// What is wrong with the command line, without the program's name.
#[derive(Debug)]
pub struct UsageError(String);

impl UsageError {
    pub fn new(option: &str, reason: impl fmt::Display) -> Self {
        Self(format!("{option}: {reason}"))
    }

    pub fn exit(&self) -> ExitCode {
        // One line whatever a path or value holds.
        let line: Vec<_> = self.0.split_whitespace().collect();
        eprintln!("{}: {}", program(), line.join(" "));
        ExitCode::from(2)
    }
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
    match subcommand().as_deref() {
        Some("receive") => "eventbridge receive",
        Some("push") => "eventbridge push",
        Some("explain") => "eventbridge explain",
        Some("replay") => "eventbridge replay",
        Some("demo") => "eventbridge demo",
        _ => "eventbridge",
    }
}

/// Whether an option is on the command line, where every user of the machine sees it.
pub fn on_command_line(option: &str) -> bool {
    std::env::args_os().any(|argument| {
        let argument = argument.to_string_lossy();
        argument.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    })
}

/// The first argument: the program itself has no options that take a value.
fn subcommand() -> Option<String> {
    std::env::args_os().nth(1)?.into_string().ok()
}

/// Parses the command line; help and version are printed and end the program.
pub fn parse<T: Parser>() -> Result<T, UsageError> {
    let command = T::command().mut_subcommands(with_blank_variables_left_out);
    let matches = command.try_get_matches().and_then(|matches| {
        let options = T::from_arg_matches(&matches)?;
        let given = matches.subcommand().and_then(|(_, given)| {
            given.ids().find(|id| *id == "token").and_then(|id| given.value_source(id.as_str()))
        });
        Ok((options, given))
    });
    let (options, token_from) = matches.map_err(|error| {
        if !error.use_stderr() {
            // From the whole definition: a blank variable is one that can be given.
            let _ = T::command().get_matches();
            error.exit();
        }
        // clap's first paragraph names the option and the reason; what follows is how to get help.
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        UsageError(without_tokens(first.trim_start_matches("error: "), &T::command()))
    })?;
    // Elsewhere the command line beats the environment; a token that is left out silently would be
    // looked for all night.
    if token_from == Some(ValueSource::CommandLine)
        && std::env::var_os("EVENTBRIDGE_TOKEN").is_some_and(|value| !is_blank(&value))
    {
        let reason = "cannot be used together with EVENTBRIDGE_TOKEN in the environment";
        return Err(UsageError::new("--token", reason));
    }
    Ok(options)
}

/// A variable that is set and empty is not given, and neither is one of white space only, which no
/// option can mean: this is how templates of manifests and unit files leave a setting out. clap
/// takes it for a value.
fn with_blank_variables_left_out(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| {
        let blank =
            argument.get_env().and_then(std::env::var_os).is_some_and(|value| is_blank(&value));
        if blank { argument.env(Resettable::Reset) } else { argument }
    })
}

fn is_blank(value: &OsStr) -> bool {
    value.to_str().is_some_and(|text| text.trim().is_empty())
}

/// Options whose values nobody may see.
const SECRET_OPTIONS: [&str; 2] = ["--token", "--forward-secret"];

/// clap quotes what it does not understand, and that may be a token that begins with a hyphen, or
/// the second of two that follow one option.
fn without_tokens(text: &str, command: &clap::Command) -> String {
    let subcommand = subcommand().and_then(|name| command.find_subcommand(name));
    let known = |argument: &str| {
        let name = argument.split('=').next().unwrap_or_default();
        let mut known = subcommand.into_iter().flat_map(clap::Command::get_arguments);
        known.any(|known| known.get_long().is_some_and(|long| name == format!("--{long}")))
    };
    let mut text = text.to_owned();
    let mut after_secret = false;
    for argument in std::env::args_os().skip(1) {
        let argument = argument.to_string_lossy();
        if known(&argument) {
            after_secret = SECRET_OPTIONS.contains(&&*argument);
        } else if after_secret && !argument.is_empty() {
            text = text.replace(&*argument, "<redacted>");
        }
        let given = argument.split_once('=').filter(|(name, _)| SECRET_OPTIONS.contains(name));
        if let Some((_, value)) = given.filter(|(_, value)| !value.is_empty()) {
            text = text.replace(value, "<redacted>");
        }
    }
    text
}
