//! JSON texts read without losing anything: numbers keep their text, members their order.
//!
//! `serde_json` checks the grammar; [`tape`] then finds where each value begins and ends.

pub(crate) mod excerpt;
pub(crate) mod text;

pub(crate) mod tape;

pub(crate) mod named;

pub(crate) mod path;
