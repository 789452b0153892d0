use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json::ObjectWriter;
use crate::{CallStatus, Dialect, Generation, NO};

/// One thing that happens while an answer is made, free of any client's format.
///
/// Order: `Start`, then steps, then `Finish`. Text and reasoning are closed before their step ends; a result follows
/// the input of its call, in this stream or in the message that a continuation extends (agents-protocol.md 3.5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum StreamEvent {
    /// The answer begins.
    Start {
        /// The identifier that will be stored; `None` when the stream extends the last answer, which old clients would
        /// otherwise show twice (agents-protocol.md 3.7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
    },
    /// A model step begins.
    StepStart,
    /// A text part begins.
    TextStart {
        /// Names the part.
        id: String,
    },
    /// More of a text part.
    TextDelta {
        /// Names the part.
        id: String,
        /// What to append.
        delta: String,
    },
    /// A text part is complete.
    TextEnd {
        /// Names the part.
        id: String,
    },
    /// A reasoning part begins.
    ReasoningStart {
        /// Names the part.
        id: String,
    },
    /// More of a reasoning part.
    ReasoningDelta {
        /// Names the part.
        id: String,
        /// What to append.
        delta: String,
    },
    /// A reasoning part is complete.
    ReasoningEnd {
        /// Names the part.
        id: String,
    },
    /// A tool is called; its input is complete.
    ToolInput {
        /// The call.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// The input.
        input: Value,
    },
    /// A call asks for yes or no. Not sent to clients that do not know the question: to them every call without a
    /// result is one.
    ToolApprovalRequest {
        /// The pending call's identifier.
        approval_id: String,
        /// The call.
        call_id: String,
    },
    /// A call has its result.
    ToolOutput {
        /// The call.
        call_id: String,
        /// The result.
        output: Value,
        /// The same for programs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<CallStatus>,
    },
    /// A call failed.
    ToolFailed {
        /// The call.
        call_id: String,
        /// A sentence for the reader.
        text: String,
        /// The same for programs: failed, not run, or unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<CallStatus>,
    },
    /// The user said no to a call.
    ToolDenied {
        /// The call.
        call_id: String,
    },
    /// Something to know while one waits, which is no part of the answer and is not stored. Not sent over sockets to clients of AI
    /// SDK v5's time, which pass every frame through code of their own.
    Notice {
        /// Stable code.
        code: String,
        /// A sentence for the reader.
        text: String,
    },
    /// A model step is complete.
    StepFinish,
    /// The answer is complete.
    Finish {
        /// Why the model stopped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<FinishReason>,
    },
}

/// Why the model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It had said everything.
    Stop,
    /// It ran out of tokens.
    Length,
    /// Its provider withheld the rest.
    ContentFilter,
    /// It called tools.
    ToolCalls,
    /// It failed.
    Error,
    /// Anything else.
    Other,
}

impl FinishReason {
    /// The AI SDK's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ContentFilter => "content-filter",
            Self::ToolCalls => "tool-calls",
            Self::Error => "error",
            Self::Other => "other",
        }
    }
}

