use std::{
    hash::{BuildHasherDefault, Hasher},
    time::UNIX_EPOCH,
};

use super::*;
use crate::certificate::url::UrlBasis;

/// Hashes a URL to the number at its end, so that a test says which URLs share a counter: those
/// whose numbers have the same low 16 bits in the first row, and those with the same bits 32 to 47
/// in the second.
#[derive(Default)]
struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().filter(|byte| byte.is_ascii_digit()) {
            self.0 = self.0 * 10 + u64::from(byte - b'0');
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type TestBudget = Budget<BuildHasherDefault<NumberHasher>>;

fn budget() -> TestBudget {
    Budget::with_hasher(BuildHasherDefault::default())
}

/// The number of a URL with a counter of its own in each row.
const fn apart(number: u64) -> u64 {
    counters(number, number)
}

const fn counters(first_row: u64, second_row: u64) -> u64 {
    first_row | second_row << 32
}

fn url(number: u64) -> AllowedUrl {
    AllowedUrl::exact(&format!("https://host.example/{number}"), UrlBasis::Region)
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn taken(
    budget: &mut TestBudget,
    numbers: impl IntoIterator<Item = u64>,
    now: SystemTime,
) -> usize {
    numbers.into_iter().filter(|&number| budget.take(&url(number), now).is_ok()).count()
}

#[test]
fn distinct_urls_get_four_fetches_a_minute() {
    let mut budget = budget();
    assert_eq!(taken(&mut budget, (0..10_000).map(apart), at(0)), 4);
    assert_eq!(taken(&mut budget, (10_000..20_000).map(apart), at(59)), 0);
    assert_eq!(taken(&mut budget, (20_000..30_000).map(apart), at(60)), 4);
    // A clock that is set back does not lock the budget up.
    let before = UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(taken(&mut budget, (30_000..40_000).map(apart), before), 4);
}

#[test]
fn a_url_that_is_asked_for_again_gets_through_a_flood() {
    let mut budget = budget();
    assert_eq!(taken(&mut budget, (0..10_000).map(apart), at(0)), 4);
    let tries: Vec<_> = (0..5).map(|_| taken(&mut budget, [apart(50_000)], at(0))).collect();
    assert_eq!(tries, [0, 0, 0, 1, 1], "at the fourth try");
}

#[test]
fn never_more_than_eight_a_minute() {
    let mut budget = budget();
    let many_times = || (0..50).flat_map(|number| [apart(number); 50]);
    assert_eq!(taken(&mut budget, many_times(), at(0)), 8);
    assert_eq!(taken(&mut budget, many_times(), at(59)), 0);
    assert_eq!(taken(&mut budget, many_times(), at(60)), 8);
}

/// Else every counter would be full one day, and each name of a flood be one that is asked for
/// again and again.
#[test]
fn what_was_asked_for_is_forgotten_by_half_each_minute() {
    let flood = |budget: &mut TestBudget, now| taken(budget, (0..100).map(apart), now);
    let again = apart(50_000);
    let mut budget = budget();
    assert_eq!(flood(&mut budget, at(0)), 4);
    assert_eq!(taken(&mut budget, [again; 3], at(0)), 0);
    // Three of them are one in the next minute: two more tries do not do.
    assert_eq!(flood(&mut budget, at(60)), 4);
    assert_eq!(taken(&mut budget, [again; 2], at(60)), 0, "one, and two tries");
    assert_eq!(taken(&mut budget, [again], at(60)), 1, "one, and three tries");
    // And in minutes in which nobody asks for it nothing is left.
    assert_eq!(taken(&mut budget, [again; 300], at(119)), 3);
    for minute in 2..=9 {
        assert_eq!(flood(&mut budget, at(60 * minute)), 4, "minute {minute}");
    }
    assert_eq!(taken(&mut budget, [again; 3], at(60 * 9)), 0);
}

/// A flood that shares one counter with a URL does not count for it: the other one tells.
#[test]
fn the_lower_count_holds() {
    for shared in [counters(7, 20_000), counters(20_000, 7)] {
        let mut budget = budget();
        assert_eq!(taken(&mut budget, (100..200).map(apart), at(0)), 4);
        let flood = |number| [counters(7, number), counters(number, 7)];
        assert_eq!(taken(&mut budget, (1_000..1_100).flat_map(flood), at(0)), 0);
        assert_eq!(taken(&mut budget, [shared; 3], at(0)), 0);
        assert_eq!(taken(&mut budget, [shared], at(0)), 1);
    }
}
