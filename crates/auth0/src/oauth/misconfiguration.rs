use deputy_error::{Explained, Explanation};
use strum::EnumIter;

use crate::oauth::error_response::OAuthError;
use crate::words::NOT_SET_UP;

/// A mistake in the tenant's or our own settings that a remote call brought to light. No user can mend it, and
/// no consent prompt may be shown for it (S-23).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum Misconfiguration {
    /// `invalid_client`: client id or secret are wrong.
    #[error("the tenant does not accept the client's credentials")]
    ClientCredentials,
    /// `unauthorized_client`, `unsupported_grant_type`: the grant is not enabled for the client.
    #[error("the grant type is not enabled for the client")]
    GrantNotEnabled,
    /// The client is not authorized for the audience, or the audience does not exist.
    #[error("the client is not authorized for the audience")]
    AudienceNotAuthorized,
    /// The connection is not enabled for Token Vault and Connected Accounts, or not for this application.
    #[error("Token Vault is not enabled for the connection")]
    ConnectionNotEnabled,
    /// Anything else the tenant refused.
    #[error("the tenant refused the request with status {status}: {error}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The error code of the answer, made printable; `unknown` if it had none.
        error: String,
    },
}

/// For the developer, where another error has the same cause.
pub(crate) const CLIENT_CREDENTIALS: &str = "Compare AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET (for access-token exchange AUTH0_CUSTOM_API_CLIENT_ID and AUTH0_CUSTOM_API_CLIENT_SECRET) with the application in the Auth0 dashboard. With AUTH0_CLIENT_PRIVATE_KEY, compare its public key with the application's credentials.";

/// For the developer, where another error has the same cause.
pub(crate) const AUDIENCE_NOT_AUTHORIZED: &str = "Check that the API named by the audience exists, that the application has a client grant for it, and, for the My Account API, that it is activated and named in the application's multi-resource refresh token policy. For access-token exchange, AUTH0_CUSTOM_API_CLIENT_ID must be the client of the API in AUTH0_AUDIENCE.";

impl Misconfiguration {
    /// RFC 6749, 5.2, and what Auth0 adds to it.
    pub(crate) fn from_oauth(error: &OAuthError) -> Self {
        let about_audience = error.mentions("resource server")
            || error.mentions("service not enabled within domain")
            || error.mentions("audience of the access token");
        match error.error.as_str() {
            _ if error.mentions("token vault is not enabled") => Self::ConnectionNotEnabled,
            "invalid_client" => Self::ClientCredentials,
            // What Auth0's token endpoint says to a wrong secret; a user's refusal has another status.
            "access_denied" if error.status == 401 && error.description == "Unauthorized" => Self::ClientCredentials,
            _ if about_audience => Self::AudienceNotAuthorized,
            "unauthorized_client" | "unsupported_grant_type" => Self::GrantNotEnabled,
            "invalid_target" => Self::AudienceNotAuthorized,
            _ => Self::Refused { status: error.status, error: error.error.clone() },
        }
    }
}

impl Explained for Misconfiguration {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::ClientCredentials => Explanation::new("tenant_client_credentials", NOT_SET_UP, CLIENT_CREDENTIALS),
            Self::GrantNotEnabled => Explanation::new(
                "tenant_grant_not_enabled",
                NOT_SET_UP,
                "In the Auth0 dashboard open the application, Advanced Settings, Grant Types, and enable Authorization Code, Refresh Token, Token Vault and, for approvals on a device, Client Initiated Backchannel Authentication (CIBA).",
            ),
            Self::AudienceNotAuthorized => {
                Explanation::new("tenant_audience_not_authorized", NOT_SET_UP, AUDIENCE_NOT_AUTHORIZED)
            }
            Self::ConnectionNotEnabled => Explanation::new(
                "tenant_connection_not_enabled",
                "Accounts of this kind cannot be used here yet. The operator of this app has to switch them on; trying again will not help.",
                "In the Auth0 dashboard open the connection, switch on Connected Accounts for Token Vault under Purpose, and enable the connection for this application.",
            ),
            Self::Refused { .. } => Explanation::new(
                "tenant_refused",
                NOT_SET_UP,
                "Look up the error in the tenant's log (Monitoring, Logs) at the time of this request.",
            ),
        }
    }
}
