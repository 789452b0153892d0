//! What an answer cost, where its provider tells what came out of a prompt cache.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Tokens of the steps of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Read.
    pub input: u64,
    /// Of these, out of the provider's cache.
    pub cached: u64,
    /// Written.
    pub output: u64,
}

impl Usage {
    /// Both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cached: self.cached.saturating_add(other.cached),
            output: self.output.saturating_add(other.output),
        }
    }

    /// As a message's metadata says it, in the AI SDK's words; none where nothing was told of a cache.
    pub(super) fn shown(self) -> Option<Value> {
        let Self { input, cached, output } = self;
        (cached > 0).then(|| json!({"inputTokens": input, "cachedInputTokens": cached, "outputTokens": output}))
    }
}
