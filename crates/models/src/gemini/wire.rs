//! The wire form of one `GenerateContentResponse`. Whatever stands in a member, it can be read: what is not understood is nothing.

use serde::Deserialize;
use serde_json::Value;

use crate::text::{Arguments, Count, Lenient, Objects, Text};

/// What is new in the answer.
#[derive(Deserialize)]
pub(super) struct Chunk<'a> {
    /// One is asked for.
    #[serde(borrow, default)]
    pub candidates: Lenient<Candidate<'a>>,
    #[serde(borrow, default, alias = "prompt_feedback", rename = "promptFeedback")]
    pub prompt_feedback: Lenient<PromptFeedback<'a>>,
    #[serde(default, alias = "usage_metadata", rename = "usageMetadata")]
    pub usage: Lenient<Usage>,
    #[serde(default)]
    pub error: Value,
}

#[derive(Deserialize)]
pub(super) struct Candidate<'a> {
    #[serde(borrow, default)]
    pub content: Lenient<Content<'a>>,
    #[serde(borrow, default, alias = "finish_reason", rename = "finishReason")]
    pub finish_reason: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Content<'a> {
    #[serde(borrow, default)]
    pub parts: Objects<Part<'a>>,
}

/// A text, a thought or a call; each may carry a signature.
#[derive(Deserialize)]
pub(super) struct Part<'a> {
    #[serde(borrow, default)]
    pub text: Text<'a>,
    #[serde(default)]
    pub thought: Value,
    #[serde(borrow, default, alias = "thought_signature", rename = "thoughtSignature")]
    pub signature: Text<'a>,
    #[serde(borrow, default, alias = "function_call", rename = "functionCall")]
    pub call: Lenient<Call<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Call<'a> {
    #[serde(borrow, default)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub name: Text<'a>,
    #[serde(borrow, default)]
    pub args: Arguments<'a>,
}

/// Why the prompt was not answered.
#[derive(Deserialize)]
pub(super) struct PromptFeedback<'a> {
    #[serde(borrow, default, alias = "block_reason", rename = "blockReason")]
    pub block_reason: Text<'a>,
}

/// Tokens; those of the prompt include what was read from a cache.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    #[serde(default)]
    pub prompt_token_count: Count,
    #[serde(default)]
    pub candidates_token_count: Count,
    #[serde(default)]
    pub thoughts_token_count: Count,
    #[serde(default)]
    pub cached_content_token_count: Count,
}
