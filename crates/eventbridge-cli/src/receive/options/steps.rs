//! What the options put between a verified push and its handling, and how much of it there may be.

use std::time::Duration;

use tower_eventbridge::idempotency::{
    IdempotencyLayer, MemoryStore, RedisStore, RejectReplaysLayer,
};

use super::Options;
use crate::{
    receive::{
        capture::{CaptureDir, Captured},
        room::RoomLimits,
        serve::{Limits, Steps},
    },
    usage::UsageError,
};

impl Options {
    /// `open_files` is how many the system allows.
    pub fn limits(&self, open_files: u64) -> Result<Limits, UsageError> {
        // A push that is forwarded takes others.
        let each = 1 + self.forwarding.connections();
        let allowed = open_files.saturating_sub(OTHER_FILES + self.page.connections()) / each;
        let connections = self.max_connections.unwrap_or_else(|| DEFAULT_CONNECTIONS.min(allowed));
        if connections > allowed || connections == 0 {
            let reason = format!("must be {allowed} at most: {open_files} files may be open");
            return Err(UsageError::new("--max-connections", reason));
        }
        let of_peer = self.max_connections_per_peer.unwrap_or(DEFAULT_CONNECTIONS_PER_PEER);
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Limits {
            handler_timeout: Duration::from_secs(self.handler_timeout),
            drain_timeout: Duration::from_secs(self.drain_timeout),
            room: RoomLimits {
                connections: number(connections),
                connections_per_peer: number(of_peer),
                requests: number(self.max_requests),
            },
        })
    }

    /// What stands between a verified push and its handling.
    pub fn steps(&self) -> Result<Steps, UsageError> {
        // The handler has its own limit; these only have to be longer.
        let limit =
            Duration::from_secs(self.handler_timeout).saturating_add(Duration::from_secs(5));
        // Where several processes share which events are done, they share which pushes were sent.
        let redis = |prefix: &str| {
            let store =
                RedisStore::builder(&self.dedupe).and_then(|store| store.prefix(prefix).build());
            store.map_err(|error| UsageError::new("--dedupe", error))
        };
        // Around a whole batch, whose events have their own limits: cut off, it would begin again
        // at its first event.
        let outer = Duration::from_secs(24 * 60 * 60);
        // Longer than a push is accepted.
        let keep = Duration::from_secs(2 * self.tolerance + 60);
        let (dedupe, dedupe_whole, once) = match self.dedupe.as_str() {
            "none" => (None, None, RejectReplaysLayer::new(many())),
            "memory" => (
                Some(IdempotencyLayer::new(MemoryStore::new())),
                Some(IdempotencyLayer::new(MemoryStore::new())),
                RejectReplaysLayer::new(many()),
            ),
            url if is_redis(url) => (
                Some(IdempotencyLayer::new(redis("tower-eventbridge:")?)),
                Some(IdempotencyLayer::new(redis("tower-eventbridge-forward:")?)),
                RejectReplaysLayer::new(redis("tower-eventbridge-replay:")?),
            ),
            _ => {
                return Err(UsageError::new(
                    "--dedupe",
                    "is none, memory, or a URL: redis://…, redis+cluster://…, redis+sentinel://…, \
                     or rediss for TLS",
                ));
            }
        };
        let capture = match &self.capture_dir {
            Some(folder) if self.check => {
                CaptureDir::check(folder)?;
                None
            }
            Some(folder) => {
                let captured = self.capture.unwrap_or(Captured::Refused);
                Some(CaptureDir::new(folder, captured, self.tokens()?, self.max_body)?)
            }
            None => None,
        };
        let (whole, each) = self.forwarding.pushes()?;
        Ok(Steps {
            capture,
            watch: None,
            taken: whole.is_some() || each.is_some(),
            whole,
            each,
            requests: self.forwarding.requests()?,
            print: self.forwarding.print,
            dedupe: dedupe.map(|dedupe| dedupe.handler_timeout(limit)),
            dedupe_whole: dedupe_whole.map(|dedupe| dedupe.handler_timeout(limit)),
            replay_protection: self
                .replay_protection
                .then(|| once.handler_timeout(outer).keep(keep)),
        })
    }
}

fn is_redis(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| {
        matches!(scheme.split('+').next(), Some("redis" | "rediss" | "valkey" | "valkeys"))
    })
}

/// More pushes than come while one is accepted.
fn many() -> MemoryStore {
    MemoryStore::builder().max_done(500_000).build()
}

/// As many as load balancers of a large site hold, and a host of its own beside them.
const DEFAULT_CONNECTIONS: u64 = 1280;
const DEFAULT_CONNECTIONS_PER_PEER: u64 = 1024;
/// Files other than connections: the admin's, certificates being fetched, captures.
const OTHER_FILES: u64 = 64;
