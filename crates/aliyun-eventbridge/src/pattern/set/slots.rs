//! Numbers of patterns, and sets of them.

/// The number of a pattern within its set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(pub(super) usize);

/// Patterns, a bit each.
#[derive(Debug, Clone, Default)]
pub(super) struct SlotSet {
    words: Vec<u64>,
    len: usize,
}

impl SlotSet {
    pub(super) fn insert(&mut self, Slot(slot): Slot) {
        let at = slot / 64;
        if self.words.len() <= at {
            self.words.resize(at.saturating_add(1), 0);
        }
        if let Some(word) = self.words.get_mut(at) {
            *word |= 1 << (slot % 64);
        }
        self.len = self.len.saturating_add(1);
    }

    pub(super) fn remove_all(&mut self, slots: &[Slot]) {
        for Slot(slot) in slots {
            if let Some(word) = self.words.get_mut(slot / 64) {
                *word &= !(1 << (slot % 64));
            }
        }
    }

    /// Returns how many patterns were inserted.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

/// The patterns that an event may match.
#[derive(Debug)]
pub(super) struct Candidates {
    words: Vec<u64>,
}

impl Candidates {
    pub(super) fn of(slots: usize) -> Self {
        Self { words: vec![0; slots.div_ceil(64)] }
    }

    pub(super) fn add(&mut self, slots: &[Slot]) {
        for Slot(slot) in slots {
            if let Some(word) = self.words.get_mut(slot / 64) {
                *word |= 1 << (slot % 64);
            }
        }
    }

    pub(super) fn add_set(&mut self, slots: &SlotSet) {
        for (word, more) in self.words.iter_mut().zip(&slots.words) {
            *word |= more;
        }
    }

    /// Returns them in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Slot> {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = usize::try_from(rest.trailing_zeros()).ok().filter(|_| rest != 0)?;
                rest &= rest.wrapping_sub(1);
                Some(Slot(index.saturating_mul(64).saturating_add(bit)))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_come_once_and_in_order() {
        let mut candidates = Candidates::of(130);
        candidates.add(&[Slot(129), Slot(64), Slot(0)]);
        candidates.add(&[Slot(64), Slot(63), Slot(1_000)]);
        let slots: Vec<_> = candidates.iter().map(|slot| slot.0).collect();
        assert_eq!(slots, [0, 63, 64, 129]);
    }

    #[test]
    fn a_set_loses_what_is_removed() {
        let mut set = SlotSet::default();
        [1, 70, 128].iter().for_each(|slot| set.insert(Slot(*slot)));
        set.remove_all(&[Slot(70), Slot(2), Slot(9_999)]);
        let mut candidates = Candidates::of(129);
        candidates.add_set(&set);
        let slots: Vec<_> = candidates.iter().map(|slot| slot.0).collect();
        assert_eq!(slots, [1, 128]);
    }
}
