use deputy_mcp::catalog::server_word;
use deputy_mcp::client::Address;
use serde::Deserialize;

use crate::account::core::{Core, Ports};
use crate::account::events::ChatEvent;
use crate::objects::{Refusal, one_line};
use crate::platform::random;
use crate::tools::mcp::ServerProblem;

/// Servers of one user at most.
const MAX_SERVERS: u64 = 20;

/// Characters of what a server is called at most.
const LONGEST_NAME: usize = 60;
/// Bytes of an address at most.
pub const LONGEST_URL: usize = 2_048;
/// Key of the `meta` table: grows with every change of what chats are offered.
const VERSION: &str = "mcp_version";

/// How a server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerState {
    /// It answered when it was asked last.
    Ready,
    /// It wants a log-in.
    LogInNeeded,
    /// The log-in does not allow what was wanted.
    MorePermissionNeeded,
    /// It could not be asked: `problem` says why.
    Failed,
}

impl ServerState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::LogInNeeded => "log_in_needed",
            Self::MorePermissionNeeded => "more_permission_needed",
            Self::Failed => "failed",
        }
    }

    /// How it stands after that problem.
    pub fn after(problem: &ServerProblem) -> Self {
        match problem {
            ServerProblem::LogInNeeded => Self::LogInNeeded,
            ServerProblem::MorePermissionNeeded => Self::MorePermissionNeeded,
            _ => Self::Failed,
        }
    }
}

/// A row of `mcp_servers`.
#[derive(Debug, Clone, Deserialize)]
pub struct Server {
    pub id: String,
    /// What it is called in the names of its tools: fixed, whatever the user calls it later.
    pub word: String,
    pub name: String,
    pub url: String,
    pub state: ServerState,
    /// 1 while the user has paused it.
    pub paused: u64,
    /// Why it could not be asked, in words; empty when it could.
    pub said: String,
    pub created_at: u64,
    /// When it was asked last what it offers, and answered.
    pub listed_at: u64,
    /// Registration and tokens, sealed.
    pub sealed: Option<String>,
    /// What it said when it wanted a log-in.
    pub challenge: Option<String>,
    /// The revision of the protocol that it spoke last.
    pub revision: Option<String>,
}

impl<P: Ports> Core<P> {
    /// All servers, the oldest first.
    pub(super) fn servers(&self) -> Result<Vec<Server>, Refusal> {
        self.rows(&format!("{SELECT} ORDER BY created_at, rowid"), &[])
    }

    /// A server of the user's.
    ///
    /// Errors: 404.
    pub(super) fn known_server(&self, id: &str) -> Result<Server, Refusal> {
        let found = self.server(id)?;
        found.ok_or_else(|| Refusal::new(404, "mcp_server_unknown", "There is no such server."))
    }

    pub(super) fn server(&self, id: &str) -> Result<Option<Server>, Refusal> {
        self.row(&format!("{SELECT} WHERE id = ?"), &[id.into()])
    }

    /// Adds a row; the same address is one server.
    pub(super) fn add_server(&self, url: &str, name: Option<&str>) -> Result<String, Refusal> {
        let address = Address::parse(url.trim(), self.reach()).map_err(|error| Refusal::explained(400, &error))?;
        let url = address.as_str().to_owned();
        if url.len() > LONGEST_URL {
            return Err(Refusal::new(400, "mcp_address_too_long", "This address is too long."));
        }
        let servers = self.servers()?;
        if servers.iter().any(|server| server.url == url) {
            return Err(Refusal::new(409, "mcp_server_known", "This server is among yours already."));
        }
        if servers.len() as u64 >= MAX_SERVERS {
            return Err(Refusal::limit("mcp_servers_full", format!("At most {MAX_SERVERS} servers can be added.")));
        }
        let name = name.map(one_line).filter(|name| !name.is_empty()).unwrap_or_else(|| host(&url));
        let name: String = name.chars().take(LONGEST_NAME).collect();
        let taken: Vec<String> = servers.into_iter().map(|server| server.word).collect();
        let id = random::encode(&self.ports.random::<12>()?);
        self.exec(
            "INSERT INTO mcp_servers (id, word, name, url, state, paused, said, created_at, listed_at)
                VALUES (?, ?, ?, ?, 'failed', 0, '', ?, 0)",
            &[
                id.as_str().into(),
                server_word(&name, &taken).as_str().into(),
                name.as_str().into(),
                url.as_str().into(),
                self.ports.now().into(),
            ],
        )?;
        Ok(id)
    }

    pub(super) fn rename_server(&self, id: &str, name: &str) -> Result<(), Refusal> {
        let name: String = one_line(name).chars().take(LONGEST_NAME).collect();
        if name.is_empty() {
            return Err(Refusal::new(400, "mcp_server_name", "A server needs a name."));
        }
        self.exec("UPDATE mcp_servers SET name = ? WHERE id = ?", &[name.as_str().into(), id.into()])
    }

    pub(super) fn pause_server(&self, id: &str, paused: bool) -> Result<(), Refusal> {
        self.exec("UPDATE mcp_servers SET paused = ? WHERE id = ?", &[u64::from(paused).into(), id.into()])
    }

    pub(super) fn remove_server(&self, id: &str) -> Result<(), Refusal> {
        self.exec("DELETE FROM mcp_servers WHERE id = ?", &[id.into()])?;
        self.exec("DELETE FROM mcp_tools WHERE server = ?", &[id.into()])?;
        self.exec("DELETE FROM mcp_logins WHERE server = ?", &[id.into()])?;
        self.servers_changed()
    }

    /// Writes how a server stands. True if that is another way than before.
    pub(super) fn note_server(&self, server: &Server, problem: Option<&ServerProblem>) -> Result<bool, Refusal> {
        let state = problem.map_or(ServerState::Ready, ServerState::after);
        let said = problem.map(ToString::to_string).unwrap_or_default();
        if server.state == state && server.said == said {
            return Ok(false);
        }
        self.exec(
            "UPDATE mcp_servers SET state = ?, said = ? WHERE id = ?",
            &[state.as_str().into(), said.as_str().into(), server.id.as_str().into()],
        )?;
        Ok(true)
    }

    /// What chats are offered is another: open ones are told, others learn it with their next turn.
    pub(super) fn servers_changed(&self) -> Result<(), Refusal> {
        self.set_meta(VERSION, &self.servers_version()?.saturating_add(1).to_string())?;
        for chat in self.texts("SELECT DISTINCT chat AS value FROM sockets", &[])? {
            self.ports.tell_later(chat, ChatEvent::McpServersChanged {});
        }
        Ok(())
    }

    /// 0 until there was a server.
    pub(in crate::account) fn servers_version(&self) -> Result<u64, Refusal> {
        Ok(self.meta(VERSION)?.and_then(|text| text.parse().ok()).unwrap_or(0))
    }
}

fn host(url: &str) -> String {
    url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
}

const SELECT: &str = "SELECT id, word, name, url, state, paused, said, created_at, listed_at, sealed, challenge, revision FROM mcp_servers";
