//! Where the user is logged in, and how a login is ended from elsewhere.

use serde::{Deserialize, Serialize};

use super::IDLE_MS;
use super::session::BEARER;
use crate::account::core::{Core, Ports};
use crate::account::name::keyed_hash;
use crate::account::request::AccountRequest;
use crate::objects::Refusal;

/// The user's logins that are alive, the one used last first. Access tokens of callers without a login are none.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListLogins {
    /// The session that asks.
    pub session: Option<String>,
}

/// A login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginSummary {
    /// Its name outside: the session's id stays in its cookie.
    pub id: String,
    /// The browser in short, where it told.
    pub browser: Option<String>,
    /// When it began, milliseconds since the epoch.
    pub created_at: u64,
    /// When it was used last, milliseconds since the epoch, to the minute.
    pub last_used: u64,
    /// True for the login that asks.
    pub current: bool,
}

impl AccountRequest for ListLogins {
    const NAME: &'static str = "list_logins";
    type Reply = Vec<LoginSummary>;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Vec<LoginSummary>, Refusal> {
        let summary = |login: Login| LoginSummary {
            current: self.session.as_deref() == Some(login.id.as_str()),
            id: account.name_outside(&login.id),
            browser: login.browser,
            created_at: login.created_at,
            last_used: login.touched_at,
        };
        Ok(account.logins()?.into_iter().map(summary).collect())
    }
}

/// Ends logins. Their sockets are closed and their refresh tokens revoked.
#[derive(Debug, Serialize, Deserialize)]
pub enum EndLogins {
    /// The one with that [`LoginSummary::id`].
    One(String),
    /// Everything but this session, so that its own log-out can tell the tenant whose it is; for a caller without a session everything.
    Others(Option<String>),
    /// Everything: also what the access tokens of other clients have opened.
    All,
}

impl AccountRequest for EndLogins {
    const NAME: &'static str = "end_logins";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        match self {
            Self::One(id) => {
                let login = account.logins()?.into_iter().find(|login| account.name_outside(&login.id) == id);
                let login =
                    login.ok_or_else(|| Refusal::new(404, "session_unknown", "There is no such session any more."))?;
                account.close_session(&login.id)
            }
            Self::Others(session) => account.close_other_sessions(session.as_deref()),
            Self::All => account.close_sessions_of(None),
        }
    }
}

#[derive(Deserialize)]
struct Login {
    id: String,
    browser: Option<String>,
    created_at: u64,
    touched_at: u64,
}

impl<P: Ports> Core<P> {
    fn logins(&self) -> Result<Vec<Login>, Refusal> {
        let now = self.ports.now();
        let binds = [now.into(), now.saturating_sub(IDLE_MS).into(), BEARER.into()];
        self.rows(
            "SELECT id, browser, created_at, touched_at FROM sessions
                WHERE expires_at > ? AND touched_at > ? AND instr(id, ?) <> 1 ORDER BY touched_at DESC, created_at DESC",
            &binds,
        )
    }

    fn close_other_sessions(&self, session: Option<&str>) -> Result<(), Refusal> {
        for id in self.texts("SELECT id AS value FROM sessions WHERE id IS NOT ?", &[session.into()])? {
            self.close_session(&id)?;
        }
        Ok(())
    }

    fn name_outside(&self, session: &str) -> String {
        keyed_hash(b"deputy login v1", &[&self.account, session])
    }
}
