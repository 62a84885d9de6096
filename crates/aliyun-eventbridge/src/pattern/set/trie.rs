//! Texts that begin other texts, found in one pass over the other.

use std::collections::HashMap;

use super::slots::Slot;

/// The patterns of prefixes, or of suffixes read backwards.
#[derive(Debug, Clone, Default)]
pub(super) struct Trie {
    edges: HashMap<(usize, u8), usize>,
    ends: HashMap<usize, Vec<Slot>>,
}

impl Trie {
    pub(super) fn insert(&mut self, text: impl Iterator<Item = u8>, slot: Slot) {
        let mut node = 0;
        for byte in text {
            // Each edge leads to a node of its own; node 0 is the root.
            let new = self.edges.len().saturating_add(1);
            node = *self.edges.entry((node, byte)).or_insert(new);
        }
        self.ends.entry(node).or_default().push(slot);
    }

    /// Returns how many patterns have this text already.
    pub(super) fn load(&self, mut text: impl Iterator<Item = u8>) -> usize {
        let end = text.try_fold(0, |node, byte| self.edges.get(&(node, byte)).copied());
        end.and_then(|node| self.ends.get(&node)).map_or(0, Vec::len)
    }

    /// Calls `found` with the patterns of every text that this one begins with.
    pub(super) fn beginnings(
        &self,
        text: impl Iterator<Item = u8>,
        mut found: impl FnMut(&[Slot]),
    ) {
        let mut node = 0;
        for byte in text {
            let Some(next) = self.edges.get(&(node, byte)) else { return };
            node = *next;
            if let Some(slots) = self.ends.get(&node) {
                found(slots);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_is_found() {
        let mut trie = Trie::default();
        for (index, text) in ["acs.", "acs.oss", "b", "acs.", "acs.oss.x"].iter().enumerate() {
            trie.insert(text.bytes(), Slot(index));
        }
        let found = |text: &str| {
            let mut found = Vec::new();
            trie.beginnings(text.bytes(), |slots| found.extend(slots.iter().map(|slot| slot.0)));
            found
        };
        assert_eq!(found("acs.oss"), [0, 3, 1]);
        assert!(found("acs").is_empty());
        assert_eq!(found("b"), [2]);
    }
}
