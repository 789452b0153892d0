use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    /// In an answer the provider's id of the call, unique in its step; in a request any id, unique in the conversation: it is sent in
    /// a form that every provider takes ([`ModelRequest::acceptable`]).
    pub id: String,
    /// The tool's name as the model wrote it.
    pub name: String,
    /// The arguments, always a JSON object; empty when [`ToolCall::arguments_error`] is set.
    pub arguments: Value,
    /// Why what the model wrote is no JSON object, in words the model can be answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments_error: Option<String>,
    /// What the provider wants back with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provided: Option<Provided>,
}

impl ToolCall {
    /// A call that no provider wants anything back with.
    pub fn new(id: impl Into<String>, name: impl Into<String>, arguments: Value) -> Self {
        Self { id: id.into(), name: name.into(), arguments, arguments_error: None, provided: None }
    }
}

/// What a provider said beside a call and wants back as it was. It is opaque, and nobody but who said it is given it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Provided {
    /// Who said it: [`ModelConfig::origin`](crate::ModelConfig::origin).
    pub origin: String,
    /// The provider's own id of the call; empty if it gave none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Members of the call, such as `extra_content` with a thought signature, as the API writes them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub call: Map<String, Value>,
    /// What belongs to the whole step, such as its reasoning with the signature, in a form that the reader and the request builder
    /// of one API agree on. It is kept with the first call of the step: without a call nobody wants it back.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub step: Map<String, Value>,
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
