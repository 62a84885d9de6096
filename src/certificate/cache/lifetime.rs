//! How long a certificate or a failure is good for, judged by the clock that was passed in.

use std::time::{Duration, SystemTime};

use crate::certificate::{parse::Certificate, source::FetchError};

/// A certificate that was fetched. Replaced as a whole, never changed.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    pub(super) certificate: Certificate,
    pub(super) fetched_at: SystemTime,
    /// Since when the host says that there is nothing at its URL.
    pub(super) gone_since: Option<SystemTime>,
}

/// Tells what may be done with a fetched certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Use it.
    Fresh,
    /// Use it, and fetch it anew in the background.
    Stale,
    /// Do not use it.
    Expired,
}

impl Fetched {
    pub(super) fn freshness(&self, now: SystemTime) -> Freshness {
        let gone_for = self.gone_since.map(|since| elapsed(since, now));
        let age = elapsed(self.fetched_at, now);
        // Fetched in the future: the clock was set back, and how old it is cannot be told.
        let clock_set_back = self.fetched_at > now;
        if age >= STALE_LIMIT || gone_for.is_some_and(|gone_for| gone_for >= GONE_LIMIT) {
            Freshness::Expired
        } else if age >= FRESH_LIMIT || gone_for.is_some() || clock_set_back {
            Freshness::Stale
        } else {
            Freshness::Fresh
        }
    }

    /// Returns whether the key is old enough that a mismatch may mean that it was replaced.
    pub(super) fn may_have_been_replaced(&self, now: SystemTime) -> bool {
        elapsed(self.fetched_at, now) > MISMATCH_AGE || self.fetched_at > now
    }
}

/// A fetch that failed: no other is begun for a while, longer each time.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) failed_at: SystemTime,
    pub(super) times: u32,
    pub(super) error: FetchError,
}

impl Failure {
    pub(super) fn holds_back(&self, now: SystemTime) -> bool {
        // A clock that was set back does not lengthen the pause.
        let since = now.duration_since(self.failed_at);
        since.is_ok_and(|since| since < self.pause())
    }

    fn pause(&self) -> Duration {
        let doublings = self.times.saturating_sub(1).min(u32::BITS - 1);
        FIRST_PAUSE
            .saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX))
            .min(LONGEST_PAUSE)
    }
}

/// Returns the time since then, and zero for a time in the future: the clock was set back.
fn elapsed(since: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(since).unwrap_or_default()
}

/// Younger than this a certificate is not fetched anew.
const FRESH_LIMIT: Duration = Duration::from_secs(60 * 60);
/// Up to this age it is used while its host is down.
const STALE_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// For this long it is used after its host said that it is gone.
const GONE_LIMIT: Duration = Duration::from_secs(10 * 60);
/// A key must be older than this to be fetched anew after a mismatch.
const MISMATCH_AGE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_796_083_200 + seconds) // 2026-12-01T00:00:00Z and on
    }

    #[test]
    fn a_certificate_is_fresh_for_an_hour_and_usable_for_a_day() {
        let pem = include_bytes!("../../../fixtures/keys/x509_public_certificate_2021012101.pem");
        let certificate = Certificate::from_pem_or_der(pem).unwrap();
        let fetched = Fetched { certificate, fetched_at: at(0), gone_since: None };
        for (seconds, freshness) in [
            (0, Freshness::Fresh),
            (3_599, Freshness::Fresh),
            (3_600, Freshness::Stale),
            (86_399, Freshness::Stale),
            (86_400, Freshness::Expired),
        ] {
            assert_eq!(fetched.freshness(at(seconds)), freshness, "{seconds}");
        }
        assert_eq!(fetched.freshness(UNIX_EPOCH), Freshness::Stale, "a clock that was set back");
        assert!(fetched.may_have_been_replaced(UNIX_EPOCH), "a clock that was set back");

        let gone = Fetched { gone_since: Some(at(100)), ..fetched };
        for (seconds, freshness) in
            [(100, Freshness::Stale), (699, Freshness::Stale), (700, Freshness::Expired)]
        {
            assert_eq!(gone.freshness(at(seconds)), freshness, "gone, {seconds}");
        }
        assert!(!gone.may_have_been_replaced(at(60)));
        assert!(gone.may_have_been_replaced(at(61)));
    }

    #[test]
    fn failures_pause_for_2_s_doubling_to_30_s() {
        for (times, pause) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30), (u32::MAX, 30)] {
            let failure =
                Failure { failed_at: at(0), times, error: FetchError::unavailable("down") };
            assert!(failure.holds_back(at(pause - 1)), "{times}");
            assert!(!failure.holds_back(at(pause)), "{times}");
            assert!(!failure.holds_back(UNIX_EPOCH), "{times}: a clock that was set back");
        }
    }
}
