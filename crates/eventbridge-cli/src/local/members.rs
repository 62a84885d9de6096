//! The names of the members that a type of the API is read from.

use serde::{
    Deserialize, Deserializer,
    de::{Visitor, value::Error},
    forward_to_deserialize_any,
};

/// Returns the names, as files spell them. Empty where the type takes any.
pub fn members<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // It reads nothing, so that it fails once the type has asked for its members.
    let _ = T::deserialize(Asked(&mut names));
    names
}

/// Keeps what a type asks for.
struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("nothing is read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = members;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use aliyun_eventbridge::{
        buses::CreateEventBus, connections::CreateConnection, destinations::CreateApiDestination,
        rules::CreateRule,
    };

    use super::*;

    #[test]
    fn each_type_of_the_api_names_its_members() {
        assert!(members::<CreateEventBus>().contains(&"EventBusName"));
        assert!(members::<CreateRule>().contains(&"FilterPattern"));
        assert!(members::<CreateConnection>().contains(&"AuthParameters"));
        assert!(members::<CreateApiDestination>().contains(&"HttpApiParameters"));
    }
}
