//! The subcommands about EventBridge's own API, against a service on loopback.

mod service;

mod account;
mod failures;
mod pattern;
mod publish;
mod recorded;
mod size;
mod transform;

mod provision;
mod publish_failures;
mod resources;
