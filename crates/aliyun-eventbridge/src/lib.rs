#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[macro_use]
mod macros;

pub mod clock;
pub mod field;
pub mod random;
pub mod secret;

pub mod credentials;
pub mod endpoint;
pub mod http;
pub mod sign;

pub mod call;
pub mod error;
pub mod operation;
pub mod paging;

pub mod buses;
pub mod connections;
pub mod destinations;
pub mod rules;
pub mod sinks;
pub mod targets;

mod json;
mod json_event;

pub mod event_size;
pub mod pattern;
pub mod transform;

pub mod provision;
pub mod publish;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub mod router;

pub use json_event::{EventError, EventErrorKind, JsonEvent};

/// The examples of the pages compile and run.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../../docs/patterns.md")]
    mod patterns {}
    #[doc = include_str!("../../../docs/publishing.md")]
    mod publishing {}
    #[doc = include_str!("../../../docs/rules.md")]
    mod rules {}
    #[doc = include_str!("../../../docs/transforms.md")]
    mod transforms {}
}
