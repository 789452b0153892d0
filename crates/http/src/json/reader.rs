use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::{JsonError, Node};

type Name = &'static str;

/// Walks the tree; begins with the value that is read. Whatever depends on the visitor's type is one call, the rest stands in
/// functions that do not. A struct is read like a list of its members, in the order of the type: a derived reader has far less
/// code for that than for members in any order.
#[derive(Clone, Copy)]
pub(super) struct Reader<'n>(pub(super) &'n [Node<'n>]);

/// The end of a tree: nothing is there.
const NOTHING: Reader<'static> = Reader(&[]);

const fn unexpected(expected: &'static str) -> JsonError {
    JsonError::expected(expected)
}

impl<'n> Reader<'n> {
    fn node(self) -> &'n Node<'n> {
        self.0.first().unwrap_or(&Node::Null)
    }

    fn flag(self) -> Result<bool, JsonError> {
        if let Node::Flag(flag) = self.node() { Ok(*flag) } else { Err(unexpected("true or false")) }
    }

    fn unsigned(self) -> Result<u64, JsonError> {
        if let Node::Unsigned(number) = self.node() { Ok(*number) } else { Err(unexpected("a whole number")) }
    }

    fn signed(self) -> Result<i64, JsonError> {
        let number = match self.node() {
            Node::Signed(number) => Some(*number),
            Node::Unsigned(number) => i64::try_from(*number).ok(),
            _ => None,
        };
        number.ok_or_else(|| unexpected("a whole number"))
    }

    fn float(self) -> Result<f64, JsonError> {
        match self.node() {
            Node::Float(number) => Ok(*number),
            Node::Unsigned(number) => Ok(*number as f64),
            Node::Signed(number) => Ok(*number as f64),
            _ => Err(unexpected("a number")),
        }
    }

    fn text(self) -> Result<&'n str, JsonError> {
        if let Node::Text(text) = self.node() { Ok(text) } else { Err(unexpected("a string")) }
    }

    fn items(self) -> Result<Inside<'n>, JsonError> {
        if let Node::List { .. } = self.node() { Ok(self.inside()) } else { Err(unexpected("a list")) }
    }

    fn members(self) -> Result<Inside<'n>, JsonError> {
        if let Node::Object { .. } = self.node() { Ok(self.inside()) } else { Err(unexpected("an object")) }
    }

    fn inside(self) -> Inside<'n> {
        let size = self.size();
        Inside(self.0.get(1..).and_then(|rest| rest.get(..size)).unwrap_or_default())
    }

    fn size(self) -> usize {
        if let Node::List { size } | Node::Object { size } = self.node() { *size } else { 0 }
    }

    /// The name alone, or an object whose one member has that name.
    fn variant(self) -> Result<Variant<'n>, JsonError> {
        let (name, content) = match self.node() {
            Node::Text(_) => (Some(self), NOTHING),
            _ => {
                let mut members = self.members()?;
                let member = (members.next(), members.next().unwrap_or(NOTHING));
                if members.0.is_empty() { member } else { (None, NOTHING) }
            }
        };
        match name.map(Reader::text) {
            Some(Ok(name)) => Ok(Variant { name, content }),
            _ => Err(unexpected("an object with one member")),
        }
    }
}

/// Methods whose visitor gets what the function finds.
macro_rules! read_with {
    ($($method:ident => $visit:ident($find:ident);)*) => {
        $(fn $method<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, JsonError> {
            visitor.$visit(self.$find()?)
        })*
    };
}

