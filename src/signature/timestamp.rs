//! The time at which a push says it was signed, and the window in which it is fresh.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use crate::clock::unix_millis;

/// The time at which a push says it was signed: milliseconds since 1970-01-01T00:00:00Z (docs/wire-facts.md section 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Takes 1 to 19 ASCII digits that fit an `i64`; leading zeros are allowed.
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        if !(1..=MAX_DIGITS).contains(&value.len()) {
            return None;
        }
        let millis = value.iter().try_fold(0_i64, |millis, byte| {
            let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
            millis.checked_mul(10)?.checked_add(digit)
        })?;
        Some(Self(millis))
    }

    /// How long before `now` the push was signed, in milliseconds; negative if after.
    pub(crate) fn age_millis(self, now: SystemTime) -> i128 {
        unix_millis(now).saturating_sub(i128::from(self.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// How far a timestamp may be from now. Both edges are inside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) max_age: Duration,
    pub(crate) max_future: Duration,
}

/// On which side of the window a timestamp lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outside {
    Stale,
    Future,
}

impl Window {
    pub(crate) fn check(&self, age_millis: i128) -> Result<(), Outside> {
        let millis = |limit: Duration| i128::try_from(limit.as_millis()).unwrap_or(i128::MAX);
        if age_millis > millis(self.max_age) {
            return Err(Outside::Stale);
        }
        if age_millis < -millis(self.max_future) {
            return Err(Outside::Future);
        }
        Ok(())
    }
}

const MAX_DIGITS: usize = 19;

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn only_digits_that_fit_are_a_timestamp() {
        for (text, millis) in [
            ("0", 0),
            ("1612167546574", 1_612_167_546_574),
            ("0001612167546574", 1_612_167_546_574),
            ("9223372036854775807", i64::MAX),
            ("0000000000000000001", 1),
        ] {
            assert_eq!(Timestamp::parse(text.as_bytes()), Some(Timestamp(millis)), "{text}");
        }
        for text in [
            "",
            "-1",
            "+5",
            " 5",
            "5 ",
            "5.0",
            "1e12",
            "0x10",
            "1_000",
            "9223372036854775808",
            "9999999999999999999",
            "00000000000000000001",
            "-9223372036854775808",
            "١٢٣",
            "\u{ff11}",
            "5\n",
            "NaN",
        ] {
            assert_eq!(Timestamp::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn both_edges_are_inside() {
        let window = Window {
            max_age: Duration::from_millis(60_000),
            max_future: Duration::from_millis(5_000),
        };
        for (age, verdict) in [
            (0, Ok(())),
            (60_000, Ok(())),
            (60_001, Err(Outside::Stale)),
            (-5_000, Ok(())),
            (-5_001, Err(Outside::Future)),
            (i128::MAX, Err(Outside::Stale)),
            (i128::MIN, Err(Outside::Future)),
        ] {
            assert_eq!(window.check(age), verdict, "{age}");
        }
    }

    #[test]
    fn extreme_timestamps_and_clocks_do_not_overflow() {
        let far = UNIX_EPOCH + Duration::from_secs(1 << 62);
        assert!(Timestamp(i64::MAX).age_millis(UNIX_EPOCH - Duration::from_secs(1 << 40)) < 0);
        assert!(Timestamp(0).age_millis(far) > 0);
        let wide = Window { max_age: Duration::MAX, max_future: Duration::MAX };
        assert_eq!(wide.check(Timestamp(i64::MAX).age_millis(UNIX_EPOCH)), Ok(()));
        assert_eq!(wide.check(Timestamp(0).age_millis(far)), Ok(()));
    }
}
