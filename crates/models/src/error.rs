use deputy_error::{Explained, Explanation};
use deputy_http::TransportError;
use strum::EnumIter;

use crate::ProviderCode;

/// Why a model gave no answer, or not all of it. Holds neither the key nor the provider's own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum ModelError {
    /// The provider does not know the key.
    #[error("the provider does not know the key")]
    Unauthorized,
    /// The key may not do this.
    #[error("the key is not allowed to use this model or method")]
    Forbidden,
    /// There is no such model, or no such address.
    #[error("the provider has no model {0:?}")]
    NotFound(
        /// The model as configured.
        String,
    ),
    /// Too many requests or tokens in a short time.
    #[error("too many requests")]
    RateLimited {
        /// When the provider allows the next request, in milliseconds since the epoch.
        retry_at: Option<u64>,
    },
    /// The account behind the key has no credit left.
    #[error("the account has no credit left")]
    QuotaExhausted,
    /// The conversation is longer than the model can read.
    #[error("the conversation is longer than the model can read")]
    ContextTooLong,
    /// The provider's filter refused the conversation.
    #[error("the provider's content filter refused the conversation")]
    ContentFiltered,
    /// The provider has more work than it can do.
    #[error("the provider is overloaded")]
    Overloaded {
        /// When the provider wants to be asked again, in milliseconds since the epoch.
        retry_at: Option<u64>,
    },
    /// The provider failed.
    #[error("the provider failed ({status})")]
    Down {
        /// HTTP status; 500 for a failure reported within an answer.
        status: u16,
    },
    /// The model calls no tools at its provider.
    #[error("the model {0:?} calls no tools")]
    NoTools(
        /// The model as configured.
        String,
    ),
    /// The model wrote a call that the provider itself could not read. Chance: the same request may be answered well.
    #[error("the model wrote a call that cannot be read")]
    CallSlip,
    /// What came back is no answer of a model.
    #[error("the answer cannot be read")]
    Malformed,
    /// The model called a tool with more input than is kept.
    #[error("the arguments of a tool call are larger than {limit} bytes")]
    ArgumentsTooLarge {
        /// Limit in bytes.
        limit: usize,
    },
    /// The connection closed before the answer was complete.
    #[error("the answer broke off")]
    EndedEarly,
    /// The provider could not be reached.
    #[error("the provider cannot be reached")]
    Unreachable,
    /// No answer, or no more of it, in time.
    #[error("the provider did not answer in time")]
    TimedOut,
    /// The provider refused the request for a reason of its own.
    #[error("the provider refused the request ({status})")]
    Rejected {
        /// HTTP status; 400 for a refusal reported within an answer.
        status: u16,
        /// The provider's own code.
        reason: Option<ProviderCode>,
    },
    /// The model is asked by a binding that the Worker does not have.
    #[error("the binding of the model is not declared")]
    NotBound,
    /// The user or the caller stopped it.
    #[error("stopped")]
    Aborted,
}

const NOT_SET_UP: &str = "The language model is not set up correctly. Please tell whoever runs this agent.";
const NO_CREDIT: &str =
    "The language model's provider has no credit left for this agent. Please tell whoever runs this agent.";
const REFUSED: &str =
    "The language model's provider refused to answer this. Please ask again in other words, or in a new chat.";
const NOT_AVAILABLE: &str = "The language model is not available now. Please try again later.";

