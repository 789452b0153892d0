//! JSON read into our own types with little code.
//!
//! A generic reader is compiled once for every type it reads, list form, buffering and error texts included; in a Worker
//! that was the largest part of the program. Here text becomes a small tree first, and what is compiled for a type only walks
//! that tree. Errors say what was expected and never show what was there, which may be a secret.

mod error;
mod from_json;
mod members;
mod reader;

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

pub use error::JsonError;
pub use from_json::{FromJson, FromJsonOwned};
pub use members::Members;
pub use reader::{Items, Reader};

/// Reads a value that borrows nothing.
///
/// Errors: no JSON, or not the JSON that the type has.
pub fn read_json<T: FromJsonOwned>(text: &[u8]) -> Result<T, JsonError> {
    let mut read = T::empty();
    read_text(text, &mut read).map(|()| read)
}

/// Reads a value out of a JSON value.
pub fn read_json_value<T: FromJsonOwned>(value: &Value) -> Result<T, JsonError> {
    let mut read = T::empty();
    read_value(value, &mut read).map(|()| read)
}

fn read_text(text: &[u8], into: &mut dyn for<'n> FromJson<'n>) -> Result<(), JsonError> {
    into.read(Reader(&Json::parse(text)?.0))
}

fn read_value(value: &Value, into: &mut dyn for<'n> FromJson<'n>) -> Result<(), JsonError> {
    let mut tree = Vec::new();
    append(&mut tree, value);
    into.read(Reader(&tree))
}

/// Writes a value. One that JSON does not have (a map whose names are no strings; none of ours is one) gives an empty text, which
/// nobody reads back.
pub fn write_json<T: Serialize + ?Sized>(value: &T) -> String {
    written(&|out| value.serialize(&mut serde_json::Serializer::new(out)))
}

/// What does not depend on the type.
#[inline(never)]
fn written(write: &dyn Fn(&mut Vec<u8>) -> serde_json::Result<()>) -> String {
    let mut out = Vec::with_capacity(128);
    write(&mut out).ok().and_then(|()| String::from_utf8(out).ok()).unwrap_or_default()
}

/// JSON that was parsed: a tree in one piece of memory. Strings without escapes are those of the text.
pub struct Json<'a>(Vec<Node<'a>>);

impl<'a> Json<'a> {
    /// Parses UTF-8 text.
    pub fn parse(text: &'a [u8]) -> Result<Self, JsonError> {
        // Enough for a value every six bytes, which is rare: one allocation.
        let mut tree = Vec::with_capacity(text.len() / 6 + 1);
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        match Append(&mut tree).deserialize(&mut deserializer).and_then(|()| deserializer.end()) {
            Ok(()) => Ok(Self(tree)),
            Err(_) => Err(JsonError::NOT_JSON),
        }
    }

    /// Reads a value that may borrow from this one.
    pub fn read<'n, T: FromJson<'n>>(&'n self) -> Result<T, JsonError> {
        let mut read = T::empty();
        read.read(Reader(&self.0)).map(|()| read)
    }
}

impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Json")
    }
}

/// A value. What a list or an object holds follows it, `size` values with theirs; names are texts before their values.
enum Node<'a> {
    Null,
    Flag(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'a, str>),
    List { size: usize },
    Object { size: usize },
}

fn append<'a>(tree: &mut Vec<Node<'a>>, value: &'a Value) {
    let begin = tree.len();
    match value {
        Value::Null => tree.push(Node::Null),
        Value::Bool(flag) => tree.push(Node::Flag(*flag)),
        Value::Number(number) => tree.push(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Node::Unsigned(number),
            (None, Some(number)) => Node::Signed(number),
            (None, None) => Node::Float(number.as_f64().unwrap_or(f64::NAN)),
        }),
        Value::String(text) => tree.push(Node::Text(Cow::Borrowed(text))),
        Value::Array(items) => {
            tree.push(Node::List { size: 0 });
            items.iter().for_each(|item| append(tree, item));
            close(tree, begin);
        }
        Value::Object(members) => {
            tree.push(Node::Object { size: 0 });
            for (name, value) in members {
                tree.push(Node::Text(Cow::Borrowed(name)));
                append(tree, value);
            }
            close(tree, begin);
        }
    }
}

/// Everything after the list or object at `begin` is in it.
fn close(tree: &mut [Node<'_>], begin: usize) {
    let inside = tree.len().saturating_sub(begin).saturating_sub(1);
    if let Some(Node::List { size } | Node::Object { size }) = tree.get_mut(begin) {
        *size = inside;
    }
}

/// Appends what it reads to the tree.
struct Append<'t, 'a>(&'t mut Vec<Node<'a>>);

impl<'de> DeserializeSeed<'de> for Append<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Append<'_, 'de> {
    fn push<E>(self, node: Node<'de>) -> Result<(), E> {
        self.0.push(node);
        Ok(())
    }
}

impl<'de> Visitor<'de> for Append<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.push(Node::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.push(Node::Unsigned(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.push(Node::Signed(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.push(Node::Float(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.push(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.push(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let begin = self.0.len();
        self.0.push(Node::List { size: 0 });
        while items.next_element_seed(Append(self.0))?.is_some() {}
        close(self.0, begin);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let begin = self.0.len();
        self.0.push(Node::Object { size: 0 });
        while members.next_key_seed(Append(self.0))?.is_some() {
            members.next_value_seed(Append(self.0))?;
        }
        close(self.0, begin);
        Ok(())
    }
}
