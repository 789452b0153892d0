use serde::{Deserialize, Serialize};

use crate::ToolCall;

/// What happened in a model's answer, in this order: text and reasoning as they come, then the tool
/// calls, then at most one `Usage`, then exactly one `Finished`.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelEvent {
    /// More of the answer.
    Text(String),
    /// More of the reasoning that the provider shows.
    Reasoning(String),
    /// A complete tool call.
    ToolCall(ToolCall),
    /// What the call cost, as the provider counts.
    Usage {
        /// Tokens of the prompt.
        input_tokens: u64,
        /// Tokens of the answer, reasoning included.
        output_tokens: u64,
        /// Tokens of the prompt that were read from the provider's cache, as far as it tells.
        cached_tokens: u64,
    },
    /// The answer is complete. The last event.
    Finished(FinishReason),
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It had said everything.
    Stop,
    /// The token limit cut the answer off.
    Length,
    /// It waits for the results of the tools it called.
    ToolCalls,
    /// The provider's filter cut the answer off.
    ContentFilter,
    /// Anything else.
    Other,
}
