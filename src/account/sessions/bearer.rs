//! Callers with an access token and no session (TV-05, TV-07): the token is kept as a session that ends when it does.

use deputy_auth0::{Scopes, VerifiedAccessToken};
use deputy_http::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::session::{BEARER, BEARER_FOR_AUDIENCE};
use super::tokens::token_set;
use super::{claim, subject};
use crate::account::core::{Core, Ports};
use crate::account::name::keyed_hash;
use crate::account::request::AccountRequest;
use crate::objects::{Refusal, TokenEnvelope};

/// A bearer token was verified, of a caller who has no session with us (TV-05): keep it as a session, for as long as it lives.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenBearer {
    /// The fields of its identity, which the agent is handed with each turn (UA-17).
    pub claims: Map<String, Value>,
    /// The token itself, with its end.
    pub token: TokenEnvelope,
    /// Chat whose socket is being opened.
    pub socket: Option<String>,
    /// The API that the token is for, where that is not the agent's own. A token for another stands for another authority.
    #[serde(default)]
    pub audience: Option<String>,
}

impl OpenBearer {
    /// A token that was verified, of the bearer it names; `socket` is the chat whose socket is being opened.
    pub fn of(verified: &VerifiedAccessToken, token: Secret, socket: Option<String>) -> Self {
        let token = TokenEnvelope {
            access_token: token,
            refresh_token: None,
            scope: claim(verified.claims(), "scope").map(str::to_owned),
            expires_at: verified.expires_at(),
        };
        Self { claims: verified.identity(), token, socket, audience: None }
    }

    /// The same, of a token for another API than the agent's.
    #[must_use]
    pub fn for_audience(self, audience: &str) -> Self {
        Self { audience: Some(audience.to_owned()), ..self }
    }
}

/// A token that is kept.
#[derive(Debug, Serialize, Deserialize)]
pub struct BearerOpened {
    /// Id of its session.
    pub session: String,
    /// When that ends, milliseconds.
    pub expires_at: u64,
    /// `socket` names a chat of the user's.
    pub owns_chat: bool,
}

impl AccountRequest for OpenBearer {
    const NAME: &'static str = "open_bearer";
    type Reply = BearerOpened;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<BearerOpened, Refusal> {
        account.open_bearer(self)
    }
}

impl<P: Ports> Core<P> {
    /// Keeps a verified token. Tokens of one client with the same scopes for the same API stand for the same authority, so the one that lives
    /// longest serves all of them: what waited under an older one goes on under the newer.
    fn open_bearer(&self, bearer: OpenBearer) -> Result<BearerOpened, Refusal> {
        let text = |name: &str| claim(&bearer.claims, name);
        subject(&bearer.claims)?;
        let now = self.ports.now();
        let tokens = token_set(bearer.token);
        let expires_at = tokens.expires_at;
        if expires_at <= now || tokens.access_token.is_empty() {
            return Err(Refusal::session_ended());
        }
        for old in self.ended_sessions()? {
            self.forget_session(&old)?;
        }
        let client = text("azp").or_else(|| text("client_id")).unwrap_or_default();
        let mut scopes: Vec<_> = Scopes::parse(text("scope").unwrap_or_default()).iter().map(str::to_owned).collect();
        scopes.sort_unstable();
        let scopes = scopes.join(" ");
        let mut parts = vec![client, text("org_id").unwrap_or_default(), scopes.as_str()];
        parts.extend(bearer.audience.as_deref());
        let kind = if bearer.audience.is_some() { BEARER_FOR_AUDIENCE } else { BEARER };
        let id = format!("{kind}{}", keyed_hash(b"deputy bearer v1", &parts));
        let kept = self.session(&id)?.map_or(0, |session| session.expires_at);
        if kept < expires_at {
            self.keep_session(&id, None, &bearer.claims, tokens, expires_at)?;
        }
        let owns_chat = self.register_socket(&id, bearer.socket.as_deref())?;
        Ok(BearerOpened { session: id, expires_at: kept.max(expires_at), owns_chat })
    }
}
