use deputy_error::{Explained, Explanation};
use deputy_http::Secret;
use strum::EnumIter;

use crate::jwt::signature::JwtError;

/// The bearer token of a request (UA-15, UA-16): `x-api-key` wins over `Authorization`, a leading `Bearer ` is
/// stripped from either (RFC 6750, 2.1; the scheme's case does not matter). An empty header counts as absent.
pub fn bearer_token(x_api_key: Option<&str>, authorization: Option<&str>) -> Result<Secret, BearerError> {
    let present =
        |header: Option<&'_ str>| header.map(str::trim).filter(|header| !header.is_empty()).map(str::to_owned);
    let header = present(x_api_key).or_else(|| present(authorization)).ok_or(BearerError::Missing)?;
    let token = match header.split_at_checked("bearer".len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") && (rest.is_empty() || rest.starts_with(' ')) => {
            rest.trim_start()
        }
        _ => header.as_str(),
    };
    if token.is_empty() { Err(BearerError::Malformed) } else { Ok(Secret::new(token)) }
}

/// Why a request without a session is not let in; always status 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum BearerError {
    /// Neither header.
    #[error("Invalid auth header provided.")]
    Missing,
    /// A header without a token.
    #[error("Authorization header format must be of the form: Bearer <token>")]
    Malformed,
    /// The token was not accepted; why is for the log only.
    #[error("Invalid Authorization token provided.")]
    Rejected,
    /// A good token of a client that is not allowed (S-28).
    #[error("Invalid Authorization token provided.")]
    ClientNotAllowed,
}

const SEND_TOKEN: &str = "Send `Authorization: Bearer <access token>` or `x-api-key: <access token>`.";
const REJECTED: &str = "Invalid Authorization token provided.";

impl Explained for BearerError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Missing => Explanation::new("bearer_missing", "Invalid auth header provided.", SEND_TOKEN),
            Self::Malformed => Explanation::new(
                "bearer_malformed",
                "Authorization header format must be of the form: Bearer <token>",
                SEND_TOKEN,
            ),
            Self::Rejected => Explanation::new(
                "bearer_rejected",
                REJECTED,
                "Send an access token of the API in AUTH0_AUDIENCE that has not expired.",
            ),
            Self::ClientNotAllowed => Explanation::new(
                "bearer_client_not_allowed",
                REJECTED,
                "Add the client that the token was issued to, its `azp`, to AUTH0_ALLOWED_CLIENTS.",
            ),
        }
    }
}

impl From<JwtError> for BearerError {
    fn from(error: JwtError) -> Self {
        if error == JwtError::ClientMismatch { Self::ClientNotAllowed } else { Self::Rejected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(x_api_key: Option<&str>, authorization: Option<&str>) -> Result<String, String> {
        bearer_token(x_api_key, authorization)
            .map(|token| token.expose().to_owned())
            .map_err(|error| error.user_message().into_owned())
    }

    #[test]
    fn ua_15_three_requests_three_texts() {
        assert_eq!(token(None, None), Err("Invalid auth header provided.".into()));
        assert_eq!(token(Some(""), Some(" ")), Err("Invalid auth header provided.".into()));
        for empty in ["Bearer", "Bearer  ", "bearer "] {
            let expected = "Authorization header format must be of the form: Bearer <token>";
            assert_eq!(token(None, Some(empty)), Err(expected.into()));
        }
        assert_eq!(BearerError::Rejected.to_string(), "Invalid Authorization token provided.");
    }

    #[test]
    fn ua_16_x_api_key_wins_and_bearer_is_stripped() {
        assert_eq!(token(Some("good"), Some("Bearer bad")), Ok("good".into()));
        assert_eq!(token(Some("Bearer good"), None), Ok("good".into()));
        assert_eq!(token(Some(""), Some("Bearer good")), Ok("good".into()));
        assert_eq!(token(None, Some("BEARER good")), Ok("good".into()));
        assert_eq!(token(None, Some("bearergood")), Ok("bearergood".into()));
    }
}
