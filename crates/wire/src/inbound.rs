use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    ChatRequest, ClientMessage, FrameError, FrameProblem, MAX_FRAME_BYTES, MAX_ID_CHARS, MAX_UPLOAD_BYTES, ToolResult,
    chat_request, long_request,
    members::{needed, optional_id, required_id},
};

/// The longest reason that is taken from a user who says no, in characters; the rest is cut.
pub const MAX_REASON_CHARS: usize = 500;

/// A frame of a client (agents-protocol.md 2.1 and 3.1).
#[derive(Clone, Debug, PartialEq)]
pub enum ClientFrame {
    /// `cf_agent_use_chat_request`: start a turn.
    ChatRequest(ChatRequest),
    /// `cf_agent_chat_request_cancel`: stop a turn.
    Cancel {
        /// The request to stop.
        id: String,
    },
    /// `cf_agent_chat_clear`: forget the chat.
    Clear,
    /// `cf_agent_chat_messages`: the client's own list after `setMessages()`. No turn follows.
    SetMessages {
        /// The list, which says nothing of what really happened.
        messages: Vec<ClientMessage>,
    },
    /// `cf_agent_tool_result`: an answer to a waiting call.
    ToolResult(ToolResult),
    /// `cf_agent_tool_approval`: yes or no to a call that asked.
    ToolApproval {
        /// The call; tool and input come from the server's own record.
        tool_call_id: String,
        /// The answer.
        approved: bool,
        /// Why not, if the user said. The official hook has no member for it; our own client adds it.
        reason: Option<String>,
    },
    /// `cf_agent_stream_resume_request`: is a stream running? Every one needs an answer.
    ResumeRequest {
        /// To be echoed in a direct answer.
        probe_id: Option<String>,
    },
    /// `cf_agent_stream_resume_ack`: the offered stream is wanted.
    ResumeAck {
        /// The request whose stream was offered.
        id: String,
    },
    /// `cf_agent_state`: the client would set the agent's state.
    State,
    /// `rpc`: a call of a method of the agent.
    Rpc {
        /// The call's identifier, for the answer.
        id: String,
        /// The method's name.
        method: String,
    },
    /// Anything else: ignored by the protocol.
    Unknown {
        /// The frame's type, empty when it has none, cut at [`MAX_ID_CHARS`].
        kind: String,
    },
}

/// Reads one text frame.
///
/// # Errors
/// A [`FrameError`] for a frame that is too large, not a JSON object, or lacks what its type needs. An unknown type is
/// not an error.
pub fn parse(text: &str) -> Result<ClientFrame, FrameError> {
    if text.len() > MAX_FRAME_BYTES && text.len() <= MAX_UPLOAD_BYTES {
        let request = long_request::read(text)?;
        return Ok(request.map_or(ClientFrame::SetMessages { messages: Vec::new() }, ClientFrame::ChatRequest));
    }
    if text.len() > MAX_UPLOAD_BYTES {
        let problem = FrameProblem::FrameTooLarge { bytes: text.len() };
        return Err(FrameError { problem, request_id: waiting_request(text) });
    }
    let Ok(Value::Object(frame)) = serde_json::from_slice::<Value>(text.as_bytes()) else {
        return Err(FrameProblem::NotJson.into());
    };
    let kind = frame.get("type").and_then(Value::as_str).unwrap_or_default();
    Ok(match kind {
        "cf_agent_use_chat_request" => ClientFrame::ChatRequest(chat_request::read(&frame)?),
        "cf_agent_chat_request_cancel" => ClientFrame::Cancel { id: required_id(&frame, "id")? },
        "cf_agent_chat_clear" => ClientFrame::Clear,
        "cf_agent_chat_messages" => {
            ClientFrame::SetMessages { messages: chat_request::read_messages(frame.get("messages"))? }
        }
        "cf_agent_tool_result" => ClientFrame::ToolResult(ToolResult::read(&frame)?),
        "cf_agent_tool_approval" => ClientFrame::ToolApproval {
            tool_call_id: required_id(&frame, "toolCallId")?,
            approved: needed(frame.get("approved"), "approved")?
                .as_bool()
                .ok_or(FrameProblem::FieldInvalid { field: "approved" })?,
            reason: frame
                .get("reason")
                .and_then(Value::as_str)
                .map(|reason| reason.chars().take(MAX_REASON_CHARS).collect()),
        },
        "cf_agent_stream_resume_request" => ClientFrame::ResumeRequest { probe_id: optional_id(&frame, "probeId")? },
        "cf_agent_stream_resume_ack" => ClientFrame::ResumeAck { id: required_id(&frame, "id")? },
        "cf_agent_state" => ClientFrame::State,
        "rpc" => rpc(&frame)?,
        other => ClientFrame::Unknown { kind: other.chars().take(MAX_ID_CHARS).collect() },
    })
}

/// The chat request in a frame that is too large to be taken: every request uploads the whole chat, so this is the one that
/// grows, and its client waits for an answer. Everything but the identifier is skipped without being kept.
fn waiting_request(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Envelope {
        r#type: String,
        id: String,
    }
    let envelope: Envelope = serde_json::from_slice(text.as_bytes()).ok()?;
    let fits = (1..=MAX_ID_CHARS).contains(&envelope.id.chars().count());
    (envelope.r#type == "cf_agent_use_chat_request" && fits).then_some(envelope.id)
}

/// A frame without string `id`, string `method` and array `args` is no call and is ignored (agents-protocol.md 2.4).
fn rpc(frame: &Map<String, Value>) -> Result<ClientFrame, FrameProblem> {
    let is_call = frame.get("id").is_some_and(Value::is_string)
        && frame.get("method").is_some_and(Value::is_string)
        && frame.get("args").is_some_and(Value::is_array);
    if !is_call {
        return Ok(ClientFrame::Unknown { kind: "rpc".to_owned() });
    }
    Ok(ClientFrame::Rpc { id: required_id(frame, "id")?, method: required_id(frame, "method")? })
}
