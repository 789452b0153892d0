use deputy_http::{Response, TransportError};

use crate::oauth::error_response::{OAuthError, retry_at};
use crate::oauth::misconfiguration::Misconfiguration;

/// Why the tenant did not take a pushed authorization request. None of them is a reason to log in without pushing: an
/// outage would then turn the protection off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    Misconfigured(Misconfiguration),
    /// A success that is not the one of RFC 9126, 2.2.
    #[error("the pushed authorization response has no usable {field}")]
    Malformed {
        /// What is missing or wrong.
        field: &'static str,
    },
}

impl ParError {
    /// RFC 9126, 2.3; RFC 6749, 4.1.2.1 and 5.2.
    pub(crate) fn from_response(response: &Response, now_ms: u64) -> Self {
        let error = OAuthError::from_response(response);
        match (response.status, error.error.as_str()) {
            (429, _) | (_, "too_many_requests" | "slow_down") => {
                Self::RateLimited { retry_at: retry_at(response, now_ms) }
            }
            (500.., _) | (_, "server_error" | "temporarily_unavailable") => {
                Self::TenantDown { status: Some(response.status) }
            }
            (413, _) => Self::TooLarge,
            (404 | 405, "unknown") => Self::NotSupported { status: Some(response.status) },
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

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSupported { .. } => "par_not_supported",
            Self::RedirectUri => "par_redirect_uri_refused",
            Self::Scope => "par_scope_refused",
            Self::TooLarge => "par_request_too_large",
            Self::Refused { .. } => "par_request_refused",
            Self::RateLimited { .. } => "tenant_rate_limited",
            Self::TenantDown { .. } => "tenant_down",
            Self::Misconfigured(cause) => cause.code(),
            Self::Malformed { .. } => "par_response_malformed",
        }
    }

    /// What the user reads.
    pub fn user_message(&self) -> &'static str {
        match self {
            Self::NotSupported { .. } | Self::RedirectUri | Self::Scope => {
                Misconfiguration::ClientCredentials.user_message()
            }
            Self::TooLarge | Self::Refused { .. } => {
                "The login could not be started. Please start again from the app's first page."
            }
            Self::RateLimited { .. } => "Too many requests right now. Please try again in a moment.",
            Self::TenantDown { .. } | Self::Malformed { .. } => {
                "The login service cannot be reached right now. Please try again in a moment."
            }
            Self::Misconfigured(cause) => cause.user_message(),
        }
    }

    /// What to change, if a developer can.
    pub fn developer_fix(&self) -> &'static str {
        match self {
            Self::NotSupported { .. } => {
                "In the Auth0 dashboard open Settings, Advanced, and switch on Allow Pushed Authorization Requests (PAR); or log in without it."
            }
            Self::RedirectUri => {
                "In the Auth0 dashboard open the application and add the callback URL to Allowed Callback URLs, exactly as this app sends it."
            }
            Self::Scope => "Permit the application to ask for openid, profile, email and offline_access.",
            Self::TooLarge => "Shorten what the login link passes on, such as login_hint.",
            Self::Refused { .. } => {
                "Read the tenant's words, or look up its log at the time of this request. A login link may name a connection or an organization that does not exist."
            }
            Self::RateLimited { .. } => "Wait until the time given; look for something that starts logins in a loop.",
            Self::TenantDown { .. } | Self::Malformed { .. } => "Check the tenant's status page and AUTH0_DOMAIN.",
            Self::Misconfigured(cause) => cause.developer_fix(),
        }
    }

    /// True if the same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::TenantDown { .. } | Self::Malformed { .. })
    }
}

impl From<TransportError> for ParError {
    fn from(_: TransportError) -> Self {
        Self::TenantDown { status: None }
    }
}
