//! `--forward-requests`: the requests that are enclosed in events go on to a server.

use std::fmt;

use http::StatusCode;
use tower_eventbridge::{each_event::PushedEvent, forward::forwarded_request};

use super::{
    client::Upstream,
    facts::{self, Content},
};
use crate::{config_error::chain, receive::events, usage::UsageError};

/// Sends enclosed requests to a server.
#[derive(Clone)]
pub struct Requests {
    upstream: Upstream,
}

impl Requests {
    /// The server has no path: that of each enclosed request is used.
    pub fn new(upstream: Upstream) -> Result<Self, UsageError> {
        if upstream.target() != "/" {
            let reason = "must have no path: that of the enclosed request is used";
            return Err(UsageError::new("--forward-requests", reason));
        }
        Ok(Self { upstream })
    }

    /// Sends the request that is enclosed in an event. `None` if the event is ordinary, which
    /// encloses none. `Err` is the status for EventBridge.
    pub async fn send(&self, event: &PushedEvent) -> Result<Option<StatusCode>, StatusCode> {
        let enclosed = events::enclosed(event.body());
        let request = enclosed.and_then(|request| request.map(forwarded_request).transpose());
        let request = request.map_err(|error| unforwardable(event, &chain(&error)))?;
        let Some(mut request) = request else { return Ok(None) };
        facts::remove_from(request.headers_mut());
        facts::insert(request.headers_mut(), event, &Content::of(event));
        self.upstream.send(request).await.map(Some)
    }
}

/// Nothing that has nowhere to go is acknowledged: EventBridge dead-letters it in the end.
fn unforwardable(event: &PushedEvent, reason: &dyn fmt::Display) -> StatusCode {
    let place = event.place().unwrap_or_default();
    tracing::warn!(place, "an authentic event cannot be forwarded, and is answered 422: {reason}");
    StatusCode::UNPROCESSABLE_ENTITY
}
