//! Hands verified pushes on: as they came, or the requests that are enclosed in their events.

mod client;
mod facts;
mod standard_webhooks;

mod pushes;
mod requests;

pub use self::{
    client::Upstream,
    pushes::{Head, MAX_EVENTS, Pushes, as_forwarded},
    requests::Requests,
    standard_webhooks::Secret,
};
