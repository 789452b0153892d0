use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, map};

use super::JsonError;

/// A JSON value that was refused, read once more to find out where. `serde_path_to_error` would do that too, but its paths have the
/// names of the data in them, and names may be secrets as well (an object by token): here a name is shown if the type has it.
#[derive(Clone, Copy)]
pub(super) struct Place<'de>(pub(super) &'de Value);

/// The names of members or variants that a type has.
type Known = &'static [&'static str];

fn shown(name: &str, known: Known) -> &'static str {
    known.iter().find(|known| **known == name).copied().unwrap_or("*")
}

impl<'de> Deserializer<'de> for Place<'de> {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visitor.visit_seq(Items { items: items.iter().enumerate() }),
            Value::Object(members) => visitor.visit_map(Members::new(members, &[])),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: Known,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Object(members) => visitor.visit_map(Members::new(members, known)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: Known,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Variant { name, content: &Value::Null, known }),
            Value::Object(members) if members.len() == 1 => match members.iter().next() {
                Some((name, content)) => visitor.visit_enum(Variant { name, content, known }),
                None => Err(JsonError::ANOTHER),
            },
            Value::Object(_) => Err(JsonError::ANOTHER),
            _ => Err(JsonError::invalid_type(Unexpected::Enum, &visitor)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

struct Items<'de> {
    items: std::iter::Enumerate<std::slice::Iter<'de, Value>>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = JsonError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, JsonError> {
        let Some((index, item)) = self.items.next() else { return Ok(None) };
        seed.deserialize(Place(item)).map(Some).map_err(|error| error.in_item(index))
    }
}

struct Members<'de> {
    members: map::Iter<'de>,
    known: Known,
    current: Option<(&'de str, &'de Value)>,
}

impl<'de> Members<'de> {
    fn new(members: &'de Map<String, Value>, known: Known) -> Self {
        Self { members: members.iter(), known, current: None }
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = JsonError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, JsonError> {
        self.current = self.members.next().map(|(name, value)| (name.as_str(), value));
        let Some((name, _)) = self.current else { return Ok(None) };
        seed.deserialize(BorrowedStrDeserializer::new(name))
            .map(Some)
            .map_err(|error: JsonError| error.in_member(shown(name, self.known)))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, JsonError> {
        let (name, value) = self.current.take().ok_or(JsonError::ANOTHER)?;
        seed.deserialize(Place(value)).map_err(|error| error.in_member(shown(name, self.known)))
    }
}

struct Variant<'de> {
    name: &'de str,
    content: &'de Value,
    known: Known,
}

impl Variant<'_> {
    fn within<T>(&self, result: Result<T, JsonError>) -> Result<T, JsonError> {
        result.map_err(|error| error.in_member(shown(self.name, self.known)))
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = JsonError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), JsonError> {
        let name: BorrowedStrDeserializer<'de, JsonError> = BorrowedStrDeserializer::new(self.name);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = JsonError;

    fn unit_variant(self) -> Result<(), JsonError> {
        let empty = if self.content.is_null() { Ok(()) } else { Err(JsonError::ANOTHER) };
        self.within(empty)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, JsonError> {
        self.within(seed.deserialize(Place(self.content)))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, JsonError> {
        self.within(Place(self.content).deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, known: Known, visitor: V) -> Result<V::Value, JsonError> {
        self.within(Place(self.content).deserialize_struct("", known, visitor))
    }
}
