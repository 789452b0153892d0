use deputy_error::{Explained, Explanation};
use deputy_http::{Response, TransportError};
use strum::EnumIter;

use crate::oauth::error_response::{OAuthError, retry_at};
use crate::oauth::misconfiguration::Misconfiguration;
use crate::scopes::Scopes;
use crate::words::{MFA_ALWAYS, SECOND_FACTOR, SESSION_ENDED, rate_limited, tenant_down};

/// Why Token Vault gave no token that the tool can use. Only the first three are answered by asking the user to
/// connect the account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
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
    #[strum(disabled)]
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
        match (response.status().as_u16(), error.error.as_str()) {
            (429, _) | (_, "too_many_requests") => Self::RateLimited { retry_at: retry_at(response, now_ms) },
            (500.., "temporarily_unavailable") if error.mentions("provider") => Self::ProviderDown,
            (500.., _) => Self::TenantDown { status: Some(response.status().as_u16()) },
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
}

impl Explained for ExchangeError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::NeedsConnection => Explanation::new(
                "needs_connection",
                "Connect your account to continue.",
                "Normal before the first consent. Token Vault reads connected accounts only: a login with the same provider does not fill it.",
            ),
            Self::NeedsScopes { .. } => Explanation::new(
                "needs_scopes",
                "One more permission is needed to continue.",
                "Normal for a tool that needs more than was granted. If it repeats after consent, the provider does not grant the scope: check the scopes enabled for the connection; for a GitHub App declare none.",
            ),
            Self::ReauthRequired => Explanation::new(
                "reauth_required",
                "The connection to your account has ended. Connect it again to continue.",
                "Normal when the user revoked access at the provider. If it is frequent, check that the connection asks for offline access.",
            ),
            Self::StepUpRequired => Explanation::new("step_up_required", SECOND_FACTOR, MFA_ALWAYS),
            Self::RateLimited { retry_at } => {
                rate_limited(*retry_at, "Wait until the time given; cache provider tokens until they expire.")
            }
            Self::ProviderDown => Explanation::new(
                "provider_down",
                "The connected service cannot be reached right now. Please try again later.",
                "Check the provider's status page.",
            )
            .later(),
            Self::TenantDown { .. } => tenant_down(),
            Self::TenantMisconfigured(cause) => cause.explanation(),
            Self::SessionEnded => Explanation::new(
                "session_ended",
                SESSION_ENDED,
                "Normal after a logout. If it follows each refresh, switch off refresh-token rotation for the application: Token Vault requires that.",
            ),
        }
    }
}

impl From<TransportError> for ExchangeError {
    fn from(_: TransportError) -> Self {
        Self::TenantDown { status: None }
    }
}
