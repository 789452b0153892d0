use deputy_error::{Explained, Explanation};
use deputy_http::{Response, TransportError, retry_after};

/// Why there are no vectors. Holds neither the key nor the provider's own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::EnumIter)]
pub enum EmbeddingsError {
    /// The provider does not know the key, or the key may not do this.
    #[error("the provider of embeddings does not accept the key")]
    Unauthorized,
    /// There is no such model, or no such address.
    #[error("the provider of embeddings has no such model or address")]
    NotFound,
    /// Too many requests.
    #[error("too many requests for embeddings")]
    RateLimited {
        /// When the provider allows the next request, in milliseconds since the epoch.
        retry_at: Option<u64>,
    },
    /// The account behind the key has no credit left.
    #[error("the account for embeddings has no credit left")]
    QuotaExhausted,
    /// A text is longer than the model reads, or there are too many.
    #[error("the texts are longer than the embeddings model reads")]
    TooLong,
    /// The provider refused the request for a reason of its own.
    #[error("the provider of embeddings refused the request ({status})")]
    Rejected {
        /// HTTP status.
        status: u16,
    },
    /// The provider cannot be reached, fails, or does not answer in time.
    #[error("the provider of embeddings cannot be reached")]
    Down {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// What came back is not one vector for each text.
    #[error("the answer with embeddings cannot be read")]
    Malformed,
    /// Vectors of another length than those that are kept of this model: they cannot be compared.
    #[error("vectors of {got} dimensions, where there were {kept}")]
    OtherDimensions {
        /// How many those have that are kept.
        kept: usize,
        /// How many came.
        got: usize,
    },
}

impl EmbeddingsError {
    /// True if another text, or fewer of them, may be taken by the same server.
    pub fn is_about_texts(&self) -> bool {
        matches!(self, Self::TooLong | Self::Rejected { .. } | Self::Malformed)
    }

    /// What a response with a status other than 2xx means.
    pub(super) fn from_response(response: &Response, now_ms: u64) -> Self {
        match response.status().as_u16() {
            401 | 403 => Self::Unauthorized,
            402 => Self::QuotaExhausted,
            300..=399 | 404 | 405 | 410 => Self::NotFound,
            413 => Self::TooLong,
            // OpenAI's way to say that the money is gone.
            429 if response.body().windows(18).any(|part| part == b"insufficient_quota") => Self::QuotaExhausted,
            429 => Self::RateLimited { retry_at: retry_after(response, now_ms) },
            status @ (408 | 500..) => Self::Down { status: Some(status) },
            status => Self::Rejected { status },
        }
    }
}

impl From<TransportError> for EmbeddingsError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::TooLarge { .. } => Self::Malformed,
            TransportError::Unreachable { .. } | TransportError::TimedOut { .. } | TransportError::Aborted => {
                Self::Down { status: None }
            }
        }
    }
}

impl Explained for EmbeddingsError {
    /// A question is answered by its words meanwhile, so the user reads what that means for him.
    fn explanation(&self) -> Explanation<'_> {
        const BY_WORDS: &str = "Documents were searched by their words alone.";
        match self {
            Self::Unauthorized => Explanation::new(
                "embeddings_unauthorized",
                BY_WORDS,
                "Give a valid key of the provider, one that may use the model.",
            ),
            Self::NotFound => Explanation::new(
                "embeddings_not_found",
                BY_WORDS,
                "Check that the model is one of the provider's, and that the base URL ends with the API's version, such as /v1.",
            ),
            Self::RateLimited { retry_at } => {
                let limited = Explanation::new(
                    "embeddings_rate_limited",
                    BY_WORDS,
                    "Raise the rate limit at the provider of embeddings.",
                );
                match retry_at {
                    Some(at) => limited.not_before(*at),
                    None => limited.later(),
                }
            }
            Self::QuotaExhausted => Explanation::new(
                "embeddings_quota_exhausted",
                BY_WORDS,
                "Add credit or raise the budget of the account behind the key.",
            ),
            Self::TooLong => Explanation::new(
                "embeddings_too_long",
                BY_WORDS,
                "Choose a model that reads passages of 1,200 characters, 32 of them at once.",
            ),
            Self::Rejected { status } => Explanation::new(
                "embeddings_rejected",
                BY_WORDS,
                format!(
                    "The provider refuses the request with {status}; check the model and the provider's documentation."
                ),
            ),
            Self::Down { .. } => Explanation::new(
                "embeddings_down",
                BY_WORDS,
                "Check the host of the base URL and the provider's status page.",
            )
            .later(),
            Self::Malformed => Explanation::new(
                "embeddings_malformed",
                BY_WORDS,
                "Check that the base URL is an OpenAI-compatible API with /embeddings, and not a page or a proxy in front of it.",
            ),
            Self::OtherDimensions { .. } => Explanation::new(
                "embeddings_other_dimensions",
                BY_WORDS,
                "The server answers with another model than it did: give EMBEDDINGS_MODEL its name, and all vectors are made anew.",
            ),
        }
    }
}
