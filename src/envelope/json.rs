//! JSON as text: objects read member by member, and what is not needed kept as it was written.

use std::{borrow::Cow, collections::HashSet, fmt, marker::PhantomData};

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::error::{EnvelopeError, EnvelopeErrorKind};

/// A JSON value as it was written: numbers keep their text, objects their order. Its `Debug` shows the length only.
#[derive(Clone)]
pub struct JsonText(Box<RawValue>);

impl JsonText {
    pub(super) fn new(raw: &RawValue) -> Self {
        Self(raw.to_owned())
    }

    /// Any value as JSON.
    ///
    /// # Errors
    ///
    /// If it cannot be written as JSON.
    pub fn of(value: &(impl Serialize + ?Sized)) -> Result<Self, EnvelopeError> {
        let raw = serde_json::value::to_raw_value(value);
        raw.map(Self).map_err(|error| does_not_fit("", &error))
    }

    pub(super) fn raw(&self) -> &RawValue {
        &self.0
    }

    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from(String::from(Box::<str>::from(self.0)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Decodes it.
    ///
    /// # Errors
    ///
    /// If it does not fit.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        serde_json::from_str(self.as_str()).map_err(|error| does_not_fit("", &error))
    }
}

impl TryFrom<String> for JsonText {
    type Error = EnvelopeError;

    fn try_from(json: String) -> Result<Self, EnvelopeError> {
        RawValue::from_string(json).map(Self).map_err(not_json)
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for JsonText {}

impl fmt::Debug for JsonText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JsonText({} bytes)", self.as_str().len())
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// The members of an object that have no field of their own, as they were written, in order. Its `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OtherMembers(Vec<(String, JsonText)>);

impl OtherMembers {
    /// A member by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&JsonText> {
        self.iter().find(|(other, _)| *other == name).map(|(_, json)| json)
    }

    /// Adds a member, in place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, json: JsonText) {
        let name = name.into();
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, json));
    }

    /// Every member.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &JsonText)> {
        self.0.iter().map(|(name, json)| (name.as_str(), json))
    }
}

impl fmt::Debug for OtherMembers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl Serialize for OtherMembers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// The kinds of JSON values, told by their first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

pub(super) fn kind(raw: &RawValue) -> Kind {
    match raw.get().bytes().next() {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::String,
        Some(b't' | b'f') => Kind::Boolean,
        Some(b'n') | None => Kind::Null,
        Some(_) => Kind::Number,
    }
}

/// The kind of the value that bytes begin with, if they are JSON.
pub(super) fn first_kind(json: &[u8]) -> Option<Kind> {
    serde_json::from_slice::<&RawValue>(json).ok().map(kind)
}

/// The members of an object, in order, each name once.
pub(super) struct Object<'a> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Reads an object from bytes, in one pass if it is one.
    pub(super) fn from_slice(json: &'a [u8]) -> Result<Self, EnvelopeError> {
        // Text is checked faster as a whole than value by value.
        let members = str::from_utf8(json).ok().and_then(|json| serde_json::from_str(json).ok());
        match members {
            Some(Members(members)) => Self::of(members),
            // Why not says a second pass.
            None => Self::from_raw(serde_json::from_slice(json).map_err(not_json)?),
        }
    }

    pub(super) fn from_raw(raw: &'a RawValue) -> Result<Self, EnvelopeError> {
        if kind(raw) != Kind::Object {
            return Err(EnvelopeError::malformed("", "is no JSON object"));
        }
        // The grammar is checked, so what can be wrong is the text of a name.
        let Members(members) = serde_json::from_str(raw.get()).map_err(|error| {
            EnvelopeError::malformed("", "has a member whose name is no text").because_json(&error)
        })?;
        Self::of(members)
    }

    fn of(members: Vec<(Cow<'a, str>, &'a RawValue)>) -> Result<Self, EnvelopeError> {
        each_once(&members)?;
        Ok(Self { members })
    }

    /// Whether a member is there; null is like missing.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.members.iter().any(|(member, raw)| member == name && kind(raw) != Kind::Null)
    }

    /// The text of a member that stays, if it is a string.
    pub(super) fn peek_text(&self, name: &str) -> Result<Option<Cow<'a, str>>, EnvelopeError> {
        let member = self.members.iter().find(|(member, _)| member == name);
        match member {
            Some((_, raw)) if kind(raw) == Kind::String => {
                string(raw).map(Some).map_err(|error| error.below(name))
            }
            _ => Ok(None),
        }
    }

    /// Takes a member out; null is like missing.
    pub(super) fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        // Few names are taken out of an object, so what moves is linear in its size.
        let index = self.members.iter().position(|(member, _)| member == name)?;
        let (_, raw) = self.members.remove(index);
        (kind(raw) != Kind::Null).then_some(raw)
    }

    /// Takes several members out in one pass.
    pub(super) fn take_all<const N: usize>(
        &mut self,
        names: &[&str; N],
    ) -> [Option<&'a RawValue>; N] {
        let mut taken = [None; N];
        self.members.retain(|(member, raw)| {
            let mut slots = names.iter().zip(&mut taken);
            let Some((_, slot)) = slots.find(|(name, _)| *member == **name) else { return true };
            *slot = (kind(raw) != Kind::Null).then_some(*raw);
            false
        });
        taken
    }

    /// Takes an object out; null, missing and empty are alike.
    pub(super) fn take_object(&mut self, name: &str) -> Result<Self, EnvelopeError> {
        match self.take(name) {
            Some(raw) => Self::from_raw(raw).map_err(|error| error.below(name)),
            None => Ok(Self { members: Vec::new() }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| &**name)
    }

    pub(super) fn into_members(self) -> impl Iterator<Item = (Cow<'a, str>, &'a RawValue)> {
        self.members.into_iter()
    }

    /// What was not taken out, as it was written.
    pub(super) fn rest(self) -> OtherMembers {
        let members =
            self.into_members().map(|(name, raw)| (name.into_owned(), JsonText::new(raw)));
        OtherMembers(members.collect())
    }
}

