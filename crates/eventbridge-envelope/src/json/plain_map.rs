//! Maps of names and values, read in one pass where nothing in them is unusual.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{duplicate::duplicate, raw::Text};
use crate::values::{MAX_VALUES, ValueMap, Values};

/// Returns the map in a value if nothing in it is unusual: texts, booleans, nulls, whole numbers
/// and arrays of these.
pub(crate) fn plain_map(raw: &RawValue) -> Option<ValueMap> {
    serde_json::from_str(raw.get()).ok().map(|PlainMap(map)| map)
}

pub(super) struct PlainMap(pub(super) ValueMap);

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

/// The values that a [`PlainMap`] or an array in it takes.
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

/// Is never shown: a second pass finds the reason.
pub(super) const UNFIT: &str = "not of this shape";
