//! The server's frames, except the stream of an answer (agents-protocol.md 2.1 and 3.1). Every function gives the text
//! of one frame; where no generation is asked for, all of them accept it or ignore its type.

use serde_json::{Value, json};

use crate::json::{ObjectWriter, list};
use crate::{Generation, Message, ui_message};

/// First frame of a connection. `name` is the chat's identifier exactly as it stood in the client's address.
/// No state frame ever follows, and none is announced: the newest client would wait for it.
#[must_use]
pub fn identity(name: &str) -> String {
    ObjectWriter::of_type("cf_agent_identity").text("name", name).text("agent", "chat").finish()
}

/// An MCP server of the user's.
#[derive(Debug, Clone, Copy)]
pub struct McpServer<'a> {
    /// Its id, unique.
    pub id: &'a str,
    /// What the user calls it.
    pub name: &'a str,
    /// Address of its endpoint.
    pub url: &'a str,
    /// One of the official words: `authenticating`, `ready`, `failed`, `not-connected` …
    pub state: &'a str,
    /// What is wrong.
    pub error: Option<&'a str>,
}

/// A tool of an MCP server.
#[derive(Debug, Clone, Copy)]
pub struct McpTool<'a> {
    /// Name at the server.
    pub name: &'a str,
    /// Its server's id.
    pub server: &'a str,
    /// What the server says of it.
    pub description: &'a str,
    /// Schema of its input.
    pub input_schema: &'a Value,
}

/// The list of MCP servers, which clients expect even when there is none. Where to log in is told nowhere but on the user's own page.
#[must_use]
pub fn mcp_servers<'a>(
    servers: impl Iterator<Item = McpServer<'a>>,
    tools: impl Iterator<Item = McpTool<'a>>,
) -> String {
    let server = |server: McpServer<'_>| {
        let shown = json!({
            "name": server.name, "server_url": server.url, "auth_url": null, "state": server.state, "error": server.error,
            "instructions": null, "capabilities": null,
        });
        (server.id.to_owned(), shown)
    };
    let tool = |tool: McpTool<'_>| json!({"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema, "serverId": tool.server});
    let servers = Value::Object(servers.map(server).collect()).to_string();
    let tools = Value::Array(tools.map(tool).collect()).to_string();
    let mcp = ["{\"servers\":", &servers, ",\"tools\":", &tools, ",\"prompts\":[],\"resources\":[]}"].concat();
    ObjectWriter::of_type("cf_agent_mcp_servers").raw("mcp", &mcp).finish()
}

/// The transcript; it replaces the client's list.
#[must_use]
pub fn chat_messages(messages: &[Message], generation: Generation) -> String {
    ObjectWriter::of_type("cf_agent_chat_messages").raw("messages", &ui_messages(messages, generation)).finish()
}

/// The transcript as the JSON array that `get-messages` answers.
#[must_use]
pub fn ui_messages(messages: &[Message], generation: Generation) -> String {
    list(messages.iter().map(|message| ui_message(message, generation)))
}

/// One changed message. Send it only where the message is known: an `Agents1` client appends an unknown one.
#[must_use]
pub fn message_updated(message: &Message, generation: Generation) -> String {
    ObjectWriter::of_type("cf_agent_message_updated").raw("message", &ui_message(message, generation)).finish()
}

/// The chat was cleared.
#[must_use]
pub fn clear() -> String {
    ObjectWriter::of_type("cf_agent_chat_clear").finish()
}

/// A stream runs and can be resumed; `probe_id` only in the direct answer to a probe.
#[must_use]
pub fn stream_resuming(id: &str, probe_id: Option<&str>) -> String {
    ObjectWriter::of_type("cf_agent_stream_resuming").text("id", id).text_if("probeId", probe_id).finish()
}

/// No stream to resume. `reason` is `idle` or `continuation-owned` in the answer to a probe, absent for a client that
/// waited for a stream which never came.
#[must_use]
pub fn stream_resume_none(reason: Option<&str>, probe_id: Option<&str>) -> String {
    ObjectWriter::of_type("cf_agent_stream_resume_none").text_if("reason", reason).text_if("probeId", probe_id).finish()
}

/// Why a client's `cf_agent_state` was not taken. The official texts are `State update rejected` and
/// `Connection is readonly`.
#[must_use]
pub fn state_error(error: &str) -> String {
    ObjectWriter::of_type("cf_agent_state_error").text("error", error).finish()
}

/// A call failed. The official texts are `Method X does not exist` and `Method X is not callable`.
#[must_use]
pub fn rpc_error(id: &str, error: &str) -> String {
    ObjectWriter::of_type("rpc").text("id", id).flag("success", false).text("error", error).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `CF-09`: the client finds the agent `chat` and the chat's own identifier.
    #[test]
    fn frames_of_a_connection() {
        assert_eq!(identity("c 1"), r#"{"type":"cf_agent_identity","name":"c 1","agent":"chat"}"#);
        assert_eq!(
            mcp_servers([].into_iter(), [].into_iter()),
            r#"{"type":"cf_agent_mcp_servers","mcp":{"servers":{},"tools":[],"prompts":[],"resources":[]}}"#
        );
        let schema = json!({});
        let server = McpServer { id: "s", name: "N", url: "https://n.example/mcp", state: "ready", error: None };
        let tool = McpTool { name: "add", server: "s", description: "d", input_schema: &schema };
        let frame: Value = serde_json::from_str(&mcp_servers([server].into_iter(), [tool].into_iter())).unwrap();
        assert_eq!(frame["mcp"]["servers"]["s"]["server_url"], "https://n.example/mcp");
        assert_eq!(
            frame["mcp"]["tools"],
            json!([{"name": "add", "description": "d", "inputSchema": {}, "serverId": "s"}])
        );
        assert_eq!(stream_resuming("r", Some("p")), r#"{"type":"cf_agent_stream_resuming","id":"r","probeId":"p"}"#);
        assert_eq!(
            stream_resume_none(Some("idle"), Some("p")),
            r#"{"type":"cf_agent_stream_resume_none","reason":"idle","probeId":"p"}"#
        );
        assert_eq!(stream_resume_none(None, None), r#"{"type":"cf_agent_stream_resume_none"}"#);
        assert_eq!(clear(), r#"{"type":"cf_agent_chat_clear"}"#);
        assert_eq!(state_error("x"), r#"{"type":"cf_agent_state_error","error":"x"}"#);
        assert_eq!(rpc_error("1", "no"), r#"{"type":"rpc","id":"1","success":false,"error":"no"}"#);
        assert_eq!(chat_messages(&[], Generation::Unknown), r#"{"type":"cf_agent_chat_messages","messages":[]}"#);
    }
}
