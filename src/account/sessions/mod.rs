//! Sessions: a login's, or a bearer token's for as long as it lives.

pub mod bearer;
mod logins;
mod session;
mod tenant_logout;
pub mod tokens;

use std::rc::Rc;

use deputy_auth0::TokenSet;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::core::{Core, Ports};
use super::events::ChatEvent;
use super::name::keyed_hash;
use super::request::AccountRequest;
use crate::objects::{Refusal, TokenEnvelope};
use crate::platform::random;

pub use bearer::OpenBearer;
pub use logins::{EndLogins, ListLogins, LoginSummary};
pub use session::{Session, is_bearer};
pub use tenant_logout::TenantLogout;
use tokens::token_set;

/// A session ends this long after login, whatever happens.
pub const ABSOLUTE_MS: u64 = 3 * 86_400_000;
/// A session ends after this long without use.
pub const IDLE_MS: u64 = 86_400_000;
/// Use is written down at most this often: a write costs more than everything else in a check.
const TOUCH_EVERY_MS: u64 = 60_000;

/// A login was verified: keep its session.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenSession {
    /// ID-token claims.
    pub claims: Map<String, Value>,
    /// Session of the browser until now; it is replaced whole (S-03).
    pub replaces: Option<String>,
    /// The browser in short, for the list of logins.
    pub browser: Option<String>,
    /// Its tokens.
    pub tokens: TokenEnvelope,
}

/// A session that was opened.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionOpened {
    /// Id for the cookie.
    pub session: String,
    /// When it ends at the latest, milliseconds.
    pub expires_at: u64,
}

impl AccountRequest for OpenSession {
    const NAME: &'static str = "open_session";
    type Reply = SessionOpened;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<SessionOpened, Refusal> {
        account.open_session(self)
    }
}

/// Is this session alive?
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckSession {
    /// Session id out of the sealed cookie.
    pub session: String,
    /// Chat whose socket is being opened: it is registered, and told when the session ends.
    pub socket: Option<String>,
}

/// A session that is alive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionView {
    /// Subject.
    pub sub: String,
    /// ID-token claims.
    pub claims: Map<String, Value>,
    /// When it ends at the latest, milliseconds.
    pub expires_at: u64,
    /// When it ends if it is not used again, milliseconds.
    pub ends_at: u64,
    /// What its user's MCP servers offer now: [`McpTools::version`](crate::account::mcp_servers::McpTools).
    pub servers_version: u64,
}

impl AccountRequest for CheckSession {
    const NAME: &'static str = "check_session";
    type Reply = SessionView;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<SessionView, Refusal> {
        let session = account.live_session(&self.session)?;
        if let Some(chat) = &self.socket {
            account.register_socket(&session.id, chat)?;
        }
        let (expires_at, idle_at) = (session.expires_at, account.ports.now().saturating_add(IDLE_MS));
        let servers_version = account.servers_version()?;
        let ends_at = expires_at.min(idle_at);
        Ok(SessionView { claims: session.claims(), sub: session.sub, expires_at, ends_at, servers_version })
    }
}

/// When does a session end, as things stand? The reply is none when it has, and for a bearer's, which is asked about when the token has ended. Asking is no use of it: a page that is only open keeps no
/// session alive.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionEnd {
    /// Session id.
    pub session: String,
}

impl AccountRequest for SessionEnd {
    const NAME: &'static str = "session_end";
    type Reply = Option<u64>;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Option<u64>, Refusal> {
        let Some(session) = account.kept_session(&self.session)? else { return Ok(None) };
        if !is_alive(session.expires_at, session.touched_at, account.ports.now()) {
            account.close_session(&self.session)?;
            return Ok(None);
        }
        // A bearer's socket ends with the token that opened it, whatever newer one the session is kept for.
        let lasts = !is_bearer(&self.session);
        Ok(lasts.then(|| session.expires_at.min(session.touched_at.saturating_add(IDLE_MS))))
    }
}

/// Ends a session: deletes its tokens, revokes the refresh token, closes its sockets.
#[derive(Debug, Serialize, Deserialize)]
pub struct CloseSession {
    /// Session id.
    pub session: String,
}

