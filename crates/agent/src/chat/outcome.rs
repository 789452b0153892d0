//! How calls and turns end. The type stays from the tool to the card: log, wire, ledger and client each read it, none reads the sentence.

use deputy_wire::{CallAsked, CallOutcomeKind, CallStatus, ToolState};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::MAX_WAITS;
use crate::authority::Unrelated;

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// With a result.
    #[serde(alias = "output")]
    Completed {
        /// The result.
        output: Value,
    },
    /// The user said no in the chat.
    Denied {
        /// Pending id.
        approval_id: String,
        /// Why, if the user said.
        reason: Option<String>,
    },
    /// It was not run.
    NotRun {
        /// Why not.
        #[serde(default)]
        why: NotRun,
        /// Sentence.
        text: String,
        /// What the user was asked for and did not want.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<CallAsked>,
    },
    /// It failed: the sentence goes to the model and to the user.
    Failed {
        /// Stable code.
        #[serde(default = "tool_failed")]
        code: String,
        /// Sentence.
        text: String,
    },
    /// It was begun and its outcome is not known.
    Unknown {
        /// Sentence.
        text: String,
    },
}

/// Why a call was not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotRun {
    /// The user did not want it now.
    #[default]
    NotNow,
    /// Nobody answered in time.
    Expired,
    /// The conversation took another way: an edit, another answer.
    Superseded,
    /// The user stopped the turn.
    Stopped,
    /// The session in which it was asked has ended.
    SessionEnded,
    /// As many calls wait as may.
    TooManyWaits,
    /// The turn failed before it came to it.
    TurnFailed,
    /// The user said no on the device.
    ApprovalDenied,
    /// The approval was not answered in time.
    ApprovalExpired,
    /// The approval could not be asked for, or the tenant ended it.
    ApprovalEnded,
    /// The very same call was made before in this turn.
    Repeated,
    /// The user does not stand in a relation that the call needs.
    Unrelated,
    /// Whether the user stands in it could not be checked.
    Unchecked,
}

impl NotRun {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotNow => "not_now",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Stopped => "stopped",
            Self::SessionEnded => "session_ended",
            Self::TooManyWaits => "too_many_waits",
            Self::TurnFailed => "turn_failed",
            Self::ApprovalDenied => "approval_denied",
            Self::ApprovalExpired => "approval_expired",
            Self::ApprovalEnded => "approval_ended",
            Self::Repeated => REPEATED,
            Self::Unrelated => Unrelated::Denied.code(),
            Self::Unchecked => Unrelated::Unchecked.code(),
        }
    }

    /// What the end of an approval means for the call.
    pub fn of_approval(code: &str) -> Self {
        match code {
            "approval_denied" => Self::ApprovalDenied,
            "approval_expired" => Self::ApprovalExpired,
            "session_ended" => Self::SessionEnded,
            _ => Self::ApprovalEnded,
        }
    }
}

impl CallOutcome {
    /// A call that failed.
    pub fn failed(code: &str, text: impl Into<String>) -> Self {
        Self::Failed { code: code.to_owned(), text: text.into() }
    }

    /// A call that was not run.
    pub fn not_run(why: NotRun, text: impl Into<String>) -> Self {
        Self::NotRun { why, text: text.into(), asked: None }
    }

    /// A call for which the user did not want now what was asked.
    pub fn not_now(asked: Option<CallAsked>, text: impl Into<String>) -> Self {
        Self::NotRun { why: NotRun::NotNow, text: text.into(), asked }
    }

    /// A call that a relation does not let run.
    pub fn unrelated(why: Unrelated) -> Self {
        let not_run = match why {
            Unrelated::Denied => NotRun::Unrelated,
            Unrelated::Unchecked => NotRun::Unchecked,
        };
        Self::not_run(not_run, why.to_string())
    }

    /// A call that would have to wait, while as many wait as may.
    pub fn too_many_waits() -> Self {
        let text = format!(
            "Not run: {MAX_WAITS} calls of this chat are waiting for the user already. The user has to answer one of them first."
        );
        Self::not_run(NotRun::TooManyWaits, text)
    }

