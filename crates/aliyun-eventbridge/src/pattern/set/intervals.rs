//! Ranges of numbers: those that hold a number are found without the others.

use std::collections::{BTreeMap, HashMap};

use super::slots::Slot;
use crate::pattern::condition::{Comparison, EQUAL_WITHIN, Sign};

/// Numbers from `low` to `high` that may meet comparisons; a little more than do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interval {
    low: f64,
    high: f64,
}

impl Interval {
    /// Returns `None` if no number meets all comparisons.
    pub(super) fn of(comparisons: &[Comparison]) -> Option<Self> {
        let all = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };
        let interval = comparisons.iter().fold(all, |Self { low, high }, comparison| {
            // Wider than equality, so that rounding loses nothing.
            let number = comparison.number;
            let (from, to) = (number - 2.0 * EQUAL_WITHIN, number + 2.0 * EQUAL_WITHIN);
            match comparison.sign {
                Sign::Equal => Self { low: low.max(from), high: high.min(to) },
                Sign::NotEqual => Self { low, high },
                Sign::Greater | Sign::GreaterOrEqual => Self { low: low.max(from), high },
                Sign::Less | Sign::LessOrEqual => Self { low, high: high.min(to) },
            }
        });
        (interval.low <= interval.high).then_some(interval)
    }

    /// Returns whether it has two ends.
    pub(super) fn is_closed(self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    fn keys(self) -> (u64, u64) {
        let (low, high) = (key(self.low), key(self.high));
        if low < high { (low, high) } else { (low.saturating_sub(1), low.saturating_add(1)) }
    }
}

/// The patterns of ranges. A range is kept at the roundest number within it. That is the middle of
/// the smallest block of numbers that has the whole range. The size of a block is a power of two.
/// Of each size, a number is in one block.
#[derive(Debug, Clone, Default)]
pub(super) struct Intervals {
    /// Bit `n` is set if a middle has `n` zeros at its end.
    sizes: u64,
    by_middle: HashMap<u64, Around>,
}

/// Ranges around one middle.
#[derive(Debug, Clone, Default)]
struct Around {
    by_low: BTreeMap<u64, Vec<Slot>>,
    by_high: BTreeMap<u64, Vec<Slot>>,
}

impl Intervals {
    pub(super) fn insert(&mut self, interval: Interval, slot: Slot) {
        let (low, high) = interval.keys();
        // The two differ, so there is a highest bit in which they do.
        let size = (low ^ high).checked_ilog2().unwrap_or(0);
        self.sizes |= 1 << size;
        let around = self.by_middle.entry(high >> size << size).or_default();
        around.by_low.entry(low).or_default().push(slot);
        around.by_high.entry(high).or_default().push(slot);
    }

    /// Returns how many patterns have the lower end of a range, up to [`MOST_COUNTED`].
    pub(super) fn load(&self, interval: Interval) -> usize {
        let (low, high) = interval.keys();
        // A range without a lower end is counted at its upper one.
        let at = if interval.low.is_finite() { low } else { high };
        let mut count = 0_usize;
        self.each(at, |slots| {
            count = count.saturating_add(slots.len());
            count < MOST_COUNTED
        });
        count
    }

    /// Calls `found` with the patterns of every range that has the number.
    pub(super) fn find(&self, number: f64, mut found: impl FnMut(&[Slot])) {
        self.each(key(number), |slots| {
            found(slots);
            true
        });
    }

    /// Calls `found` until it returns false.
    fn each(&self, number: u64, mut found: impl FnMut(&[Slot]) -> bool) {
        let mut rest = self.sizes;
        while rest != 0 {
            let size = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            let middle = (number >> size | 1) << size;
            let Some(around) = self.by_middle.get(&middle) else { continue };
            let goes_on = if number < middle {
                around.by_low.range(..=number).all(|(_, slots)| found(slots))
            } else {
                around.by_high.range(number..).all(|(_, slots)| found(slots))
            };
            if !goes_on {
                return;
            }
        }
    }
}

/// Returns whole numbers in the order of the doubles.
fn key(number: f64) -> u64 {
    let bits = number.to_bits();
    if number.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

const MOST_COUNTED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(comparisons: &[(Sign, f64)]) -> Option<Interval> {
        let one = |&(sign, number): &(Sign, f64)| Comparison { sign, number };
        Interval::of(&comparisons.iter().map(one).collect::<Vec<_>>())
    }

    #[test]
    fn ranges_that_have_a_number_are_found_and_few_others() {
        use Sign::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let ranges = [
            &[(Equal, 7.0)][..],
            &[(Equal, 0.0)],
            &[(Greater, 0.0)],
            &[(Less, 0.0)],
            &[(GreaterOrEqual, -3.5), (LessOrEqual, 3.5)],
            &[(Greater, 1e9)],
            &[(Less, -1e9)],
            &[(NotEqual, 5.0)],
            &[(Greater, 6.0), (Less, 8.0)],
            &[(Equal, 1e9)],
            &[(Equal, -1e9)],
            &[(Greater, 100.0), (Less, 101.0)],
        ];
        let mut intervals = Intervals::default();
        for (index, range) in ranges.iter().enumerate() {
            intervals.insert(interval(range).unwrap(), Slot(index));
        }
        for (number, expected) in [
            (7.0, &[0, 2, 7, 8][..]),
            (7.000_000_05, &[0, 2, 7, 8]),
            (7.000_001, &[2, 7, 8]),
            (-0.0, &[1, 2, 3, 4, 7]),
            (0.0, &[1, 2, 3, 4, 7]),
            (3.5, &[2, 4, 7]),
            (4.0, &[2, 7]),
            (-4.0, &[3, 7]),
            (1e9, &[2, 5, 7, 9]),
            (-1e9, &[3, 6, 7, 10]),
            (100.5, &[2, 7, 11]),
            (f64::INFINITY, &[2, 5, 7]),
            (f64::NEG_INFINITY, &[3, 6, 7]),
            (5.0, &[2, 7]),
        ] {
            let mut found = Vec::new();
            intervals.find(number, |slots| found.extend(slots.iter().map(|slot| slot.0)));
            found.sort_unstable();
            assert_eq!(found, expected, "{number}");
        }
        assert!(interval(&[(Equal, 1.0), (Equal, 2.0)]).is_none());
    }
}
