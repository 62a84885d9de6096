//! The events of one push: a batch in any published form, or one event.

use std::{borrow::Cow, fmt};

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{
    attributes::EventAttributes,
    cloud_event::{CloudEvent, EventData, Undecoded},
    error::EnvelopeError,
    json::{
        Kind, Object, elements, in_utf8, json_in, kind, may_have_member, string,
        with_escaped_surrogates,
    },
    one_event::{EVENT_LIST, is_batch},
    trace_context::TraceContext,
};

/// Holds the events of one push: a batch in any published form, or one event.
///
/// A batch is an array of events, an array of events as JSON strings, or `{"EventList": [..]}`
/// (docs/wire-facts.md sections 3.4 and 5). It is one unit: if one event cannot be read, none is.
#[derive(Clone, PartialEq)]
pub struct CloudEventBatch<D = Undecoded> {
    events: Vec<CloudEvent<D>>,
}

impl<D: EventData> CloudEventBatch<D> {
    /// Reads a batch, or one event as a batch of one.
    ///
    /// # Errors
    ///
    /// Fails as [`CloudEvent::from_slice`] does. The path of the field begins with the place of the
    /// event, such as `[2].source`.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        Self::read(json, CloudEvent::from_slice)
    }

    /// Reads as [`from_slice`](Self::from_slice), with each event read by
    /// [`CloudEvent::from_slice_lossy`].
    ///
    /// # Errors
    ///
    /// Fails as [`from_slice`](Self::from_slice) does.
    pub fn from_slice_lossy(json: &[u8]) -> Result<Self, EnvelopeError> {
        Self::read(&in_utf8(json), CloudEvent::from_slice_lossy)
    }

    fn read(
        json: &[u8],
        read: fn(&[u8]) -> Result<CloudEvent<D>, EnvelopeError>,
    ) -> Result<Self, EnvelopeError> {
        let events = EventTexts::of(json)?.texts();
        let events = events.map(|(place, text)| {
            let event = text.and_then(|text| read(text.as_bytes()));
            event.map_err(|error| place.of(error))
        });
        Ok(Self { events: events.collect::<Result<_, _>>()? })
    }
}

/// Returns the text of each event of a push, unread: of a batch in any published form, or of one
/// event.
///
/// # Errors
///
/// Fails if the bytes are not JSON, `EventList` is not an array, or an event in a list of strings
/// is not text.
pub fn event_texts(json: &[u8]) -> Result<Vec<Cow<'_, str>>, EnvelopeError> {
    let texts = EventTexts::of(json)?.texts();
    texts.map(|(place, text)| text.map_err(|error| place.of(error))).collect()
}

/// Returns the events of a batch one by one: the text of each, or the reason why it has none.
/// Returns `None` if the bytes are not a batch in a published form.
#[must_use]
pub fn batch_texts(
    json: &[u8],
) -> Option<impl ExactSizeIterator<Item = Result<Cow<'_, str>, EnvelopeError>>> {
    let is_array = || json.iter().find(|byte| b"[{".contains(byte)) == Some(&b'[');
    if !may_have_member(json, EVENT_LIST) && !is_array() {
        return None;
    }
    let events = EventTexts::of(json).ok().filter(|events| events.list.is_some())?;
    Some(events.texts().map(|(place, text)| text.map_err(|error| place.of(error))))
}

impl TraceContext {
    /// Returns the trace of the event of a push, if the push is one event that has one:
    /// [`EventAttributes::trace_context`]. What cannot be read has none.
    #[must_use]
    pub fn found_in(push: &[u8]) -> Option<Self> {
        // Few events have one, so most pushes are not read.
        if !may_have_member(push, "traceparent") {
            return None;
        }
        let attributes = match batch_texts(push) {
            None => EventAttributes::found_in(push),
            Some(mut texts) if texts.len() == 1 => {
                EventAttributes::found_in(texts.next()?.ok()?.as_bytes())
            }
            Some(_) => return None,
        };
        attributes.ok()?.trace_context()
    }
}

