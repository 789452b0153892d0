use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Codes of errors in messages.
pub mod code {
    /// The text is no JSON.
    pub const PARSE_ERROR: i64 = -32700;
    /// The JSON is no message, or none that may be sent now.
    pub const INVALID_REQUEST: i64 = -32600;
    /// No such method.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// Parameters are missing or wrong; a tool, prompt or (2026-07-28) resource of that name is not there.
    pub const INVALID_PARAMS: i64 = -32602;
    /// The receiver failed.
    pub const INTERNAL_ERROR: i64 = -32603;
    /// A resource is not there (before 2026-07-28).
    pub const RESOURCE_NOT_FOUND: i64 = -32002;
    /// A header says something else than the message, or is missing (2026-07-28).
    pub const HEADER_MISMATCH: i64 = -32020;
    /// The client did not say that it can what the request needs; `data.requiredCapabilities` (2026-07-28).
    pub const MISSING_CLIENT_CAPABILITY: i64 = -32021;
    /// `data.supported`, `data.requested` (2026-07-28).
    pub const UNSUPPORTED_PROTOCOL_VERSION: i64 = -32022;
    /// The user has to visit addresses first: `data.elicitations` (2025-11-25).
    pub const URL_ELICITATION_REQUIRED: i64 = -32042;
}

/// An error in a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message} ({code})")]
pub struct RpcError {
    /// One of [`code`], or the sender's own.
    pub code: i64,
    /// One sentence.
    pub message: String,
    /// More, by code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl RpcError {
    /// An error without data.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// The same error with data.
    #[must_use]
    pub fn with_data(self, data: Value) -> Self {
        Self { data: Some(data), ..self }
    }
}
