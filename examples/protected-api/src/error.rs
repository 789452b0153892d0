use deputy_auth0::{JwksError, JwtError};
use deputy_error::{Explained, Explanation};

/// Why nobody is answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No such address.
    #[error("there is nothing here")]
    NotFound,
    /// No bearer token.
    #[error("no access token")]
    Missing,
    /// A token that is not accepted.
    #[error(transparent)]
    Rejected(#[from] JwtError),
    /// A good token without the scope.
    #[error("the token lacks the scope {0}")]
    InsufficientScope(&'static str),
    /// The tenant's keys cannot be had: nothing is known of the token.
    #[error(transparent)]
    Keys(#[from] JwksError),
    /// A setting is missing or not valid.
    #[error("the setting {0} is missing or not valid")]
    Setting(&'static str),
}

impl ApiError {
    /// HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Missing | Self::Rejected(_) => 401,
            Self::InsufficientScope(_) => 403,
            Self::Keys(_) | Self::Setting(_) => 503,
        }
    }

    /// `WWW-Authenticate` (RFC 6750, 3); no error where no token was sent.
    pub fn challenge(&self) -> Option<String> {
        match self {
            Self::Missing => Some("Bearer realm=\"api\"".to_owned()),
            Self::Rejected(_) => Some("Bearer realm=\"api\", error=\"invalid_token\"".to_owned()),
            Self::InsufficientScope(scope) => {
                Some(format!("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"{scope}\""))
            }
            Self::NotFound | Self::Keys(_) | Self::Setting(_) => None,
        }
    }
}

impl Explained for ApiError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::NotFound => {
                Explanation::new("route_unknown", "There is nothing here.", "Ask for /api/private-scope.")
            }
            Self::Missing => {
                Explanation::new("token_missing", "An access token is needed.", "Send `Authorization: Bearer <token>`.")
            }
            Self::Rejected(error) => error.explanation(),
            Self::InsufficientScope(_) => Explanation::new(
                "insufficient_scope",
                "The access token does not allow this.",
                "Ask the tenant for the scope in the challenge, and give the user the permission.",
            ),
            Self::Keys(error) => error.explanation(),
            Self::Setting(name) => Explanation::new(
                "setting_invalid",
                format!("This API is not set up: {name}."),
                "Set it in wrangler.toml or with `wrangler secret put`; the README lists all settings.",
            ),
        }
    }
}
