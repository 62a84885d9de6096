//! `anything-but`: all patterns but those that exclude a value.

use std::collections::HashMap;

use super::{
    affixes::{Affixes, beginning, ending, first, last},
    slots::{Candidates, Slot, SlotSet},
};
use crate::pattern::{condition::AnythingBut, scalar::Scalar};

/// The patterns that exclude values. Each pattern is here at most once.
#[derive(Debug, Clone, Default)]
pub(super) struct Excluding {
    all: SlotSet,
    nulls: Vec<Slot>,
    by_text: HashMap<Box<str>, Vec<Slot>>,
    prefixes: Affixes,
    suffixes: Affixes,
}

impl Excluding {
    pub(super) fn insert(&mut self, excluded: &AnythingBut, slot: Slot) {
        self.all.insert(slot);
        match excluded {
            AnythingBut::Values(values) => {
                for (null, text) in values.iter() {
                    if null {
                        self.nulls.push(slot);
                    } else if let Some(slots) = self.by_text.get_mut(text) {
                        slots.push(slot);
                    } else {
                        self.by_text.insert(Box::from(text), vec![slot]);
                    }
                }
            }
            // What is kept of a longer text would exclude too much: these stay candidates.
            AnythingBut::Prefix(text) if beginning(text).len() == text.len() => {
                self.prefixes.insert(text.as_bytes(), slot);
            }
            AnythingBut::Suffix(text) if ending(text).len() == text.len() => {
                self.suffixes.insert(text.as_bytes(), slot);
            }
            AnythingBut::Prefix(_) | AnythingBut::Suffix(_) => {}
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn find(&self, scalars: &[Scalar<'_>], candidates: &mut Candidates) {
        if self.all.len() == 0 {
            return;
        }
        match scalars {
            [] => {}
            [scalar] => {
                let mut left = self.all.clone();
                match scalar.key() {
                    (true, _) => left.remove_all(&self.nulls),
                    (false, text) => {
                        if let Some(slots) = self.by_text.get(text) {
                            left.remove_all(slots);
                        }
                    }
                }
                if let Some(text) = scalar.string() {
                    self.prefixes.find(|n| first(text, n), |slots| left.remove_all(slots));
                    self.suffixes.find(|n| last(text, n), |slots| left.remove_all(slots));
                }
                candidates.add_set(&left);
            }
            // One of them that is not excluded is enough.
            _ => candidates.add_set(&self.all),
        }
    }
}
