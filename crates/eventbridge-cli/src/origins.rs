//! Where each option's value came from: for messages, and for `receive --check`.

use std::{
    fmt,
    path::PathBuf,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

/// An option of the subcommand that runs, with its value.
#[derive(Debug)]
pub struct Setting {
    /// The long option, `--listen`.
    pub option: String,
    /// Whether the value is never shown.
    pub secret: bool,
    /// Empty if the option has neither a value nor a default.
    pub values: Vec<String>,
    pub origin: Origin,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    CommandLine,
    /// The variable.
    Environment(String),
    File {
        path: PathBuf,
        line: usize,
    },
    Default,
}

impl Origin {
    /// Returns the kind of the origin in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CommandLine => "command-line",
            Self::Environment(_) => "environment",
            Self::File { .. } => "file",
            Self::Default => "default",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => formatter.write_str("command line"),
            Self::Environment(variable) => formatter.write_str(variable),
            Self::File { path, line } => write!(formatter, "{}, line {line}", path.display()),
            Self::Default => formatter.write_str("default"),
        }
    }
}

/// Keeps the settings of this run, and what the operator should know about how they were given.
/// Only the first call counts.
pub fn record(settings: Vec<Setting>, warnings: Vec<String>) {
    if SETTINGS.set(settings).is_ok() {
        *lock() = warnings;
    }
}

/// Keeps what is wrong with variables, which is known before any option is read. Only the first
/// call counts.
pub fn record_variables(warnings: Vec<String>) {
    let _ = VARIABLES.set(warnings);
}

/// Returns what is wrong with variables: an error that they may explain has it beside it.
pub fn of_variables() -> &'static [String] {
    VARIABLES.get().map_or(&[], Vec::as_slice)
}

/// Returns the warnings that nobody has taken yet: who has a log writes them there.
pub fn take_warnings() -> Vec<String> {
    std::mem::take(&mut *lock())
}

fn lock() -> MutexGuard<'static, Vec<String>> {
    WARNINGS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns every option of the subcommand that runs, in the order of `--help`.
pub fn all() -> &'static [Setting] {
    SETTINGS.get().map_or(&[], Vec::as_slice)
}

/// Returns the setting of a long option.
pub fn of(option: &str) -> Option<&'static Setting> {
    all().iter().find(|setting| setting.option == option)
}

/// Whether an option was given in a place that comes before the other's, or in the same.
pub fn comes_before(option: &str, other: &str) -> bool {
    let place = |option| match of(option).map(|setting| &setting.origin) {
        Some(Origin::CommandLine) => 0,
        Some(Origin::Environment(_)) => 1,
        Some(Origin::File { .. }) => 2,
        Some(Origin::Default) | None => 3,
    };
    place(option) <= place(other)
}

/// Says where the options that a message names were given, unless on the command line.
pub fn of_options_in(message: &str) -> Option<String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let mut named: Vec<String> = Vec::new();
    for word in message.split(|letter: char| !is_part(letter)) {
        let Some(setting) = word.starts_with("--").then(|| of(word)).flatten() else { continue };
        let given = match setting.origin {
            Origin::CommandLine | Origin::Default => continue,
            Origin::Environment(_) | Origin::File { .. } => {
                format!("{} is from {}", setting.option, setting.origin)
            }
        };
        if !named.contains(&given) {
            named.push(given);
        }
    }
    (!named.is_empty()).then(|| named.join("; "))
}

static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static VARIABLES: OnceLock<Vec<String>> = OnceLock::new();
static SETTINGS: OnceLock<Vec<Setting>> = OnceLock::new();
