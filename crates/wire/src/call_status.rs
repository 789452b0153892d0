use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a call stands, for programs: newer clients find it in the tool part's `callProviderMetadata.deputy`. The code is stable, the
/// sentence is for people and nobody parses it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallStatus {
    /// The kind.
    pub outcome: CallOutcomeKind,
    /// Which of the kind: stable.
    pub code: String,
    /// A sentence for the reader; a completed call needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What a call that was not run had asked of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<CallAsked>,
    /// What a waiting call waits for.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<CallWait>,
}

/// How a call stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcomeKind {
    /// It waits for the user.
    Waiting,
    /// It ran and has a result.
    Completed,
    /// The user said no.
    Denied,
    /// It was not run.
    NotRun,
    /// It failed.
    Failed,
    /// It was begun, and nobody knows whether it happened.
    Unknown,
}

impl CallOutcomeKind {
    /// The word on the wire and in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Denied => "denied",
            Self::NotRun => "not_run",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// What a card needs to be shown without the interrupt's error text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallWait {
    /// Pending id: approval id, interrupt id.
    pub interrupt_id: String,
    /// Since when, milliseconds.
    pub since: u64,
    /// When it ends by itself, milliseconds.
    pub expires_at: u64,
    /// The conversation has gone on meanwhile.
    pub parked: bool,
    /// The members of the interrupt's error text but for the call; none for a yes or no in the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupt: Option<Value>,
}

/// What the user was asked for, as long as the card was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallAsked {
    /// The code of the interrupt.
    pub code: String,
    /// The connection that was to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
}

impl CallStatus {
    /// A call that has ended.
    #[must_use]
    pub fn ended(outcome: CallOutcomeKind, code: impl Into<String>, message: Option<String>) -> Self {
        Self { outcome, code: code.into(), message, asked: None, wait: None }
    }

    /// A call that waits.
    #[must_use]
    pub fn waiting(code: impl Into<String>, message: impl Into<String>, wait: CallWait) -> Self {
        let (code, message) = (code.into(), Some(message.into()));
        Self { outcome: CallOutcomeKind::Waiting, code, message, asked: None, wait: Some(wait) }
    }

    /// True when the conversation has gone on without the answer.
    #[must_use]
    pub fn is_parked(&self) -> bool {
        self.wait.as_ref().is_some_and(|wait| wait.parked)
    }

    /// `{"deputy": …}`: the provider's metadata of a part or chunk, as JSON.
    pub(crate) fn metadata(&self) -> String {
        serde_json::json!({ "deputy": self }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_flat_and_read_back() {
        let ended = CallStatus::ended(CallOutcomeKind::NotRun, "expired", Some("Nobody answered in time.".into()));
        let wait = CallWait {
            interrupt_id: "p".into(),
            since: 1,
            expires_at: 2,
            parked: true,
            interrupt: Some(json!({"a": 1})),
        };
        let waiting = CallStatus::waiting("TOKEN_VAULT_ERROR", "Connect.", wait);
        let asked = CallAsked { code: "TOKEN_VAULT_ERROR".into(), connection: Some("github".into()) };
        let not_now = CallStatus { asked: Some(asked), ..ended.clone() };
        for (status, written) in [
            (
                &not_now,
                json!({"outcome": "not_run", "code": "expired", "message": "Nobody answered in time.",
                "asked": {"code": "TOKEN_VAULT_ERROR", "connection": "github"}}),
            ),
            (&ended, json!({"outcome": "not_run", "code": "expired", "message": "Nobody answered in time."})),
            (
                &waiting,
                json!({"outcome": "waiting", "code": "TOKEN_VAULT_ERROR", "message": "Connect.", "interruptId": "p",
                "since": 1, "expiresAt": 2, "parked": true, "interrupt": {"a": 1}}),
            ),
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), written);
            assert_eq!(&serde_json::from_value::<CallStatus>(written).unwrap(), status);
        }
        assert!(waiting.is_parked() && !ended.is_parked());
    }
}
