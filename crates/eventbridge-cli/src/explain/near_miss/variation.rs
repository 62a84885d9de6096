//! One slip, applied to setup and capture, and the work that is left to try more.

use crate::{
    arguments::{EndpointArg, Seen},
    explain::replay::{Capture, Setup, replay},
};

/// A slip that would have matched.
pub struct NearMiss {
    pub name: &'static str,
    pub detail: String,
}

/// One way in which setup and capture may be off.
pub(super) struct Variation {
    pub(super) name: &'static str,
    pub(super) detail: String,
    pub(super) setup: Setup,
    pub(super) capture: Capture,
}

impl Variation {
    /// Another endpoint, wherever the push arrived.
    pub(super) fn of_url(
        name: &'static str,
        detail: String,
        url: &str,
        setup: &Setup,
        capture: &Capture,
    ) -> Self {
        let endpoint = EndpointArg::Exact { url: url.to_owned(), seen: Seen::Anywhere };
        let setup = Setup { endpoints: vec![endpoint], ..setup.clone() };
        Self { name, detail, setup, capture: capture.clone() }
    }

    pub(super) fn of_setup(
        name: &'static str,
        detail: String,
        setup: Setup,
        capture: &Capture,
    ) -> Self {
        Self { name, detail, setup, capture: capture.clone() }
    }

    pub(super) fn near_miss(&self) -> NearMiss {
        NearMiss { name: self.name, detail: self.detail.clone() }
    }

    pub(super) fn matches(&self, work: &mut Work) -> bool {
        work.allows(self)
            && replay(&self.setup, &self.capture).is_ok_and(|outcome| outcome.verdict.is_ok())
    }
}

/// The work that is left. A capture may come from an attacker, and a body may be as large as
/// memory.
pub(super) struct Work {
    replays: usize,
    digested_bytes: usize,
    pub(super) complete: bool,
}

impl Default for Work {
    fn default() -> Self {
        Self { replays: MAX_REPLAYS, digested_bytes: MAX_DIGESTED_BYTES, complete: true }
    }
}

impl Work {
    /// One replay costs one digest of the body for each endpoint that it can be for.
    fn allows(&mut self, variation: &Variation) -> bool {
        let bytes = variation.capture.body.len().saturating_mul(variation.setup.endpoints.len());
        let left = self.replays.checked_sub(1).zip(self.digested_bytes.checked_sub(bytes));
        match left {
            Some((replays, digested_bytes)) => {
                (self.replays, self.digested_bytes) = (replays, digested_bytes);
                true
            }
            None => {
                self.complete = false;
                false
            }
        }
    }
}

pub(super) fn text_of<'a>(capture: &'a Capture, header: &str) -> Option<&'a str> {
    capture.head.headers.get(header)?.to_str().ok()
}

/// One endpoint has about 1,500 pairs.
const MAX_REPLAYS: usize = 4_000;
/// Every slip of a body of 1 MiB, a receiver's limit, and a part of the pairs: about a second of
/// SHA-256.
const MAX_DIGESTED_BYTES: usize = 256 * 1024 * 1024;
