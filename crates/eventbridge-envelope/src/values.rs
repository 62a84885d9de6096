//! Names with any number of values: query parameters, headers, path parameters.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, Serializer};

/// Names and their values, in the order of the JSON object.
///
/// A name may have several values, and a value may be missing (JSON null). A map that is read from
/// an event has 10,000 values at most. Its `Debug` shows names only, because values may be
/// credentials.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ValueMap {
    /// Each name once, so that a long name with many values takes no more room than it took in the
    /// event.
    entries: Vec<(String, Values)>,
}

/// The values of one name. Most names have one.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Values {
    One(Option<String>),
    Many(Vec<Option<String>>),
}

impl Values {
    pub(crate) fn as_slice(&self) -> &[Option<String>] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }

    fn push(&mut self, value: Option<String>) {
        match self {
            Self::One(one) => *self = Self::Many(vec![one.take(), value]),
            Self::Many(values) if values.is_empty() => *self = Self::One(value),
            Self::Many(values) => values.push(value),
        }
    }

    /// Adds the values of another that are not here. A missing value adds nothing to others.
    fn add_missing(&mut self, other: Self) {
        let here: HashSet<String> = self.as_slice().iter().flatten().cloned().collect();
        if here.is_empty() {
            *self = other;
            return;
        }
        let missing = other.into_iter().flatten().filter(|value| !here.contains(value));
        missing.for_each(|value| self.push(Some(value)));
    }

    fn into_iter(self) -> impl Iterator<Item = Option<String>> {
        let (one, many) = match self {
            Self::One(value) => (Some(value), Vec::new()),
            Self::Many(values) => (None, values),
        };
        one.into_iter().chain(many)
    }
}

/// Converts an array. One with a single element is that value.
impl From<Vec<Option<String>>> for Values {
    fn from(mut values: Vec<Option<String>>) -> Self {
        match values.len() {
            1 => Self::One(values.pop().flatten()),
            _ => Self::Many(values),
        }
    }
}

impl ValueMap {
    /// Returns the first value of a name, compared exactly. Returns `None` also if the value is
    /// missing.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next().flatten()
    }

    /// Returns every value of a name, compared exactly.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = Option<&str>> {
        let entry = self.entries.iter().find(|(other, _)| other == name);
        entry.into_iter().flat_map(|(_, values)| values.as_slice()).map(Option::as_deref)
    }

    /// Returns the first value of a name, compared without case, as header names are.
    #[must_use]
    pub fn get_ignoring_case(&self, name: &str) -> Option<&str> {
        self.iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .find_map(|(_, value)| value)
    }

    /// Returns every name with each of its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.entries.iter().flat_map(|(name, values)| {
            values.as_slice().iter().map(move |value| (name.as_str(), value.as_deref()))
        })
    }

    /// Returns whether the map has no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.iter().all(|(_, values)| values.as_slice().is_empty())
    }

    /// Returns the number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.iter().map(|(_, values)| values.as_slice().len()).sum()
    }

    /// Adds a value to those of its name.
    pub fn append(&mut self, name: impl Into<String>, value: Option<String>) {
        let name = name.into();
        // Values of one name mostly follow each other.
        match self.entries.iter_mut().rev().find(|(other, _)| *other == name) {
            Some((_, values)) => values.push(value),
            None => self.entries.push((name, Values::One(value))),
        }
    }

    /// Writes the map as `application/x-www-form-urlencoded`: each value with its name, and a name
    /// alone for a missing value. Spaces become `%20`, which every reader of that form understands.
    ///
    /// Stops soon after `limit` bytes, because a long name with many values would grow without
    /// bound. The caller treats a longer text as an error.
    pub(crate) fn to_urlencoded(&self, limit: usize) -> String {
        let mut text = String::new();
        for (name, value) in self.iter() {
            if text.len() > limit {
                break;
            }
            if !text.is_empty() {
                text.push('&');
            }
            text.extend(utf8_percent_encode(name, RESERVED));
            if let Some(value) = value {
                text.push('=');
                text.extend(utf8_percent_encode(value, RESERVED));
            }
        }
        text
    }

    /// Adds a name that is not in the map.
    pub(crate) fn push(&mut self, name: String, values: Values) {
        self.entries.push((name, values));
    }

    /// Returns every name with its values.
    pub(crate) fn entries(&self) -> &[(String, Values)] {
        &self.entries
    }

    /// Adds the names of another map that are not in this one. For a name in both it adds the
    /// values that are only in the other.
    pub(crate) fn add_missing(&mut self, other: Self) {
        if other.entries.is_empty() {
            return;
        }
        let known: HashMap<&str, usize> =
            self.entries.iter().enumerate().map(|(place, (name, _))| (&**name, place)).collect();
        let places: Vec<_> =
            other.entries.iter().map(|(name, _)| known.get(&**name).copied()).collect();
        for ((name, values), place) in other.entries.into_iter().zip(places) {
            match place.and_then(|place| self.entries.get_mut(place)) {
                Some((_, here)) => here.add_missing(values),
                None => self.entries.push((name, values)),
            }
        }
    }

    pub(crate) fn reserve(&mut self, names: usize) {
        self.entries.reserve(names);
    }

    /// Returns every name with its values, by value.
    pub(crate) fn into_entries(
        self,
    ) -> impl Iterator<Item = (String, impl Iterator<Item = Option<String>>)> {
        self.entries.into_iter().map(|(name, values)| (name, values.into_iter()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for ValueMap {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut map = Self::default();
        pairs.into_iter().for_each(|(name, value)| map.append(name, Some(value.into())));
        map
    }
}

impl fmt::Debug for ValueMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redacted = self.entries.iter().map(|(name, _)| (name, "<redacted>"));
        formatter.debug_map().entries(redacted).finish()
    }
}

/// Writes one object: a single value as itself, several as an array.
impl Serialize for ValueMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.entries.iter().map(|(name, values)| (name, OneOrMany(values.as_slice()))),
        )
    }
}

struct OneOrMany<'a>(&'a [Option<String>]);

impl Serialize for OneOrMany<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

/// The number of values that are read into a map. No gateway lets so many through.
pub(crate) const MAX_VALUES: usize = 10_000;
/// Every character but the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
