//! Paths in messages: `$.data.size[0]`.

use std::fmt::Write;

/// The place of a value in a JSON text, built while it is read.
#[derive(Clone)]
pub(crate) struct JsonPathText(String);

impl JsonPathText {
    pub(crate) fn root() -> Self {
        Self("$".to_owned())
    }

    /// Returns the path of a member. Names that are no identifiers are written in brackets.
    pub(crate) fn member(&self, name: &str) -> Self {
        let plain = |character: char| character.is_alphanumeric() || "_-".contains(character);
        let mut path = self.0.clone();
        if !name.is_empty() && name.chars().all(plain) {
            path.push('.');
            path.push_str(name);
        } else {
            path.push_str("['");
            for character in name.chars() {
                match character {
                    '\'' | '\\' => path.extend(['\\', character]),
                    _ if character.is_control() => path.extend(character.escape_default()),
                    _ => path.push(character),
                }
            }
            path.push_str("']");
        }
        Self(path)
    }

    pub(crate) fn element(&self, index: usize) -> Self {
        let mut path = self.0.clone();
        // Writing to a `String` cannot fail.
        let _ = write!(path, "[{index}]");
        Self(path)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
