//! What a program asks of a chat, and how its call stands.

use deputy_wire::ToolPart;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::identity::Identity;

/// A program calls a tool, or asks what became of a call. While the call runs, the answer waits for it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Invoke {
    /// Who asks, as the edge verified it.
    pub identity: Identity,
    /// The call that was begun before ([`Invoked::call`]); none for a new one. The very same call, if it has not ended or if nobody was
    /// told how it ended, is that one.
    pub call: Option<String>,
    /// Tool name.
    pub tool: String,
    /// The input.
    pub input: Value,
    /// What the program is called, for the reader of the chat.
    pub client: String,
    /// Which program it is, for whom: no other is told of its calls.
    pub program: String,
    /// What the user answered to a question.
    pub answer: Option<ProgramAnswer>,
    /// How long a call that was begun before and waits for the user is waited for, milliseconds.
    pub patience_ms: u64,
}

/// What the user has answered, where the program asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramAnswer {
    /// Pending id of the question.
    pub pending: String,
    /// Yes or no.
    pub approved: bool,
}

/// How a program's call stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invoked {
    /// Its id.
    pub call: String,
    /// State and status.
    pub part: ToolPart,
}
