//! A verified event as an extractor.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::{proof::MissingProof, unreadable_event::UnreadableEvent};
use crate::{
    Authentic,
    each_event::PushedEvent,
    envelope::{ApiGatewayRequest, CloudEvent, CloudEventBatch, EnvelopeError, EventData},
};

/// Holds an event of a verified push, with the proof of that push.
///
/// Only the extractor makes one, so a handler that takes it gets no event that was not proved. It
/// dereferences to the event. Behind an [`EachEvent`](crate::each_event::EachEvent) the event is
/// the one that the handler is called for, and the proof that of the whole push.
///
/// | `T` | what is read |
/// |---|---|
/// | [`CloudEvent<D>`] | one event, its data decoded as `D` |
/// | [`CloudEventBatch<D>`] | every event of the push |
/// | [`ApiGatewayRequest`] | the request that a gateway enclosed in the event |
///
/// A push that cannot be read as `T` is answered 422, and one without a proof 500: see
/// [`UnreadableEvent`].
///
/// ```
/// use axum::{Router, routing::post};
/// use tower_eventbridge::{VerifyLayer, envelope::CloudEvent, extract::Verified};
///
/// #[derive(serde::Deserialize)]
/// struct Transcription {
///     task_status: String,
/// }
///
/// async fn on_event(event: Verified<CloudEvent<Transcription>>) -> String {
///     let worth = event.proof().assurance();
///     format!("{} of {}: {worth}", event.data().task_status, event.attributes().source())
/// }
///
/// fn app(verify: VerifyLayer) -> Router {
///     Router::new().route("/events", post(on_event)).route_layer(verify)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Verified<T> {
    event: T,
    proof: Authentic,
}

impl<T> Verified<T> {
    /// Returns the proof of the push: its signed facts and its body.
    #[must_use]
    pub const fn proof(&self) -> &Authentic {
        &self.proof
    }

    /// Returns the event, by value.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.event
    }

    /// Returns the event and the proof, by value.
    #[must_use]
    pub fn into_parts(self) -> (T, Authentic) {
        (self.event, self.proof)
    }

    fn read(
        parts: &Parts,
        read: impl FnOnce(&[u8]) -> Result<T, EnvelopeError>,
    ) -> Result<Self, UnreadableEvent> {
        let pushed = PushedEvent::of(&parts.extensions);
        let pushed = pushed.ok_or(UnreadableEvent::MissingProof(MissingProof::NEW))?;
        let event = read(pushed.body()).map_err(UnreadableEvent::Envelope)?;
        Ok(Self { event, proof: pushed.proof().clone() })
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.event
    }
}

impl<D: EventData, S: Sync> FromRequestParts<S> for Verified<CloudEvent<D>> {
    type Rejection = UnreadableEvent;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, UnreadableEvent> {
        Self::read(parts, CloudEvent::from_slice)
    }
}

impl<D: EventData, S: Sync> FromRequestParts<S> for Verified<CloudEventBatch<D>> {
    type Rejection = UnreadableEvent;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, UnreadableEvent> {
        Self::read(parts, CloudEventBatch::from_slice)
    }
}

impl<S: Sync> FromRequestParts<S> for Verified<ApiGatewayRequest> {
    type Rejection = UnreadableEvent;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, UnreadableEvent> {
        Self::read(parts, ApiGatewayRequest::from_slice)
    }
}
