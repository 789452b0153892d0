//! Tools of MCP servers that the user added. What such a server says of a tool, and what a call of it gives, was written by others.

mod manner;
mod problem;
mod tool;

use deputy_agent::Effect;
use futures::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use manner::{Manner, Policy};
pub use problem::ServerProblem;
pub use tool::McpTool;

/// A tool of a server as the user looked at it, and as the chat may offer it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfferedTool {
    /// `tool_<server>_<name>`
    pub name: String,
    /// The server's id in the account.
    pub server: String,
    /// What the user calls the server.
    pub server_name: String,
    /// Name at the server.
    pub tool: String,
    /// What the server says of it.
    pub description: String,
    /// Input schema, made legal for every model API.
    pub parameters: Value,
    /// What it does to the world, by its annotations.
    pub effect: Effect,
    /// The user says yes to each call of it.
    pub asks: bool,
    /// The user has said yes to all calls of it, ahead.
    pub allowed: bool,
    /// Digest of what the user looked at: a call of anything else is not made.
    pub pin: String,
}

/// A call, on its way to the account, which holds the tokens and speaks to the server.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerCall {
    /// The server's id in the account.
    pub server: String,
    /// `tool_<server>_<name>`
    pub name: String,
    /// Name at the server.
    pub tool: String,
    /// See [`OfferedTool::pin`].
    pub pin: String,
    /// Id of the chat's call: its ledger row.
    pub call_id: String,
    /// The arguments.
    pub arguments: Value,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerAnswer {
    /// The server's result.
    Done {
        /// `content`, `structuredContent`, `isError`, as far as a model reads them.
        result: Value,
    },
    /// There is none.
    Failed {
        /// Why.
        problem: ServerProblem,
        /// The call was sent: it may have happened.
        sent: bool,
    },
}

/// Calls tools of the user's servers.
pub trait McpServers {
    /// Makes one call.
    fn call(&self, call: ServerCall) -> LocalBoxFuture<'_, ServerAnswer>;
}
