//! What an expression works with.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

/// A value.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    /// Nanoseconds.
    Duration(i64),
    Timestamp(DateTime<Utc>),
    /// IPv4 in IPv6 is IPv4.
    IpAddress(IpAddr),
    List(Arc<Vec<Value>>),
    Map(Arc<MapValue>),
}

/// A map's entries: key as it was written, and value.
pub type MapValue = BTreeMap<Key, (Value, Value)>;

/// A key: whole numbers are the same key whatever their type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Key {
    Bool(bool),
    Number(i128),
    String(Arc<str>),
}

impl Key {
    /// The key that the value is, if it can be one.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Int(value) => Some(Self::Number(i128::from(*value))),
            Value::Uint(value) => Some(Self::Number(i128::from(*value))),
            Value::Double(value) if value.fract() == 0.0 && value.abs() < 1e19 => Some(Self::Number(*value as i128)),
            Value::String(value) => Some(Self::String(value.clone())),
            _ => None,
        }
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl Value {
    /// What the value is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Duration(_) => "duration",
            Self::Timestamp(_) => "timestamp",
            Self::IpAddress(_) => "ipaddress",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }

    /// How many steps looking at all of it takes.
    pub fn weight(&self) -> u64 {
        let count = match self {
            Self::String(text) => text.len() / 16,
            Self::Bytes(bytes) => bytes.len() / 16,
            Self::List(items) => return items.iter().map(Self::weight).fold(1, u64::saturating_add),
            Self::Map(entries) => {
                return entries.values().map(|(key, value)| key.weight() + value.weight()).fold(1, u64::saturating_add);
            }
            _ => 0,
        };
        count as u64 + 1
    }

    /// CEL's equality: numbers by what they count, other things of different kinds are not equal.
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::String(left), Self::String(right)) => left == right,
            (Self::Bytes(left), Self::Bytes(right)) => left == right,
            (Self::Duration(left), Self::Duration(right)) => left == right,
            (Self::Timestamp(left), Self::Timestamp(right)) => left == right,
            (Self::IpAddress(left), Self::IpAddress(right)) => left == right,
            (Self::List(left), Self::List(right)) => {
                left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| left.equals(right))
            }
            (Self::Map(left), Self::Map(right)) => {
                left.len() == right.len()
                    && left.iter().all(|(key, (_, value))| right.get(key).is_some_and(|(_, other)| value.equals(other)))
            }
            _ => self.compare_numbers(other) == Some(Ordering::Equal),
        }
    }

    /// The order of two values, where there is one.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => Some(left.cmp(right)),
            (Self::String(left), Self::String(right)) => Some(left.cmp(right)),
            (Self::Bytes(left), Self::Bytes(right)) => Some(left.cmp(right)),
            (Self::Duration(left), Self::Duration(right)) => Some(left.cmp(right)),
            (Self::Timestamp(left), Self::Timestamp(right)) => Some(left.cmp(right)),
            _ => self.compare_numbers(other),
        }
    }

    /// True if both are numbers.
    pub fn are_numbers(&self, other: &Self) -> bool {
        let number = |value: &Self| matches!(value, Self::Int(_) | Self::Uint(_) | Self::Double(_));
        number(self) && number(other)
    }

    fn compare_numbers(&self, other: &Self) -> Option<Ordering> {
        match (self.whole(), other.whole()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => self.float()?.partial_cmp(&other.float()?),
        }
    }

    fn whole(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(i128::from(*value)),
            Self::Uint(value) => Some(i128::from(*value)),
            Self::Double(value) if value.fract() == 0.0 && value.abs() < 1e30 => Some(*value as i128),
            _ => None,
        }
    }

    fn float(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Uint(value) => Some(*value as f64),
            Self::Double(value) => Some(*value),
            _ => None,
        }
    }
}