/// The event as one AI SDK chunk (JSON) in the generation's dialect; `None` when that generation must not see it.
#[must_use]
pub fn chunk(event: &StreamEvent, generation: Generation) -> Option<String> {
    let strict = generation.dialect() == Dialect::Strict;
    let kind = match event {
        StreamEvent::Start { .. } => "start",
        StreamEvent::StepStart => "start-step",
        StreamEvent::TextStart { .. } => "text-start",
        StreamEvent::TextDelta { .. } => "text-delta",
        StreamEvent::TextEnd { .. } => "text-end",
        StreamEvent::ReasoningStart { .. } => "reasoning-start",
        StreamEvent::ReasoningDelta { .. } => "reasoning-delta",
        StreamEvent::ReasoningEnd { .. } => "reasoning-end",
        StreamEvent::ToolInput { .. } => "tool-input-available",
        StreamEvent::ToolApprovalRequest { .. } if strict => return None,
        StreamEvent::ToolApprovalRequest { .. } => "tool-approval-request",
        StreamEvent::ToolOutput { .. } => "tool-output-available",
        StreamEvent::ToolFailed { .. } => "tool-output-error",
        // As in `ui_message`: the old clients' own word for a refused call.
        StreamEvent::ToolDenied { .. } if strict => "tool-output-available",
        StreamEvent::ToolDenied { .. } => "tool-output-denied",
        StreamEvent::Notice { .. } if strict => return None,
        StreamEvent::Notice { .. } => "data-notice",
        StreamEvent::StepFinish => "finish-step",
        StreamEvent::Finish { .. } => "finish",
    };
    // AI SDK v5 knows no metadata on a result.
    let told = |status: &Option<CallStatus>| status.as_ref().filter(|_| !strict).map(CallStatus::metadata);
    let mut writer = ObjectWriter::of_type(kind);
    match event {
        StreamEvent::Start { message_id } => writer.text_if("messageId", message_id.as_deref()),
        StreamEvent::StepStart | StreamEvent::StepFinish => &mut writer,
        StreamEvent::TextDelta { id, delta } | StreamEvent::ReasoningDelta { id, delta } => {
            writer.text("id", id).text("delta", delta)
        }
        StreamEvent::TextStart { id }
        | StreamEvent::TextEnd { id }
        | StreamEvent::ReasoningStart { id }
        | StreamEvent::ReasoningEnd { id } => writer.text("id", id),
        StreamEvent::ToolInput { call_id, tool, input } => {
            writer.text("toolCallId", call_id).text("toolName", tool).value("input", input)
        }
        StreamEvent::ToolApprovalRequest { approval_id, call_id } => {
            writer.text("approvalId", approval_id).text("toolCallId", call_id)
        }
        StreamEvent::ToolOutput { call_id, output, status } => writer
            .text("toolCallId", call_id)
            .value("output", output)
            .raw_if("providerMetadata", told(status).as_deref()),
        StreamEvent::ToolFailed { call_id, text, status } => writer
            .text("toolCallId", call_id)
            .text("errorText", text)
            .raw_if("providerMetadata", told(status).as_deref()),
        StreamEvent::ToolDenied { call_id } => {
            writer.text("toolCallId", call_id).text_if("output", strict.then_some(NO))
        }
        StreamEvent::Notice { code, text } => {
            let notice = ObjectWriter::new().text("code", code).text("text", text).finish();
            writer.raw("data", &notice).flag("transient", true)
        }
        StreamEvent::Finish { reason } => {
            writer.text_if("finishReason", reason.filter(|_| !strict).map(FinishReason::as_str))
        }
    };
    Some(writer.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `CF-18`: the question is a chunk only for clients that know it; one unknown chunk would end an old client's turn.
    #[test]
    fn what_old_clients_must_not_see() {
        let request = StreamEvent::ToolApprovalRequest { approval_id: "p".into(), call_id: "c".into() };
        assert_eq!(chunk(&request, Generation::Unknown), None);
        assert_eq!(
            chunk(&request, Generation::Agents2).as_deref(),
            Some(r#"{"type":"tool-approval-request","approvalId":"p","toolCallId":"c"}"#)
        );
        let notice = StreamEvent::Notice { code: "model_busy".into(), text: "Wait.".into() };
        assert_eq!(chunk(&notice, Generation::Agents1), None);
        assert_eq!(
            chunk(&notice, Generation::Agents2).as_deref(),
            Some(r#"{"type":"data-notice","data":{"code":"model_busy","text":"Wait."},"transient":true}"#)
        );
        let finish = StreamEvent::Finish { reason: Some(FinishReason::ToolCalls) };
        assert_eq!(chunk(&finish, Generation::Agents1).as_deref(), Some(r#"{"type":"finish"}"#));
        assert_eq!(
            chunk(&finish, Generation::Agents2).as_deref(),
            Some(r#"{"type":"finish","finishReason":"tool-calls"}"#)
        );
    }
}
