//! A user, in OpenFGA's wide sense: an object, a userset, or everybody of a type.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::object::{Object, split};
use crate::names::{RelationName, TypeName};

/// Why a text is no user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UserError {
    /// None of the forms.
    #[error("the 'user' field is malformed")]
    Malformed,
    /// An id without a type, or `*` alone: of schema 1.0, which is gone.
    #[error(
        "the 'user' field must be an object (e.g. document:1) or an 'object#relation' or a typed wildcard (e.g. group:*)"
    )]
    WithoutType,
}

/// Who has a relation, or may have it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum User {
    /// `user:anne`.
    Object(Object),
    /// All who have a relation to an object: `group:eng#member`.
    Userset(Object, RelationName),
    /// Everybody of a type: `user:*`.
    Wildcard(TypeName),
}

impl User {
    /// The type of the object, of the userset's object, or of everybody.
    pub fn type_name(&self) -> &TypeName {
        match self {
            Self::Object(object) | Self::Userset(object, _) => &object.type_name,
            Self::Wildcard(type_name) => type_name,
        }
    }

    /// The relation of a userset.
    pub fn relation(&self) -> Option<&RelationName> {
        match self {
            Self::Userset(_, relation) => Some(relation),
            Self::Object(_) | Self::Wildcard(_) => None,
        }
    }
}

impl From<Object> for User {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl FromStr for User {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        if let Some((type_name, id)) = split(text) {
            return Ok(match id {
                "*" => Self::Wildcard(type_name.into()),
                id => Self::Object(Object::new(type_name, id)),
            });
        }
        if let Some((object, relation)) = text.rsplit_once('#') {
            let (type_name, id) = split(object).ok_or(UserError::Malformed)?;
            let starless = !id.contains('*') && !relation.contains('*');
            let plain = !relation.is_empty() && !relation.chars().any(|c| matches!(c, ':' | ' ') || c.is_control());
            return if starless && plain {
                Ok(Self::Userset(Object::new(type_name, id), relation.into()))
            } else {
                Err(UserError::Malformed)
            };
        }
        let id_only = !text.is_empty() && !text.chars().any(|c| matches!(c, ':' | '#' | ' ') || c.is_control());
        Err(if id_only { UserError::WithoutType } else { UserError::Malformed })
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(object) => write!(f, "{object}"),
            Self::Userset(object, relation) => write!(f, "{object}#{relation}"),
            Self::Wildcard(type_name) => write!(f, "{type_name}:*"),
        }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for User {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
