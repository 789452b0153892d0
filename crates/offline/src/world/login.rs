//! What the tenant remembers between a login request and its tokens.

use std::collections::HashMap;

use serde::Serialize;

/// A validated authorization request that waits for the user.
#[derive(Debug, Clone)]
pub struct AuthorizeRequest {
    /// The application.
    pub client_id: String,
    /// Where the answer goes; registered exactly so.
    pub redirect_uri: String,
    /// OIDC and API scopes asked for.
    pub scopes: Vec<String>,
    /// The API asked for.
    pub audience: Option<String>,
    /// The application's state.
    pub state_parameter: Option<String>,
    /// The nonce of the ID token.
    pub nonce: Option<String>,
    /// PKCE challenge (S256).
    pub code_challenge: String,
    /// The connection asked for; any when absent.
    pub connection: Option<String>,
    /// Name to put into the login form.
    pub login_hint: Option<String>,
    /// Whether the sign-up form is shown first.
    pub signup: bool,
    /// Whether consent is asked even if it was given before.
    pub ask_consent: bool,
    /// Whether a second factor is asked for.
    pub second_factor: bool,
    /// Whether the ID token must carry `auth_time`.
    pub auth_time_wanted: bool,
    /// When it is forgotten, in milliseconds since the epoch.
    pub expires_at: u64,
    /// The session that waits for consent, once the user has logged in.
    pub session: Option<String>,
    /// Thumbprint of the key that the code is bound to (RFC 9449 10).
    pub dpop_jkt: Option<String>,
    /// A page of the tenant to show after the login, in place of an answer to an application.
    pub local_path: Option<String>,
}

/// An authorization request that the application pushed (RFC 9126).
#[derive(Debug, Clone)]
pub struct PushedRequest {
    /// The application.
    pub client_id: String,
    /// Its parameters.
    pub parameters: Vec<(String, String)>,
    /// When it ends, in milliseconds since the epoch.
    pub expires_at: u64,
}

/// A user's session at the tenant, behind its cookie.
#[derive(Debug, Clone)]
pub struct TenantSession {
    /// The public session id (`sid`).
    pub sid: String,
    /// The user.
    pub user_id: String,
    /// When the user logged in, in milliseconds since the epoch.
    pub auth_time: u64,
    /// When it ends, in milliseconds since the epoch.
    pub expires_at: u64,
    /// Whether a second factor was shown.
    pub second_factor: bool,
}

/// An authorization code with what it may be exchanged for.
#[derive(Debug, Clone)]
pub struct AuthorizationCode {
    /// The request it answers.
    pub request: AuthorizeRequest,
    /// The session of the login.
    pub session: TenantSession,
    /// When it ends, in milliseconds since the epoch.
    pub expires_at: u64,
    /// The token family it was exchanged for: a second use revokes it (RFC 6749 4.1.2).
    pub used_for: Option<String>,
}

/// A user's consent to an application.
#[derive(Debug, Clone, Serialize)]
pub struct UserGrant {
    /// The user.
    pub user_id: String,
    /// The application.
    pub client_id: String,
    /// The API.
    pub audience: Option<String>,
    /// Scopes agreed to.
    pub scope: Vec<String>,
}

/// Logins under way and sessions.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    pub(crate) requests: HashMap<String, AuthorizeRequest>,
    pub(crate) pushed: HashMap<String, PushedRequest>,
    pub(crate) sessions: HashMap<String, TenantSession>,
    pub(crate) codes: HashMap<String, AuthorizationCode>,
    pub(crate) grants: Vec<UserGrant>,
}
