//! Where the wall clock comes from. Timers are tokio's.

use std::time::SystemTime;

/// Tells the wall-clock time that requests carry and by which credentials expire.
///
/// Closures are clocks too:
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use aliyun_eventbridge::clock::Clock;
///
/// let fixed = || UNIX_EPOCH + Duration::from_secs(1_795_675_200); // 2026-11-26T06:40:00Z
/// assert_eq!(fixed.now(), UNIX_EPOCH + Duration::from_secs(1_795_675_200));
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Returns the time now.
    fn now(&self) -> SystemTime;
}

/// Reads the operating system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// Returns the operating system's wall clock.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

impl<F> Clock for F
where
    F: Fn() -> SystemTime + Send + Sync + 'static,
{
    fn now(&self) -> SystemTime {
        self()
    }
}
