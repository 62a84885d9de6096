//! One event, and how a batch is told from it.

use crate::{
    error::{EnvelopeError, EnvelopeErrorKind},
    json::{Kind, Object, first_kind},
};

/// Reads the members of one event.
pub(crate) fn one_event(json: &[u8]) -> Result<Object<'_>, EnvelopeError> {
    let event = one_object(json, IS_A_BATCH)?;
    if is_batch(&event) { Err(not_one_event(IS_A_BATCH)) } else { Ok(event) }
}

/// Reads an object. An array is the error [`not_one_event`] with `problem`.
pub(crate) fn one_object<'a>(
    json: &'a [u8],
    problem: &'static str,
) -> Result<Object<'a>, EnvelopeError> {
    Object::from_slice(json).map_err(|error| match first_kind(json) {
        Some(Kind::Array) if error.kind() == EnvelopeErrorKind::MalformedField => {
            not_one_event(problem)
        }
        Some(_) | None => error,
    })
}

/// Returns whether an object holds a list of events. An event has `specversion`, and may have an
/// extension of the list's name.
pub(crate) fn is_batch(object: &Object<'_>) -> bool {
    object.contains(EVENT_LIST) && !object.contains("specversion")
}

pub(crate) fn not_one_event(problem: &'static str) -> EnvelopeError {
    EnvelopeError::new(EnvelopeErrorKind::NotOneEvent, "", problem)
}

/// The member that holds the events of a batch in an object (docs/wire-facts.md section 5).
pub(crate) const EVENT_LIST: &str = "EventList";
const IS_A_BATCH: &str = "is a batch of events";
