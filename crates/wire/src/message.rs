use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json::{ObjectWriter, list};
use crate::{CallStatus, Dialect, Generation, NO};

/// One message of a transcript, free of any client's format. This is what is stored, so its JSON is stable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Unique in the chat; for an answer, the identifier that its first `start` chunk named.
    pub id: String,
    /// Who speaks.
    pub role: Role,
    /// What was said and done, in order.
    pub parts: Vec<Part>,
    /// When the message began, in milliseconds since the epoch. Not sent: clients have no member for it.
    pub created_at: u64,
    /// What the model is told beside a message of the user: when it was said, and where. Not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
    /// Shown to clients as the message's `metadata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person, or a schedule in the person's name.
    User,
    /// The agent.
    Assistant,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    Tool(Box<ToolPart>),
    /// The answer tells what became of this call of an earlier message, which had waited for the user. Not sent: the call's own
    /// part says it.
    Report {
        /// The call.
        call_id: String,
    },
}

/// A tool call in a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolPart {
    /// Unique in the chat.
    pub call_id: String,
    /// The tool's name, without `-`: old clients cut at it.
    pub tool: String,
    /// The input as the tool reads it.
    pub input: Value,
    /// How far the call is.
    pub state: ToolState,
    /// The same for programs, as newer clients are told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CallStatus>,
    /// What the model's provider wants back with the call. Not sent: it means nothing to anybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provided: Option<Value>,
}

/// How far a tool call is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

impl ToolState {
    /// The call has no result yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Waiting | Self::Running | Self::AwaitingConfirmation { .. } | Self::Confirmed { .. } => true,
            Self::Denied { .. } | Self::Output { .. } | Self::Failed { .. } => false,
        }
    }
}

/// The message as the AI SDK's `UIMessage`, in the dialect of the generation.
///
/// Before approvals existed a call that asks was an `input-available` part without result, and the client itself wrote
/// the answer over it. So in the strict dialect a call that asks or was just allowed stays `input-available`, and a
/// denied one has the output "No, denied.": exactly what the tab that said no already shows, so that a reload and
/// every other tab agree with it (agents-protocol.md 6.8). An `output-error` would contradict that tab.
///
/// The text is JSON, its members in the order of their names.
#[must_use]
pub fn ui_message(message: &Message, generation: Generation) -> String {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let parts = message.parts.iter().filter_map(|part| ui_part(part, message.role, generation.dialect()));
    let metadata = message.metadata.as_ref().map(Value::to_string);
    ObjectWriter::new()
        .text("id", &message.id)
        .raw_if("metadata", metadata.as_deref())
        .raw("parts", &list(parts))
        .text("role", role)
        .finish()
}

fn ui_part(part: &Part, role: Role, dialect: Dialect) -> Option<String> {
    let (kind, text) = match part {
        Part::StepStart => return Some(ObjectWriter::of_type("step-start").finish()),
        Part::Text { text, .. } => ("text", text),
        Part::Reasoning { text, .. } => ("reasoning", text),
        Part::Tool(tool) => return Some(ui_tool(tool, dialect)),
        Part::Report { .. } => return None,
    };
    let state = (role == Role::Assistant || kind == "reasoning").then_some("done");
    Some(ObjectWriter::new().text_if("state", state).text("text", text).text("type", kind).finish())
}

