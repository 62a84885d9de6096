//! The rules for fields, which are lenient where senders differ.
//!
//! Null, missing and empty are alike. Numbers and booleans are read as their text. A value that
//! cannot be read is an error with the name of its field, never a silent default.

use serde_json::value::RawValue;

use crate::{
    body::Body,
    error::EnvelopeError,
    json::{JsonText, Kind, Object, elements, kind, plain_map, string},
    values::{MAX_VALUES, ValueMap, Values},
};

/// Returns the text of a member, or a number or boolean as its text.
pub(crate) fn text(raw: Option<&RawValue>, name: &str) -> Result<Option<String>, EnvelopeError> {
    let Some(raw) = raw else { return Ok(None) };
    let text = scalar(raw, NOT_TEXT).map_err(|error| error.below(name))?;
    Ok(text.filter(|text| !text.is_empty()))
}

pub(crate) fn required_text(raw: Option<&RawValue>, name: &str) -> Result<String, EnvelopeError> {
    text(raw, name)?.ok_or_else(|| EnvelopeError::missing(name))
}

impl Object<'_> {
    /// Takes out text, or a number or boolean as its text.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, EnvelopeError> {
        text(self.take(name), name)
    }

    pub(crate) fn required_text(&mut self, name: &str) -> Result<String, EnvelopeError> {
        required_text(self.take(name), name)
    }

    /// Takes out text, and nothing else.
    pub(crate) fn required_string(&mut self, name: &str) -> Result<String, EnvelopeError> {
        let raw = self.take(name).ok_or_else(|| EnvelopeError::missing(name))?;
        if kind(raw) != Kind::String {
            let problem = format!("is not text, but {}", kind(raw).as_str());
            return Err(EnvelopeError::malformed(name, problem));
        }
        let text = string(raw).map_err(|error| error.below(name))?.into_owned();
        if text.is_empty() { Err(EnvelopeError::missing(name)) } else { Ok(text) }
    }

    /// Takes out a boolean, also as text. False if it is not there.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, EnvelopeError> {
        match self.text(name)?.as_deref() {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => {
                let found: String = text.chars().take(16).collect();
                let problem = format!("is {found:?}; write true or false, as a boolean or text");
                Err(EnvelopeError::malformed(name, problem))
            }
        }
    }

    /// Takes out names with values: text, number, boolean, null, or an array of these.
    pub(crate) fn values(&mut self, name: &str) -> Result<ValueMap, EnvelopeError> {
        if let Some(map) = self.take_map(name) {
            return Ok(map);
        }
        let Some(raw) = self.take(name) else { return Ok(ValueMap::default()) };
        value_map(raw).map_err(|error| error.below(name))
    }

    pub(crate) fn body(&mut self, name: &str) -> Result<Body, EnvelopeError> {
        let Some(raw) = self.take(name) else { return Ok(Body::Empty) };
        if kind(raw) != Kind::String {
            return Ok(Body::Json(JsonText::new(raw)));
        }
        string(raw).map(Body::text).map_err(|error| error.below(name))
    }

    pub(crate) fn json(&mut self, name: &str) -> Option<JsonText> {
        self.take(name).map(JsonText::new)
    }
}

/// Returns names with values: text, number, boolean, null, or an array of these.
pub(crate) fn value_map(raw: &RawValue) -> Result<ValueMap, EnvelopeError> {
    let mut map = ValueMap::default();
    if kind(raw) == Kind::String && string(raw)?.is_empty() {
        return Ok(map);
    }
    if let Some(map) = plain_map(raw) {
        return Ok(map);
    }
    let mut left = MAX_VALUES;
    let object = Object::from_raw(raw)?;
    if object.has_unreadable_name() {
        let problem = "has a name that is not Unicode text: half of a surrogate pair is in it; \
                       methods whose names end in _lossy read U+FFFD there";
        return Err(EnvelopeError::malformed("", problem));
    }
    map.reserve(object.len());
    for (name, raw) in object.into_members() {
        let values = values(raw).map_err(|error| error.below(&name))?;
        left = left.checked_sub(values.as_slice().len().max(1)).ok_or_else(|| {
            EnvelopeError::malformed("", format!("has more than {MAX_VALUES} values"))
        })?;
        map.push(name.into_owned(), values);
    }
    Ok(map)
}

const NOT_TEXT: &str = "is neither text nor number";
const NO_VALUE: &str = "is not text, a number, a boolean, null or an array of these";

fn values(raw: &RawValue) -> Result<Values, EnvelopeError> {
    if kind(raw) != Kind::Array {
        return scalar(raw, NO_VALUE).map(Values::One);
    }
    let values = elements(raw)?.into_iter().enumerate().map(|(index, element)| {
        scalar(element, NO_VALUE).map_err(|error| error.below(&format!("[{index}]")))
    });
    values.collect::<Result<Vec<_>, _>>().map(Values::from)
}

/// Returns the text of a value that was kept as it was written.
pub(crate) fn scalar_text(json: &JsonText) -> Result<Option<String>, EnvelopeError> {
    scalar(json.raw(), NOT_TEXT)
}

fn scalar(raw: &RawValue, problem: &'static str) -> Result<Option<String>, EnvelopeError> {
    match kind(raw) {
        Kind::Null => Ok(None),
        Kind::String => Ok(Some(string(raw)?.into_owned())),
        Kind::Number | Kind::Boolean => Ok(Some(raw.get().to_owned())),
        found @ (Kind::Array | Kind::Object) => {
            Err(EnvelopeError::malformed("", format!("{problem}, but {}", found.as_str())))
        }
    }
}
