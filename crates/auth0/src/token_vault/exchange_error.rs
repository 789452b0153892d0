use deputy_http::{Response, TransportError};

use crate::oauth::error_response::{OAuthError, retry_at};
use crate::oauth::misconfiguration::Misconfiguration;
use crate::scopes::Scopes;

/// Why Token Vault gave no token that the tool can use. Only the first three are answered by asking the user to
/// connect the account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The user has not connected an account of this connection.
    #[error("no account of this connection is connected")]
    NeedsConnection,
    /// The connected account has not granted all scopes.
    #[error("the connected account has not granted: {missing}")]
    NeedsScopes {
        /// What to ask for now, and nothing else (TV-09).
        missing: Scopes,
        /// What is granted already.
        granted: Scopes,
    },
    /// The provider no longer honours the consent (revoked, password changed, unused too long).
    #[error("the provider no longer honours the consent")]
    ReauthRequired,
    /// The tenant wants another factor first.
    #[error("multi-factor authentication is required")]
    StepUpRequired,
    /// Too many requests.
    #[error("the tenant limits requests")]
    RateLimited {
        /// When to try again, milliseconds since the epoch.
        retry_at: u64,
    },
    /// The tenant could not reach the provider.
    #[error("the provider cannot be reached")]
    ProviderDown,
    /// The tenant cannot be reached, fails, or answers nonsense.
    #[error("the tenant cannot be reached")]
    TenantDown {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// A setting is wrong.
    #[error(transparent)]
    TenantMisconfigured(Misconfiguration),
    /// The subject token is no longer good: the user has to log in again.
    #[error("the session has ended")]
    SessionEnded,
}

impl ExchangeError {
    /// RFC 6749, 5.2 with the codes Auth0's Token Vault is known to use.
    pub(crate) fn from_response(response: &Response, now_ms: u64) -> Self {
        let error = OAuthError::from_response(response);
        let no_token_set = error.mentions("tokenset") || error.mentions("token set");
        match (response.status, error.error.as_str()) {
            (429, _) | (_, "too_many_requests") => Self::RateLimited { retry_at: retry_at(response, now_ms) },
            (500.., "temporarily_unavailable") if error.mentions("provider") => Self::ProviderDown,
            (500.., _) => Self::TenantDown { status: Some(response.status) },
            (_, "federated_connection_refresh_token_not_found" | "tokenset_not_found") => Self::NeedsConnection,
            (_, "access_denied") if no_token_set => Self::NeedsConnection,
            (_, "federated_connection_refresh_token_flow_failed") => Self::ReauthRequired,
            (_, "mfa_required") => Self::StepUpRequired,
            (_, "invalid_grant" | "expired_token" | "invalid_token") => Self::SessionEnded,
            (_, "temporarily_unavailable") => Self::ProviderDown,
            _ => Self::TenantMisconfigured(Misconfiguration::from_oauth(&error)),
        }
    }

    /// True if connecting the account (again) is what helps.
    pub fn asks_for_consent(&self) -> bool {
        matches!(self, Self::NeedsConnection | Self::NeedsScopes { .. } | Self::ReauthRequired)
    }

    /// True if the same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::ProviderDown | Self::TenantDown { .. })
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NeedsConnection => "needs_connection",
            Self::NeedsScopes { .. } => "needs_scopes",
            Self::ReauthRequired => "reauth_required",
            Self::StepUpRequired => "step_up_required",
            Self::RateLimited { .. } => "tenant_rate_limited",
            Self::ProviderDown => "provider_down",
            Self::TenantDown { .. } => "tenant_down",
            Self::TenantMisconfigured(cause) => cause.code(),
            Self::SessionEnded => "session_ended",
        }
    }

    /// What the user reads.
    pub fn user_message(&self) -> &'static str {
        match self {
            Self::NeedsConnection => "Connect your account to continue.",
            Self::NeedsScopes { .. } => "One more permission is needed to continue.",
            Self::ReauthRequired => "The connection to your account has ended. Connect it again to continue.",
            Self::StepUpRequired => "Please log in again and confirm with your second factor.",
            Self::RateLimited { .. } => "Too many requests right now. Please try again in a moment.",
            Self::ProviderDown => "The connected service cannot be reached right now. Please try again later.",
            Self::TenantDown { .. } => "The login service cannot be reached right now. Please try again in a moment.",
            Self::TenantMisconfigured(cause) => cause.user_message(),
            Self::SessionEnded => "Your session has ended. Please log in again.",
        }
    }

    /// What to change, if a developer can.
    pub fn developer_fix(&self) -> &'static str {
        match self {
            Self::NeedsConnection => {
                "Normal before the first consent. Token Vault reads connected accounts only: a login with the same provider does not fill it."
            }
            Self::NeedsScopes { .. } => {
                "Normal for a tool that needs more than was granted. If it repeats after consent, the provider does not grant the scope: check the scopes enabled for the connection; for a GitHub App declare none."
            }
            Self::ReauthRequired => {
                "Normal when the user revoked access at the provider. If it is frequent, check that the connection asks for offline access."
            }
            Self::StepUpRequired => {
                "The tenant's MFA policy is \"Always\". Token Vault needs a policy that does not ask at every token request."
            }
            Self::RateLimited { .. } => "Wait until the time given; cache provider tokens until they expire.",
            Self::ProviderDown => "Check the provider's status page.",
            Self::TenantDown { .. } => "Check the tenant's status page and AUTH0_DOMAIN.",
            Self::TenantMisconfigured(cause) => cause.developer_fix(),
            Self::SessionEnded => {
                "Normal after a logout. If it follows each refresh, switch off refresh-token rotation for the application: Token Vault requires that."
            }
        }
    }
}

impl From<TransportError> for ExchangeError {
    fn from(_: TransportError) -> Self {
        Self::TenantDown { status: None }
    }
}
