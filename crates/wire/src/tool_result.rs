use serde_json::{Map, Value};

use crate::{FrameProblem, members::required_id};

/// What a client of the Auth0 starter sends for "yes" to a call that waits (agents-protocol.md 6.8).
pub const YES: &str = "Yes, confirmed.";

/// What a client of the Auth0 starter sends for "no".
pub const NO: &str = "No, denied.";

/// A client's answer to a waiting call, from a `cf_agent_tool_result` frame or from an uploaded transcript.
///
/// It is a claim: the server finds its own record by `tool_call_id` and takes tool and input from there. Any name or
/// input in the answer is ignored (`S-10`).
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// The call that is answered.
    pub tool_call_id: String,
    /// What the client gave as the result; null when it gave none.
    pub output: Value,
    /// Whether the client calls it a result or a failure.
    pub state: ToolResultState,
    /// The client's text for a failure.
    pub error_text: Option<String>,
    /// Whether the client expects the server to go on by itself; older clients follow with a chat request instead.
    pub auto_continue: bool,
}

/// The state that a client gives a call with its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolResultState {
    /// `output-available`, also when the client names no state.
    #[default]
    OutputAvailable,
    /// `output-error`.
    OutputError,
}

/// What an answer means for a call that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The user has done what was asked; look again (`continueInterruption: true`).
    Continue,
    /// Yes to a call that asked.
    Yes,
    /// No to a call that asked.
    No,
    /// "Not now", or the client failed: the wait ends without the result.
    Dismissed,
    /// Make a call again whose outcome is unknown (`outcome: "retry"`).
    Retry,
    /// A call whose outcome is unknown has happened (`outcome: "done"`).
    Done,
    /// Nothing the server knows.
    Other,
}

impl ToolResult {
    /// What the answer means.
    #[must_use]
    pub fn decision(&self) -> Decision {
        let says = |key: &str| self.output.get(key) == Some(&Value::Bool(true));
        if self.state == ToolResultState::OutputError || says("notNow") {
            Decision::Dismissed
        } else if says("continueInterruption") {
            Decision::Continue
        } else if self.output.get("outcome").is_some_and(|outcome| outcome == "retry") {
            Decision::Retry
        } else if self.output.get("outcome").is_some_and(|outcome| outcome == "done") {
            Decision::Done
        } else if self.output == YES {
            Decision::Yes
        } else if self.output == NO {
            Decision::No
        } else {
            Decision::Other
        }
    }

    pub(crate) fn read(frame: &Map<String, Value>) -> Result<Self, FrameProblem> {
        Ok(Self {
            tool_call_id: required_id(frame, "toolCallId")?,
            output: frame.get("output").cloned().unwrap_or(Value::Null),
            state: match frame.get("state") {
                None | Some(Value::Null) => ToolResultState::default(),
                Some(state) => terminal_state(state.as_str()).ok_or(FrameProblem::FieldInvalid { field: "state" })?,
            },
            error_text: frame.get("errorText").and_then(Value::as_str).map(str::to_owned),
            auto_continue: frame.get("autoContinue") == Some(&Value::Bool(true)),
        })
    }

    /// The answer in a tool part of an uploaded message, if the part has one. Parts of other kinds, and ones that
    /// cannot be read, are none.
    pub(crate) fn from_part(part: &Value) -> Option<Self> {
        let part = part.as_object()?;
        let kind = part.get("type")?.as_str()?;
        if !kind.starts_with("tool-") && kind != "dynamic-tool" {
            return None;
        }
        Some(Self {
            tool_call_id: required_id(part, "toolCallId").ok()?,
            output: part.get("output").cloned().unwrap_or(Value::Null),
            state: terminal_state(part.get("state")?.as_str())?,
            error_text: part.get("errorText").and_then(Value::as_str).map(str::to_owned),
            auto_continue: false,
        })
    }
}

fn terminal_state(state: Option<&str>) -> Option<ToolResultState> {
    match state? {
        "output-available" => Some(ToolResultState::OutputAvailable),
        "output-error" => Some(ToolResultState::OutputError),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decision(output: Value) -> Decision {
        result(output, ToolResultState::OutputAvailable).decision()
    }

    fn result(output: Value, state: ToolResultState) -> ToolResult {
        ToolResult { tool_call_id: "c".into(), output, state, error_text: None, auto_continue: false }
    }

    /// `CF-18`, `TV-14`: the texts and markers of the official clients.
    #[test]
    fn decisions() {
        assert_eq!(decision(json!({"continueInterruption": true, "toolName": "x"})), Decision::Continue);
        assert_eq!(decision(json!({"continueInterruption": "true"})), Decision::Other);
        assert_eq!(decision(json!("Yes, confirmed.")), Decision::Yes);
        assert_eq!(decision(json!("No, denied.")), Decision::No);
        assert_eq!(decision(json!({"notNow": true})), Decision::Dismissed);
        assert_eq!(decision(json!({"outcome": "retry"})), Decision::Retry);
        assert_eq!(decision(json!({"outcome": "done"})), Decision::Done);
        assert_eq!(decision(json!({"outcome": true})), Decision::Other);
        assert_eq!(decision(json!("yes")), Decision::Other);
        assert_eq!(decision(Value::Null), Decision::Other);
        let failed = result(json!({"continueInterruption": true}), ToolResultState::OutputError);
        assert_eq!(failed.decision(), Decision::Dismissed);
    }
}
