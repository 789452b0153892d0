//! The wire form of one chunk, borrowed from the event where it can be: this runs once per token. Whatever stands in a member,
//! the chunk can be read: what is not understood is nothing.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::text::{Arguments, Content, Count, Lenient, Objects, Text};

/// A `chat.completion.chunk`, or a whole `chat.completion`.
#[derive(Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow, default)]
    pub choices: Lenient<Choice<'a>>,
    #[serde(default)]
    pub usage: Lenient<Usage>,
    /// Not in the API's reference, but how most providers report a failure after the first byte.
    #[serde(default)]
    pub error: Value,
}

#[derive(Deserialize)]
pub(super) struct Usage {
    #[serde(default)]
    pub prompt_tokens: Count,
    #[serde(default)]
    pub completion_tokens: Count,
    #[serde(default)]
    pub input_tokens: Count,
    #[serde(default)]
    pub output_tokens: Count,
    /// OpenAI's.
    #[serde(default)]
    pub prompt_tokens_details: Lenient<Details>,
    /// DeepSeek's.
    #[serde(default)]
    pub prompt_cache_hit_tokens: Count,
    /// Moonshot's.
    #[serde(default)]
    pub cached_tokens: Count,
}

#[derive(Deserialize)]
pub(super) struct Details {
    #[serde(default)]
    pub cached_tokens: Count,
}

#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    /// What is new, in a stream.
    #[serde(borrow, default)]
    pub delta: Lenient<Delta<'a>>,
    /// All there is, in a whole answer. Some servers repeat everything here in the last chunk of a stream.
    #[serde(borrow, default)]
    pub message: Lenient<Delta<'a>>,
    #[serde(borrow, default)]
    pub finish_reason: Text<'a>,
    /// OpenRouter's place for a failure of this choice.
    #[serde(default)]
    pub error: Value,
    /// Moonshot's place for the usage.
    #[serde(default)]
    pub usage: Lenient<Usage>,
}

#[derive(Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow, default)]
    pub content: Content<'a>,
    #[serde(borrow, default)]
    pub refusal: Text<'a>,
    /// DeepSeek's name, also of vLLM and llama.cpp.
    #[serde(borrow, default)]
    pub reasoning_content: Text<'a>,
    /// OpenRouter's name, also of Groq and Ollama.
    #[serde(borrow, default)]
    pub reasoning: Text<'a>,
    #[serde(borrow, default)]
    pub tool_calls: Objects<CallDelta<'a>>,
    /// What the API called a call before there were several.
    #[serde(borrow, default)]
    pub function_call: Lenient<FunctionDelta<'a>>,
    /// What providers want back with the message: OpenRouter's reasoning with signatures.
    #[serde(default)]
    pub reasoning_details: Value,
    /// Google's, GitHub's and LiteLLM's.
    #[serde(default)]
    pub extra_content: Value,
    #[serde(default)]
    pub reasoning_opaque: Value,
    #[serde(default)]
    pub thinking_blocks: Value,
}

/// A piece of a call. Members that the API's reference does not have are the provider's own, and kept.
#[derive(Default)]
pub(super) struct CallDelta<'a> {
    pub index: Count,
    pub id: Text<'a>,
    pub function: FunctionDelta<'a>,
    pub own: Map<String, Value>,
}

/// Name and arguments; members of the provider's own are kept.
#[derive(Default)]
pub(super) struct FunctionDelta<'a> {
    pub name: Text<'a>,
    pub arguments: Arguments<'a>,
    pub own: Map<String, Value>,
}

impl<'de: 'a, 'a> Deserialize<'de> for CallDelta<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = CallDelta<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a call")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut call = CallDelta::default();
                while let Some(Text(name)) = members.next_key()? {
                    match name.as_ref() {
                        "index" => call.index = members.next_value()?,
                        "id" => call.id = members.next_value()?,
                        "function" => {
                            let function: Lenient<FunctionDelta<'_>> = members.next_value()?;
                            if let Some(function) = function.0 {
                                call.function = function;
                            }
                        }
                        // Servers without an object around the two.
                        "name" => call.function.name = members.next_value()?,
                        "arguments" => call.function.arguments = members.next_value()?,
                        "type" => drop(members.next_value::<IgnoredAny>()?),
                        _ => keep(&mut call.own, &name, members.next_value()?),
                    }
                }
                Ok(call)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for FunctionDelta<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = FunctionDelta<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a function")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut function = FunctionDelta::default();
                while let Some(Text(name)) = members.next_key()? {
                    match name.as_ref() {
                        "name" => function.name = members.next_value()?,
                        "arguments" => function.arguments = members.next_value()?,
                        _ => keep(&mut function.own, &name, members.next_value()?),
                    }
                }
                Ok(function)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

fn keep(own: &mut Map<String, Value>, name: &str, value: Value) {
    if !value.is_null() {
        own.insert(name.to_owned(), value);
    }
}
