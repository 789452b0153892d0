use deputy_agent::Effect;
use deputy_wire::CallOutcomeKind;
use worker::Env;

use super::caller::McpCaller;
use crate::account;
use crate::account::authority::RecordMcpCall;
use crate::objects::Refusal;
use crate::platform::log::{Level, Line};

/// A tool call of an MCP client, as it was answered (MC-35): who, by which client, which tool, and what became of it. Never an argument,
/// never a token.
#[derive(Debug, Clone, Copy)]
pub struct ToolCalled<'a> {
    /// Correlation id of the request; names the ledger's row.
    pub id: &'a str,
    /// The caller.
    pub caller: &'a McpCaller,
    /// Tool name.
    pub tool: &'a str,
    /// Stable code of the outcome; of what it waits for, or of why it was not made.
    pub code: &'a str,
}

impl ToolCalled<'_> {
    /// The line in the log. A call that runs in a chat has its ledger row from there; this is all it needs beside it.
    pub fn log(&self) {
        let line = Line::new(Level::Info, "mcp_tool_called");
        Line {
            id: Some(self.id),
            subject: Some(&self.caller.subject),
            client: Some(&self.caller.client_id),
            tool: Some(as_name(self.tool)),
            code: Some(self.code),
            ..line
        }
        .write();
    }

    /// The row in the user's ledger, for a call that runs in no chat and was completed. `effect` is what its tool does to the world.
    pub async fn record(&self, effect: Effect, env: &Env) -> Result<(), Refusal> {
        let row = RecordMcpCall {
            call_id: self.id.to_owned(),
            tool: self.tool.to_owned(),
            effect,
            client: self.caller.client_id.clone(),
            outcome: CallOutcomeKind::Completed.as_str().to_owned(),
            code: self.code.to_owned(),
        };
        account::ask(env, &self.caller.account, &row).await
    }
}

/// A client may call what it likes: what is no name of a tool (MCP 2025-11-25, server/tools, "Tool Names") is not written into the log.
fn as_name(tool: &str) -> &str {
    const MOST: usize = 128;
    let named = (1..=MOST).contains(&tool.len())
        && tool.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'));
    if named { tool } else { "?" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MC-35, S-21: the log has names, and nothing that a client has written in their place.
    #[test]
    fn mc_35_only_names_are_in_the_log() {
        let long = "x".repeat(129);
        for (tool, written) in [
            ("createTasksTool", "createTasksTool"),
            ("zoo_1.list-all/x", "zoo_1.list-all/x"),
            ("", "?"),
            ("Bearer eyJ a", "?"),
            ("grüße", "?"),
            (long.as_str(), "?"),
        ] {
            assert_eq!(as_name(tool), written);
        }
    }
}