/// The place of an event in its push.
#[derive(Clone, Copy)]
struct Place {
    list: Option<&'static str>,
    index: usize,
}

impl Place {
    /// Puts an error below the place of its event.
    fn of(self, error: EnvelopeError) -> EnvelopeError {
        match self.list {
            None => error,
            Some("") => error.below(&format!("[{}]", self.index)),
            Some(list) => error.below(&format!("[{}]", self.index)).below(list),
        }
    }
}

struct EventTexts<'a> {
    /// The name of their list: empty for an array, `None` for one event.
    list: Option<&'static str>,
    /// Not read yet: a batch may have nearly as many as it has bytes.
    events: Vec<&'a RawValue>,
}

impl<'a> EventTexts<'a> {
    fn of(json: &'a [u8]) -> Result<Self, EnvelopeError> {
        let raw = json_in(json)?;
        if kind(raw) == Kind::Array {
            return Ok(Self { list: Some(""), events: elements(raw)? });
        }
        if kind(raw) == Kind::Object {
            let mut object = Object::from_raw(raw)?;
            if is_batch(&object) {
                let events = match object.take(EVENT_LIST) {
                    Some(list) if kind(list) == Kind::Array => elements(list),
                    Some(_) => Err(EnvelopeError::malformed("", "is not an array")),
                    None => Ok(Vec::new()),
                };
                let events = events.map_err(|error| error.below(EVENT_LIST))?;
                return Ok(Self { list: Some(EVENT_LIST), events });
            }
        }
        Ok(Self { list: None, events: vec![raw] })
    }

    fn texts(self) -> impl ExactSizeIterator<Item = (Place, Result<Cow<'a, str>, EnvelopeError>)> {
        let Self { list, events } = self;
        let texts = events.into_iter().enumerate();
        texts.map(move |(index, event)| {
            let text = if list.is_some() { text(event) } else { Ok(event.get().into()) };
            (Place { list, index }, text)
        })
    }
}

/// Returns the text of an event: an object, or a string that holds one. Half of a surrogate pair in
/// a string is left to the reader of the event.
fn text(event: &RawValue) -> Result<Cow<'_, str>, EnvelopeError> {
    match kind(event) {
        Kind::String => string(event).or_else(|error| {
            let json = with_escaped_surrogates(event.get());
            serde_json::from_str(&json).map(Cow::Owned).map_err(|_| error)
        }),
        Kind::Null | Kind::Boolean | Kind::Number | Kind::Array | Kind::Object => {
            Ok(event.get().into())
        }
    }
}

impl<D> CloudEventBatch<D> {
    /// Returns the events, in order.
    #[must_use]
    pub fn events(&self) -> &[CloudEvent<D>] {
        &self.events
    }

    /// Returns the number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Returns whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

impl<D> FromIterator<CloudEvent<D>> for CloudEventBatch<D> {
    fn from_iter<I: IntoIterator<Item = CloudEvent<D>>>(events: I) -> Self {
        Self { events: events.into_iter().collect() }
    }
}

impl<D> IntoIterator for CloudEventBatch<D> {
    type Item = CloudEvent<D>;
    type IntoIter = std::vec::IntoIter<CloudEvent<D>>;

    fn into_iter(self) -> Self::IntoIter {
        self.events.into_iter()
    }
}

impl<'a, D> IntoIterator for &'a CloudEventBatch<D> {
    type Item = &'a CloudEvent<D>;
    type IntoIter = std::slice::Iter<'a, CloudEvent<D>>;

    fn into_iter(self) -> Self::IntoIter {
        self.events.iter()
    }
}

/// Writes an array of events.
impl<D> Serialize for CloudEventBatch<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.events)
    }
}

impl<D> fmt::Debug for CloudEventBatch<D> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.events).finish()
    }
}
