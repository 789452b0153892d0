use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Object;
use super::annotations::Role;
use super::content::Content;
use super::tool::Tool;

/// What a server asks the client's model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateMessageRequest {
    /// The conversation.
    pub messages: Vec<SamplingMessage>,
    /// At most that many.
    pub max_tokens: u64,
    /// What the model is told first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// Which model would be best, as hints (`hints`, `costPriority`, `speedPriority`, `intelligencePriority`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_preferences: Option<Object>,
    /// `none`, `thisServer` or `allServers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_context: Option<String>,
    /// From 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Where the model stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_sequences: Option<Vec<String>>,
    /// For the provider of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Object>,
    /// What the model may call; the server runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Tool>>,
    /// `mode`: `auto`, `required` or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<Object>,
}

/// A message of that conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SamplingMessage {
    /// Who says it.
    pub role: Role,
    /// What.
    pub content: OneOrMany<SamplingContent>,
}

/// What the client's model answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateMessageResult {
    /// The assistant.
    pub role: Role,
    /// What it says.
    pub content: OneOrMany<SamplingContent>,
    /// Name of the model.
    pub model: String,
    /// `endTurn`, `stopSequence`, `maxTokens`, `toolUse`, or the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_reason: Option<String>,
}

/// One, or a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// A list.
    Many(Vec<T>),
    /// One.
    One(T),
}

impl<T> OneOrMany<T> {
    /// All of it.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::Many(items) => items,
            Self::One(item) => std::slice::from_ref(item),
        }
    }
}

/// A piece of such a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum SamplingContent {
    /// The model calls a tool.
    ToolUse {
        /// Of the call.
        id: String,
        /// Of the tool.
        name: String,
        /// Arguments.
        input: Value,
    },
    /// What came of it.
    ToolResult {
        /// Of the call.
        tool_use_id: String,
        /// For the model.
        #[serde(default)]
        content: Vec<Content>,
        /// By the tool's `outputSchema`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        structured_content: Option<Value>,
        /// The tool failed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
    /// Text, a picture, sound.
    #[serde(untagged)]
    Plain(Content),
}
