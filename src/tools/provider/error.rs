use deputy_error::{Explained, Explanation};
use deputy_http::TransportError;
use strum::EnumIter;

/// Why a provider gave no usable answer, the same for every tool.
#[derive(Debug, Clone, PartialEq, Eq, EnumIter)]
pub enum ProviderProblem {
    /// It refuses the token.
    NeedsConnection,
    /// The token is good, but not for this.
    NotAllowed {
        /// The provider's own sentence; may be empty.
        said: String,
        /// Where the provider says that this can be changed, on a page of its own.
        link: Option<String>,
    },
    /// Nothing is there.
    NotFound,
    /// Too many requests.
    RateLimited {
        /// Until the next one, if the provider said it.
        seconds: Option<u64>,
    },
    /// It refuses the request itself.
    Refused {
        /// HTTP status.
        status: u16,
        /// The provider's own sentence; may be empty.
        said: String,
    },
    /// It failed, or cannot be reached (status 0).
    Down {
        /// HTTP status.
        status: u16,
    },
    /// It did not answer in time.
    Slow,
    /// Its answer is larger than we read.
    TooLarge,
    /// Its answer is not what its documentation says.
    Malformed,
}

impl ProviderProblem {
    /// Stable code, for logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NeedsConnection => "provider_needs_connection",
            Self::NotAllowed { .. } => "provider_not_allowed",
            Self::NotFound => "provider_not_found",
            Self::RateLimited { .. } => "provider_rate_limited",
            Self::Refused { .. } => "provider_refused",
            Self::Down { .. } => "provider_down",
            Self::Slow => "provider_slow",
            Self::TooLarge => "provider_too_large",
            Self::Malformed => "provider_malformed",
        }
    }

    /// The request may have been carried out all the same: its answer was lost, or cannot be read.
    pub fn may_have_happened(&self) -> bool {
        matches!(self, Self::Down { .. } | Self::Slow | Self::TooLarge | Self::Malformed)
    }

    /// What the developer can do about it.
    pub fn developer_fix(&self) -> &'static str {
        match self {
            Self::NeedsConnection => "The user is asked to connect the account again.",
            Self::NotAllowed { .. } => {
                "Compare the tool's scopes with those the connection has and the provider asks for."
            }
            Self::NotFound | Self::Refused { .. } => "Compare the tool's request with the provider's documentation.",
            Self::RateLimited { .. } => "Ask the provider for a higher limit, or use the tool less.",
            Self::Down { .. } | Self::Slow => "Look at the provider's status page and at the base URL in the settings.",
            Self::TooLarge => "Ask the provider for less: a smaller page, fewer fields.",
            Self::Malformed => "Check the base URL in the settings and the version of the provider's API.",
        }
    }

    /// The sentence for the user and the model; `name` is whose problem it is.
    pub fn sentence(&self, name: &str) -> String {
        match self {
            Self::NeedsConnection => format!("{name} asks for your account to be connected again."),
            Self::NotAllowed { said, link: Some(link) } if !said.contains(link) => {
                format!("{name} does not allow this{} See {link}", ending(said))
            }
            Self::NotAllowed { said, .. } => format!("{name} does not allow this{}", ending(said)),
            Self::NotFound => format!("{name} has nothing there (404)."),
            Self::RateLimited { seconds } => {
                let when = match seconds {
                    Some(1) => "in 1 second".to_owned(),
                    Some(seconds) => format!("in {seconds} seconds"),
                    None => "later".to_owned(),
                };
                format!("{name} allows no more requests for now. Please try again {when}.")
            }
            Self::Refused { status, said } => format!("{name} refused the request ({status}){}", ending(said)),
            Self::Down { status: 0 } => format!("{name} cannot be reached now. Please try again later."),
            Self::Down { status } => format!("{name} is not available now ({status}). Please try again later."),
            Self::Slow => format!("{name} did not answer in time. Please try again later."),
            Self::TooLarge => format!("The answer of {name} is too large to be read."),
            Self::Malformed => format!("The answer of {name} could not be read."),
        }
    }
}

impl std::fmt::Display for ProviderProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence(SOMEBODY))
    }
}

impl std::error::Error for ProviderProblem {}

impl Explained for ProviderProblem {
    fn explanation(&self) -> Explanation<'_> {
        let explanation = Explanation::new(self.code(), self.sentence(SOMEBODY), self.developer_fix());
        let passes = matches!(self, Self::RateLimited { .. } | Self::Down { .. } | Self::Slow);
        if passes { explanation.later() } else { explanation }
    }
}

/// Whose problem it is where nobody says.
const SOMEBODY: &str = "The provider";

impl From<TransportError> for ProviderProblem {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::TimedOut { .. } => Self::Slow,
            TransportError::TooLarge { .. } => Self::TooLarge,
            TransportError::Unreachable { .. } | TransportError::Aborted => Self::Down { status: 0 },
        }
    }
}

fn ending(said: &str) -> String {
    if said.is_empty() { ".".to_owned() } else { format!(": {said}") }
}