    /// A call that was cut off.
    pub fn unknown(text: impl Into<String>) -> Self {
        Self::Unknown { text: text.into() }
    }

    /// The kind: the word of wire and ledger.
    pub fn kind(&self) -> CallOutcomeKind {
        match self {
            Self::Completed { .. } => CallOutcomeKind::Completed,
            Self::Denied { .. } | Self::NotRun { why: NotRun::ApprovalDenied, .. } => CallOutcomeKind::Denied,
            Self::NotRun { .. } => CallOutcomeKind::NotRun,
            Self::Failed { .. } => CallOutcomeKind::Failed,
            Self::Unknown { .. } => CallOutcomeKind::Unknown,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Completed { .. } => "completed",
            Self::Denied { .. } => "denied",
            Self::NotRun { why, .. } => why.code(),
            Self::Failed { code, .. } => code,
            Self::Unknown { .. } => "outcome_unknown",
        }
    }

    /// How it stands, for programs.
    pub fn status(&self) -> CallStatus {
        let message = match self {
            Self::Completed { .. } => None,
            Self::Denied { reason, .. } => {
                Some(reason.clone().unwrap_or_else(|| "You said no, and it was not run.".to_owned()))
            }
            Self::NotRun { text, .. } | Self::Failed { text, .. } | Self::Unknown { text } => Some(text.clone()),
        };
        let asked = match self {
            Self::NotRun { asked, .. } => asked.clone(),
            Self::Completed { .. } | Self::Denied { .. } | Self::Failed { .. } | Self::Unknown { .. } => None,
        };
        CallStatus { asked, ..CallStatus::ended(self.kind(), self.code(), message) }
    }

    /// How it stands, for clients of every generation: those that know no codes are told the sentence.
    pub fn part_state(&self) -> ToolState {
        match self {
            Self::Completed { output } => ToolState::Output { output: output.clone() },
            Self::Denied { approval_id, reason } => {
                ToolState::Denied { approval_id: approval_id.clone(), reason: reason.clone() }
            }
            Self::Failed { text, .. } | Self::NotRun { text, .. } | Self::Unknown { text } => {
                ToolState::Failed { text: text.clone() }
            }
        }
    }
}

/// The code of a failure that says no more.
fn tool_failed() -> String {
    "tool_failed".to_owned()
}

/// The code of a call that repeats another: for the model it is no error.
pub(crate) const REPEATED: &str = "repeated";

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnOutcome {
    /// The model had its say.
    Completed,
    /// The conversation goes on while calls of it wait for the user.
    Parked,
    /// The user stopped it.
    Stopped,
    /// Another branch took its place.
    Superseded,
    /// It failed; the sentence stands in the chat.
    Failed {
        /// Stable code.
        code: String,
        /// Sentence for the user.
        message: String,
    },
}

/// Nobody knows whether a call that was cut off happened.
pub(crate) const UNKNOWN: &str =
    "This was interrupted while it ran. It may have happened; please check before trying again.";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Rows of version 1 had no codes.
    #[test]
    fn rows_of_the_first_version_are_read() {
        let read = |value| serde_json::from_value::<CallOutcome>(value).unwrap();
        assert_eq!(read(json!({"output": {"output": 1}})), CallOutcome::Completed { output: json!(1) });
        assert_eq!(read(json!({"failed": {"text": "no"}})), CallOutcome::failed("tool_failed", "no"));
        assert_eq!(read(json!({"not_run": {"text": "no"}})), CallOutcome::not_run(NotRun::NotNow, "no"));
        assert_eq!(read(json!({"unknown": {"text": "?"}})), CallOutcome::unknown("?"));
        let denied = CallOutcome::Denied { approval_id: "p".into(), reason: None };
        assert_eq!(read(json!({"denied": {"approval_id": "p", "reason": null}})), denied);
    }

    #[test]
    fn a_no_on_the_device_is_a_denial() {
        let outcome = CallOutcome::not_run(NotRun::of_approval("approval_denied"), "The user has denied the request");
        assert_eq!((outcome.kind(), outcome.code()), (CallOutcomeKind::Denied, "approval_denied"));
        assert!(matches!(outcome.part_state(), ToolState::Failed { .. }), "old clients get the same text as before");
    }
}
