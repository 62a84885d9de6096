//! EventBridge of Alibaba Cloud on one machine, for development and tests.
//!
//! A [`LocalEventBridge`] takes events and rules by the vendor's own protocols. It matches,
//! transforms and signs events, and pushes them with the vendor's schedule of tries. It keeps dead
//! letters. `docs/local.md` shows it as the program `eventbridge local`.

#![forbid(unsafe_code)]

mod fault;
mod limits;

pub mod observe;

mod event;
mod resources;

mod journal;
mod plan;

mod attempt;
mod dead_letters;

mod send;
mod shared;

mod queue;

mod core;

mod protocol;

mod handle;

mod server;

mod root;

mod local;

mod builder;

pub use builder::{Builder, CERTIFICATE_URL, ROOT_NAME, StartError, StartErrorKind};
pub use dead_letters::DeadLetter;
pub use fault::Fault;
pub use handle::{Explained, Handle, RuleSummary};
pub use limits::{Bounds, Quotas};
pub use local::LocalEventBridge;
pub use root::{TlsRoot, TlsRootError};
pub use server::{from_this_machine, guard};
pub use shared::Counts;

pub use crate::core::{Status, TargetStatus};

impl LocalEventBridge {
    /// Returns the settings of a server, each with its default.
    pub fn builder() -> Builder {
        Builder::new()
    }
}
