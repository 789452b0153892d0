use deputy_http::FromJson;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Dialect, Generation, NO};

/// One message of a transcript, free of any client's format. This is what is stored, so its JSON is stable.
#[derive(Clone, Debug, PartialEq, Serialize, FromJson)]
pub struct Message {
    /// Unique in the chat; for an answer, the identifier that its first `start` chunk named.
    pub id: String,
    /// Who speaks.
    pub role: Role,
    /// What was said and done, in order.
    pub parts: Vec<Part>,
    /// When the message began, in milliseconds since the epoch. Not sent: clients have no member for it.
    pub created_at: u64,
    /// Shown to clients as the message's `metadata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person, or a schedule in the person's name.
    User,
    /// The agent.
    Assistant,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A model step begins here.
    StepStart,
    /// Text for the reader.
    Text {
        /// Names the part in its stream; unique in the message.
        id: String,
        /// Markdown.
        text: String,
    },
    /// The model's reasoning.
    Reasoning {
        /// Names the part in its stream; unique in the message.
        id: String,
        /// Markdown.
        text: String,
    },
    /// A tool call, at whatever state it is.
    Tool(ToolPart),
}

/// A tool call in a message.
#[derive(Clone, Debug, PartialEq, Serialize, FromJson)]
pub struct ToolPart {
    /// Unique in the chat.
    pub call_id: String,
    /// The tool's name, without `-`: old clients cut at it.
    pub tool: String,
    /// The input as the tool reads it.
    pub input: Value,
    /// How far the call is.
    pub state: ToolState,
}

/// How far a tool call is.
#[derive(Clone, Debug, PartialEq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum ToolState {
    /// Waits for the user to connect an account or to approve on a phone. Shown as `input-available`, never as an
    /// error: a client would hold an error for the last word (agents-protocol.md 6.6).
    Waiting,
    /// Is being carried out.
    Running,
    /// Waits for yes or no in the chat.
    AwaitingConfirmation {
        /// The pending call's identifier.
        approval_id: String,
    },
    /// The user said yes; the call has no result yet.
    Confirmed {
        /// The pending call's identifier.
        approval_id: String,
    },
    /// The user said no.
    Denied {
        /// The pending call's identifier.
        approval_id: String,
        /// Why, if the user said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Done.
    Output {
        /// The tool's answer.
        output: Value,
    },
    /// Failed, or ended without an answer.
    Failed {
        /// A sentence for the reader.
        text: String,
    },
}

/// The message as the AI SDK's `UIMessage`, in the dialect of the generation.
///
/// Before approvals existed a call that asks was an `input-available` part without result, and the client itself wrote
/// the answer over it. So in the strict dialect a call that asks or was just allowed stays `input-available`, and a
/// denied one has the output "No, denied.": exactly what the tab that said no already shows, so that a reload and
/// every other tab agree with it (agents-protocol.md 6.8). An `output-error` would contradict that tab.
#[must_use]
pub fn ui_message(message: &Message, generation: Generation) -> Value {
    let mut object = Map::new();
    object.insert("id".into(), json!(message.id));
    object.insert("role".into(), json!(message.role));
    let parts = message.parts.iter().map(|part| ui_part(part, message.role, generation.dialect()));
    object.insert("parts".into(), Value::Array(parts.collect()));
    if let Some(metadata) = &message.metadata {
        object.insert("metadata".into(), metadata.clone());
    }
    Value::Object(object)
}

fn ui_part(part: &Part, role: Role, dialect: Dialect) -> Value {
    match part {
        Part::StepStart => json!({"type": "step-start"}),
        Part::Text { text, .. } if role == Role::User => json!({"type": "text", "text": text}),
        Part::Text { text, .. } => json!({"type": "text", "text": text, "state": "done"}),
        Part::Reasoning { text, .. } => json!({"type": "reasoning", "text": text, "state": "done"}),
        Part::Tool(tool) => ui_tool(tool, dialect),
    }
}

