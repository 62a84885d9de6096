//! JSON objects, read member by member.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    duplicate::duplicate,
    plain_map::{PlainMap, UNFIT},
    raw::{Kind, Text, as_written, json_in, kind, not_json, string, strip_byte_order_marks},
    text::{JsonText, OtherMembers},
};
use crate::{
    dialect::Dialect,
    error::{EnvelopeError, EnvelopeErrorKind},
    values::ValueMap,
};

/// The members of an object, in order, each name once.
#[derive(Default)]
pub(crate) struct Object<'a> {
    members: Vec<Member<'a>>,
    /// Members of the names in its [`Shape`], which were read in the same pass.
    maps: Vec<(&'static str, ValueMap)>,
    /// The member `data`, if the shape has one.
    data: Option<Box<Self>>,
    /// Whether a name is not Unicode text. It stands as it was written.
    has_unreadable_name: bool,
}

type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// The members of an object that are read in one pass with it. Two passes are slow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Names with values. The caller has to take each of them by [`Object::values`].
    pub(crate) maps: &'static [&'static str],
    /// The maps of the object `data`, if there is one. The caller has to take it by
    /// [`Object::take_data`].
    pub(crate) data: Option<&'static [&'static str]>,
}

impl<'a> Object<'a> {
    /// Reads an object from bytes.
    pub(crate) fn from_slice(json: &'a [u8]) -> Result<Self, EnvelopeError> {
        Self::of_shape(json, Shape::RAW)
    }

    /// Reads an object from bytes, in one pass if it has that shape.
    pub(crate) fn of_shape(json: &'a [u8], shape: Shape) -> Result<Self, EnvelopeError> {
        let json = strip_byte_order_marks(json);
        // Text is checked faster as a whole than value by value.
        match str::from_utf8(json).ok().and_then(|json| shape.read(json)) {
            Some(object) => Ok(object),
            // A second pass finds the reason.
            None => Self::from_raw(json_in(json)?),
        }
    }

    pub(crate) fn from_raw(raw: &'a RawValue) -> Result<Self, EnvelopeError> {
        if kind(raw) != Kind::Object {
            let problem = format!("is not a JSON object, but {}", kind(raw).as_str());
            return Err(EnvelopeError::malformed("", problem));
        }
        if let Some(object) = Shape::RAW.read(raw.get()) {
            return Ok(object);
        }
        // The grammar is right, so a name is wrong: it is there twice, or is not Unicode text.
        let RawMembers(raw_members) = serde_json::from_str(raw.get())
            .map_err(|error| not_json(raw.get().as_bytes(), &error))?;
        let mut object = Self::default();
        for (name, value) in raw_members {
            let name = string(name).unwrap_or_else(|_| {
                object.has_unreadable_name = true;
                as_written(name)
            });
            object.members.push((name, value));
        }
        each_once(&object.members)?;
        Ok(object)
    }

