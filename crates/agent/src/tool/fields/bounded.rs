use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::super::{number, rule};

/// A text of `LEAST` to `MOST` characters, without blanks around it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Text<const LEAST: usize, const MOST: usize>(String);

/// The same on one line: no control characters, so that it can stand in a header, a query or a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Line<const LEAST: usize, const MOST: usize>(String);

/// A whole number from `LEAST` to `MOST`; `10.0` and `"10"` are one as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Integer<const LEAST: u64, const MOST: u64>(u64);

/// A list of `LEAST` to `MOST` items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<T>", bound = "T: Deserialize<'de>")]
pub struct List<T, const LEAST: usize, const MOST: usize>(Vec<T>);

fn text(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        _ => Err(rule::kind("string")),
    }
}

/// Keeps the bounds, which are small.
fn bounded(text: String, least: usize, most: usize) -> Result<String, String> {
    match rule::length(text.chars().count(), Some(least as u64), Some(most as u64), "characters") {
        None => Ok(text),
        Some(rule) => Err(rule),
    }
}

impl<const LEAST: usize, const MOST: usize> TryFrom<Value> for Text<LEAST, MOST> {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        bounded(text(value)?, LEAST, MOST).map(Self)
    }
}

impl<const LEAST: usize, const MOST: usize> TryFrom<Value> for Line<LEAST, MOST> {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let text = bounded(text(value)?, LEAST, MOST)?;
        if text.chars().any(char::is_control) { Err("must be one line of text".to_owned()) } else { Ok(Self(text)) }
    }
}

impl<const LEAST: u64, const MOST: u64> TryFrom<Value> for Integer<LEAST, MOST> {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let value = number::whole(&value).unwrap_or(value);
        match (value.as_u64(), value.as_i64()) {
            (Some(number), _) if number < LEAST => Err(rule::at_least(LEAST)),
            (Some(number), _) if number > MOST => Err(rule::at_most(MOST)),
            (Some(number), _) => Ok(Self(number)),
            (None, Some(_)) => Err(rule::at_least(LEAST)),
            (None, None) => Err(rule::kind("integer")),
        }
    }
}

impl<T, const LEAST: usize, const MOST: usize> TryFrom<Vec<T>> for List<T, LEAST, MOST> {
    type Error = String;

    fn try_from(items: Vec<T>) -> Result<Self, String> {
        match rule::length(items.len(), Some(LEAST as u64), Some(MOST as u64), "items") {
            None => Ok(Self(items)),
            Some(rule) => Err(rule),
        }
    }
}

impl<const LEAST: usize, const MOST: usize> Deref for Text<LEAST, MOST> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const LEAST: usize, const MOST: usize> Deref for Line<LEAST, MOST> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<T, const LEAST: usize, const MOST: usize> Deref for List<T, LEAST, MOST> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<const LEAST: usize, const MOST: usize> fmt::Display for Text<LEAST, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl<const LEAST: usize, const MOST: usize> fmt::Display for Line<LEAST, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl<const LEAST: u64, const MOST: u64> fmt::Display for Integer<LEAST, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const LEAST: u64, const MOST: u64> Integer<LEAST, MOST> {
    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// A schema that stands where it is used, with the rule in it.
macro_rules! inline_schema {
    ([$($generics:tt)*] $type:ty, $name:literal, $generator:ident => $schema:expr) => {
        impl<$($generics)*> JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

inline_schema!([const LEAST: usize, const MOST: usize] Text<LEAST, MOST>, "Text", _generator => bounded_text(LEAST, MOST));
inline_schema!([const LEAST: usize, const MOST: usize] Line<LEAST, MOST>, "Line", _generator => bounded_text(LEAST, MOST));
inline_schema!([const LEAST: u64, const MOST: u64] Integer<LEAST, MOST>, "Integer", _generator => {
    json_schema!({"type": "integer", "minimum": LEAST, "maximum": MOST})
});
inline_schema!([T: JsonSchema, const LEAST: usize, const MOST: usize] List<T, LEAST, MOST>, "List", generator => {
    let items = generator.subschema_for::<T>();
    let mut schema = json_schema!({"type": "array", "items": items, "maxItems": MOST});
    if LEAST > 0 {
        schema.insert("minItems".to_owned(), LEAST.into());
    }
    schema
});
/// A text with its bounds. No `format`: one of the APIs takes `date-time` alone.
pub(super) fn bounded_text(least: usize, most: usize) -> Schema {
    let mut schema = json_schema!({"type": "string", "maxLength": most});
    if least > 0 {
        schema.insert("minLength".to_owned(), least.into());
    }
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_list_has_its_bounds() {
        type Two = List<Line<1, 3>, 1, 2>;
        assert_eq!(from_value::<Two>(json!(["a", "b"])).unwrap().len(), 2);
        for odd in [json!([]), json!(["a", "b", "c"]), json!(["abcd"]), json!("a")] {
            assert!(from_value::<Two>(odd.clone()).is_err(), "{odd}");
        }
    }
}
