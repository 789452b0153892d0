//! Members that are read whatever stands in them: what is not understood is nothing.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A string; or a list of parts, or one part, of which the texts count. Anything else is empty.
#[derive(Default)]
pub(crate) struct Text<'a>(pub Cow<'a, str>);

/// A text with what was thought beside it: Mistral writes both into one list of parts.
#[derive(Default)]
pub(crate) struct Content<'a> {
    pub text: Cow<'a, str>,
    pub reasoning: Cow<'a, str>,
}

/// The arguments of a call: a string that holds JSON, in pieces or whole, or the JSON itself.
#[derive(Default)]
pub(crate) struct Arguments<'a>(pub Cow<'a, str>);

/// A whole number that is not negative, also one written as `10.0` or `"10"`. Anything else is none.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Count(pub Option<u64>);

/// An object, or the first of a list of them; anything else is none.
pub(crate) struct Lenient<T>(pub Option<T>);

/// Objects in a list, or one alone; what is none is left out.
pub(crate) struct Objects<T>(pub Vec<T>);

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for Objects<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
}

impl<'a> Part<'a> {
    fn content(self) -> Content<'a> {
        if matches!(self.kind.0.as_ref(), "thinking" | "reasoning") {
            let thought = if self.thinking.0.is_empty() { self.text.0 } else { self.thinking.0 };
            return Content { reasoning: thought, text: Cow::default() };
        }
        Content { text: self.text.0, reasoning: self.thinking.0 }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;

        impl<'de> Visitor<'de> for Parts {
            type Value = Content<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, null or a list of parts")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Content::default())
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Content::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Content::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Content::default())
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Content::default())
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Content { text: Cow::Borrowed(text), reasoning: Cow::default() })
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Content { text: Cow::Owned(text.to_owned()), reasoning: Cow::default() })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
                let mut whole = Content::default();
                while let Some(part) = parts.next_element::<Content<'_>>()? {
                    whole.text.to_mut().push_str(&part.text);
                    whole.reasoning.to_mut().push_str(&part.reasoning);
                }
                Ok(whole)
            }

            fn visit_map<A: MapAccess<'de>>(self, part: A) -> Result<Self::Value, A::Error> {
                Ok(Part::deserialize(MapAccessDeserializer::new(part))?.content())
            }
        }

        deserializer.deserialize_any(Parts)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Content::deserialize(deserializer).map(|content| Self(content.text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Arguments<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Json;

        impl<'de> Visitor<'de> for Json {
            type Value = Arguments<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("arguments")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Arguments::default())
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Arguments(value.to_string().into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Arguments(value.to_string().into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Arguments(value.to_string().into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Arguments(value.to_string().into()))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Arguments(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Arguments(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element::<Value>()? {
                    list.push(item);
                }
                Ok(Arguments(Value::from(list).to_string().into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
                let object = Value::deserialize(MapAccessDeserializer::new(object))?;
                Ok(Arguments(object.to_string().into()))
            }
        }

        deserializer.deserialize_any(Json)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;

        impl<'de> Visitor<'de> for Number {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_unit<E>(self) -> Result<Count, E> {
                Ok(Count(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Count, E> {
                Ok(Count(None))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Count, E> {
                Ok(Count(number.try_into().ok()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Count, E> {
                Ok(Count(Some(number)))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Count, E> {
                // What is larger is no count of anything, and would lose digits.
                const MOST: f64 = 9_007_199_254_740_992.0;
                let whole = number.fract() == 0.0 && (0.0..=MOST).contains(&number);
                Ok(Count(whole.then(|| format!("{number:.0}").parse().ok()).flatten()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Count, E> {
                match text.trim().parse::<u64>() {
                    Ok(number) => Ok(Count(Some(number))),
                    Err(_) => text.trim().parse::<f64>().map_or(Ok(Count(None)), |number| self.visit_f64(number)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Count, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Count(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Count, A::Error> {
                while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Count(None))
            }
        }

        deserializer.deserialize_any(Number)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct First<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for First<T> {
            type Value = Lenient<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object, a list or null")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Lenient(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Lenient(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Lenient(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Lenient(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Lenient(None))
            }

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Lenient(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let first = list.next_element::<Self::Value>()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(first.unwrap_or_default())
            }

            fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(object)).map(|object| Lenient(Some(object)))
            }
        }

        deserializer.deserialize_any(First(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Objects<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for All<T> {
            type Value = Objects<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of objects")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Objects::default())
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Objects::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Objects::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Objects::default())
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Objects::default())
            }

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Objects::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(Lenient(one)) = list.next_element::<Lenient<T>>()? {
                    all.extend(one);
                }
                Ok(Objects(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(object)).map(|one| Objects(vec![one]))
            }
        }

        deserializer.deserialize_any(All(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t14_counts_are_read_or_nothing() {
        let table = [
            ("10", Some(10)),
            ("10.0", Some(10)),
            ("\"10\"", Some(10)),
            ("\" 10.0 \"", Some(10)),
            ("1e2", Some(100)),
            ("-35", None),
            ("0.5", None),
            ("1e300", None),
            ("\"many\"", None),
            ("\"NaN\"", None),
            ("null", None),
            ("true", None),
            ("[1]", None),
            ("{\"a\":1}", None),
        ];
        for (json, expected) in table {
            assert_eq!(serde_json::from_str::<Count>(json).unwrap().0, expected, "{json}");
        }
    }

    #[test]
    fn what_is_no_text_is_nothing_and_parts_are_joined() {
        let read = |json: &str| {
            let content: Content<'_> = serde_json::from_str(json).unwrap();
            (content.text.into_owned(), content.reasoning.into_owned())
        };
        for nothing in ["null", "5", "-1", "0.5", "true", "{}", "[]", "[null,7,{}]", "[[]]"] {
            assert_eq!(read(nothing), (String::new(), String::new()), "{nothing}");
        }
        assert_eq!(read("\"a\\n\"").0, "a\n");
        assert_eq!(read("[\"a\",{\"type\":\"text\",\"text\":\"b\"},{\"type\":\"x\"}]").0, "ab");
        let thinking = r#"[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"so"}]"#;
        assert_eq!(read(thinking), ("so".into(), "hm".into()));
    }
}
