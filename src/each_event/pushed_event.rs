//! One event of a push.

use std::{borrow::Cow, fmt, ops::Range};

use bytes::Bytes;
use http::Extensions;

use crate::Authentic;

/// Holds an event as it was pushed: its bytes, its place in the push, and the proof of the push
/// around it.
///
/// Only an [`EachEvent`](super::EachEvent) takes an event out of its push. Without one the whole
/// push is the event, even if it holds several. Cheap to clone. Its `Debug` shows no bytes.
#[derive(Clone)]
pub struct PushedEvent {
    proof: Authentic,
    body: Bytes,
    place: Option<usize>,
}

impl PushedEvent {
    /// Returns the bytes of the event, which are JSON text out of the signed body. Returns the
    /// whole body if the event was not taken out of its push.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the proof of the push that the event came in.
    #[must_use]
    pub fn proof(&self) -> &Authentic {
        &self.proof
    }

    /// Returns the event's place in its push, counted from 0. `None` if it was not taken out of the
    /// push.
    #[must_use]
    pub fn place(&self) -> Option<usize> {
        self.place
    }

    /// Returns the event that a request is about: the one that an [`EachEvent`](super::EachEvent)
    /// left in its extensions, else the whole push. `None` if no
    /// [`VerifyLayer`](crate::VerifyLayer) is in front.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<Self> {
        let event = extensions.get::<Self>().cloned();
        event.or_else(|| extensions.get::<Authentic>().cloned().map(Self::from))
    }

    /// Returns the whole push as one event.
    pub(super) fn alone(self) -> Self {
        Self { place: self.place.or(Some(0)), ..self }
    }

    pub(super) fn at(proof: &Authentic, place: usize, text: Cow<'_, str>) -> Self {
        let body = match text {
            // A part of the push is not copied.
            Cow::Borrowed(text) => match range_in(proof.body(), text) {
                Some(range) => proof.body().slice(range),
                None => Bytes::copy_from_slice(text.as_bytes()),
            },
            Cow::Owned(text) => Bytes::from(text),
        };
        Self { proof: proof.clone(), body, place: Some(place) }
    }
}

/// Returns where a part of the body stands in it; `Bytes::slice_ref` would panic if it did not.
fn range_in(body: &Bytes, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(body.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= body.len()).then_some(start..end)
}

/// The whole push as one event.
impl From<Authentic> for PushedEvent {
    fn from(proof: Authentic) -> Self {
        Self { body: proof.body().clone(), proof, place: None }
    }
}

impl fmt::Debug for PushedEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PushedEvent")
            .field("proof", &self.proof)
            .field("place", &self.place)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
