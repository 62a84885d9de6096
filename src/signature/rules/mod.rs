//! One rule a file: it reads its part of a push and judges it. `verifier.rs` has their order.

pub(crate) mod request;
pub(crate) mod timestamp;

pub(crate) mod headers;
pub(crate) mod token;

mod target;
mod url_text;

pub(crate) mod endpoint;

pub(crate) mod body;
pub(crate) mod certificate;
pub(crate) mod signature;
