//! The wire form of events and of the response object, borrowed where it runs once per token.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::text::{Arguments, Count, Lenient, Text};

/// What an event is; read first, because the same name has another form in another event.
#[derive(Deserialize)]
pub(super) struct Kind<'a> {
    #[serde(rename = "type", borrow, default)]
    pub kind: Text<'a>,
}

/// More of a text, or of a call's arguments.
#[derive(Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(default)]
    pub output_index: Count,
    /// Which part of a message, or of reasoning that is shown itself.
    #[serde(default)]
    pub content_index: Count,
    /// Which part of a summary.
    #[serde(default)]
    pub summary_index: Count,
    #[serde(borrow, default)]
    pub delta: Text<'a>,
}

/// All arguments of a call.
#[derive(Deserialize)]
pub(super) struct ArgumentsDone<'a> {
    #[serde(default)]
    pub output_index: Count,
    #[serde(borrow, default)]
    pub arguments: Arguments<'a>,
}

/// An item has begun or is complete.
#[derive(Deserialize)]
pub(super) struct ItemEvent {
    #[serde(default)]
    pub output_index: Count,
    #[serde(default)]
    pub item: Value,
}

/// The last event.
#[derive(Deserialize)]
pub(super) struct EndEvent<'a> {
    #[serde(borrow, default)]
    pub response: Lenient<ResponseEnd<'a>>,
}

/// How a response ended.
#[derive(Deserialize, Default)]
pub(super) struct ResponseEnd<'a> {
    #[serde(borrow, default)]
    pub status: Text<'a>,
    #[serde(default)]
    pub error: Value,
    #[serde(borrow, default)]
    pub incomplete_details: Lenient<IncompleteDetails<'a>>,
    #[serde(default)]
    pub usage: Lenient<Usage>,
}

#[derive(Deserialize)]
pub(super) struct IncompleteDetails<'a> {
    #[serde(borrow, default)]
    pub reason: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Usage {
    #[serde(default)]
    pub input_tokens: Count,
    #[serde(default)]
    pub output_tokens: Count,
    #[serde(default)]
    pub input_tokens_details: Lenient<Details>,
}

#[derive(Deserialize)]
pub(super) struct Details {
    #[serde(default)]
    pub cached_tokens: Count,
}

/// What a response consists of: items of many kinds, of which only some are ours.
#[derive(Deserialize, Default)]
pub(super) struct ResponseOutput {
    #[serde(default)]
    pub output: Value,
}

#[derive(Deserialize)]
pub(super) struct OutputEvent {
    #[serde(default)]
    pub response: Lenient<ResponseOutput>,
}

/// A string of an item; empty when it is not there.
pub(super) fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The arguments of an item: a string that holds JSON, or by mistake of some servers the JSON itself.
pub(super) fn arguments(item: &Value) -> Cow<'_, str> {
    match item.get("arguments") {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(other) => Cow::Owned(other.to_string()),
    }
}
