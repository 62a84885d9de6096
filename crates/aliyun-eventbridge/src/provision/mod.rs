//! The rule and target that a webhook receiver needs: what would change, then the change.
//!
//! [`Wanted`] describes rule and target. [`plan`] reads what is there and returns the difference,
//! which prints without secrets. [`apply`] makes it so. Twice is the same as once: after `apply`,
//! `plan` has no changes. Other rules, other targets of the rule, and members that this crate does
//! not know stay as they are.
//!
//! ```
//! use aliyun_eventbridge::provision::Wanted;
//!
//! #[derive(serde::Deserialize)]
//! struct File {
//!     provision: Wanted,
//! }
//!
//! let file: File = toml::from_str(r#"
//!     [provision]
//!     bus = "orders"
//!     rule = "to-hook"
//!     pattern = '{"source":["demo.app"]}'
//!     url = "https://hooks.example.com/events"
//!     token = "an-example-token-of-32-characters"
//!     retry = "EXPONENTIAL_DECAY_RETRY"
//!     dead-letter = "acs:mns:cn-hangzhou:123456789098:/queues/dead"
//! "#)?;
//! assert!(file.provision.check().is_ok());
//! assert!(!format!("{:?}", file.provision).contains("an-example-token"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod wanted;

mod difference;
mod plan;

mod apply;

pub use apply::{ProvisionError, Quota, apply, plan};
pub use difference::{Change, Line};
pub use plan::Plan;
pub use wanted::{Wanted, WantedNetwork};