fn ui_tool(tool: &ToolPart, dialect: Dialect) -> Value {
    let mut part = Map::new();
    let mut set = |key: &str, value: Value| {
        part.insert(key.to_owned(), value);
    };
    set("type", Value::String(format!("tool-{}", tool.tool)));
    set("toolCallId", json!(tool.call_id));
    set("input", tool.input.clone());
    let state = match (&tool.state, dialect) {
        (ToolState::Waiting | ToolState::Running, _)
        | (ToolState::AwaitingConfirmation { .. } | ToolState::Confirmed { .. }, Dialect::Strict) => "input-available",
        (ToolState::AwaitingConfirmation { approval_id }, Dialect::Approvals) => {
            set("approval", json!({"id": approval_id}));
            "approval-requested"
        }
        (ToolState::Confirmed { approval_id }, Dialect::Approvals) => {
            set("approval", json!({"id": approval_id, "approved": true}));
            "approval-responded"
        }
        (ToolState::Denied { .. }, Dialect::Strict) => {
            set("output", json!(NO));
            "output-available"
        }
        (ToolState::Denied { approval_id, reason }, Dialect::Approvals) => {
            let mut approval = json!({"id": approval_id, "approved": false});
            if let (Some(reason), Some(approval)) = (reason, approval.as_object_mut()) {
                approval.insert("reason".into(), json!(reason));
            }
            set("approval", approval);
            "output-denied"
        }
        (ToolState::Output { output }, _) => {
            set("output", output.clone());
            "output-available"
        }
        (ToolState::Failed { text }, _) => {
            set("errorText", json!(text));
            "output-error"
        }
    };
    set("state", json!(state));
    Value::Object(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(state: ToolState) -> Value {
        let part = ToolPart { call_id: "c1".into(), tool: "getWeatherInformation".into(), input: json!({}), state };
        json!([ui_tool(&part, Dialect::Strict)["state"], ui_tool(&part, Dialect::Approvals)["state"]])
    }

    /// `CF-18`: what a call that asks looks like, before and after the answer, to old and new clients.
    #[test]
    fn states_by_dialect() {
        let approval_id = || "p1".to_owned();
        assert_eq!(tool(ToolState::Waiting), json!(["input-available", "input-available"]));
        assert_eq!(tool(ToolState::Running), json!(["input-available", "input-available"]));
        assert_eq!(
            tool(ToolState::AwaitingConfirmation { approval_id: approval_id() }),
            json!(["input-available", "approval-requested"])
        );
        assert_eq!(
            tool(ToolState::Confirmed { approval_id: approval_id() }),
            json!(["input-available", "approval-responded"])
        );
        assert_eq!(
            tool(ToolState::Denied { approval_id: approval_id(), reason: None }),
            json!(["output-available", "output-denied"])
        );
        assert_eq!(tool(ToolState::Failed { text: "x".into() }), json!(["output-error", "output-error"]));
    }

    /// What is stored today is read for ever.
    #[test]
    fn stored_form_is_stable() {
        let stored = json!({
            "id": "m1", "role": "assistant", "created_at": 1_700_000_000_000_u64,
            "parts": [
                "step_start",
                {"reasoning": {"id": "r1", "text": "hm"}},
                {"text": {"id": "t1", "text": "hello"}},
                {"tool": {"call_id": "c1", "tool": "a", "input": {"x": 1}, "state": "waiting"}},
                {"tool": {"call_id": "c2", "tool": "a", "input": {}, "state": "running"}},
                {"tool": {"call_id": "c3", "tool": "a", "input": {}, "state": {"awaiting_confirmation": {"approval_id": "p"}}}},
                {"tool": {"call_id": "c4", "tool": "a", "input": {}, "state": {"confirmed": {"approval_id": "p"}}}},
                {"tool": {"call_id": "c5", "tool": "a", "input": {}, "state": {"denied": {"approval_id": "p", "reason": "no"}}}},
                {"tool": {"call_id": "c6", "tool": "a", "input": {}, "state": {"output": {"output": null}}}},
                {"tool": {"call_id": "c7", "tool": "a", "input": {}, "state": {"failed": {"text": "t"}}}}
            ]
        });
        let message: Message = deputy_http::read_json_value(&stored).unwrap();
        assert_eq!(serde_json::to_value(&message).unwrap(), stored);
    }
}
