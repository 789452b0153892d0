//! An object: `document:roadmap`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::names::TypeName;

/// Why a text is no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ObjectError {
    /// Not `type:id`: exactly one `:`, both sides filled, no `#`, space or control character.
    #[error("invalid 'object' field format")]
    Malformed,
    /// `type:*`: a wildcard stands for users only.
    #[error("the 'object' field cannot reference a typed wildcard")]
    Wildcard,
}

/// A thing of a type. Its text is `type:id`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// Its type.
    pub type_name: TypeName,
    /// Its id within the type.
    pub id: Arc<str>,
}

impl Object {
    /// The object `type_name:id`. Nothing is checked: for what comes from outside use [`str::parse`].
    pub fn new(type_name: impl Into<TypeName>, id: impl Into<Arc<str>>) -> Self {
        Self { type_name: type_name.into(), id: id.into() }
    }
}

impl FromStr for Object {
    type Err = ObjectError;

    fn from_str(text: &str) -> Result<Self, ObjectError> {
        let (type_name, id) = split(text).ok_or(ObjectError::Malformed)?;
        if id == "*" { Err(ObjectError::Wildcard) } else { Ok(Self::new(type_name, id)) }
    }
}

/// The two sides of `type:id`, if the text is of that form. The id may be `*`.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let (type_name, id) = text.split_once(':')?;
    let plain = |part: &str| !part.is_empty() && !part.chars().any(|c| matches!(c, ':' | '#' | ' ') || c.is_control());
    (plain(type_name) && plain(id)).then_some((type_name, id))
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.type_name, self.id)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
