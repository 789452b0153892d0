use deputy_error::{Explained, Explanation};
use deputy_http::{Response, TransportError};
use strum::EnumIter;

use crate::oauth::error_response::{OAuthError, retry_at};
use crate::oauth::misconfiguration::Misconfiguration;
use crate::words::{CHECK_TENANT, NOT_SET_UP, TENANT_DOWN, rate_limited, tenant_down};

/// Why the tenant did not take a pushed authorization request. None of them is a reason to log in without pushing: an
/// outage would then turn the protection off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum ParError {
    /// The tenant names no endpoint for it, or there is none where it should be (404, 405).
    #[error("the tenant takes no pushed authorization requests")]
    NotSupported {
        /// HTTP status, if it was asked.
        status: Option<u16>,
    },
    /// The callback is not registered for the client.
    #[error("the tenant does not know the callback")]
    RedirectUri,
    /// `invalid_scope`
    #[error("the tenant does not give the scopes")]
    Scope,
    /// 413: the request is larger than the tenant takes.
    #[error("the request is too large for the tenant")]
    TooLarge,
    /// Refused as a request at the authorization endpoint would be, for a reason not known here.
    #[error("the tenant refused the request with {error}: {description}")]
    Refused {
        /// The tenant's error code, made printable.
        error: String,
        /// The tenant's words, made printable: for a developer.
        description: String,
    },
    /// Too many requests.
    #[error("the tenant limits requests")]
    RateLimited {
        /// When to try again, milliseconds since the epoch.
        retry_at: u64,
    },
    /// The tenant cannot be reached or fails. Nobody saw anything of this login, it may be pushed again.
    #[error("the tenant cannot be reached")]
    TenantDown {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// A setting is wrong.
    #[error(transparent)]
    #[strum(disabled)]
    Misconfigured(Misconfiguration),
    /// A success that is not the one of RFC 9126, 2.2.
    #[error("the pushed authorization response has no usable {field}")]
    Malformed {
        /// What is missing or wrong.
        field: &'static str,
    },
}

const NOT_STARTED: &str = "The login could not be started. Please start again from the app's first page.";

impl ParError {
    /// RFC 9126, 2.3; RFC 6749, 4.1.2.1 and 5.2.
    pub(crate) fn from_response(response: &Response, now_ms: u64) -> Self {
        let error = OAuthError::from_response(response);
        match (response.status().as_u16(), error.error.as_str()) {
            (429, _) | (_, "too_many_requests" | "slow_down") => {
                Self::RateLimited { retry_at: retry_at(response, now_ms) }
            }
            (500.., _) | (_, "server_error" | "temporarily_unavailable") => {
                Self::TenantDown { status: Some(response.status().as_u16()) }
            }
            (413, _) => Self::TooLarge,
            (404 | 405, "unknown") => Self::NotSupported { status: Some(response.status().as_u16()) },
            (_, "invalid_redirect_uri") => Self::RedirectUri,
            (_, "invalid_scope") => Self::Scope,
            _ => Self::from_refusal(error),
        }
    }

    fn from_refusal(error: OAuthError) -> Self {
        let about_callback = error.mentions("redirect_uri") || error.mentions("callback url");
        match (error.error.as_str(), Misconfiguration::from_oauth(&error)) {
            ("invalid_request", Misconfiguration::Refused { .. }) if about_callback => Self::RedirectUri,
            // Without a code there is only the status, which this one keeps.
            ("unknown", cause) => Self::Misconfigured(cause),
            (_, Misconfiguration::Refused { .. }) => {
                Self::Refused { error: error.error, description: error.description }
            }
            (_, cause) => Self::Misconfigured(cause),
        }
    }
}

impl Explained for ParError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::NotSupported { .. } => Explanation::new(
                "par_not_supported",
                NOT_SET_UP,
                "In the Auth0 dashboard open Settings, Advanced, and switch on Allow Pushed Authorization Requests (PAR); or log in without it.",
            ),
            Self::RedirectUri => Explanation::new(
                "par_redirect_uri_refused",
                NOT_SET_UP,
                "In the Auth0 dashboard open the application and add the callback URL to Allowed Callback URLs, exactly as this app sends it.",
            ),
            Self::Scope => Explanation::new(
                "par_scope_refused",
                NOT_SET_UP,
                "Permit the application to ask for openid, profile, email and offline_access.",
            ),
            Self::TooLarge => Explanation::new(
                "par_request_too_large",
                NOT_STARTED,
                "Shorten what the login link passes on, such as login_hint.",
            ),
            Self::Refused { .. } => Explanation::new(
                "par_request_refused",
                NOT_STARTED,
                "Read the tenant's words, or look up its log at the time of this request. A login link may name a connection or an organization that does not exist.",
            ),
            Self::RateLimited { retry_at } => {
                rate_limited(*retry_at, "Wait until the time given; look for something that starts logins in a loop.")
            }
            Self::TenantDown { .. } => tenant_down(),
            Self::Misconfigured(cause) => cause.explanation(),
            Self::Malformed { .. } => Explanation::new("par_response_malformed", TENANT_DOWN, CHECK_TENANT).later(),
        }
    }
}

impl From<TransportError> for ParError {
    fn from(_: TransportError) -> Self {
        Self::TenantDown { status: None }
    }
}
