use deputy_error::{Explained, Explanation};
use deputy_http::{BuildRequest, ReadResponse, Request, Response, Secret, TransportError};
use serde_json::{Map, Value};
use strum::EnumIter;

use crate::oauth::error_response::retry_at;
use crate::oauth::tenant::Tenant;
use crate::words::{CHECK_TENANT, TENANT_DOWN, rate_limited, tenant_down};

/// OpenID Connect Core 1.0, 5.3.1
pub fn userinfo_request(tenant: &Tenant, access_token: &Secret) -> Request {
    deputy_http::get(&tenant.endpoints.userinfo).header("accept", "application/json").bearer(access_token)
}

/// OpenID Connect Core 1.0, 5.3.2: the claims, whose `sub` has to be that of the session.
pub fn userinfo_response(response: Response, subject: &str, now_ms: u64) -> Result<Map<String, Value>, UserinfoError> {
    match response.status().as_u16() {
        200..300 => {}
        401 | 403 => return Err(UserinfoError::Unauthorized),
        429 => return Err(UserinfoError::RateLimited { retry_at: retry_at(&response, now_ms) }),
        status => return Err(UserinfoError::Down { status: Some(status) }),
    }
    let claims: Map<String, Value> = response.json().map_err(|_| UserinfoError::Malformed)?;
    match claims.get("sub").and_then(Value::as_str) {
        Some(sub) if sub == subject && !sub.is_empty() => Ok(claims),
        Some(_) => Err(UserinfoError::SubjectMismatch),
        None => Err(UserinfoError::Malformed),
    }
}

/// Why there are no claims.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum UserinfoError {
    /// The access token is not accepted: it has ended, or its audience does not include `/userinfo`.
    #[error("the access token was not accepted")]
    Unauthorized,
    /// Too many requests.
    #[error("the tenant limits requests")]
    RateLimited {
        /// When to try again, milliseconds since the epoch.
        retry_at: u64,
    },
    /// The tenant cannot be reached or fails.
    #[error("the tenant cannot be reached")]
    Down {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// Not a JSON object with a `sub`.
    #[error("the answer is malformed")]
    Malformed,
    /// The claims are of another user.
    #[error("the answer is about another user")]
    SubjectMismatch,
}

const NOT_VERIFIED: &str = "I couldn't verify your identity. Please log in again.";

impl Explained for UserinfoError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Unauthorized => Explanation::new(
                "userinfo_unauthorized",
                NOT_VERIFIED,
                "Request `openid` at login, so that the access token is good for /userinfo too.",
            ),
            Self::RateLimited { retry_at } => {
                rate_limited(*retry_at, "Wait until the time given; the ID token has the same claims.")
            }
            Self::Down { .. } => tenant_down(),
            Self::Malformed => Explanation::new("userinfo_malformed", TENANT_DOWN, CHECK_TENANT).later(),
            Self::SubjectMismatch => Explanation::new(
                "userinfo_subject_mismatch",
                NOT_VERIFIED,
                "None: this protects against a substituted token (OpenID Connect Core 1.0, 16.11).",
            ),
        }
    }
}

impl From<TransportError> for UserinfoError {
    fn from(_: TransportError) -> Self {
        Self::Down { status: None }
    }
}