fn ui_tool(tool: &ToolPart, dialect: Dialect) -> String {
    let (mut approval, mut error, mut output) = (None, None, None);
    let state = match (&tool.state, dialect) {
        (ToolState::Waiting | ToolState::Running, _)
        | (ToolState::AwaitingConfirmation { .. } | ToolState::Confirmed { .. }, Dialect::Strict) => "input-available",
        (ToolState::AwaitingConfirmation { approval_id }, Dialect::Approvals) => {
            approval = Some(ObjectWriter::new().text("id", approval_id).finish());
            "approval-requested"
        }
        (ToolState::Confirmed { approval_id }, Dialect::Approvals) => {
            approval = Some(ObjectWriter::new().flag("approved", true).text("id", approval_id).finish());
            "approval-responded"
        }
        (ToolState::Denied { .. }, Dialect::Strict) => {
            output = Some(Value::from(NO).to_string());
            "output-available"
        }
        (ToolState::Denied { approval_id, reason }, Dialect::Approvals) => {
            let mut denied = ObjectWriter::new();
            denied.flag("approved", false).text("id", approval_id).text_if("reason", reason.as_deref());
            approval = Some(denied.finish());
            "output-denied"
        }
        (ToolState::Output { output: made }, _) => {
            output = Some(made.to_string());
            "output-available"
        }
        (ToolState::Failed { text }, _) => {
            error = Some(text.as_str());
            "output-error"
        }
    };
    // The oldest clients send the whole transcript through a closed schema of their own.
    let status = tool.status.as_ref().filter(|_| dialect == Dialect::Approvals).map(CallStatus::metadata);
    ObjectWriter::new()
        .raw_if("approval", approval.as_deref())
        .raw_if("callProviderMetadata", status.as_deref())
        .text_if("errorText", error)
        .value("input", &tool.input)
        .raw_if("output", output.as_deref())
        .text("state", state)
        .text("toolCallId", &tool.call_id)
        .text("type", &format!("tool-{}", tool.tool))
        .finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(state: ToolState) -> Value {
        let part = ToolPart {
            call_id: "c1".into(),
            tool: "getWeatherInformation".into(),
            input: json!({}),
            state,
            status: None,
            provided: Some(json!({"origin": "somebody"})),
        };
        let read = |dialect| {
            let text = ui_tool(&part, dialect);
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value.to_string(), text, "members stand in the order of their names");
            assert!(!text.contains("somebody"), "what a provider wants back is for the provider alone");
            value["state"].clone()
        };
        json!([read(Dialect::Strict), read(Dialect::Approvals)])
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
        assert_eq!(
            tool(ToolState::Confirmed { approval_id: approval_id() }),
            json!(["input-available", "approval-responded"])
        );
        let denied = ToolState::Denied { approval_id: approval_id(), reason: Some("\"no\"".into()) };
        assert_eq!(tool(denied), json!(["output-available", "output-denied"]));
        let output = json!({"b": [1, null], "a": "\n"});
        assert_eq!(tool(ToolState::Output { output }), json!(["output-available", "output-available"]));
        assert_eq!(tool(ToolState::Failed { text: "x".into() }), json!(["output-error", "output-error"]));
    }

    #[test]
    fn a_message_is_written_as_clients_read_it() {
        let text = |text: &str| Part::Text { id: "t".into(), text: text.into() };
        let reasoning = Part::Reasoning { id: "r".into(), text: "hm".into() };
        let mut message = Message {
            id: "m\"1".into(),
            role: Role::Assistant,
            parts: vec![Part::StepStart, reasoning, text("a\u{1}\u{2028}")],
            created_at: 1,
            told: Some("It is Monday.".into()),
            metadata: Some(json!({"stopped": true})),
        };
        assert_eq!(
            ui_message(&message, Generation::Unknown),
            json!({"id": "m\"1", "role": "assistant", "metadata": {"stopped": true}, "parts": [
                {"type": "step-start"},
                {"type": "reasoning", "text": "hm", "state": "done"},
                {"type": "text", "text": "a\u{1}\u{2028}", "state": "done"},
            ]})
            .to_string()
        );
        message = Message { role: Role::User, parts: vec![text("hi")], metadata: None, ..message };
        assert_eq!(
            ui_message(&message, Generation::Agents2),
            json!({"id": "m\"1", "role": "user", "parts": [{"type": "text", "text": "hi"}]}).to_string()
        );
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
        let message: Message = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&message).unwrap(), stored);
    }
}
