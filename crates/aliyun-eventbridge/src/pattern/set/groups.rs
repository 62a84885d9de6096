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

/// The combinations of values under which a pattern is kept, and those that are looked up for an
/// event, at most, where a group has several fields.
pub(super) const MAX_COMBINATIONS: usize = 16;

impl Group {
    pub(super) fn new(fields: Vec<FieldId>) -> Self {
        Self { fields, by_values: HashMap::new(), all: Vec::new() }
    }

    /// Adds a pattern. The values are those of each field, in the order of the fields.
    pub(super) fn insert(&mut self, values: &[&ValueSet], slot: Slot) {
        let mut keys = vec![String::new()];
        for values in values {
            let with = |key: &String| values.iter().map(|(null, text)| joined(key, null, text)).collect::<Vec<_>>();
            keys = keys.iter().flat_map(with).collect();
        }
        for key in keys {
            self.by_values.entry(key).or_default().push(slot);
        }
        self.all.push(slot);
    }

    /// Adds the patterns that ask for values which the event has.
    pub(super) fn find(&self, located: &Located<'_>, candidates: &mut Candidates) {
        let mut keys = vec![String::new()];
        for field in &self.fields {
            let Some(value) = located.get(*field) else { return };
            let values = distinct(value);
            if self.fields.len() > 1 && keys.len().saturating_mul(values.len()) > MAX_COMBINATIONS {
                return candidates.add(&self.all);
            }
            let with = |key: &String| values.iter().map(|(null, text)| joined(key, *null, text)).collect::<Vec<_>>();
            keys = keys.iter().flat_map(with).collect();
        }
        for slots in keys.iter().filter_map(|key| self.by_values.get(key)) {
            candidates.add(slots);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }
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

/// Appends a value so that no other values make the same key.
fn joined(key: &str, null: bool, text: &str) -> String {
    let mut key = key.to_owned();
    let kind = if null { 'n' } else { 't' };
    // Writing to a `String` cannot fail.
    let _ = write!(key, "{kind}{}:{text}", text.len());
    key
}
