use deputy_auth0::{AssertionError, SealError};
use deputy_error::Explained;
use serde::{Deserialize, Serialize};

use crate::config::SettingsError;
use crate::platform::client_proof::NoProof;
use crate::platform::log::{Level, note, note_error};
use crate::platform::ports::SqlError;
use crate::platform::random::NoRandomness;

/// Why somebody is not given what they asked for: what an object answers instead of a reply, and what the edge shows. One pointer,
/// because nearly every function passes it on.
#[derive(Debug, Clone, Serialize, Deserialize, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Refusal(Box<RefusalBody>);

impl std::ops::Deref for Refusal {
    type Target = RefusalBody;

    fn deref(&self) -> &RefusalBody {
        &self.0
    }
}

/// HTTP status, stable code, sentence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefusalBody {
    /// HTTP status for the edge.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// Sentence for the user.
    pub message: String,
}

impl Refusal {
    /// A refusal of that status and stable code, with a sentence for the user.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(RefusalBody { status, code: code.into(), message: message.into() }))
    }

    /// A refusal for an error, in its own words.
    pub fn explained(status: u16, error: &dyn Explained) -> Self {
        Self::new(status, error.code(), error.user_message())
    }

    /// The session has ended or never was.
    pub fn session_ended() -> Self {
        Self::new(401, "session_ended", "You are signed out. Please log in again.")
    }

    /// Unknown and foreign chats are not told apart.
    pub fn unknown_chat() -> Self {
        Self::new(404, "chat_unknown", "There is no such chat.")
    }

    /// A budget is used up.
    pub fn limit(code: &str, message: String) -> Self {
        Self::new(429, code, message)
    }

    /// Something of our own failed; trying again may help.
    pub fn internal(code: &str) -> Self {
        Self::new(500, code, "Something went wrong on our side. Please try again.")
    }
}

impl From<SettingsError> for Refusal {
    fn from(error: SettingsError) -> Self {
        note(Level::Error, "settings", Some(error.code()), Some(error.setting));
        Self::explained(503, &error)
    }
}

impl From<SqlError> for Refusal {
    fn from(error: SqlError) -> Self {
        // The only place where SQLite's message is still known.
        note(Level::Error, "storage_failed", None, Some(&error.0));
        Self::internal("storage_failed")
    }
}

impl From<NoRandomness> for Refusal {
    fn from(_: NoRandomness) -> Self {
        Self::internal("no_randomness")
    }
}

impl From<SealError> for Refusal {
    fn from(error: SealError) -> Self {
        Self::explained(500, &error)
    }
}

impl From<AssertionError> for Refusal {
    fn from(error: AssertionError) -> Self {
        note_error(Level::Error, "client_assertion", &error);
        Self::explained(503, &error)
    }
}

impl From<NoProof> for Refusal {
    fn from(error: NoProof) -> Self {
        match error {
            NoProof::Randomness(error) => error.into(),
            NoProof::Assertion(error) => error.into(),
        }
    }
}
