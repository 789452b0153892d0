use std::rc::Rc;

use deputy_auth0::TokenSet;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::call::{Done, OpenSession, Refusal, SessionOpened, SessionView};
use super::core::{Core, Host};
use super::name::keyed_hash;
use super::session_tokens::token_set;
use crate::chat::call::ChatCall;
use crate::platform::random;

/// A session ends this long after login, whatever happens.
pub const ABSOLUTE_MS: u64 = 3 * 86_400_000;
/// A session ends after this long without use.
pub const IDLE_MS: u64 = 86_400_000;
/// Use is written down at most this often: a write costs more than everything else in a check.
const TOUCH_EVERY_MS: u64 = 60_000;

/// A session that was found alive. Only [`Core::session`] and [`Core::session_for`] give one.
#[derive(Deserialize)]
pub(super) struct Session {
    pub id: String,
    pub sub: String,
    /// Claims of the ID token, JSON.
    claims: String,
    pub expires_at: u64,
    /// When its use was written down last.
    touched_at: u64,
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

impl<H: Host> Core<H> {
    /// Keeps the session of a verified login. The browser's session until now is replaced whole (S-03).
    pub(super) fn open_session(&self, login: &OpenSession) -> Result<SessionOpened, Refusal> {
        subject(&login.claims)?;
        let sid = claim(&login.claims, "sid");
        // The tenant may end the new session with the old one's grant, so the old refresh token is only forgotten.
        for old in login.replaces.iter().map(String::as_str).chain(self.ended_sessions()?.iter().map(String::as_str)) {
            self.forget_session(old)?;
        }
        let now = self.host.now();
        let id = random::encode(&self.host.random::<16>()?);
        let expires_at = now.saturating_add(ABSOLUTE_MS);
        self.keep_session(&id, sid, &login.claims, token_set(&login.tokens, now), expires_at)?;
        if let Some(sid) = sid {
            let key = sid_hint_key(self.settings.tenant.issuer.as_str(), sid);
            self.host.put_later(key, self.account.clone(), ABSOLUTE_MS / 1000);
        }
        self.tell_signed_in(&id)?;
        Ok(SessionOpened { session: id, expires_at })
    }

    /// Writes a session's row. Only a bearer's can be there already: its newer token takes the place of the older.
    pub(super) fn keep_session(
        &self,
        id: &str,
        sid: Option<&str>,
        claims: &Map<String, Value>,
        tokens: TokenSet,
        expires_at: u64,
    ) -> Result<(), Refusal> {
        let now = self.host.now();
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
    pub(super) fn live_session(&self, id: &str) -> Result<Session, Refusal> {
        self.session(id)?.ok_or_else(Refusal::session_ended)
    }

    /// As [`session_for`](Self::session_for), or the refusal where there is none.
    pub(super) fn live_session_for(&self, id: Option<&str>) -> Result<Session, Refusal> {
        self.session_for(id)?.ok_or_else(Refusal::session_ended)
    }

    /// Is this session alive? With `socket` the chat is registered as having an open socket of it.
    pub(super) fn check_session(&self, id: &str, socket: Option<&str>) -> Result<SessionView, Refusal> {
        let session = self.live_session(id)?;
        if let Some(chat) = socket {
            self.register_socket(id, chat)?;
        }
        Ok(SessionView { claims: session.claims(), sub: session.sub, expires_at: session.expires_at })
    }

    /// The chat has an open socket of the session: it is told when the session ends.
    pub(super) fn register_socket(&self, id: &str, chat: &str) -> Result<(), Refusal> {
        if self.owns_chat(chat)?.owns {
            self.exec("INSERT OR IGNORE INTO sockets (session, chat) VALUES (?, ?)", &[id.into(), chat.into()])?;
        }
        Ok(())
    }

    /// Ends a session: first here, then at the tenant. Ending one that has ended changes nothing.
    pub(super) fn close_session(&self, id: &str) -> Result<Done, Refusal> {
        let Some(row) = self.kept_session(id)? else { return Ok(Done {}) };
        let refresh_token = self.open_tokens(id, &row.tokens).and_then(|tokens| tokens.refresh_token);
        self.forget_session(id)?;
        if let Some(refresh_token) = refresh_token {
            // S-16
            self.host.revoke_later(Rc::clone(&self.settings), refresh_token);
        }
        Ok(Done {})
    }

    /// Ends every session of a tenant session, or all of them.
    pub(super) fn close_sessions_of(&self, sid: Option<&str>) -> Result<(), Refusal> {
        let query = "SELECT id AS value FROM sessions WHERE ? IS NULL OR sid = ?";
        for id in self.texts(query, &[sid.into(), sid.into()])? {
            self.close_session(&id)?;
        }
        Ok(())
    }

    /// Deletes a session and everything that could still use it, and closes its sockets.
    pub(super) fn forget_session(&self, id: &str) -> Result<(), Refusal> {
        if !self.exists("SELECT 1 AS value FROM sessions WHERE id = ?", &[id.into()])? {
            return Ok(());
        }
        let sockets = self.texts("SELECT chat AS value FROM sockets WHERE session = ?", &[id.into()])?;
        for statement in [
            "DELETE FROM sessions WHERE id = ?",
            "DELETE FROM sockets WHERE session = ?",
            "DELETE FROM connect_transactions WHERE session = ?",
        ] {
            self.exec(statement, &[id.into()])?;
        }
        self.my_account_tokens.forget(id);
        self.raise_all_generations()?;
        for chat in sockets {
            self.host.tell_later(chat, ChatCall::SessionEnded { session: id.to_owned() });
        }
        Ok(())
    }

    /// The session, if it is alive. Its use is written down. One that has run out is ended like any other: its tokens do not
    /// stay behind.
    pub(super) fn session(&self, id: &str) -> Result<Option<Session>, Refusal> {
        let now = self.host.now();
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
    pub(super) fn session_for(&self, id: Option<&str>) -> Result<Option<Session>, Refusal> {
        if let Some(id) = id {
            return self.session(id);
        }
        let now = self.host.now();
        let binds = [now.into(), now.saturating_sub(IDLE_MS).into()];
        let newest = self.text(
            "SELECT id AS value FROM sessions WHERE expires_at > ? AND touched_at > ?
                ORDER BY substr(id, 1, 7) = 'bearer:', created_at DESC LIMIT 1",
            &binds,
        )?;
        newest.map_or(Ok(None), |newest| self.session(&newest))
    }

    pub(super) fn ended_sessions(&self) -> Result<Vec<String>, Refusal> {
        let now = self.host.now();
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
pub(super) fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Whose login it is.
pub(super) fn subject(claims: &Map<String, Value>) -> Result<&str, Refusal> {
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
