use deputy_error::{Explained, Explanation};
use deputy_http::TransportError;

/// Why a tool gave no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ToolError {
    /// The provider refused the token: it is dropped, exchanged once more, and then the user is asked to connect.
    #[error("{message}")]
    Unauthorized {
        /// Connection whose token was refused.
        connection: String,
        /// What the card says.
        message: String,
    },
    /// An answer the model should read as it stands; the requirement fixes the words.
    #[error("{0}")]
    Answer(String),
    /// The provider or API answered, and not with what was asked for.
    #[error("{message}")]
    Refused {
        /// Stable code, such as `provider_rate_limited`.
        code: &'static str,
        /// What the user and the model read.
        message: String,
    },
    /// The request was sent and its answer was lost: nobody knows whether the effect happened, so the user is asked.
    #[error("{0}")]
    OutcomeUnknown(String),
    /// The provider or API could not be reached.
    #[error("{0}")]
    Transport(#[from] TransportError),
}

impl Explained for ToolError {
    fn explanation(&self) -> Explanation<'_> {
        let said = |code, fix| Explanation::new(code, self.to_string(), fix);
        match self {
            Self::Unauthorized { .. } => {
                said("provider_needs_connection", "Nothing: the user connects the account, and the call goes on.")
            }
            Self::Answer(_) => said("tool_failed", "Nothing: the model reads the sentence."),
            // Codes of the providers have rows of their own.
            Self::Refused { code, .. } => said(code, "What the provider's sentence says."),
            Self::OutcomeUnknown(_) => said(
                "outcome_unknown",
                "Look at the provider whether it happened; the user is asked what becomes of the call.",
            ),
            Self::Transport(TransportError::TimedOut { .. }) => {
                said("provider_slow", "Look at the provider's status page, and at the base URL's setting.").later()
            }
            Self::Transport(TransportError::TooLarge { .. }) => {
                said("provider_too_large", "Ask the provider for less: a smaller page, fewer fields.")
            }
            Self::Transport(_) => {
                said("provider_down", "Look at the provider's status page, and at the base URL's setting.").later()
            }
        }
    }
}