impl Explained for ModelError {
    /// A model call has no effect of its own, so it may always be repeated; not before [`ModelError::RateLimited`]'s time.
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Unauthorized => Explanation::new(
                "model_unauthorized",
                NOT_SET_UP,
                "Set OPENAI_API_KEY (with its own API ANTHROPIC_API_KEY or GEMINI_API_KEY) to a valid key of the provider at OPENAI_BASE_URL.",
            ),
            Self::Forbidden => Explanation::new(
                "model_forbidden",
                NOT_SET_UP,
                "Allow the key (OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY) to use the model in MODEL, or choose another model.",
            ),
            Self::NotFound(model) => Explanation::new(
                "model_not_found",
                NOT_SET_UP,
                format!(
                    "Check that MODEL ({model}) is a model of the provider, and that OPENAI_BASE_URL ends with the API's version, such as /v1, and has the API that MODEL_API names."
                ),
            ),
            Self::RateLimited { retry_at } => {
                let limited = Explanation::new(
                    "model_rate_limited",
                    "The language model gets too many requests. Please try again in a minute.",
                    "Raise the rate limit at the provider, or lower the limits per user and day.",
                );
                match retry_at {
                    Some(at) => limited.not_before(*at),
                    None => limited.later(),
                }
            }
            Self::QuotaExhausted => Explanation::new(
                "model_quota_exhausted",
                NO_CREDIT,
                "Add credit or raise the budget of the account behind the model's key.",
            ),
            Self::ContextTooLong => Explanation::new(
                "model_context_too_long",
                "This chat has become too long for the language model. Please start a new chat.",
                "Choose a model with a larger context in MODEL, or let tools answer with less text.",
            ),
            Self::ContentFiltered => Explanation::new(
                "model_content_filtered",
                "The language model's provider does not allow an answer to this. Please put it differently.",
                "Look at the content filter's settings at the provider.",
            ),
            Self::Overloaded { retry_at } => {
                let busy =
                    Explanation::new("model_overloaded", NOT_AVAILABLE, "Wait, or choose another model in MODEL.");
                match retry_at {
                    Some(at) => busy.not_before(*at),
                    None => busy.later(),
                }
            }
            Self::Down { status } => Explanation::new(
                "model_down",
                NOT_AVAILABLE,
                format!("Look at the provider's status page; it answered with {status}."),
            )
            .later(),
            Self::NoTools(model) => Explanation::new(
                "model_without_tools",
                NOT_SET_UP,
                format!("MODEL ({model}) cannot call tools at this provider: choose one that can."),
            ),
            Self::CallSlip => Explanation::new(
                "model_call_slip",
                "The language model made a slip while it called a tool. Please ask again.",
                "Choose a model in MODEL that calls tools reliably, if this happens often.",
            )
            .later(),
            Self::Malformed => Explanation::new(
                "model_malformed",
                "The language model gave an answer that cannot be read. Please try again.",
                "Check that OPENAI_BASE_URL is an OpenAI-compatible API and not a page or a proxy in front of it.",
            ),
            Self::ArgumentsTooLarge { limit } => Explanation::new(
                "model_arguments_too_large",
                "The language model gave a tool more input than is allowed. Please ask for less at once.",
                format!(
                    "The arguments of one tool call may have {limit} bytes: let the tool take references instead of contents, or choose another model in MODEL."
                ),
            ),
            Self::EndedEarly => Explanation::new(
                "model_ended_early",
                "The language model's answer broke off. Please try again.",
                "Look for a proxy between the agent and OPENAI_BASE_URL that closes long connections.",
            )
            .later(),
            Self::Unreachable => Explanation::new(
                "model_unreachable",
                "The language model cannot be reached. Please try again later.",
                "Check the host and port of OPENAI_BASE_URL, and that its server runs.",
            )
            .later(),
            Self::TimedOut => Explanation::new(
                "model_timed_out",
                "The language model did not answer in time. Please try again.",
                "Check that the server at OPENAI_BASE_URL answers, or choose a faster model.",
            )
            .later(),
            Self::Rejected { status, reason: Some(reason) } => Explanation::new(
                "model_rejected",
                REFUSED,
                format!(
                    "The provider refuses the request with {status} and the code {reason}; check MODEL and the provider's documentation of that code."
                ),
            ),
            Self::Rejected { status, reason: None } => Explanation::new(
                "model_rejected",
                REFUSED,
                format!(
                    "The provider refuses the request with {status}; check MODEL, and set MODEL_PROFILE to what its server takes."
                ),
            ),
            Self::NotBound => Explanation::new(
                "model_not_bound",
                NOT_SET_UP,
                "Declare the binding AI in wrangler.toml (docs/examples/workers-ai.toml), or set MODEL_API to another API.",
            ),
            Self::Aborted => Explanation::new("model_aborted", "Stopped.", "Nothing: the caller stopped the request."),
        }
    }
}

impl ModelError {
    /// True when the same request may be answered a moment later: it is worth asking again as long as nothing has been shown.
    pub fn is_passing(&self) -> bool {
        match self {
            // What is not implemented is not there a moment later.
            Self::Down { status } => *status != 501,
            Self::RateLimited { .. }
            | Self::Overloaded { .. }
            | Self::EndedEarly
            | Self::Unreachable
            | Self::CallSlip => true,
            Self::Unauthorized
            | Self::Forbidden
            | Self::NotFound(_)
            | Self::NoTools(_)
            | Self::QuotaExhausted
            | Self::ContextTooLong
            | Self::ContentFiltered
            | Self::NotBound
            | Self::Malformed
            | Self::ArgumentsTooLarge { .. }
            | Self::TimedOut
            | Self::Rejected { .. }
            | Self::Aborted => false,
        }
    }
}

impl From<TransportError> for ModelError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Unreachable { .. } => Self::Unreachable,
            TransportError::TimedOut { .. } => Self::TimedOut,
            TransportError::TooLarge { .. } => Self::Malformed,
            TransportError::Aborted => Self::Aborted,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn every_variant_has_a_code_a_sentence_and_a_fix() {
        let all: Vec<_> = ModelError::iter().collect();
        let codes: HashSet<_> = all.iter().map(Explained::code).collect();
        assert_eq!(codes.len(), all.len(), "codes are unique");
        for error in &all {
            let code = error.code();
            assert!(code.starts_with("model_") && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
            assert!(error.user_message().ends_with('.') && !error.user_message().contains('_'), "{code}");
            assert!(error.developer_fix().ends_with('.') && error.developer_fix().len() > 20, "{code}");
            assert!(!error.to_string().is_empty(), "{code}");
        }
        assert_eq!(all.iter().filter(|error| error.is_transient()).count(), 7);
        assert!(ModelError::NotFound("gpt-0".into()).developer_fix().contains("gpt-0"));
    }

    #[test]
    fn what_the_transport_says_is_kept() {
        let host = String::from("127.0.0.1");
        assert_eq!(ModelError::from(TransportError::Unreachable { host: host.clone() }), ModelError::Unreachable);
        assert_eq!(ModelError::from(TransportError::TimedOut { host: host.clone() }), ModelError::TimedOut);
        assert_eq!(ModelError::from(TransportError::TooLarge { host, limit: 1 }), ModelError::Malformed);
        assert_eq!(ModelError::from(TransportError::Aborted), ModelError::Aborted);
    }
}