impl<'n> Deserializer<'n> for Reader<'n> {
    type Error = JsonError;

    read_with! {
        deserialize_bool => visit_bool(flag);
        deserialize_u8 => visit_u64(unsigned);
        deserialize_u16 => visit_u64(unsigned);
        deserialize_u32 => visit_u64(unsigned);
        deserialize_u64 => visit_u64(unsigned);
        deserialize_i8 => visit_i64(signed);
        deserialize_i16 => visit_i64(signed);
        deserialize_i32 => visit_i64(signed);
        deserialize_i64 => visit_i64(signed);
        deserialize_f32 => visit_f64(float);
        deserialize_f64 => visit_f64(float);
        deserialize_char => visit_borrowed_str(text);
        deserialize_str => visit_borrowed_str(text);
        deserialize_string => visit_borrowed_str(text);
        deserialize_identifier => visit_borrowed_str(text);
        deserialize_seq => visit_seq(items);
        deserialize_map => visit_map(members);
    }

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.node() {
            Node::Null if self.0.is_empty() => Err(unexpected("a value")),
            Node::Null => visitor.visit_unit(),
            Node::Flag(flag) => visitor.visit_bool(*flag),
            Node::Unsigned(number) => visitor.visit_u64(*number),
            Node::Signed(number) => visitor.visit_i64(*number),
            Node::Float(number) => visitor.visit_f64(*number),
            Node::Text(text) => visitor.visit_borrowed_str(text),
            Node::List { .. } => visitor.visit_seq(self.items()?),
            Node::Object { .. } => visitor.visit_map(self.members()?),
        }
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, JsonError> {
        if let Node::Null = self.node() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, JsonError> {
        if let Node::Null = self.node() { visitor.visit_unit() } else { Err(unexpected("null")) }
    }

    fn deserialize_ignored_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'n>>(self, _name: &'static str, visitor: V) -> Result<V::Value, JsonError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'n>>(self, _len: usize, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_tuple_struct<V: Visitor<'n>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_struct<V: Visitor<'n>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        let mut fields = Fields { members: self.members()?, names: fields.iter(), name: "" };
        visitor.visit_seq(&mut fields).map_err(|error| error.within(fields.name))
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_enum(self.variant()?)
    }

    serde::forward_to_deserialize_any! { <V: Visitor<'n>> i128 u128 bytes byte_buf }
}

/// The members of a struct by the names it has for them.
struct Fields<'n> {
    members: Inside<'n>,
    names: std::slice::Iter<'static, Name>,
    /// The last that was asked for.
    name: Name,
}

impl<'n> Fields<'n> {
    /// The next member, or nothing. What is there twice is refused: readers that take the first and readers that take the last
    /// would not agree on what it means.
    #[inline(never)]
    fn next(&mut self) -> Result<Reader<'n>, JsonError> {
        self.name = self.names.next().copied().unwrap_or_default();
        let mut members = Inside(self.members.0);
        let mut found = NOTHING;
        while let Some(name) = members.next() {
            let value = members.next().unwrap_or(NOTHING);
            if name.text() == Ok(self.name) {
                if !found.0.is_empty() {
                    return Err(unexpected("one value"));
                }
                found = value;
            }
        }
        Ok(found)
    }
}

impl<'n> SeqAccess<'n> for &mut Fields<'n> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<Option<T::Value>, JsonError> {
        let value = self.next()?;
        let read = seed.deserialize(value);
        // An `Option` reads nothing as none; any other type has a default, or the reader of the struct fails.
        if value.0.is_empty() { Ok(read.ok()) } else { read.map(Some) }
    }
}

/// The rest of a list, or of an object's names and values in turn.
struct Inside<'n>(&'n [Node<'n>]);

impl<'n> Inside<'n> {
    #[inline(never)]
    fn next(&mut self) -> Option<Reader<'n>> {
        let next = Reader(self.0);
        self.0 = self.0.get(next.size().saturating_add(1)..)?;
        Some(next)
    }
}

impl<'n> SeqAccess<'n> for Inside<'n> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<Option<T::Value>, JsonError> {
        match self.next() {
            Some(item) => seed.deserialize(item).map(Some),
            None => Ok(None),
        }
    }
}

impl<'n> MapAccess<'n> for Inside<'n> {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'n>>(&mut self, seed: K) -> Result<Option<K::Value>, JsonError> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<T::Value, JsonError> {
        seed.deserialize(self.next().unwrap_or(NOTHING))
    }
}

struct Variant<'n> {
    name: &'n str,
    content: Reader<'n>,
}

impl<'n> EnumAccess<'n> for Variant<'n> {
    type Error = JsonError;
    type Variant = Reader<'n>;

    fn variant_seed<T: DeserializeSeed<'n>>(self, seed: T) -> Result<(T::Value, Reader<'n>), JsonError> {
        Ok((seed.deserialize(BorrowedStrDeserializer::<JsonError>::new(self.name))?, self.content))
    }
}

impl<'n> VariantAccess<'n> for Reader<'n> {
    type Error = JsonError;

    fn unit_variant(self) -> Result<(), JsonError> {
        if let Node::Null = self.node() { Ok(()) } else { Err(unexpected("a name alone")) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'n>>(self, seed: T) -> Result<T::Value, JsonError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'n>>(self, _len: usize, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_seq(self.items()?)
    }

    fn struct_variant<V: Visitor<'n>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.deserialize_struct("", fields, visitor)
    }
}
