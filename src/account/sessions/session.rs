use serde::Deserialize;
use serde_json::{Map, Value};

/// What ids of a bearer's sessions begin with. No cookie can name one: ids of logins are random.
pub(super) const BEARER: &str = "bearer:";

/// True for the id of a bearer's session: it is named after what the token may do, so that the next token of that kind opens it again.
pub fn is_bearer(id: &str) -> bool {
    id.starts_with(BEARER)
}

/// A session that was found alive. Only `Core::session` and `Core::session_for` give one.
#[derive(Deserialize)]
pub struct Session {
    pub id: String,
    pub sub: String,
    /// Claims of the ID token, JSON.
    pub(super) claims: String,
    pub expires_at: u64,
    /// When its use was written down last.
    pub(super) touched_at: u64,
    /// Grows with every change of the tokens.
    pub version: u64,
    /// Tokens, sealed.
    pub tokens: String,
}

impl Session {
    /// Claims of the ID token.
    pub fn claims(&self) -> Map<String, Value> {
        deputy_http::json::read(self.claims.as_bytes()).unwrap_or_default()
    }
}
