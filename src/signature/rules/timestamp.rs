//! The time at which a push says it was signed, and the window in which it is fresh.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{clock::unix_millis, signature::rejection::Reason};

/// Holds the time at which a push claims to be signed: milliseconds since 1970-01-01T00:00:00Z
/// (docs/wire-facts.md section 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Returns milliseconds since 1970-01-01T00:00:00Z.
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

    /// Returns how long before `now` the push was signed, in milliseconds; negative if after.
    pub(crate) fn age_millis(self, now: SystemTime) -> i128 {
        unix_millis(now).saturating_sub(i128::from(self.0))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        // A timestamp that users see lies within 24 h of a time that the platform has.
        let since_1970 = Duration::from_millis(u64::try_from(timestamp.0).unwrap_or_default());
        UNIX_EPOCH.checked_add(since_1970).unwrap_or(UNIX_EPOCH)
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

impl Window {
    /// Accepts a timestamp whose age lies in the window.
    pub(crate) fn check(&self, timestamp: Timestamp, age_millis: i128) -> Result<(), Reason> {
        let millis = |limit: Duration| i128::try_from(limit.as_millis()).unwrap_or(i128::MAX);
        let timestamp = timestamp.as_millis();
        if age_millis > millis(self.max_age) {
            let limit_millis = self.max_age.as_millis();
            return Err(Reason::TimestampStale { timestamp, age_millis, limit_millis });
        }
        if age_millis < -millis(self.max_future) {
            let limit_millis = self.max_future.as_millis();
            return Err(Reason::TimestampFuture { timestamp, age_millis, limit_millis });
        }
        Ok(())
    }
}

const MAX_DIGITS: usize = 19;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::rejection::RejectionKind;

    fn judged(window: Window, timestamp: Timestamp, age: i128) -> Option<RejectionKind> {
        window.check(timestamp, age).err().map(|reason| reason.class().kind)
    }

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
    fn a_timestamp_is_a_time() {
        let time = SystemTime::from(Timestamp(1_612_167_546_574));
        assert_eq!(time, UNIX_EPOCH + Duration::from_millis(1_612_167_546_574));
    }

    #[test]
    fn both_edges_are_inside() {
        let window = Window {
            max_age: Duration::from_millis(60_000),
            max_future: Duration::from_millis(5_000),
        };
        for (age, verdict) in [
            (0, None),
            (60_000, None),
            (60_001, Some(RejectionKind::TimestampStale)),
            (-5_000, None),
            (-5_001, Some(RejectionKind::TimestampFuture)),
            (i128::MAX, Some(RejectionKind::TimestampStale)),
            (i128::MIN, Some(RejectionKind::TimestampFuture)),
        ] {
            assert_eq!(judged(window, Timestamp(0), age), verdict, "{age}");
        }
    }

    #[test]
    fn extreme_timestamps_and_clocks_do_not_overflow() {
        let far = UNIX_EPOCH + Duration::from_secs(1 << 62);
        assert!(Timestamp(i64::MAX).age_millis(UNIX_EPOCH - Duration::from_secs(1 << 40)) < 0);
        assert!(Timestamp(0).age_millis(far) > 0);
        let wide = Window { max_age: Duration::MAX, max_future: Duration::MAX };
        for (timestamp, now) in [(Timestamp(i64::MAX), UNIX_EPOCH), (Timestamp(0), far)] {
            assert_eq!(judged(wide, timestamp, timestamp.age_millis(now)), None);
        }
    }
}
