//! What a provider's consent page asks, and what it is answered.

use serde_json::{Map, Value};

/// The question a provider's consent page puts to the user.
#[derive(Debug, Clone)]
pub struct ConsentRequest {
    /// Connection name.
    pub connection: String,
    /// Scopes asked for.
    pub scopes: Vec<String>,
    /// The tenant user who connects an account.
    pub user_id: String,
    /// The account the application suggests.
    pub login_hint: Option<String>,
    /// Parameters passed through from the application.
    pub authorization_params: Map<String, Value>,
    /// Name of the application that asks.
    pub client_name: String,
}

/// The user's answer at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The user allowed access to this account with these scopes.
    Allow {
        /// The account at the provider, usually an e-mail address.
        account: String,
        /// Scopes the user agreed to.
        scopes: Vec<String>,
    },
    /// The user cancelled.
    Deny,
}
