use std::hash::{Hash, Hasher};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};

/// What a response names its request by: text or a whole number, written back as it came (`1.0` stays `1.0`, for clients that compare
/// texts). `1` and `1.0` are the same id.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Id {
    /// Text.
    Text(String),
    /// A whole number.
    Number(Number),
}

impl Id {
    /// Reads an id; `None` for what is none: null, truth values, fractions, lists.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Number(number) if is_whole(number) => Some(Self::Number(number.clone())),
            _ => None,
        }
    }

    /// The id as a text that only the same id has: for tables.
    pub fn key(&self) -> String {
        match self {
            Self::Text(text) => format!("t{text}"),
            Self::Number(number) => match number.as_f64() {
                Some(float) if number.is_f64() => format!("n{float:.0}"),
                _ => format!("n{number}"),
            },
        }
    }
}

fn is_whole(number: &Number) -> bool {
    !number.is_f64() || number.as_f64().is_some_and(|float| float.fract() == 0.0)
}

impl From<u64> for Id {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Id {}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::of(&value).ok_or_else(|| D::Error::custom("an id is a text or a whole number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Id> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn ids_are_written_as_they_came() {
        for text in ["1", "1.0", "-7", "\"a\"", "\"\"", "9007199254740993", "1e3"] {
            let written = serde_json::to_string(&read(text).unwrap()).unwrap();
            let same: (Value, Value) = (serde_json::from_str(text).unwrap(), serde_json::from_str(&written).unwrap());
            assert_eq!(same.0, same.1, "{text}");
        }
        assert_eq!(serde_json::to_string(&read("1.0").unwrap()).unwrap(), "1.0");
    }

    #[test]
    fn one_and_one_point_nought_are_the_same_and_text_is_another() {
        assert_eq!(read("1"), read("1.0"));
        assert_ne!(read("1"), read("\"1\""));
        assert_ne!(read("1"), read("2.0"));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["null", "true", "1.5", "[1]", "{}"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