impl AccountRequest for CloseSession {
    const NAME: &'static str = "close_session";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.close_session(&self.session)
    }
}

impl<P: Ports> Core<P> {
    fn open_session(&self, login: OpenSession) -> Result<SessionOpened, Refusal> {
        subject(&login.claims)?;
        let sid = claim(&login.claims, "sid");
        // The tenant may end the new session with the old one's grant, so the old refresh token is only forgotten.
        for old in login.replaces.iter().map(String::as_str).chain(self.ended_sessions()?.iter().map(String::as_str)) {
            self.forget_session(old)?;
        }
        let now = self.ports.now();
        let id = random::encode(&self.ports.random::<16>()?);
        let expires_at = now.saturating_add(ABSOLUTE_MS);
        self.keep_session(&id, sid, &login.claims, token_set(login.tokens), expires_at)?;
        self.exec(
            "UPDATE sessions SET browser = ? WHERE id = ?",
            &[login.browser.as_deref().into(), id.as_str().into()],
        )?;
        if let Some(sid) = sid {
            let key = sid_hint_key(self.settings.tenant.issuer.as_str(), sid);
            self.ports.put_later(key, self.account.clone(), ABSOLUTE_MS / 1000);
        }
        self.tell_signed_in(&id)?;
        Ok(SessionOpened { session: id, expires_at })
    }

    /// Writes a session's row. Only a bearer's can be there already: its newer token takes the place of the older.
    pub fn keep_session(
        &self,
        id: &str,
        sid: Option<&str>,
        claims: &Map<String, Value>,
        tokens: TokenSet,
        expires_at: u64,
    ) -> Result<(), Refusal> {
        let now = self.ports.now();
        let sealed = self.seal_tokens(id, tokens)?;
        self.exec(
            "INSERT INTO sessions (id, sub, sid, claims, tokens, version, created_at, touched_at, expires_at)
                VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET claims = excluded.claims, tokens = excluded.tokens,
                    version = version + 1, touched_at = excluded.touched_at, expires_at = excluded.expires_at",
            &[
                id.into(),
                subject(claims)?.into(),
                sid.into(),
                deputy_http::json::write(claims).as_str().into(),
                sealed.as_str().into(),
                now.into(),
                now.into(),
                expires_at.into(),
            ],
        )
    }

    /// The session, or the refusal of one that has ended.
    pub fn live_session(&self, id: &str) -> Result<Session, Refusal> {
        self.session(id)?.ok_or_else(Refusal::session_ended)
    }

    /// As [`session_for`](Self::session_for), or the refusal where there is none.
    pub fn live_session_for(&self, id: Option<&str>) -> Result<Session, Refusal> {
        self.session_for(id)?.ok_or_else(Refusal::session_ended)
    }

    /// The chat has an open socket of the session: it is told when the session ends.
    pub fn register_socket(&self, id: &str, chat: &str) -> Result<(), Refusal> {
        if self.owns_chat(chat)? {
            self.exec("INSERT OR IGNORE INTO sockets (session, chat) VALUES (?, ?)", &[id.into(), chat.into()])?;
        }
        Ok(())
    }

    /// Ends a session: first here, then at the tenant. Ending one that has ended changes nothing.
    pub fn close_session(&self, id: &str) -> Result<(), Refusal> {
        let Some(row) = self.kept_session(id)? else { return Ok(()) };
        let refresh_token = self.open_tokens(id, &row.tokens).and_then(|(tokens, _)| tokens.refresh_token);
        self.forget_session(id)?;
        if let Some(refresh_token) = refresh_token {
            // S-16
            self.ports.revoke_later(Rc::clone(&self.settings), refresh_token);
        }
        Ok(())
    }

    /// Ends every session of a tenant session, or all of them.
    pub fn close_sessions_of(&self, sid: Option<&str>) -> Result<(), Refusal> {
        let query = "SELECT id AS value FROM sessions WHERE ? IS NULL OR sid = ?";
        for id in self.texts(query, &[sid.into(), sid.into()])? {
            self.close_session(&id)?;
        }
        Ok(())
    }