/// The members of an object whose values are all strings, each name once, in one pass; `None` if it is no such object.
pub(super) fn text_members(raw: &RawValue) -> Result<Option<Vec<TextMember<'_>>>, EnvelopeError> {
    let Ok(Members(members)) = serde_json::from_str(raw.get()) else { return Ok(None) };
    each_once(&members)?;
    Ok(Some(members.into_iter().map(|(name, Text(text))| (name, text)).collect()))
}

type TextMember<'a> = (Cow<'a, str>, Cow<'a, str>);

fn each_once<V>(members: &[(Cow<'_, str>, V)]) -> Result<(), EnvelopeError> {
    let twice = |name: String| {
        EnvelopeError::new(EnvelopeErrorKind::DuplicateField, "", "is there twice").below(&name)
    };
    duplicate(members).map_or(Ok(()), |name| Err(twice(name)))
}

/// Linear for the few members of an honest object, hashed for the many of a hostile one.
fn duplicate<V>(members: &[(Cow<'_, str>, V)]) -> Option<String> {
    if members.len() > 32 {
        let mut seen = HashSet::with_capacity(members.len());
        let twice = members.iter().find(|(name, _)| !seen.insert(&**name));
        return twice.map(|(name, _)| name.clone().into_owned());
    }
    // Names are compared only if their marks are equal.
    let mut seen = 0_u64;
    let twice = members.iter().enumerate().find(|(index, (name, _))| {
        let mark = mark(name);
        let may_be_twice = seen & mark != 0;
        seen |= mark;
        may_be_twice && members.iter().take(*index).any(|(earlier, _)| earlier == name)
    });
    twice.map(|(_, (name, _))| name.clone().into_owned())
}

/// One of 64 bits, by a name's length and its last bytes.
fn mark(name: &str) -> u64 {
    let last = name.bytes().rev().take(2).fold(0, |mark: u32, byte| mark * 5 + u32::from(byte));
    let length = u32::try_from(name.len()).unwrap_or_default();
    1 << (last.wrapping_add(length) % u64::BITS)
}

/// The elements of an array.
pub(super) fn elements(raw: &RawValue) -> Result<Vec<&RawValue>, EnvelopeError> {
    serde_json::from_str(raw.get()).map_err(not_json)
}

/// The text of a JSON string.
pub(super) fn string(raw: &RawValue) -> Result<Cow<'_, str>, EnvelopeError> {
    // The grammar is checked: without a backslash the text is what stands between the quotes.
    let between = raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    if let Some(text) = between.filter(|text| !text.contains('\\')) {
        return Ok(Cow::Borrowed(text));
    }
    // What can be wrong is half of a surrogate pair.
    let Text(text) = serde_json::from_str(raw.get())
        .map_err(|error| EnvelopeError::malformed("", "is no Unicode text").because_json(&error))?;
    Ok(text)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn not_json(error: serde_json::Error) -> EnvelopeError {
    EnvelopeError::new(EnvelopeErrorKind::NotJson, "", "is no JSON").because_json(&error)
}

pub(super) fn does_not_fit(field: &str, error: &serde_json::Error) -> EnvelopeError {
    EnvelopeError::malformed(field, "does not fit the type that was asked for").because_json(error)
}

/// Decodes JSON as any type.
#[cfg(feature = "custom-runtime")]
pub(crate) fn decode<T: DeserializeOwned>(json: &[u8]) -> Result<T, EnvelopeError> {
    serde_json::from_slice(json)
        .map_err(|error| if error.is_data() { does_not_fit("", &error) } else { not_json(error) })
}

/// An event that is text.
#[cfg(feature = "custom-runtime")]
pub(crate) fn text(event: Bytes) -> Result<String, EnvelopeError> {
    String::from_utf8(event.into()).map_err(|error| {
        EnvelopeError::malformed("", "is no UTF-8 text").because(error.utf8_error())
    })
}

/// A string, borrowed where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

struct Members<'a, V = &'a RawValue>(Vec<(Cow<'a, str>, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Members<'de, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for MembersVisitor<V> {
            type Value = Members<'de, V>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de, V>, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some(Text(name)) = map.next_key()? {
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor(PhantomData))
    }
}
