//! Where options come from: the command line, before the environment, before the file of
//! `--config`, before the default.
//!
//! All of it is made from clap's own definition. So a new option has a variable and a key by
//! itself. clap never learns of the file: its values are handed to clap as arguments that nobody
//! else gave. So what an option requires or excludes is judged as on the command line.

mod complete;

mod file;
mod variables;

use std::{env, ffi::OsString, path::PathBuf};

use clap::{
    Arg, ArgMatches, Command, CommandFactory, Parser,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};

use self::{
    complete::{Blank, CONFIG, complete, is_blank, is_flag, is_key, takes_many},
    file::{ConfigFile, Value, at_line},
};
use crate::{
    origins::{self, Origin, Setting},
    usage::{UsageError, name_program, on_command_line},
};

/// Parses command line, environment and file; help and version are printed and end the program.
pub fn parse<T: Parser>() -> Result<T, UsageError> {
    let arguments: Vec<OsString> = env::args_os().collect();
    let secrets = Secrets::of(&T::command(), &arguments);
    let command = complete(T::command(), Blank::LeftOut);
    name_program(&command, &arguments);
    let unread = variables::unread(&complete(T::command(), Blank::Kept), &arguments);
    origins::record_variables(unread.clone());
    let given = match command.clone().try_get_matches_from(&arguments) {
        // The file may give it.
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
            command.clone().ignore_errors(true).try_get_matches_from(&arguments)
        }
        parsed => parsed,
    };
    let given = given.map_err(|error| {
        if !error.use_stderr() {
            // From the whole definition: a blank variable is one that can be given.
            let _ = complete(T::command(), Blank::Kept).get_matches_from(&arguments);
            error.exit();
        }
        secrets.usage_error(&error)
    })?;
    let leaf = Leaf::of(&command, &given);
    let config = leaf.config();
    let file = config.as_ref().map(|(file, _)| ConfigFile::read(file, &command, &leaf.path));
    let file = match file.transpose() {
        Ok(file) => file,
        Err(error) => {
            origins::record(config.into_iter().map(|(_, setting)| setting).collect(), Vec::new());
            return Err(error);
        }
    };
    let (mut settings, from_file) = leaf.settings(file.as_ref(), &secrets)?;
    let mut warnings = secrets.warnings(&settings, &leaf);
    warnings.extend(file.filter(|file| file.open_to_all).and_then(|file| {
        let is_secret =
            |setting: &&Setting| setting.secret && matches!(setting.origin, Origin::File { .. });
        let secret = settings.iter().find(is_secret)?;
        let (option, file) = (secret.option.trim_start_matches('-'), file.path.display());
        Some(format!(
            "--config: every user of this machine can read {option} in {file}: run `chmod o-r \
             {file}`"
        ))
    }));
    warnings.extend(unread);
    settings.extend(config.map(|(_, setting)| setting));
    origins::record(settings, warnings);
    let all = before_separator(arguments, from_file);
    let matches = command.try_get_matches_from(all);
    let options = matches.and_then(|matches| T::from_arg_matches(&matches));
    let options = options.map_err(|error| secrets.usage_error(&error))?;
    token_from_one_place()?;
    Ok(options)
}

/// Returns the program's definition, with what every option gets.
pub fn definition<T: CommandFactory>() -> Command {
    complete(T::command(), Blank::Kept)
}

/// Puts arguments at the end of the options: what follows `--` are values.
fn before_separator(mut arguments: Vec<OsString>, more: Vec<OsString>) -> Vec<OsString> {
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    arguments.splice(end..end, more);
    arguments
}

/// Elsewhere the command line beats the environment; a token that is left out silently would be
/// looked for all night.
fn token_from_one_place() -> Result<(), UsageError> {
    let on_command_line =
        origins::of("--token").is_some_and(|token| token.origin == Origin::CommandLine);
    if on_command_line && env::var_os("EVENTBRIDGE_TOKEN").is_some_and(|value| !is_blank(&value)) {
        let reason = "cannot be used together with EVENTBRIDGE_TOKEN in the environment";
        return Err(UsageError::new("--token", reason));
    }
    Ok(())
}

/// The subcommand that runs.
struct Leaf<'a> {
    /// The names that lead to it.
    path: Vec<&'a str>,
    command: &'a Command,
    matches: &'a ArgMatches,
}

