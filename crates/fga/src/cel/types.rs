//! The types of expressions.

use std::fmt;

/// A type. [`Type::Dyn`] is any: what it holds is seen when the expression is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Type {
    Dyn,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Duration,
    Timestamp,
    IpAddress,
    List(Box<Type>),
    Map(Box<Type>, Box<Type>),
}

impl Type {
    /// Whether a value of the one type may be where the other is meant.
    pub fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dyn, _) | (_, Self::Dyn) => true,
            (Self::Null, other) | (other, Self::Null) => {
                matches!(other, Self::Null | Self::Duration | Self::Timestamp | Self::IpAddress)
            }
            (Self::List(left), Self::List(right)) => left.fits(right),
            (Self::Map(left_key, left), Self::Map(right_key, right)) => left_key.fits(right_key) && left.fits(right),
            (left, right) => left == right,
        }
    }

    /// The type of what is sometimes of this type, sometimes of the other.
    pub fn join(self, other: &Self) -> Self {
        match (&self, other) {
            (left, right) if *left == *right => self,
            (Self::Null, right) if self.fits(right) => right.clone(),
            (left, Self::Null) if left.fits(&Self::Null) => self,
            (Self::List(left), Self::List(right)) if left.fits(right) => {
                Self::List(Box::new(left.as_ref().clone().join(right)))
            }
            _ => Self::Dyn,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn => f.write_str("dyn"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Duration => f.write_str("duration"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::IpAddress => f.write_str("ipaddress"),
            Self::List(item) => write!(f, "list({item})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
        }
    }
}
