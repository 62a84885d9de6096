//! Texts that options give: a file, `-` for standard input, or the text itself.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{samples, usage::UsageError};

/// Opens what options name. Standard input is read once.
#[derive(Default)]
pub struct Inputs {
    stdin_taken_by: Option<&'static str>,
}

/// What an option names, not read yet.
pub struct Input {
    /// A path, or words for what has none: messages begin with it.
    pub name: String,
    pub reader: Box<dyn Read + Send>,
}

/// Where a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    File,
    Stdin,
    /// The command line itself.
    Inline,
}

impl InputKind {
    /// Returns where a value leads. A value that begins with `{` or `[` is the text itself.
    pub fn of(value: &str) -> Self {
        match value {
            "-" => Self::Stdin,
            text if text.trim_start().starts_with(['{', '[']) => Self::Inline,
            _ => Self::File,
        }
    }
}

impl Inputs {
    /// Opens events: what the value names, or the sample of this name where there is no such file.
    pub fn events(&mut self, option: &'static str, value: &str) -> Result<Input, UsageError> {
        // No name of a sample has a slash: the system says why a path cannot be opened.
        let named = InputKind::of(value) != InputKind::File || value.contains('/');
        if named || Path::new(value).exists() {
            return self.open(option, value);
        }
        let sample = samples::find(value).map_err(|near| no_sample(option, value, &near))?;
        Ok(Input { name: sample.name.to_owned(), reader: Box::new(sample.json.as_bytes()) })
    }

    /// Opens what the value of an option names.
    pub fn open(&mut self, option: &'static str, value: &str) -> Result<Input, UsageError> {
        let (name, reader): (_, Box<dyn Read + Send>) = match InputKind::of(value) {
            InputKind::Inline => {
                ("inline text".to_owned(), Box::new(io::Cursor::new(value.to_owned())))
            }
            InputKind::File => {
                let opened = File::open(value)
                    .map_err(|error| UsageError::new(option, format_args!("{value}: {error}")))?;
                (value.to_owned(), Box::new(opened))
            }
            InputKind::Stdin => {
                if let Some(other) = self.stdin_taken_by.replace(option) {
                    let reason = format!("cannot be -: {other} reads standard input already");
                    return Err(UsageError::new(option, reason));
                }
                ("standard input".to_owned(), Box::new(io::stdin()))
            }
        };
        Ok(Input { name, reader })
    }

    /// Reads a whole text of at most [`MOST_BYTES`].
    pub fn text(&mut self, option: &'static str, value: &str) -> Result<Text, UsageError> {
        let Input { name, reader } = self.open(option, value)?;
        let wrong = |reason: &dyn std::fmt::Display| {
            UsageError::new(option, format_args!("{name}: {reason}"))
        };
        let mut bytes = Vec::new();
        reader.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| wrong(&error))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES) {
            return Err(wrong(&format_args!("has more than {MOST_BYTES} bytes")));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Text { name, text }),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                Err(wrong(&format_args!("is not UTF-8 at byte {at}")))
            }
        }
    }
}

/// Says that a value names neither a file nor a sample, and which samples have a name like it.
pub fn no_sample(option: &str, value: &str, near: &[&str]) -> UsageError {
    let near = match near {
        [] => String::new(),
        names => format!("; near it: {}", names.join(", ")),
    };
    let reason = format!("there is neither a file nor a sample {value:?}{near}; see push --list");
    UsageError::new(option, reason)
}

/// A text with the name of what it was read from.
pub struct Text {
    pub name: String,
    pub text: String,
}

/// No pattern, parameter or description of the service is nearly as long.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_file_standard_input_or_the_text_itself() {
        for (value, kind) in [
            ("-", InputKind::Stdin),
            ("{}", InputKind::Inline),
            (" \n[1]", InputKind::Inline),
            ("event.json", InputKind::File),
            ("./-", InputKind::File),
            ("", InputKind::File),
        ] {
            assert_eq!(InputKind::of(value), kind, "{value:?}");
        }
        let mut inputs = Inputs::default();
        assert_eq!(inputs.text("--event", r#"{"a":1}"#).unwrap().text, r#"{"a":1}"#);
        assert!(inputs.text("--event", "/does/not/exist").is_err());
    }

    #[test]
    fn a_text_has_a_limit() {
        let endless = format!("[{}", " ".repeat(usize::try_from(MOST_BYTES).unwrap()));
        assert!(Inputs::default().text("--event", &endless).is_err());
    }
}
