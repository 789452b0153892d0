//! The names of a model: types, relations, conditions.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a name can do; it is cheap to copy. What a model says is read as it is, valid or not; the model's validation finds the bad ones.
macro_rules! name {
    ($name:ident) => {
        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

/// A type of objects: `document`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeName(Arc<str>);

/// A relation of a type: `viewer`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationName(Arc<str>);

/// A condition of a model: `non_expired_grant`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionName(Arc<str>);

name!(TypeName);
name!(RelationName);
name!(ConditionName);

impl TypeName {
    /// The most characters of a type's name.
    pub const MAX_CHARS: usize = 254;

    /// Whether a model may call a type so.
    pub fn is_well_formed(&self) -> bool {
        is_name(self, Self::MAX_CHARS)
    }
}

impl RelationName {
    /// The most characters of a relation's name.
    pub const MAX_CHARS: usize = 50;

    /// Whether a model may call a relation so.
    pub fn is_well_formed(&self) -> bool {
        is_name(self, Self::MAX_CHARS)
    }
}

impl ConditionName {
    /// The most characters of a condition's name in a model.
    pub const MAX_CHARS: usize = 50;

    /// Whether a model may call a condition so.
    pub fn is_well_formed(&self) -> bool {
        is_name(self, Self::MAX_CHARS)
    }
}

/// The pattern of all names: `^[^:#@\s]{1,max}$`.
fn is_name(text: &str, max: usize) -> bool {
    !text.is_empty()
        && text.chars().count() <= max
        && !text.chars().any(|c| matches!(c, ':' | '#' | '@') || c.is_whitespace() || c.is_control())
}