    /// Deletes a session and everything that could still use it, and closes its sockets.
    pub fn forget_session(&self, id: &str) -> Result<(), Refusal> {
        if !self.exists("SELECT 1 AS value FROM sessions WHERE id = ?", &[id.into()])? {
            return Ok(());
        }
        let mut concerned = self.texts("SELECT chat AS value FROM sockets WHERE session = ?", &[id.into()])?;
        // A chat that nobody has open waits for the device all the same.
        for chat in self.void_approvals_of(id)? {
            if !concerned.contains(&chat) {
                concerned.push(chat);
            }
        }
        for statement in [
            "DELETE FROM sessions WHERE id = ?",
            "DELETE FROM sockets WHERE session = ?",
            "DELETE FROM connect_transactions WHERE session = ?",
            "DELETE FROM mcp_logins WHERE session = ?",
        ] {
            self.exec(statement, &[id.into()])?;
        }
        self.my_account_tokens.forget(id);
        self.raise_all_generations()?;
        for chat in concerned {
            self.ports.tell_later(chat, ChatEvent::SessionEnded { session: id.to_owned() });
        }
        Ok(())
    }

    /// The session, if it is alive. Its use is written down. One that has run out is ended like any other: its tokens do not
    /// stay behind.
    pub fn session(&self, id: &str) -> Result<Option<Session>, Refusal> {
        let now = self.ports.now();
        let Some(session) = self.kept_session(id)? else { return Ok(None) };
        if !is_alive(session.expires_at, session.touched_at, now) {
            self.close_session(id)?;
            return Ok(None);
        }
        if now.saturating_sub(session.touched_at) >= TOUCH_EVERY_MS {
            self.exec("UPDATE sessions SET touched_at = ? WHERE id = ?", &[now.into(), id.into()])?;
        }
        Ok(Some(session))
    }

    /// The session that was named, or the newest that is alive when none was: a login rather than a bearer token.
    pub fn session_for(&self, id: Option<&str>) -> Result<Option<Session>, Refusal> {
        if let Some(id) = id {
            return self.session(id);
        }
        let now = self.ports.now();
        let binds = [now.into(), now.saturating_sub(IDLE_MS).into()];
        let newest = self.text(
            "SELECT id AS value FROM sessions WHERE expires_at > ? AND touched_at > ?
                ORDER BY substr(id, 1, 7) = 'bearer:', created_at DESC LIMIT 1",
            &binds,
        )?;
        newest.map_or(Ok(None), |newest| self.session(&newest))
    }

    pub fn ended_sessions(&self) -> Result<Vec<String>, Refusal> {
        let now = self.ports.now();
        let binds = [now.into(), now.saturating_sub(IDLE_MS).into()];
        self.texts("SELECT id AS value FROM sessions WHERE expires_at <= ? OR touched_at <= ?", &binds)
    }

    fn kept_session(&self, id: &str) -> Result<Option<Session>, Refusal> {
        let query = "SELECT id, sub, claims, tokens, version, touched_at, expires_at FROM sessions WHERE id = ?";
        self.row(query, &[id.into()])
    }
}

/// Both limits are enforced when the session is read (S-16): the absolute one and the idle one.
pub fn is_alive(expires_at: u64, touched_at: u64, now: u64) -> bool {
    now < expires_at && now < touched_at.saturating_add(IDLE_MS)
}

/// A claim that is a text and says something.
pub fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Whose login it is.
pub fn subject(claims: &Map<String, Value>) -> Result<&str, Refusal> {
    claim(claims, "sub").ok_or_else(|| Refusal::new(400, "login_without_subject", "This login names no user."))
}

/// KV key of the hint that leads from a tenant session to its account. Only a hint: the subject decides.
pub fn sid_hint_key(issuer: &str, sid: &str) -> String {
    format!("sid:v1:{}", keyed_hash(b"deputy sid hint v1", &[issuer, sid]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_04_s_16_absolute_and_idle_limits() {
        let login = 1_000_000;
        let end = login + ABSOLUTE_MS;
        assert!(is_alive(end, login, login));
        assert!(is_alive(end, login, login + IDLE_MS - 1));
        assert!(!is_alive(end, login, login + IDLE_MS));
        assert!(is_alive(end, end - 1, end - 1));
        assert!(!is_alive(end, end, end));
        assert!(is_alive(u64::MAX, u64::MAX, login), "sums saturate");
    }
}
