//! The account of the owner, as a test wants it.

use std::cell::RefCell;
use std::rc::Rc;

use deputy_agent::{
    Approval, AskApproval, Authority, Credentials, Obtain, Obtained, Problem, Schedule, Settled, VerifiedUser,
};
use deputy_http::Secret;

use super::stage::OWNER;
use crate::account::mcp_servers::McpTools;
use crate::chat::core::ports::{Account, Begin, TurnUser};
use crate::tools::mcp::{ServerAnswer, ServerCall};

/// An account. Clones share it.
#[derive(Clone, Default)]
pub struct FakeAccount(Rc<RefCell<Books>>);

/// What it says, and what it was told.
#[derive(Default)]
pub struct Books {
    /// Connections with a token.
    pub connected: Vec<String>,
    /// No session is alive.
    pub signed_out: bool,
    /// No turn may begin: why.
    pub closed: Option<Problem>,
    /// How an approval stands.
    pub approval: Option<Approval>,
    /// It cannot be reached for that.
    pub unreachable: bool,
    /// At most this many schedules.
    pub max_schedules: Option<usize>,
    /// The title that the user gave the chat.
    pub title: Option<String>,
    /// Tokens left of the day; none where a test says nothing, so that each use is told at once.
    pub tokens_left: u64,
    /// The user's zone.
    pub time_zone: Option<String>,
    /// When its sessions end, milliseconds; each lasts for ever where a test says nothing.
    pub session_end: Option<u64>,
    /// What the user's MCP servers offer.
    pub servers: Option<McpTools>,
    /// What they answer, if it is not "done".
    pub server_answer: Option<ServerAnswer>,
    /// What it was told, in words.
    pub told: Vec<String>,
}

impl FakeAccount {
    /// Changes it.
    pub fn now(&self, change: impl FnOnce(&mut Books)) {
        change(&mut self.0.borrow_mut());
    }

    /// What it was told so far that begins like this.
    pub fn told(&self, beginning: &str) -> Vec<String> {
        self.0.borrow().told.iter().filter(|told| told.starts_with(beginning)).cloned().collect()
    }

    fn note(&self, what: String) {
        self.0.borrow_mut().told.push(what);
    }
}

impl Account for FakeAccount {
    async fn begin_turn(&self, begin: Begin<'_>) -> Result<TurnUser, Problem> {
        let Begin { session, spent, servers_version } = begin;
        self.note(format!("turn of {}", session.unwrap_or("the newest session")));
        if spent > 0 {
            self.note(format!("spent {spent}"));
        }
        let books = self.0.borrow();
        if let Some(problem) = &books.closed {
            return Err(problem.clone());
        }
        let newest = (!books.signed_out).then(|| "session".to_owned());
        let session = session.map(str::to_owned).or(newest);
        let ana = VerifiedUser { subject: OWNER.to_owned(), name: Some("Ana".to_owned()), ..VerifiedUser::default() };
        let user = (session.is_some() && !books.signed_out).then_some(ana);
        let servers = books.servers.clone().filter(|servers| servers.version != servers_version);
        let (tokens_left, ends_at) = (books.tokens_left, u64::MAX);
        Ok(TurnUser { session, user, time_zone: books.time_zone.clone(), tokens_left, ends_at, servers })
    }

    async fn servers(&self, version: u64) -> Result<Option<McpTools>, Problem> {
        self.note(format!("servers since {version}"));
        Ok(self.0.borrow().servers.clone().filter(|servers| servers.version != version))
    }

    async fn call_server(&self, call: &ServerCall) -> ServerAnswer {
        self.note(format!("call {} with {}", call.tool, call.arguments));
        let result = serde_json::json!({"content": [{"type": "text", "text": "done"}]});
        self.0.borrow().server_answer.clone().unwrap_or(ServerAnswer::Done { result })
    }

    async fn obtain(&self, ask: &Obtain) -> Obtained {
        self.note(format!("obtain for {}", ask.tool));
        let books = self.0.borrow();
        let mut vault = Vec::new();
        for authority in &ask.authority {
            match authority {
                Authority::Vault { connection, .. } if books.connected.contains(connection) => {
                    vault.push((connection.clone(), Secret::new("provider-token")));
                }
                Authority::Vault { connection, scopes } => {
                    return Obtained::NeedsConnection {
                        connection: connection.clone(),
                        missing: scopes.clone(),
                        required: scopes.clone(),
                    };
                }
                Authority::Session if books.signed_out => return Obtained::SessionEnded,
                _ => {}
            }
        }
        let token = Some(Secret::new("access-token"));
        Obtained::Granted(Credentials { session: token.clone(), vault, approval: token })
    }

    async fn ask_approval(&self, ask: &AskApproval) -> Approval {
        self.note(format!("approval of {}", ask.input));
        self.0.borrow().approval.clone().expect("a test says how the approval stands")
    }

    async fn poll_approval(&self, _call_id: &str) -> Option<Approval> {
        self.note("poll".to_owned());
        let books = self.0.borrow();
        if books.unreachable { None } else { books.approval.clone() }
    }

    async fn drop_token(&self, connection: &str, _scopes: &[String]) {
        self.note(format!("drop the token of {connection}"));
    }

    async fn wait_for(&self, _call_id: &str, connection: &str) {
        self.note(format!("wait for {connection}"));
    }

    async fn settled(&self, settled: &Settled) {
        self.note(format!("settled {}: {}", settled.tool, settled.outcome.as_str()));
    }

    async fn spent(&self, tokens: u64) -> bool {
        let unreachable = self.0.borrow().unreachable;
        if !unreachable {
            self.note(format!("spent {tokens}"));
        }
        !unreachable
    }

    async fn index_schedules(&self, schedules: &[Schedule], added: bool) -> Result<(), Problem> {
        // The answer of another object takes time, in which the chat goes on.
        later().await;
        let max = self.0.borrow().max_schedules.unwrap_or(usize::MAX);
        if added && schedules.len() > max {
            let message = format!("At most {max} tasks can be scheduled.");
            return Err(Problem { code: "limit_schedules".to_owned(), message });
        }
        let all: Vec<&str> = schedules.iter().map(|schedule| schedule.description.as_str()).collect();
        self.note(format!("schedules: {}", all.join(", ")));
        Ok(())
    }

    async fn set_time_zone(&self, time_zone: &str) {
        self.note(format!("zone {time_zone}"));
        self.0.borrow_mut().time_zone = Some(time_zone.to_owned());
    }

    async fn session_end(&self, session: &str) -> Result<Option<u64>, Problem> {
        self.note(format!("end of {session}"));
        let books = self.0.borrow();
        if books.unreachable {
            return Err(Problem { code: "account_unreachable".to_owned(), message: "Not now.".to_owned() });
        }
        Ok((!books.signed_out).then(|| books.session_end.unwrap_or(u64::MAX)))
    }

    async fn name_chat(&self, title: &str) -> Result<String, Problem> {
        self.note(format!("title {title}"));
        Ok(self.0.borrow().title.clone().unwrap_or_else(|| title.to_owned()))
    }
}

/// Lets everything else go on first.
pub async fn later() {
    let mut waited = false;
    std::future::poll_fn(move |context| {
        if std::mem::replace(&mut waited, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
