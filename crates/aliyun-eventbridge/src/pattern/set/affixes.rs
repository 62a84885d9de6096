//! Texts that begin or end other texts: a look-up for each length that there is.

use std::collections::HashMap;

use super::slots::Slot;

/// The patterns of prefixes, or those of suffixes.
///
/// Of a longer text, [`MAX_BYTES`] bytes are kept: what is found is a candidate.
#[derive(Debug, Clone, Default)]
pub(super) struct Affixes {
    /// Bit `n - 1` is set if there is a text of `n` bytes.
    lengths: u64,
    by_text: HashMap<Box<[u8]>, Vec<Slot>>,
}

impl Affixes {
    pub(super) fn insert(&mut self, part: &[u8], slot: Slot) {
        let bit = part.len().checked_sub(1).and_then(|at| u32::try_from(at).ok());
        self.lengths |= bit.and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or(0);
        if let Some(slots) = self.by_text.get_mut(part) {
            slots.push(slot);
        } else {
            self.by_text.insert(Box::from(part), vec![slot]);
        }
    }

    /// Returns how many patterns have this text already.
    pub(super) fn load(&self, part: &[u8]) -> usize {
        self.by_text.get(part).map_or(0, Vec::len)
    }

    /// Calls `found` with the patterns of every kept text that `part_of` cuts out by its length.
    pub(super) fn find<'t>(
        &self,
        part_of: impl Fn(usize) -> Option<&'t [u8]>,
        mut found: impl FnMut(&[Slot]),
    ) {
        let mut rest = self.lengths;
        while rest != 0 {
            let length = usize::try_from(rest.trailing_zeros()).unwrap_or(0).saturating_add(1);
            rest &= rest.wrapping_sub(1);
            // Lengths come in order: where one is too long, the others are too.
            let Some(part) = part_of(length) else { return };
            if let Some(slots) = self.by_text.get(part) {
                found(slots);
            }
        }
    }
}

/// Returns what is kept of a prefix.
pub(super) fn beginning(text: &str) -> &[u8] {
    let bytes = text.as_bytes();
    bytes.get(..MAX_BYTES).unwrap_or(bytes)
}

/// Returns what is kept of a suffix.
pub(super) fn ending(text: &str) -> &[u8] {
    last(text, MAX_BYTES).unwrap_or(text.as_bytes())
}

pub(super) fn first(text: &str, length: usize) -> Option<&[u8]> {
    text.as_bytes().get(..length)
}

pub(super) fn last(text: &str, length: usize) -> Option<&[u8]> {
    text.len().checked_sub(length).and_then(|from| text.as_bytes().get(from..))
}

/// As many as `lengths` has bits.
const MAX_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_and_every_end_is_found() {
        let (long, longer) = ("x".repeat(64), "x".repeat(65));
        let texts = ["acs.", "acs.oss", "b", "acs.", &long, &longer, "oss"];
        let (mut prefixes, mut suffixes) = (Affixes::default(), Affixes::default());
        for (index, text) in texts.iter().enumerate() {
            prefixes.insert(beginning(text), Slot(index));
            suffixes.insert(ending(text), Slot(index));
        }
        let found = |text: &str| {
            let (mut begin, mut end) = (Vec::new(), Vec::new());
            prefixes.find(|n| first(text, n), |slots| begin.extend(slots.iter().map(|s| s.0)));
            suffixes.find(|n| last(text, n), |slots| end.extend(slots.iter().map(|s| s.0)));
            (begin, end)
        };
        assert_eq!(found("acs.oss"), (vec![0, 3, 1], vec![6, 1]));
        assert_eq!(found("acs"), (vec![], vec![]));
        assert_eq!(found("b"), (vec![2], vec![2]));
        assert_eq!(found(&longer), (vec![4, 5], vec![4, 5]), "cut: the pattern decides");
    }
}
