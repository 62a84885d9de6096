//! What the server takes, and how much it holds.

use std::time::Duration;

use aliyun_eventbridge::publish::PublishLimits;

/// Holds the quotas of an account. The defaults are those of the vendor's page of March 2026, and
/// for API destinations and connections those of its open-source server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quotas {
    /// Buses beside `default`: 50.
    pub buses: usize,
    /// Rules of one bus: 50.
    pub rules_per_bus: usize,
    /// API destinations: 10.
    pub api_destinations: usize,
    /// Connections: 10.
    pub connections: usize,
    /// Events of one second on the bus `default`: 10,000.
    pub default_bus_events_per_second: u64,
    /// Events of one second on another bus: 3,000.
    pub custom_bus_events_per_second: u64,
    /// Events of a request, its bytes, the bytes of an event: 16, 1 MiB, 256 KiB.
    pub publish: PublishLimits,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            buses: 50,
            rules_per_bus: 50,
            api_destinations: 10,
            connections: 10,
            default_bus_events_per_second: 10_000,
            custom_bus_events_per_second: 3_000,
            publish: PublishLimits::newest(),
        }
    }
}

/// Bounds what the server holds in memory, and with it what a state file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// Bytes of events that wait for delivery: 256 MiB. Beyond, publishing is answered 503.
    pub pending_bytes: usize,
    /// Deliveries that wait for one target: 50,000. Above that, the events of a target that fails
    /// become dead letters. For a target that is only slow, publishing is answered 503.
    pub pending_per_target: usize,
    /// Dead letters: 10,000. Beyond, the oldest is dropped.
    pub dead_letters: usize,
    /// Bytes of dead letters: 64 MiB. Beyond, the oldest is dropped.
    pub dead_letter_bytes: usize,
    /// Pushes to one target at once, if its `ConcurrentConfig` says nothing: 16.
    pub default_concurrency: usize,
    /// Pushes to one target at once, whatever its `ConcurrentConfig` says: 256.
    pub most_concurrency: usize,
    /// How long a target has to answer a push, its body included: 5 s.
    pub target_timeout: Duration,
    /// Connections to the server: 256.
    pub connections: usize,
    /// How long a request may take to arrive and be answered: 30 s.
    pub request_timeout: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            pending_bytes: 256 * 1024 * 1024,
            pending_per_target: 50_000,
            dead_letters: 10_000,
            dead_letter_bytes: 64 * 1024 * 1024,
            default_concurrency: 16,
            most_concurrency: 256,
            target_timeout: Duration::from_secs(5),
            connections: 256,
            request_timeout: Duration::from_secs(30),
        }
    }
}

/// The body of a request has this many bytes at most: a request of 1 MiB of events as a form.
pub(crate) const MOST_REQUEST_BYTES: usize = 4 * 1024 * 1024;
/// The answer of a target is read up to this many bytes.
pub(crate) const MOST_ANSWER_BYTES: usize = 64 * 1024;
/// This much of an answer is shown.
pub(crate) const SHOWN_ANSWER_BYTES: usize = 4 * 1024;
