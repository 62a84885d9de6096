#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[macro_use]
mod macros;

pub mod clock;
pub mod field;
pub mod http;
mod json;
pub mod random;
pub mod secret;

pub mod credentials;
pub mod endpoint;
mod json_event;

pub mod error;
pub mod event_size;
pub mod pattern;
pub mod sign;
pub mod transform;

pub mod operation;

pub mod call;
pub mod paging;

pub mod buses;
pub mod destinations;
pub mod publish;
pub mod targets;

pub mod connections;
pub mod rules;

pub mod sinks;

pub mod provision;
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
