//! The wire form of one event, borrowed where it can be: this runs once per token. Whatever stands in a member, the event can be read:
//! what is not understood is nothing.

use serde::Deserialize;
use serde_json::Value;

use crate::text::{Arguments, Count, Lenient, Objects, Text};

/// An event of a stream; `message` and `error` come as whole bodies too.
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(rename = "type", borrow, default)]
    pub kind: Text<'a>,
    #[serde(default)]
    pub index: Count,
    #[serde(borrow, default)]
    pub delta: Lenient<Delta<'a>>,
    #[serde(borrow, default)]
    pub content_block: Lenient<Block<'a>>,
    #[serde(default)]
    pub message: Lenient<Message>,
    #[serde(default)]
    pub usage: Lenient<Usage>,
    /// All blocks, where the answer comes as one message.
    #[serde(borrow, default)]
    pub content: Objects<Block<'a>>,
    #[serde(borrow, default)]
    pub stop_reason: Text<'a>,
}

/// What is new: more of a block, or (`message_delta`) why the model stopped.
#[derive(Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(rename = "type", borrow, default)]
    pub kind: Text<'a>,
    #[serde(borrow, default)]
    pub text: Text<'a>,
    #[serde(borrow, default)]
    pub thinking: Text<'a>,
    #[serde(borrow, default)]
    pub signature: Text<'a>,
    #[serde(borrow, default)]
    pub partial_json: Arguments<'a>,
    #[serde(borrow, default)]
    pub stop_reason: Text<'a>,
}

/// A block of the answer, as far as it has come.
#[derive(Deserialize)]
pub(super) struct Block<'a> {
    #[serde(rename = "type", borrow, default)]
    pub kind: Text<'a>,
    #[serde(borrow, default)]
    pub text: Text<'a>,
    #[serde(borrow, default)]
    pub thinking: Text<'a>,
    #[serde(borrow, default)]
    pub signature: Text<'a>,
    /// Thoughts that only the provider can read.
    #[serde(borrow, default)]
    pub data: Text<'a>,
    #[serde(borrow, default)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub name: Text<'a>,
    #[serde(default)]
    pub input: Value,
}

/// The message of `message_start`.
#[derive(Deserialize)]
pub(super) struct Message {
    #[serde(default)]
    pub usage: Lenient<Usage>,
}

/// Tokens; those of the prompt are counted in three parts.
#[derive(Deserialize, Debug, Default, Clone, Copy)]
pub(super) struct Usage {
    #[serde(default)]
    pub input_tokens: Count,
    #[serde(default)]
    pub cache_creation_input_tokens: Count,
    #[serde(default)]
    pub cache_read_input_tokens: Count,
    #[serde(default)]
    pub output_tokens: Count,
}
