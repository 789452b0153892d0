//! What the providers' consent pages need from the tenant: the request behind a ticket, and the way to answer it.

use serde_json::{Map, Value};
use url::Url;

use super::{World, accounts::AttemptState, random_id};

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

impl World {
    /// The question behind a ticket; `None` when the ticket is unknown, expired or answered.
    #[must_use]
    pub fn consent_ticket(&self, ticket: &str) -> Option<ConsentRequest> {
        let now = self.now_ms();
        let state = self.state();
        let attempt = state.attempts.iter().find(|attempt| attempt.ticket == ticket)?;
        if attempt.expires_at <= now || attempt.state != AttemptState::AtProvider {
            return None;
        }
        let client_name = state
            .directory
            .clients
            .iter()
            .find(|client| client.client_id == attempt.client_id)
            .map_or_else(|| attempt.client_id.clone(), |client| client.name.clone());
        Some(ConsentRequest {
            connection: attempt.connection.clone(),
            scopes: attempt.scopes.clone(),
            user_id: attempt.user_id.clone(),
            login_hint: attempt.authorization_params.get("login_hint").and_then(Value::as_str).map(str::to_owned),
            authorization_params: attempt.authorization_params.clone(),
            client_name,
        })
    }

    /// Records the user's answer, once, and gives the address at the tenant to which the browser goes next.
    /// `None` when the ticket is unknown, expired or answered.
    #[must_use]
    pub fn decide_consent(&self, ticket: &str, decision: Decision) -> Option<String> {
        let now = self.now_ms();
        let mut callback = Url::parse(&format!("{}login/callback", self.options().issuer)).ok()?;
        let mut state = self.state();
        let attempt = state.attempts.iter_mut().find(|attempt| attempt.ticket == ticket)?;
        if attempt.expires_at <= now || attempt.state != AttemptState::AtProvider {
            return None;
        }
        // The provider's own code: the tenant's callback accepts the answer only with it.
        let code = random_id(24);
        callback
            .query_pairs_mut()
            .append_pair("ticket", ticket)
            .append_pair("decision", if decision == Decision::Deny { "deny" } else { "allow" })
            .append_pair("code", &code);
        attempt.state = AttemptState::Decided { code, decision };
        Some(callback.into())
    }
}
