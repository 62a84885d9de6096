//! Texts that other texts contain: each is kept under four of its bytes.

use std::collections::{HashMap, HashSet};

use super::slots::{Candidates, Slot};

/// The patterns of contained texts. A pattern is kept under the part of its text that fewest others
/// have. An event's text is walked once, and each of its parts is looked up.
#[derive(Debug, Clone, Default)]
pub(super) struct Grams {
    all: Vec<Slot>,
    by_part: HashMap<Part, Vec<Slot>>,
    /// Bit `n` is set if there is a part of `n` bytes.
    lengths: u8,
    /// Most parts of an event are not there; a bit says so without a look-up.
    filter: Vec<u64>,
}

/// At most four bytes, and how many.
type Part = (u8, u32);

impl Grams {
    pub(super) fn insert(&mut self, text: &str, slot: Slot) {
        self.all.push(slot);
        let load = |part: &Part| self.by_part.get(part).map_or(0, Vec::len);
        let Some(part) = parts(text).min_by_key(load) else { return };
        self.lengths |= 1_u8.checked_shl(u32::from(part.0)).unwrap_or(0);
        self.filter.resize(FILTER_WORDS, 0);
        let (word, bit) = place(part);
        if let Some(word) = self.filter.get_mut(word) {
            *word |= bit;
        }
        self.by_part.entry(part).or_default().push(slot);
    }

    /// Returns how many patterns would be found together with one of this text.
    pub(super) fn load(&self, text: &str) -> usize {
        let loads = parts(text).map(|part| self.by_part.get(&part).map_or(0, Vec::len));
        loads.min().unwrap_or(0)
    }

    pub(super) fn find(&self, text: &str, candidates: &mut Candidates) {
        if self.all.len() < FEWEST {
            return candidates.add(&self.all);
        }
        // A text may repeat itself.
        let mut seen = HashSet::new();
        for length in (1..=MAX_BYTES).filter(|length| self.lengths & (1 << length) != 0) {
            for part in text.as_bytes().windows(length).map(part) {
                let (word, bit) = place(part);
                if self.filter.get(word).is_none_or(|word| word & bit == 0) || !seen.insert(part) {
                    continue;
                }
                if let Some(slots) = self.by_part.get(&part) {
                    candidates.add(slots);
                }
            }
        }
    }
}

/// Returns parts of a text that stands for it, all of one length.
fn parts(text: &str) -> impl Iterator<Item = Part> {
    let length = text.len().clamp(1, MAX_BYTES);
    text.as_bytes().windows(length).take(MOST_PARTS).map(part)
}

fn part(bytes: &[u8]) -> Part {
    let length = u8::try_from(bytes.len()).unwrap_or(0);
    (length, bytes.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

/// Returns where the filter has the part: word and bit.
fn place((length, bytes): Part) -> (usize, u64) {
    let mixed = (bytes ^ (u32::from(length) << 29)).wrapping_mul(0x9E37_79B1) >> 16;
    (usize::try_from(mixed / 64).unwrap_or(0), 1 << (mixed % 64))
}

const MAX_BYTES: usize = 4;
/// Parts of a text of which one is chosen.
const MOST_PARTS: usize = 64;
/// Words of the filter: a bit for each 16-bit number.
const FILTER_WORDS: usize = 1024;
/// With fewer patterns it is faster to try each.
const FEWEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_contains_is_found() {
        let mut grams = Grams::default();
        let texts: Vec<_> = (0..100).map(|at| format!("/{at}.")).collect();
        let others = ["", "q", "zz", "主题的", "/1", "aaaa", &"ab".repeat(5_000)];
        let texts: Vec<_> = texts.iter().map(String::as_str).chain(others).collect();
        for (index, text) in texts.iter().enumerate() {
            grams.insert(text, Slot(index));
        }
        for event in
            ["x/17.y", "q", "zz top", "的主题的x", "", "/", &"a".repeat(9), &"ab".repeat(6_000)]
        {
            let mut candidates = Candidates::of(texts.len());
            grams.find(event, &mut candidates);
            let found: Vec<_> = candidates.iter().map(|slot| slot.0).collect();
            let contained = |at: &usize| !texts[*at].is_empty() && event.contains(texts[*at]);
            let missing = (0..texts.len()).filter(contained).find(|at| !found.contains(at));
            assert_eq!(missing, None, "{event}");
            assert!(found.len() < 8, "{event}: {found:?}");
        }
    }
}
