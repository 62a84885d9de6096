//! Numbers of patterns, and a set of them.

/// The number of a pattern within its set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(pub(super) usize);

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
}
