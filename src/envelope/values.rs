//! Names with any number of values: query parameters, headers, path parameters.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};

/// Names and their values, in the order of the JSON object. A name may have several values, and a value may be missing
/// (JSON null). Its `Debug` shows names only, because values may be credentials.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ValueMap {
    entries: Vec<(String, Option<String>)>,
}

impl ValueMap {
    /// The first value of a name, spelled exactly so; `None` also if it has no value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next().flatten()
    }

    /// Every value of a name, spelled exactly so.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = Option<&str>> {
        self.iter().filter(move |(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The first value of a name, in any case, as header names are compared.
    #[must_use]
    pub fn get_ignoring_case(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).and_then(|(_, value)| value)
    }

    /// Every name with each of its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds a value.
    pub fn append(&mut self, name: impl Into<String>, value: Option<String>) {
        self.entries.push((name.into(), value));
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for ValueMap {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let entries = pairs.into_iter().map(|(name, value)| (name.into(), Some(value.into())));
        Self { entries: entries.collect() }
    }
}

impl fmt::Debug for ValueMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redacted = self.iter().map(|(name, _)| (name, format_args!("<redacted>").to_string()));
        formatter.debug_map().entries(redacted).finish()
    }
}

/// As one object: a name with several values has an array.
impl Serialize for ValueMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut written = std::collections::HashSet::new();
        for (name, value) in self.iter() {
            if !written.insert(name) {
                continue;
            }
            let values: Vec<_> = self.get_all(name).collect();
            match values.as_slice() {
                [_] => map.serialize_entry(name, &value)?,
                several => map.serialize_entry(name, several)?,
            }
        }
        map.end()
    }
}
