use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a model is asked: one step of a turn.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ModelRequest {
    /// The system prompt; empty for none.
    pub system: String,
    /// The conversation, oldest first. Every tool call must be followed by its result.
    pub messages: Vec<ModelMessage>,
    /// The tools the model may call.
    pub tools: Vec<ToolDefinition>,
    /// Upper bound of the answer in tokens (reasoning included).
    pub max_output_tokens: Option<u32>,
}

/// One message of the conversation as a model sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum ModelMessage {
    /// What the user wrote.
    User {
        /// The text.
        text: String,
    },
    /// What the model answered.
    Assistant {
        /// The text, may be empty.
        text: String,
        /// The tools it called.
        calls: Vec<ToolCall>,
    },
    /// The outcome of one tool call.
    ToolResult {
        /// [`ToolCall::id`] of the call this answers.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// What the model is to read, JSON or text.
        content: String,
    },
}

/// A tool call made by the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's id of the call, unique in its step.
    pub id: String,
    /// The tool's name as the model wrote it.
    pub name: String,
    /// The arguments, always a JSON object; empty when [`ToolCall::arguments_error`] is set.
    pub arguments: Value,
    /// Why what the model wrote is no JSON object, in words the model can be answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments_error: Option<String>,
}

/// A tool as it is offered to the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolDefinition {
    /// Letters, digits and `_`.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// JSON Schema of the arguments (an object).
    pub parameters: Value,
}
