//! Sends events over HTTP: pushes that are signed, and requests of API destinations.

mod client;

mod oauth;

mod context;

mod api;
mod push;

mod sender;

pub(crate) use client::Client;
pub(crate) use context::Signing;
pub(crate) use sender::Sender;