impl<'a> Leaf<'a> {
    fn of(command: &'a Command, matches: &'a ArgMatches) -> Self {
        let mut leaf = Self { path: Vec::new(), command, matches };
        while let Some((name, matches)) = leaf.matches.subcommand() {
            let Some(command) = leaf.command.find_subcommand(name) else { break };
            leaf.path.push(command.get_name());
            (leaf.command, leaf.matches) = (command, matches);
        }
        leaf
    }

    fn options(&self) -> impl Iterator<Item = (&'a Arg, &'a str)> {
        let path = self.path.join(" ");
        let is_option = move |arg: &&Arg| is_key(&path, arg);
        let options = self.command.get_arguments().filter(is_option);
        options.filter_map(|arg| Some((arg, arg.get_long()?)))
    }

    /// The file of `--config`, and where its name came from.
    fn config(&self) -> Option<(PathBuf, Setting)> {
        let mut arguments = self.command.get_arguments();
        let arg = arguments.find(|arg| arg.get_long() == Some(CONFIG))?;
        let file = self.matches.get_raw(arg.get_id().as_str())?.next().map(PathBuf::from)?;
        let setting = Setting {
            option: format!("--{CONFIG}"),
            secret: false,
            values: vec![file.display().to_string()],
            origin: self.origin(arg),
        };
        Some((file, setting))
    }

    /// Where a value is from, of those that clap knows.
    fn origin(&self, arg: &Arg) -> Origin {
        match (self.matches.value_source(arg.get_id().as_str()), arg.get_env()) {
            (Some(ValueSource::CommandLine), _) => Origin::CommandLine,
            (Some(ValueSource::EnvVariable), Some(variable)) => {
                Origin::Environment(variable.to_string_lossy().into_owned())
            }
            _ => Origin::Default,
        }
    }

    /// The settings, and the arguments that stand for those of the file.
    fn settings(
        &self,
        file: Option<&ConfigFile>,
        secrets: &Secrets,
    ) -> Result<(Vec<Setting>, Vec<OsString>), UsageError> {
        let mut settings = Vec::new();
        let mut from_file = Vec::new();
        for (arg, long) in self.options() {
            let id = arg.get_id().as_str();
            let raw = self.matches.get_raw(id).into_iter().flatten();
            let mut values: Vec<_> =
                raw.map(|value| value.to_string_lossy().into_owned()).collect();
            let mut origin = self.origin(arg);
            let entry = file.and_then(|file| Some((file, file.entries.get(long)?)));
            if let Some((file, entry)) = entry.filter(|_| origin == Origin::Default) {
                let wrong =
                    |reason: &str| at_line(&file.path, entry.line, &format!("{long:?} {reason}"));
                let many = takes_many(arg);
                let given = match (&entry.value, is_flag(arg)) {
                    (Value::Flag(on), true) => {
                        from_file.extend(on.then(|| OsString::from(format!("--{long}"))));
                        vec![on.to_string()]
                    }
                    (_, true) => return Err(wrong("takes true or false")),
                    (Value::Flag(_), false) => return Err(wrong("does not take true or false")),
                    (Value::Many(_), false) if !many => {
                        return Err(wrong("takes one value, and this is a list"));
                    }
                    (Value::Many(given), false) => given.clone(),
                    (Value::One(given), false) => vec![given.clone()],
                };
                if !is_flag(arg) {
                    let argument = |value| OsString::from(format!("--{long}={value}"));
                    from_file.extend(given.iter().map(argument));
                }
                values = given;
                origin = Origin::File { path: file.path.clone(), line: entry.line };
            }
            // A word of --dedupe, its default for one, is not a secret.
            let words = long == DEDUPE && values.iter().all(|value| !holds_secret(value));
            let secret = secrets.is_secret(long) && !words;
            settings.push(Setting { option: format!("--{long}"), secret, values, origin });
        }
        Ok((settings, from_file))
    }
}

/// The options whose values nobody else may see. An option is one by `hide_env_values`.
struct Secrets {
    options: Vec<String>,
    /// Those of them that take several values.
    lists: Vec<String>,
    /// Options of the subcommand that runs.
    known: Vec<String>,
    arguments: Vec<String>,
}

