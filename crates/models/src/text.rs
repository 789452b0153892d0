use std::borrow::Cow;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A string that may be `null`, or (Mistral) a list of parts of which those of type `text` count.
#[derive(Default)]
pub(crate) struct Text<'a>(pub Cow<'a, str>);

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;

        impl<'de> Visitor<'de> for Parts {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, null or a list of parts")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Text::default())
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
                let mut whole = String::new();
                while let Some(Part { text }) = parts.next_element()? {
                    whole.push_str(text.as_deref().unwrap_or_default());
                }
                Ok(Text(Cow::Owned(whole)))
            }
        }

        deserializer.deserialize_any(Parts)
    }
}
