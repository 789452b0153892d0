//! Requests that wait for a user on another device: backchannel authentication (CIBA) and the device grant.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far such a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Nobody has answered.
    Pending,
    /// The user put it away without an answer: it stays open until it expires.
    Ignored,
    /// The user agreed; the tokens wait to be fetched.
    Approved,
    /// The user refused.
    Denied,
    /// The tokens were fetched.
    Used,
}

/// What a user, or a test in the user's place, answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalDecision {
    /// Yes.
    Approve,
    /// No.
    Deny,
    /// No answer.
    Ignore,
}

/// How the user hears of a backchannel request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalChannel {
    /// The Guardian application on a phone.
    GuardianPush,
    /// A message to the verified address.
    Email,
}

/// When a client last asked, and how long it has to wait (CIBA 7.3, RFC 8628 3.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Polling {
    /// Seconds between two requests.
    pub interval: u64,
    /// The last request, in milliseconds since the epoch.
    pub last: Option<u64>,
}

/// A backchannel authentication request.
#[derive(Debug, Clone, Serialize)]
pub struct ApprovalRequest {
    /// The id that the phone and the control API use.
    pub id: String,
    /// The id that the client polls with.
    pub auth_req_id: String,
    /// The application.
    pub client_id: String,
    /// The user asked.
    pub user_id: String,
    /// The API asked for.
    pub audience: Option<String>,
    /// Scopes asked for.
    pub scope: Vec<String>,
    /// What the user must see on both devices.
    pub binding_message: String,
    /// Rich authorization details (RFC 9396).
    pub authorization_details: Vec<Value>,
    /// How the user hears of it.
    pub channel: ApprovalChannel,
    /// When it came, in milliseconds since the epoch.
    pub created_at: u64,
    /// When it ends, in milliseconds since the epoch.
    pub expires_at: u64,
    /// How far it got.
    pub state: ApprovalState,
    /// When the client polled.
    pub polling: Polling,
}

/// A device authorization request.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceRequest {
    /// The code that the device polls with.
    pub device_code: String,
    /// The code that the user types, `ABCD-EFGH`.
    pub user_code: String,
    /// The application.
    pub client_id: String,
    /// The API asked for.
    pub audience: Option<String>,
    /// Scopes asked for.
    pub scope: Vec<String>,
    /// When it ends, in milliseconds since the epoch.
    pub expires_at: u64,
    /// How far it got.
    pub state: ApprovalState,
    /// The user who answered.
    pub user_id: Option<String>,
    /// The session of that user.
    pub sid: Option<String>,
    /// When the device polled.
    pub polling: Polling,
}

/// Both kinds.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    pub(crate) backchannel: Vec<ApprovalRequest>,
    pub(crate) devices: Vec<DeviceRequest>,
}

impl Polling {
    pub(crate) fn every(interval: u64) -> Self {
        Self { interval, last: None }
    }

    /// Counts a poll. Polling too early adds five seconds to the interval.
    ///
    /// # Errors
    /// The seconds that the client has to wait from now.
    pub(crate) fn poll(&mut self, now: u64) -> Result<(), u64> {
        let interval_ms = self.interval.saturating_mul(1000);
        let early = self.last.is_some_and(|last| now.saturating_sub(last) < interval_ms);
        self.last = Some(now);
        if early {
            self.interval = self.interval.saturating_add(5);
            return Err(self.interval);
        }
        Ok(())
    }
}

impl ApprovalDecision {
    pub(super) fn state(self) -> ApprovalState {
        match self {
            Self::Approve => ApprovalState::Approved,
            Self::Deny => ApprovalState::Denied,
            Self::Ignore => ApprovalState::Ignored,
        }
    }
}

/// People type codes in small letters and without the dash (RFC 8628 6.1).
pub(crate) fn same_code(code: &str, typed: &str) -> bool {
    let letters = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect::<String>()
    };
    letters(code) == letters(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polling_early_costs_five_seconds_more() {
        let mut polling = Polling::every(5);
        assert_eq!(polling.poll(1_000), Ok(()));
        assert_eq!(polling.poll(5_999), Err(10));
        assert_eq!(polling.poll(15_998), Err(15));
        assert_eq!(polling.poll(30_998), Ok(()));
    }

    #[test]
    fn user_codes_are_compared_as_people_type_them() {
        assert!(same_code("BCDF-GHJK", " bcdfghjk"));
        assert!(!same_code("BCDF-GHJK", "BCDF-GHJL"));
    }
}
