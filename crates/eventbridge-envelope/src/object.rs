//! JSON objects, read member by member.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    error::{EnvelopeError, EnvelopeErrorKind},
    json::{
        JsonText, Kind, OtherMembers, as_written, json_in, kind, not_json, string,
        strip_byte_order_marks,
    },
    values::{MAX_VALUES, ValueMap, Values},
};

/// The members of an object, in order, each name once.
#[derive(Default)]
pub(crate) struct Object<'a> {
    members: Vec<Member<'a>>,
    /// Members of the names in its [`Shape`], which were read in the same pass.
    maps: Vec<(&'static str, ValueMap)>,
    /// The member `data`, if the shape has one.
    data: Option<Box<Self>>,
    /// Whether a name is not Unicode text; it stands as it was written.
    has_unreadable_name: bool,
}

type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// Which members of an object are read in one pass with it: what is found twice is slow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Names with values. Every name in here has to be taken by [`Object::values`].
    pub(crate) maps: &'static [&'static str],
    /// The maps of the object `data`, if there is one, which has to be taken by
    /// [`Object::take_data`].
    pub(crate) data: Option<&'static [&'static str]>,
}

impl<'a> Object<'a> {
    /// Reads an object from bytes, in one pass if it is one.
    pub(crate) fn from_slice(json: &'a [u8]) -> Result<Self, EnvelopeError> {
        Self::of_shape(json, Shape::RAW)
    }

    /// Reads an object of a shape from bytes, in one pass if it has that shape.
    pub(crate) fn of_shape(json: &'a [u8], shape: Shape) -> Result<Self, EnvelopeError> {
        let json = strip_byte_order_marks(json);
        // Text is checked faster as a whole than value by value.
        match str::from_utf8(json).ok().and_then(|json| shape.read(json)) {
            Some(object) => Ok(object),
            // Why not says a second pass.
            None => Self::from_raw(json_in(json)?),
        }
    }

    pub(crate) fn from_raw(raw: &'a RawValue) -> Result<Self, EnvelopeError> {
        if kind(raw) != Kind::Object {
            let problem = format!("is no JSON object, but {}", kind(raw).as_str());
            return Err(EnvelopeError::malformed("", problem));
        }
        if let Some(object) = Shape::RAW.read(raw.get()) {
            return Ok(object);
        }
        // The grammar is checked, so what can be wrong is a name: the same twice, or not Unicode
        // text.
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

    /// Whether a member is there; null is like missing.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.members.iter().any(|(member, raw)| member == name && kind(raw) != Kind::Null)
    }

    pub(crate) fn has_unreadable_name(&self) -> bool {
        self.has_unreadable_name
    }

    /// The text of a member that stays, if it is a string.
    pub(crate) fn peek_text(&self, name: &str) -> Result<Option<Cow<'a, str>>, EnvelopeError> {
        let member = self.members.iter().find(|(member, _)| member == name);
        match member {
            Some((_, raw)) if kind(raw) == Kind::String => {
                string(raw).map(Some).map_err(|error| error.below(name))
            }
            _ => Ok(None),
        }
    }

    /// Takes a member out; null is like missing.
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

    /// Takes a map out that was read in the same pass.
    pub(crate) fn take_map(&mut self, name: &str) -> Option<ValueMap> {
        let index = self.maps.iter().position(|(map, _)| *map == name)?;
        Some(self.maps.swap_remove(index).1)
    }

    /// Takes the object `data` out, with these maps. Null and missing are alike.
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

    /// Reads an object with these maps, in one pass if they are ones.
    pub(crate) fn of_raw(
        raw: &'a RawValue,
        maps: &'static [&'static str],
    ) -> Result<Self, EnvelopeError> {
        Shape { maps, data: None }.read(raw.get()).map_or_else(|| Self::from_raw(raw), Ok)
    }

    /// Takes an object out; null, missing and empty are alike.
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

    /// What was not taken out, as it was written.
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

/// Linear for the few members of an honest object, hashed for the many of a hostile one.
fn duplicate<N: AsRef<str>, V>(members: &[(N, V)]) -> Option<&str> {
    let mut names = members.iter().map(|(name, _)| name.as_ref());
    if members.len() > 32 {
        let mut seen = HashSet::with_capacity(members.len());
        return names.find(|name| !seen.insert(*name));
    }
    // Names are compared only if their marks are equal.
    let mut seen = 0_u64;
    let twice = names.enumerate().find(|(index, name)| {
        let mark = mark(name);
        let may_be_twice = seen & mark != 0;
        seen |= mark;
        may_be_twice && members.iter().take(*index).any(|(earlier, _)| earlier.as_ref() == *name)
    });
    twice.map(|(_, name)| name)
}

/// One of 64 bits, by a name's length and its last bytes.
fn mark(name: &str) -> u64 {
    let last = name.bytes().rev().take(2).fold(0, |mark: u32, byte| mark * 5 + u32::from(byte));
    let length = u32::try_from(name.len()).unwrap_or_default();
    1 << (last.wrapping_add(length) % u64::BITS)
}

impl Shape {
    /// Every member as its text.
    const RAW: Self = Self { maps: &[], data: None };

    /// `None` if the text is not an object of this shape, whatever it is then.
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

/// The map in a value, if nothing in it is unusual: texts, booleans, nulls, whole numbers and
/// arrays of these.
pub(crate) fn plain_map(raw: &RawValue) -> Option<ValueMap> {
    serde_json::from_str(raw.get()).ok().map(|PlainMap(map)| map)
}

struct PlainMap(ValueMap);

impl<'de> Deserialize<'de> for PlainMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PlainMapVisitor;
        impl<'de> Visitor<'de> for PlainMapVisitor {
            type Value = PlainMap;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PlainMap, A::Error> {
                let mut entries = ValueMap::default();
                let mut left = MAX_VALUES;
                while let Some(Text(name)) = map.next_key()? {
                    let values = map.next_value_seed(Plain::Any)?;
                    let more = left.checked_sub(values.as_slice().len().max(1));
                    left = more.ok_or_else(|| A::Error::custom(UNFIT))?;
                    entries.push(name.into_owned(), values);
                }
                match duplicate(entries.entries()) {
                    Some(_) => Err(A::Error::custom(UNFIT)),
                    None => Ok(PlainMap(entries)),
                }
            }
        }
        deserializer.deserialize_map(PlainMapVisitor)
    }
}

/// What a value of a [`PlainMap`] may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plain {
    Any,
    NoArray,
}

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = Values;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Values, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Values;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Values, E> {
        Ok(Values::One(Some(text.to_owned())))
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<Values, E> {
        Ok(Values::One(Some(boolean.to_string())))
    }

    // A number with a fraction or an exponent would lose its text.
    fn visit_u64<E>(self, number: u64) -> Result<Values, E> {
        Ok(Values::One(Some(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Values, E> {
        Ok(Values::One(Some(number.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Values, E> {
        Ok(Values::One(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Values, A::Error> {
        if self == Self::NoArray {
            return Err(A::Error::custom(UNFIT));
        }
        let mut values = Vec::new();
        while let Some(value) = array.next_element_seed(Self::NoArray)? {
            match value {
                Values::One(value) if values.len() < MAX_VALUES => values.push(value),
                Values::One(_) | Values::Many(_) => return Err(A::Error::custom(UNFIT)),
            }
        }
        Ok(Values::from(values))
    }
}

/// The members of an object whose names may be no text.
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

/// A string, borrowed where it has no escapes.
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

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

/// Nobody sees it: another pass says why.
const UNFIT: &str = "not of this shape";
