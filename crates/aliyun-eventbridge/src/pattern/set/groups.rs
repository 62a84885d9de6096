//! Patterns that ask for exact values of the same fields: one look-up finds those of an event.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
};

use super::slots::{Candidates, Slot};
use crate::pattern::{
    located::{FieldId, FieldValue, Located},
    scalar::ValueSet,
};

/// The patterns whose exact values of these fields decide.
#[derive(Debug, Clone)]
pub(super) struct Group {
    fields: Vec<FieldId>,
    by_values: HashMap<String, Vec<Slot>>,
    all: Vec<Slot>,
}

/// Limits the combinations of values of a group with several fields. A pattern is kept under so
/// many, and for an event so many are looked up.
pub(super) const MAX_COMBINATIONS: usize = 16;

impl Group {
    pub(super) fn new(fields: Vec<FieldId>) -> Self {
        Self { fields, by_values: HashMap::new(), all: Vec::new() }
    }

    /// Adds a pattern. The values are those of each field, in the order of the fields.
    pub(super) fn insert(&mut self, values: &[&ValueSet], slot: Slot) {
        for key in keys(values.iter().map(|values| values.iter())) {
            self.by_values.entry(key).or_default().push(slot);
        }
        self.all.push(slot);
    }

    /// Returns how many patterns are kept under these values already, at most.
    pub(super) fn load(&self, values: &[&ValueSet]) -> usize {
        let keys = keys(values.iter().map(|values| values.iter()));
        let kept = keys.iter().filter_map(|key| self.by_values.get(key));
        kept.map(Vec::len).max().unwrap_or(0)
    }

    /// Adds the patterns that ask for values which the event has.
    pub(super) fn find(&self, located: &Located<'_>, candidates: &mut Candidates) {
        let mut key = String::with_capacity(KEY_BYTES);
        let plain = self.fields.iter().try_for_each(|field| match located.get(*field) {
            Some(FieldValue::Scalar(scalar)) => {
                let (null, text) = scalar.key();
                join(&mut key, null, text);
                Some(())
            }
            Some(FieldValue::Object | FieldValue::NestedArray | FieldValue::Array(_)) | None => {
                None
            }
        });
        if plain.is_some() {
            if let Some(slots) = self.by_values.get(&key) {
                candidates.add(slots);
            }
            return;
        }
        let mut combinations = 1_usize;
        let mut values = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            let Some(value) = located.get(*field) else { return };
            let distinct = distinct(value);
            combinations = combinations.saturating_mul(distinct.len());
            values.push(distinct);
        }
        if values.len() > 1 && combinations > MAX_COMBINATIONS {
            return candidates.add(&self.all);
        }
        for key in keys(values.into_iter().map(Vec::into_iter)) {
            if let Some(slots) = self.by_values.get(&key) {
                candidates.add(slots);
            }
        }
    }
}

/// Returns a key for each combination of values, one of each field.
fn keys<'v, V: Iterator<Item = (bool, &'v str)> + Clone>(
    fields: impl Iterator<Item = V>,
) -> Vec<String> {
    fields.fold(vec![String::new()], |keys, values| {
        let with = |key: &String| {
            let key = key.clone();
            values.clone().map(move |(null, text)| joined(&key, null, text))
        };
        keys.iter().flat_map(with).collect()
    })
}

fn distinct<'v>(value: &'v FieldValue<'_>) -> Vec<(bool, &'v str)> {
    match value.scalars() {
        [one] => vec![one.key()],
        many => {
            let mut seen = HashSet::new();
            many.iter().map(|scalar| scalar.key()).filter(|key| seen.insert(*key)).collect()
        }
    }
}

fn joined(key: &str, null: bool, text: &str) -> String {
    let mut key = key.to_owned();
    join(&mut key, null, text);
    key
}

/// Appends a value so that no other values make the same key.
fn join(key: &mut String, null: bool, text: &str) {
    let kind = if null { 'n' } else { 't' };
    // Writing to a `String` cannot fail.
    let _ = write!(key, "{kind}{}:{text}", text.len());
}

/// Room for the usual key.
const KEY_BYTES: usize = 64;
