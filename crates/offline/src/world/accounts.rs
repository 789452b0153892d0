//! Connected accounts, the attempts to connect one, and the provider tokens of the vault.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Decision;

/// Lifetime of a provider's access token in milliseconds: Google's hour.
pub(crate) const PROVIDER_TOKEN_LIFETIME_MS: u64 = 3_600_000;

/// An account at a provider that a user connected for Token Vault.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectedAccount {
    /// `cac_` and letters or digits.
    pub id: String,
    /// The tenant user.
    pub user_id: String,
    /// Connection name.
    pub connection: String,
    /// The account at the provider.
    pub account: String,
    /// Scopes the user agreed to.
    pub scopes: Vec<String>,
    /// When it was connected, in milliseconds since the epoch.
    pub created_at: u64,
    /// When its present token set came from the provider, in milliseconds since the epoch.
    pub updated_at: u64,
    /// Whether the provider has withdrawn its refresh token: no new access token can be had.
    pub revoked: bool,
}

/// A provider's access token as the provider sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderGrant {
    /// The tenant user on whose behalf it was issued.
    pub user_id: String,
    /// Connection name.
    pub connection: String,
    /// The account at the provider.
    pub account: String,
    /// Scopes it carries.
    pub scopes: Vec<String>,
    /// When it expires, in milliseconds since the epoch.
    pub expires_at: u64,
    /// Whether it was revoked before that.
    pub revoked: bool,
}

/// A run of the Connected Accounts flow, from `connect` to `complete`.
#[derive(Debug, Clone)]
pub struct ConnectAttempt {
    /// Session the application keeps.
    pub auth_session: String,
    /// Ticket the browser carries.
    pub ticket: String,
    /// The application.
    pub client_id: String,
    /// The user whose token started it.
    pub user_id: String,
    /// Connection name.
    pub connection: String,
    /// Scopes asked for.
    pub scopes: Vec<String>,
    /// Where the browser ends.
    pub redirect_uri: String,
    /// The application's state.
    pub state_parameter: Option<String>,
    /// PKCE challenge (S256).
    pub code_challenge: Option<String>,
    /// Parameters for the provider.
    pub authorization_params: Map<String, Value>,
    /// When the attempt ends unfinished, in milliseconds since the epoch.
    pub expires_at: u64,
    /// How far it got.
    pub state: AttemptState,
}

/// How far an attempt to connect an account got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptState {
    /// The application has the ticket; no browser has shown it.
    Started,
    /// The browser is at the provider.
    AtProvider,
    /// The user answered; the tenant's callback is next.
    Decided {
        /// The provider's code, which the callback must show.
        code: String,
        /// The answer.
        decision: Decision,
    },
    /// The application may complete it with this code.
    Connected {
        /// The single-use connect code.
        connect_code: String,
        /// The account at the provider.
        account: String,
        /// Scopes the user agreed to.
        scopes: Vec<String>,
    },
    /// Completed, refused or cancelled.
    Over,
}