impl Secrets {
    fn of(command: &Command, arguments: &[OsString]) -> Self {
        let arguments = arguments.iter().map(|argument| argument.to_string_lossy().into_owned());
        let arguments: Vec<_> = arguments.collect();
        let mut secrets =
            Self { options: Vec::new(), lists: Vec::new(), known: Vec::new(), arguments };
        let mut command = command;
        let mut names = secrets.arguments.iter().skip(1);
        loop {
            for arg in command.get_arguments() {
                let Some(long) = arg.get_long() else { continue };
                secrets.known.push(format!("--{long}"));
                if arg.is_hide_env_values_set() {
                    secrets.options.push(format!("--{long}"));
                    secrets.lists.extend(takes_many(arg).then(|| format!("--{long}")));
                }
            }
            let Some(name) = names.next() else { return secrets };
            let Some(found) = command.find_subcommand(name) else { return secrets };
            command = found;
        }
    }

    fn is_secret(&self, long: &str) -> bool {
        self.options.iter().any(|option| option.strip_prefix("--") == Some(long))
    }

    /// What every user of the machine sees in the list of processes.
    fn warnings(&self, settings: &[Setting], leaf: &Leaf<'_>) -> Vec<String> {
        let has = |long: &str| leaf.options().any(|(_, other)| other == long);
        let visible = settings.iter().filter(|setting| {
            let given = setting.origin == Origin::CommandLine && setting.secret;
            given && setting.values.iter().any(|value| holds_secret(value))
        });
        let warning = |setting: &Setting| {
            let option = &setting.option;
            let long = option.trim_start_matches('-');
            let file = format!("{long}-file");
            let by_file = if has(&file) { format!("--{file} or ") } else { String::new() };
            let variable = complete::variable(long);
            format!(
                "{option}: every user of this machine sees the command line: give it by \
                 {by_file}{variable}"
            )
        };
        visible.map(warning).collect()
    }

    /// The error in one line. clap quotes what it does not understand, and that may be a secret,
    /// one that begins with a hyphen for one.
    fn usage_error(&self, error: &clap::Error) -> UsageError {
        // clap's first paragraph names option and reason; what follows is how to get help.
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        let mut text = first.trim_start_matches("error: ").to_owned();
        if let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) {
            let name = option.split([' ', '=']).next().unwrap_or_default();
            if let (true, Some(ContextValue::String(value))) = (
                self.options.iter().any(|secret| secret == name),
                error.get(ContextKind::InvalidValue),
            ) && !value.is_empty()
            {
                text = text.replace(value, REDACTED);
            }
            text = of_variable(name, text);
        }
        // Whose values follow, and whether several.
        let mut after_secret = None;
        for argument in self.arguments.iter().skip(1) {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (argument.as_str(), None),
            };
            if self.known.iter().any(|known| known == name) {
                let secret = self.options.iter().any(|option| option == name);
                let several = self.lists.iter().any(|option| option == name);
                after_secret = (secret && value.is_none()).then_some(several);
                if let Some(value) = value.filter(|value| secret && !value.is_empty()) {
                    text = text.replace(value, REDACTED);
                }
            } else if let Some(several) = after_secret.filter(|_| !argument.is_empty()) {
                text = text.replace(argument.as_str(), REDACTED);
                after_secret = after_secret.filter(|_| several);
            }
        }
        UsageError::whole(text)
    }
}

/// Names the variable that an option's invalid value is from, and what a flag takes.
fn of_variable(option: &str, text: String) -> String {
    let variable = complete::variable(option.trim_start_matches('-'));
    let set = env::var_os(&variable).is_some_and(|value| !is_blank(&value));
    if !text.starts_with("invalid value") || !set || on_command_line(option) {
        return text;
    }
    let allowed = "give true or false (also yes or no, on or off, 1 or 0)";
    format!("{variable}: {}", text.replace("value was not a boolean", allowed))
}

/// A URL holds one if it names a user or a password.
fn holds_secret(value: &str) -> bool {
    let is_url = value.contains("://");
    let names_one = value.contains('@') || value.contains("password=");
    names_one || !is_url && !NO_SECRETS.contains(&value)
}

const REDACTED: &str = "<redacted>";
/// Its URLs may have a password, and its words are not secrets.
const DEDUPE: &str = "dedupe";
const NO_SECRETS: &[&str] = &["memory", "none"];

#[cfg(test)]
mod tests;
