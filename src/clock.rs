//! Where the wall clock comes from.

#[cfg(any(feature = "layer", feature = "signer"))]
mod system;

use std::time::{SystemTime, UNIX_EPOCH};

#[cfg(any(feature = "layer", feature = "signer"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "layer", feature = "signer"))))]
pub use system::SystemClock;

/// Tells the wall-clock time by which timestamps and certificates are judged.
///
/// Nothing in this crate reads the system clock except `SystemClock`, which comes with the features
/// `layer` and `signer`. The core takes the time as an argument. Closures are clocks too:
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use tower_eventbridge::clock::Clock;
///
/// // 2021-02-01T08:19:06.574Z
/// let fixed = || UNIX_EPOCH + Duration::from_millis(1_612_167_546_574);
/// assert_eq!(fixed.now(), UNIX_EPOCH + Duration::from_millis(1_612_167_546_574));
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Returns the time now.
    fn now(&self) -> SystemTime;
}

impl<F> Clock for F
where
    F: Fn() -> SystemTime + Send + Sync + 'static,
{
    fn now(&self) -> SystemTime {
        self()
    }
}

/// Returns whole milliseconds since 1970-01-01T00:00:00Z, rounded down; negative before it.
pub(crate) fn unix_millis(time: SystemTime) -> i128 {
    let signed = |millis: u128| i128::try_from(millis).unwrap_or(i128::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => signed(after.as_millis()),
        Err(before) => {
            let before = before.duration();
            let partial = i128::from(before.subsec_nanos() % 1_000_000 != 0);
            -signed(before.as_millis()) - partial
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn milliseconds_round_down_on_both_sides_of_1970() {
        assert_eq!(unix_millis(UNIX_EPOCH + Duration::from_micros(1_999)), 1);
        assert_eq!(unix_millis(UNIX_EPOCH), 0);
        assert_eq!(unix_millis(UNIX_EPOCH - Duration::from_micros(1)), -1);
        assert_eq!(unix_millis(UNIX_EPOCH - Duration::from_millis(1)), -1);
        assert_eq!(unix_millis(UNIX_EPOCH - Duration::from_micros(1_001)), -2);
    }
}
