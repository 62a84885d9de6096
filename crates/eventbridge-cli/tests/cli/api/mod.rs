//! The subcommands about EventBridge's own API, against a service on loopback.

mod account;
mod failures;
mod pattern;
mod provision;
mod publish;
mod publish_failures;
mod resources;
mod service;
mod size;
mod transform;
