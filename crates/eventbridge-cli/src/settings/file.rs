//! The file of `--config`: TOML, keys checked against the options of the program.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use clap::Command;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::complete::{CONFIG, below, is_key};
use crate::{
    mistakes::{line_number, nearest, of_toml},
    usage::UsageError,
};

/// The file, with what it gives one subcommand.
pub struct ConfigFile {
    pub path: PathBuf,
    /// Whether users other than owner and group can read it.
    pub open_to_all: bool,
    /// By key, in order.
    pub entries: BTreeMap<String, Entry>,
}

/// The value of a key.
pub struct Entry {
    pub line: usize,
    pub value: Value,
}

/// A value in the words of the command line.
pub enum Value {
    Flag(bool),
    One(String),
    Many(Vec<String>),
}

impl ConfigFile {
    /// Reads what the file gives the subcommand at `path`, and checks every key of the file.
    ///
    /// A table gives the options of the subcommand that it is named after, before the keys outside
    /// of tables.
    pub fn read(file: &Path, program: &Command, path: &[&str]) -> Result<Self, UsageError> {
        let (text, open_to_all) = text(file)?;
        let reader = Reader { file, text: &text, path };
        let table = DeTable::parse(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            reader.wrong(start, &of_toml(&text, start, error.message()))
        })?;
        let mut entries = BTreeMap::new();
        reader.table(table.get_ref(), program, &mut Vec::new(), &mut entries)?;
        Ok(Self { path: file.to_owned(), open_to_all, entries })
    }
}

struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
    path: &'a [&'a str],
}

impl Reader<'_> {
    fn table<'t>(
        &self,
        table: &'t DeTable<'_>,
        command: &Command,
        place: &mut Vec<&'t str>,
        entries: &mut BTreeMap<String, Entry>,
    ) -> Result<(), UsageError> {
        let (tables, keys): (Vec<_>, Vec<_>) =
            table.iter().partition(|(_, value)| matches!(value.get_ref(), DeValue::Table(_)));
        for (key, value) in keys {
            let (name, start) = (key.get_ref().as_ref(), key.span().start);
            self.check_key(name, start, command, place)?;
            if self.path.starts_with(place) || self.borrows(place) {
                let entry = Entry { line: self.line(start), value: self.value(name, value)? };
                entries.insert(name.to_owned(), entry);
            }
        }
        for (key, value) in tables {
            let (name, start) = (key.get_ref().as_ref(), key.span().start);
            let DeValue::Table(inner) = value.get_ref() else { continue };
            if place.is_empty() && DESCRIPTIONS.contains(&name) {
                continue;
            }
            let Some(subcommand) = command.find_subcommand(name) else {
                return Err(self.unknown_table(name, start, command, place));
            };
            place.push(name);
            self.table(inner, subcommand, place, entries)?;
            place.pop();
        }
        Ok(())
    }

    fn borrows(&self, place: &[&str]) -> bool {
        let borrows = |(path, table): &(&str, &str)| {
            self.path.first() == Some(path) && place.first() == Some(table) && place.len() == 1
        };
        BORROWED.iter().any(borrows)
    }

    fn check_key(
        &self,
        name: &str,
        start: usize,
        command: &Command,
        place: &[&str],
    ) -> Result<(), UsageError> {
        let mut known = Vec::new();
        let mut by_hand = Vec::new();
        options_below(command, &place.join(" "), &mut known, &mut by_hand);
        if known.iter().any(|long| long == name) {
            return Ok(());
        }
        let table = match place.join(".") {
            place if place.is_empty() => String::new(),
            place => format!(" in the table [{place}]"),
        };
        if by_hand.iter().any(|long| long == name) {
            let reason = format!("{name:?}{table} is for the command line only: leave it out");
            return Err(self.wrong(start, &reason));
        }
        let cure = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("the nearest is {near:?}"),
            None => "leave it out".to_owned(),
        };
        Err(self.wrong(start, &format!("the key {name:?}{table} is not known: {cure}")))
    }

    fn unknown_table(
        &self,
        name: &str,
        start: usize,
        command: &Command,
        place: &[&str],
    ) -> UsageError {
        let subcommands = command.get_subcommands().map(Command::get_name);
        let descriptions = DESCRIPTIONS.iter().copied().filter(|_| place.is_empty());
        let cure = match nearest(name, subcommands.chain(descriptions)) {
            Some(near) => format!("the nearest is [{}]", [place, &[near]].concat().join(".")),
            None => "leave it out".to_owned(),
        };
        let full = [place, &[name]].concat().join(".");
        self.wrong(start, &format!("the table [{full}] is not known: {cure}"))
    }

    fn value(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Value, UsageError> {
        let start = value.span().start;
        let scalar = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                let reason = format!("{key:?} is empty: give a value, or leave the key out");
                Err(self.wrong(value.span().start, &reason))
            }
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix())
            {
                Ok(number) => Ok(number.to_string()),
                Err(_) => Err(self.wrong(start, &format!("{key:?} is too large a number"))),
            },
            DeValue::Float(number) => Ok(number.as_str().to_owned()),
            DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                let reason = format!("{key:?} takes text, a number, true or false, or a list");
                Err(self.wrong(value.span().start, &reason))
            }
        };
        Ok(match value.get_ref() {
            DeValue::Boolean(on) => Value::Flag(*on),
            DeValue::Array(values) => {
                Value::Many(values.iter().map(scalar).collect::<Result<_, _>>()?)
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => Value::One(scalar(value)?),
        })
    }

    fn line(&self, start: usize) -> usize {
        line_number(self.text, start)
    }

    fn wrong(&self, start: usize, reason: &str) -> UsageError {
        at_line(self.file, self.line(start), reason)
    }
}

/// Says what is wrong in a line of the file.
pub fn at_line(file: &Path, line: usize, reason: &str) -> UsageError {
    let reason = format!("{}, line {line}: {reason}", file.display());
    UsageError::new(&format!("--{CONFIG}"), reason)
}

fn options_below(command: &Command, path: &str, keys: &mut Vec<String>, others: &mut Vec<String>) {
    for arg in command.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        if is_key(path, arg) { &mut *keys } else { &mut *others }.push(long.to_owned());
    }
    for subcommand in command.get_subcommands() {
        options_below(subcommand, &below(path, subcommand.get_name()), keys, others);
    }
}

fn text(file: &Path) -> Result<(String, bool), UsageError> {
    let wrong = |reason: &dyn std::fmt::Display| {
        let cure = "give a TOML file that this user can read";
        UsageError::new(&format!("--{CONFIG}"), format!("{}: {reason}: {cure}", file.display()))
    };
    let opened = File::open(file).map_err(|error| wrong(&error))?;
    let metadata = opened.metadata().map_err(|error| wrong(&error))?;
    let mut bytes = Vec::new();
    opened.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| wrong(&error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST) {
        return Err(wrong(&format_args!("is larger than {LONGEST} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong(&"is not UTF-8 text"))?;
    Ok((text, metadata.permissions().mode() & 0o004 != 0))
}

/// Tables that describe something else than options. Their subcommand checks their keys.
pub const DESCRIPTIONS: &[&str] = &["provision"];
/// Who also reads the table of another: `provision` the URL and the token of the receiver.
const BORROWED: &[(&str, &str)] = &[("provision", "receive")];
const LONGEST: u64 = 1024 * 1024;
