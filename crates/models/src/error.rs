use deputy_http::TransportError;

use crate::ProviderCode;

/// Why a model gave no answer, or not all of it. Holds neither the key nor the provider's own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    Overloaded,
    /// The provider failed.
    #[error("the provider failed ({status})")]
    Down {
        /// HTTP status; 500 for a failure reported within an answer.
        status: u16,
    },
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
    /// The user or the caller stopped it.
    #[error("stopped")]
    Aborted,
}

impl ModelError {
    /// A stable name for logs, ledger and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized => "model_unauthorized",
            Self::Forbidden => "model_forbidden",
            Self::NotFound(_) => "model_not_found",
            Self::RateLimited { .. } => "model_rate_limited",
            Self::QuotaExhausted => "model_quota_exhausted",
            Self::ContextTooLong => "model_context_too_long",
            Self::ContentFiltered => "model_content_filtered",
            Self::Overloaded => "model_overloaded",
            Self::Down { .. } => "model_down",
            Self::Malformed => "model_malformed",
            Self::ArgumentsTooLarge { .. } => "model_arguments_too_large",
            Self::EndedEarly => "model_ended_early",
            Self::Unreachable => "model_unreachable",
            Self::TimedOut => "model_timed_out",
            Self::Rejected { .. } => "model_rejected",
            Self::Aborted => "model_aborted",
        }
    }

    /// What to tell the user: what happened and what can be done.
    pub fn user_message(&self) -> &'static str {
        match self {
            Self::Unauthorized | Self::Forbidden | Self::NotFound(_) | Self::QuotaExhausted | Self::Rejected { .. } => {
                "The language model is not set up correctly. Please tell whoever runs this agent."
            }
            Self::RateLimited { .. } => "The language model gets too many requests. Please try again in a minute.",
            Self::ContextTooLong => "This chat has become too long for the language model. Please start a new chat.",
            Self::ContentFiltered => {
                "The language model's provider does not allow an answer to this. Please put it differently."
            }
            Self::Overloaded | Self::Down { .. } => "The language model is not available now. Please try again later.",
            Self::Malformed => "The language model gave an answer that cannot be read. Please try again.",
            Self::ArgumentsTooLarge { .. } => {
                "The language model gave a tool more input than is allowed. Please ask for less at once."
            }
            Self::EndedEarly => "The language model's answer broke off. Please try again.",
            Self::Unreachable => "The language model cannot be reached. Please try again later.",
            Self::TimedOut => "The language model did not answer in time. Please try again.",
            Self::Aborted => "Stopped.",
        }
    }

    /// What a developer or operator can do about it.
    pub fn developer_fix(&self) -> String {
        match self {
            Self::Unauthorized => "Set OPENAI_API_KEY to a valid key of the provider at OPENAI_BASE_URL.".into(),
            Self::Forbidden => {
                "Allow the key in OPENAI_API_KEY to use the model in MODEL, or choose another model.".into()
            }
            Self::NotFound(model) => format!(
                "Check that MODEL ({model}) is a model of the provider, and that OPENAI_BASE_URL ends with the API's version, such as /v1, and has the API that MODEL_API names."
            ),
            Self::RateLimited { .. } => {
                "Raise the rate limit at the provider, or lower the limits per user and day.".into()
            }
            Self::QuotaExhausted => "Add credit or raise the budget of the account behind OPENAI_API_KEY.".into(),
            Self::ContextTooLong => {
                "Choose a model with a larger context in MODEL, or let tools answer with less text.".into()
            }
            Self::ContentFiltered => "Look at the content filter's settings at the provider.".into(),
            Self::Overloaded => "Wait, or choose another model in MODEL.".into(),
            Self::Down { status } => format!("Look at the provider's status page; it answered with {status}."),
            Self::Malformed => {
                "Check that OPENAI_BASE_URL is an OpenAI-compatible API and not a page or a proxy in front of it."
                    .into()
            }
            Self::ArgumentsTooLarge { limit } => format!(
                "The arguments of one tool call may have {limit} bytes: let the tool take references instead of contents, or choose another model in MODEL."
            ),
            Self::EndedEarly => {
                "Look for a proxy between the agent and OPENAI_BASE_URL that closes long connections.".into()
            }
            Self::Unreachable => "Check the host and port of OPENAI_BASE_URL, and that its server runs.".into(),
            Self::TimedOut => "Check that the server at OPENAI_BASE_URL answers, or choose a faster model.".into(),
            Self::Rejected { status, reason: Some(reason) } => format!(
                "The provider refuses the request with {status} and the code {reason}; check MODEL and the provider's documentation of that code."
            ),
            Self::Rejected { status, reason: None } => {
                format!("The provider refuses the request with {status}; check MODEL and OPENAI_BASE_URL.")
            }
            Self::Aborted => "Nothing: the caller stopped the request.".into(),
        }
    }

    /// Whether the same request may succeed when sent again. A model call has no effect of its own, so
    /// it may always be repeated; not before [`ModelError::RateLimited`]'s time.
    pub fn retry(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Overloaded
            | Self::Down { .. }
            | Self::EndedEarly
            | Self::Unreachable
            | Self::TimedOut => true,
            Self::Unauthorized
            | Self::Forbidden
            | Self::NotFound(_)
            | Self::QuotaExhausted
            | Self::ContextTooLong
            | Self::ContentFiltered
            | Self::Malformed
            | Self::ArgumentsTooLarge { .. }
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

    use super::*;

    /// The variant after this one; without a wildcard, so that a new one cannot be forgotten.
    fn next(error: &ModelError) -> Option<ModelError> {
        Some(match error {
            ModelError::Unauthorized => ModelError::Forbidden,
            ModelError::Forbidden => ModelError::NotFound("gpt-0".into()),
            ModelError::NotFound(_) => ModelError::RateLimited { retry_at: None },
            ModelError::RateLimited { .. } => ModelError::QuotaExhausted,
            ModelError::QuotaExhausted => ModelError::ContextTooLong,
            ModelError::ContextTooLong => ModelError::ContentFiltered,
            ModelError::ContentFiltered => ModelError::Overloaded,
            ModelError::Overloaded => ModelError::Down { status: 502 },
            ModelError::Down { .. } => ModelError::Malformed,
            ModelError::Malformed => ModelError::ArgumentsTooLarge { limit: 1 },
            ModelError::ArgumentsTooLarge { .. } => ModelError::EndedEarly,
            ModelError::EndedEarly => ModelError::Unreachable,
            ModelError::Unreachable => ModelError::TimedOut,
            ModelError::TimedOut => ModelError::Rejected { status: 418, reason: None },
            ModelError::Rejected { .. } => ModelError::Aborted,
            ModelError::Aborted => return None,
        })
    }

    #[test]
    fn every_variant_has_a_code_a_sentence_and_a_fix() {
        let all: Vec<_> = std::iter::successors(Some(ModelError::Unauthorized), next).collect();
        assert_eq!(all.len(), 16);
        let codes: HashSet<_> = all.iter().map(ModelError::code).collect();
        assert_eq!(codes.len(), all.len(), "codes are unique");
        for error in &all {
            let code = error.code();
            assert!(code.starts_with("model_") && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
            assert!(error.user_message().ends_with('.') && !error.user_message().contains('_'), "{code}");
            assert!(error.developer_fix().ends_with('.') && error.developer_fix().len() > 20, "{code}");
            assert!(!error.to_string().is_empty(), "{code}");
        }
        assert_eq!(all.iter().filter(|error| error.retry()).count(), 6);
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
