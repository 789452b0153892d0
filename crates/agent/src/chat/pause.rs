//! What a call waits for.

use deputy_wire::{AsyncRequest, CallAsked, CallStatus, CallWait, Interrupt, InterruptBehavior};
use serde::{Deserialize, Serialize};

use super::limits::APPROVAL_GRACE_MS;
use super::outcome::UNKNOWN;

/// A call that waits: the pending row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Pending id: approval id, interrupt id.
    pub id: String,
    /// For what.
    pub reason: PauseReason,
    /// When it began, milliseconds.
    pub since: u64,
    /// When it ends by itself, milliseconds.
    pub expires_at: u64,
    /// The very same was done before: the sentence that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<String>,
}

/// What a call waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// Yes or no in the chat.
    Confirm,
    /// An account to be connected, or to grant more.
    Connect {
        /// Connection name.
        connection: String,
        /// Missing scopes.
        missing: Vec<String>,
        /// Scopes to ask for.
        required: Vec<String>,
        /// Sentence on the card.
        message: String,
    },
    /// Yes or no on a trusted device (CIBA).
    Approve {
        /// The same letters as in the details on the device.
        code: String,
        /// What the device shows.
        binding_message: String,
        /// When it was asked, milliseconds.
        requested_at: u64,
        /// Seconds between two questions to the tenant.
        interval_seconds: u64,
        /// Session in which it was asked: its end voids the question.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<String>,
    },
    /// A new login: the session whose authority the call needs has ended.
    SignIn,
    /// Somebody who knows whether it happened: the call was cut off while it ran.
    Outcome {
        /// The tool can look by itself.
        can_check: bool,
    },
}

impl Pause {
    /// The call was cut off while it ran, and nobody knows whether it happened.
    pub fn is_outcome(&self) -> bool {
        matches!(self.reason, PauseReason::Outcome { .. })
    }

    /// It waits for the user's device.
    pub fn is_approval(&self) -> bool {
        matches!(self.reason, PauseReason::Approve { .. })
    }

    /// The interrupt that says so outside the chat, with its sentence; none for a yes or no in it.
    pub fn interrupt(&self) -> Option<(Interrupt, &str)> {
        Some(match &self.reason {
            PauseReason::Confirm => return None,
            PauseReason::Connect { connection, missing, required, message } => {
                let interrupt = Interrupt::TokenVault {
                    connection: connection.clone(),
                    scopes: missing.clone(),
                    required_scopes: required.clone(),
                    authorization_params: serde_json::Map::new(),
                    behavior: InterruptBehavior::Resume,
                };
                (interrupt, message.as_str())
            }
            PauseReason::Approve { code, binding_message, requested_at, interval_seconds, .. } => {
                let request = AsyncRequest {
                    requested_at: *requested_at,
                    expires_in: self.expires_at.saturating_sub(APPROVAL_GRACE_MS).saturating_sub(*requested_at) / 1000,
                    interval: *interval_seconds,
                };
                let interrupt = Interrupt::AsyncPending {
                    request,
                    approval_code: code.clone(),
                    binding_message: binding_message.clone(),
                };
                (interrupt, "An authorization request was sent to your mobile device.")
            }
            PauseReason::SignIn => (Interrupt::SignIn, "Your session has ended. Please sign in again."),
            PauseReason::Outcome { can_check } => (Interrupt::OutcomeUnknown { can_check: *can_check }, UNKNOWN),
        })
    }

    /// What it asks for outside the chat, as it is told when the user did not want it.
    pub fn asked(&self) -> Option<CallAsked> {
        let connection = match &self.reason {
            PauseReason::Connect { connection, .. } => Some(connection.clone()),
            PauseReason::Confirm | PauseReason::Approve { .. } | PauseReason::SignIn | PauseReason::Outcome { .. } => {
                None
            }
        };
        let code = self.interrupt()?.0.code().to_owned();
        Some(CallAsked { code, connection })
    }

    /// How the call stands, for programs.
    pub fn status(&self, parked: bool) -> CallStatus {
        let wait = |interrupt| CallWait {
            interrupt_id: self.id.clone(),
            since: self.since,
            expires_at: self.expires_at,
            parked,
            interrupt,
        };
        match self.interrupt() {
            Some((interrupt, message)) => {
                let message = self.said(message);
                let object = interrupt.object(&message, &self.id);
                CallStatus::waiting(interrupt.code(), message, wait(Some(object)))
            }
            None => {
                let message = self.said("This waits for your yes or no.");
                CallStatus::waiting("DEPUTY_CONFIRMATION", message, wait(None))
            }
        }
    }

    /// The sentence on the card: that the same was done before comes first.
    pub fn said(&self, message: &str) -> String {
        self.again.as_ref().map_or_else(|| message.to_owned(), |again| format!("{again} {message}"))
    }
}