    /// Returns whether a member is there. Null counts as missing.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.members.iter().any(|(member, raw)| member == name && kind(raw) != Kind::Null)
    }

    pub(crate) fn has_unreadable_name(&self) -> bool {
        self.has_unreadable_name
    }

    /// Returns the text of a member if it is a string. The member stays.
    pub(crate) fn peek_text(&self, name: &str) -> Result<Option<Cow<'a, str>>, EnvelopeError> {
        let member = self.members.iter().find(|(member, _)| member == name);
        match member {
            Some((_, raw)) if kind(raw) == Kind::String => {
                string(raw).map(Some).map_err(|error| error.below(name))
            }
            _ => Ok(None),
        }
    }

    /// Takes a member out. Null counts as missing.
    pub(crate) fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        // Few names are taken out of an object, so what moves is linear in its size.
        let index = self.members.iter().position(|(member, _)| member == name)?;
        let (_, raw) = self.members.remove(index);
        (kind(raw) != Kind::Null).then_some(raw)
    }

    /// Takes several members out in one pass.
    pub(crate) fn take_all<const N: usize>(
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

    /// Takes out a map that was read in the same pass.
    pub(crate) fn take_map(&mut self, name: &str) -> Option<ValueMap> {
        let index = self.maps.iter().position(|(map, _)| *map == name)?;
        Some(self.maps.swap_remove(index).1)
    }

    /// Takes the object `data` out, with these maps. Null counts as missing.
    pub(crate) fn take_data(
        &mut self,
        maps: &'static [&'static str],
    ) -> Result<Option<Self>, EnvelopeError> {
        match (self.data.take(), self.take("data")) {
            (Some(data), _) => Ok(Some(*data)),
            (None, Some(raw)) => Self::of_raw(raw, maps).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Reads an object with these maps, in one pass if nothing in them is unusual.
    pub(crate) fn of_raw(
        raw: &'a RawValue,
        maps: &'static [&'static str],
    ) -> Result<Self, EnvelopeError> {
        Shape { maps, data: None }.read(raw.get()).map_or_else(|| Self::from_raw(raw), Ok)
    }

    /// Takes an object out. Null and missing give an empty one.
    pub(crate) fn take_object(&mut self, name: &str) -> Result<Self, EnvelopeError> {
        match self.take(name) {
            Some(raw) => Self::from_raw(raw).map_err(|error| error.below(name)),
            None => Ok(Self::default()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| &**name)
    }

    pub(crate) fn into_members(self) -> impl Iterator<Item = Member<'a>> {
        self.members.into_iter()
    }

    /// Returns every member that was not taken out, as it was written.
    pub(crate) fn rest(self) -> OtherMembers {
        self.into_members().map(|(name, raw)| (name.into_owned(), JsonText::new(raw))).collect()
    }
}

fn each_once(members: &[Member<'_>]) -> Result<(), EnvelopeError> {
    let twice = |name: &str| {
        EnvelopeError::new(EnvelopeErrorKind::DuplicateField, "", "is there twice").below(name)
    };
    duplicate(members).map_or(Ok(()), |name| Err(twice(name)))
}

impl Shape {
    /// Reads an event of a dialect: an object of this shape, and then what `read` makes of it.
    pub(crate) fn read_event<T>(
        self,
        dialect: Dialect,
        json: &[u8],
        read: impl FnOnce(Object<'_>) -> Result<T, EnvelopeError>,
    ) -> Result<T, EnvelopeError> {
        let event = Object::of_shape(json, self).and_then(read);
        event.map_err(|error| error.in_dialect(dialect))
    }

    /// Keeps every member as its text.
    const RAW: Self = Self { maps: &[], data: None };

    /// Returns the object, or `None` if the text is not an object of this shape.
    fn read(self, json: &str) -> Option<Object<'_>> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let object = self.deserialize(&mut deserializer).ok()?;
        deserializer.end().ok().map(|()| object)
    }
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = Object<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Object<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Shape {
    type Value = Object<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object { members: Vec::with_capacity(16), ..Object::default() };
        while let Some(Text(name)) = map.next_key()? {
            let known = self.maps.iter().find(|known| **known == name);
            match (known, self.data) {
                (Some(known), _) => {
                    if object.maps.iter().any(|(map, _)| map == known) {
                        return Err(A::Error::custom(UNFIT));
                    }
                    object.maps.push((known, map.next_value::<PlainMap>()?.0));
                }
                (None, Some(maps)) if name == "data" => {
                    if object.data.is_some() {
                        return Err(A::Error::custom(UNFIT));
                    }
                    let data = map.next_value_seed(Self { maps, data: None })?;
                    object.data = Some(Box::new(data));
                }
                (None, _) => object.members.push((name, map.next_value()?)),
            }
        }
        each_once(&object.members).map_err(|_| A::Error::custom(UNFIT))?;
        Ok(object)
    }
}

/// The members of an object whose names may not be text.
struct RawMembers<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for RawMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawMembersVisitor;
        impl<'de> Visitor<'de> for RawMembersVisitor {
            type Value = RawMembers<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawMembers<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(RawMembers(members))
            }
        }
        deserializer.deserialize_map(RawMembersVisitor)
    }
}
