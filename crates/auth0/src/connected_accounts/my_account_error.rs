use deputy_error::{Explained, Explanation};
use deputy_http::{ReadResponse, Response, TransportError};
use serde::Deserialize;
use strum::EnumIter;

use crate::encoding::printable;
use crate::oauth::error_response::retry_at;
use crate::words::{CHECK_TENANT, TENANT_DOWN, rate_limited, tenant_down};

/// Why the My Account API did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum MyAccountError {
    /// Refused by us before any call: a name too long or empty, too many scopes.
    #[error("the connection or its scopes are out of bounds")]
    InvalidInput,
    /// 400: the API refuses the request, or the flow has expired or was completed before.
    #[error("the request was refused: {detail}")]
    BadRequest {
        /// The API's explanation, made printable, at most 300 characters.
        detail: String,
    },
    /// 400 or 410 that names an expired or unknown flow.
    #[error("the flow has expired")]
    Expired,
    /// 401: the token is not good for the API.
    #[error("the My Account token was not accepted")]
    Unauthorized,
    /// 403: a scope is missing, or the flow is not this user's.
    #[error("the My Account token lacks a scope")]
    Forbidden,
    /// 404: no such connection or account.
    #[error("there is no such connection or account")]
    NotFound,
    /// 409: the account is connected already, or to another user.
    #[error("the account is connected already")]
    Conflict,
    /// 429
    #[error("the tenant limits requests")]
    RateLimited {
        /// When to try again, milliseconds since the epoch.
        retry_at: u64,
    },
    /// 5xx or no answer.
    #[error("the tenant cannot be reached")]
    Down {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// Any other status.
    #[error("the tenant answered with status {status}")]
    Unexpected {
        /// HTTP status.
        status: u16,
    },
    /// A success without what the API promises.
    #[error("the answer of the My Account API is malformed")]
    Malformed,
}

const NO_SUCH_ACCOUNT: &str = "There is no such account to connect.";
const CANNOT_CONNECT: &str = "This account cannot be connected. The operator of this app may have to change a setting.";
const READ_DETAIL: &str =
    "Read the detail; check the callback URL of the application and the scopes of the connection.";

impl MyAccountError {
    pub(crate) fn from_response(response: &Response, now_ms: u64) -> Self {
        let problem: Problem = response.json().unwrap_or_default();
        let detail = printable(&problem.detail.or(problem.title).unwrap_or_default(), 300);
        let says = |phrase: &str| detail.to_ascii_lowercase().contains(phrase);
        match response.status().as_u16() {
            410 => Self::Expired,
            400 if says("expired") => Self::Expired,
            400 | 415 | 422 => Self::BadRequest { detail },
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 => Self::RateLimited { retry_at: retry_at(response, now_ms) },
            500.. => Self::Down { status: Some(response.status().as_u16()) },
            status => Self::Unexpected { status },
        }
    }
}

impl Explained for MyAccountError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::InvalidInput => Explanation::new(
                "connect_invalid_input",
                NO_SUCH_ACCOUNT,
                "Use the connection's name, at most 128 characters, and at most 100 scopes.",
            ),
            Self::BadRequest { .. } => Explanation::new("connect_bad_request", CANNOT_CONNECT, READ_DETAIL),
            Self::Expired => Explanation::new(
                "connect_expired",
                "That took too long. Please connect your account again.",
                "None: the flow has a lifetime of a few minutes and can be completed once.",
            ),
            Self::Unauthorized => Explanation::new(
                "connect_unauthorized",
                "Please log in again to manage your connected accounts.",
                "Use the same domain (custom or canonical) for the token, its audience and the API.",
            ),
            Self::Forbidden => Explanation::new(
                "connect_forbidden",
                CANNOT_CONNECT,
                "Activate the My Account API, grant the application its connected-accounts scopes, and name both in the multi-resource refresh token policy.",
            ),
            Self::NotFound => Explanation::new(
                "connect_not_found",
                NO_SUCH_ACCOUNT,
                "Create the connection, switch on Connected Accounts for Token Vault under Purpose, and enable it for the application.",
            ),
            Self::Conflict => Explanation::new(
                "connect_conflict",
                "This account is connected already.",
                "None: delete the existing connected account first.",
            ),
            Self::RateLimited { retry_at } => rate_limited(*retry_at, "Wait until the time given."),
            Self::Down { .. } => tenant_down(),
            Self::Unexpected { .. } => Explanation::new("connect_unexpected_status", CANNOT_CONNECT, READ_DETAIL),
            Self::Malformed => Explanation::new("connect_malformed", TENANT_DOWN, CHECK_TENANT).later(),
        }
    }
}

impl From<TransportError> for MyAccountError {
    fn from(_: TransportError) -> Self {
        Self::Down { status: None }
    }
}

#[derive(Deserialize, Default)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}
