use deputy_auth0::{IssuerError, PollError, TokenError};
use deputy_error::{Explained, Explanation};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// A setting is missing or is none.
    #[error("{setting} is missing or not valid")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What to set it to.
        fix: &'static str,
    },
    /// The tenant's name is none.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The log-in did not begin, or the tokens cannot be refreshed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The log-in was not confirmed.
    #[error(transparent)]
    NotConfirmed(#[from] PollError),
    /// Deputy cannot be reached, or the connection broke off.
    #[error("Deputy cannot be reached at {url}")]
    Unreachable {
        /// Where it was looked for.
        url: String,
    },
    /// Deputy refused the question.
    #[error("Deputy refused with {status} {code}: {sentence}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Deputy's stable code.
        code: String,
        /// Deputy's sentence.
        sentence: String,
    },
    /// The turn failed; the sentence is Deputy's.
    #[error("the turn failed: {sentence}")]
    Failed {
        /// Deputy's sentence.
        sentence: String,
    },
    /// A call waits for the user, and the input has ended.
    #[error("a call waits at {url}")]
    Waits {
        /// The chat's page.
        url: String,
    },
    /// The system gave no randomness.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl AgentError {
    /// What the program ends with.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Waits { .. }) { 3 } else { 1 }
    }
}

impl Explained for AgentError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Setting { setting, fix } => {
                Explanation::new("agent_setting", format!("The setting {setting} is missing or not valid."), *fix)
            }
            Self::Issuer(error) => error.explanation(),
            Self::Token(error) => error.explanation(),
            Self::NotConfirmed(error) => error.explanation(),
            Self::Unreachable { url } => Explanation::new(
                "agent_unreachable",
                format!("Deputy cannot be reached at {url}."),
                "Start it (npm start), or set DEPUTY_URL.",
            )
            .later(),
            Self::Refused { sentence, code, .. } => {
                Explanation::new("agent_refused", sentence.as_str(), format!("Look up {code} in docs/errors.md."))
            }
            Self::Failed { sentence } => {
                Explanation::new("agent_turn_failed", sentence.as_str(), "Look at the Worker's log.")
            }
            Self::Waits { url } => Explanation::new(
                "agent_waits",
                format!("Deputy waits for your answer: {url}"),
                "Answer there, or run this with a terminal.",
            ),
            Self::NoRandomness => {
                Explanation::new("agent_no_randomness", "The system gives no random numbers.", "Check /dev/urandom.")
            }
        }
    }
}
