//! Alibaba Cloud EventBridge's own API, without the network: event patterns, transforms of target
//! parameters, event sizes.
//!
//! ```
//! use aliyun_eventbridge::pattern::EventPattern;
//!
//! let pattern: EventPattern = r#"{"source": ["acs.oss"], "data": {"size": [{"numeric": [">", 0]}]}}"#.parse()?;
//! assert!(pattern.matches(r#"{"source": "acs.oss", "data": {"size": 120}}"#)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod json;
mod json_event;

pub mod event_size;
pub mod pattern;
pub mod transform;

pub use json_event::{EventError, EventErrorKind, JsonEvent};
