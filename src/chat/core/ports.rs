//! What a chat needs from the outside: implemented on Cloudflare by the shell, in tests by fakes.

use deputy_agent::{
    Approval, AskApproval, Marks, Obtain, Obtained, Problem, Schedule, Settled, StoreError, VerifiedUser,
};
use deputy_models::{ModelError, ModelEvent, ModelRequest};
use futures::future::LocalBoxFuture;
use futures::stream::LocalBoxStream;

use crate::account::mcp_servers::McpTools;
use crate::library::requests::LibraryRequest;
use crate::objects::Refusal;
use crate::platform::ports::{Clock, Network, Random, Sql};
use crate::tools::mcp::{ServerAnswer, ServerCall};

/// The owner of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Subject.
    pub subject: String,
    /// The chat's id, as its path names it.
    pub chat: String,
}

/// A model's answer while it comes. Dropping it ends the request.
pub type ModelStream = LocalBoxStream<'static, Result<Vec<ModelEvent>, ModelError>>;

/// The platform, as a chat sees it.
pub trait Platform: Sql + Clock + Random + Network + 'static {
    /// An open socket.
    type Socket: Socket;
    /// The account of a chat's owner.
    type Account: Account;
    /// A library of documents.
    type Library: Library;

    /// All sockets that were accepted and are open, also those from before the object slept.
    fn sockets(&self) -> Vec<Self::Socket>;

    /// The account of a chat's owner.
    fn account(&self, owner: &Owner) -> Self::Account;

    /// The library of the organisation that the user is signed in to, or of the tenant.
    fn library(&self, user: &VerifiedUser) -> Self::Library;

    /// How the language model is shown which text others wrote.
    fn marks(&self) -> Marks {
        Marks::default()
    }

    /// The language model is small.
    fn is_small(&self) -> bool {
        false
    }

    /// Asks the language model. The stream ends with the answer, or with an error.
    async fn open_model(&self, request: &ModelRequest) -> Result<ModelStream, ModelError>;

    /// Offset of an IANA zone from UTC at an instant, in seconds; none for an unknown zone.
    fn zone_offset(&self, time_zone: &str, at: u64) -> Option<i32>;

    /// Sets the object's one alarm, milliseconds, or with none deletes it. False when that failed.
    async fn set_alarm(&self, at: Option<u64>) -> bool;

    /// Runs `work` in one transaction: what it writes stays if it succeeds, and none of it if it fails.
    fn transaction(&self, work: &dyn Fn() -> Result<(), StoreError>) -> Result<(), StoreError>;

    /// Works on, without anybody waiting for it.
    fn later(&self, work: LocalBoxFuture<'static, ()>);
}

/// One open socket.
pub trait Socket {
    /// Sends a frame. A socket that is gone does not matter: the log has everything.
    fn send(&self, frame: &str);

    /// Closes it.
    fn close(&self, code: u16, reason: &str);

    /// Keeps what the socket carries, over the object's sleep. False when that failed.
    fn keep(&self, attachment: &str) -> bool;

    /// What was kept.
    fn kept(&self) -> Option<String>;
}

/// A library, asked for a user of the chat.
pub trait Library {
    /// What the library answers.
    ///
    /// Errors: the library's own refusal, or one of status 500 and above when it gave no answer.
    async fn ask<R: LibraryRequest>(&self, request: &R) -> Result<R::Reply, Refusal>;
}

/// What a chat asks the account of its owner.
pub trait Account {
    /// A turn begins: who is it for?
    ///
    /// Errors: the turn may not begin, in words.
    async fn begin_turn(&self, begin: Begin<'_>) -> Result<TurnUser, Problem>;

    /// What the user's MCP servers offer, if it is not that version of it.
    ///
    /// Errors: the account cannot be reached.
    async fn servers(&self, version: u64) -> Result<Option<McpTools>, Problem>;

    /// Calls a tool of one of the user's MCP servers.
    async fn call_server(&self, call: &ServerCall) -> ServerAnswer;

    /// Obtains what a tool call needs.
    async fn obtain(&self, ask: &Obtain) -> Obtained;

    /// Asks the user on a trusted device, once for each tool call.
    async fn ask_approval(&self, ask: &AskApproval) -> Approval;

    /// How the approval that a tool call waits for stands. None when the account cannot be reached.
    async fn poll_approval(&self, call_id: &str) -> Option<Approval>;

    /// The provider refused the token: it must not be used again.
    async fn drop_token(&self, connection: &str, scopes: &[String]);

    /// A tool call waits for consent to a connection whose token the provider refused.
    async fn wait_for(&self, call_id: &str, connection: &str);

    /// A tool call has ended: the ledger.
    async fn settled(&self, settled: &Settled);

    /// Tokens the model used. False when the account was not told.
    async fn spent(&self, tokens: u64) -> bool;

    /// The schedules of the chat, as they are now. `added`: one of them is new.
    ///
    /// Errors: one more is too many, in words.
    async fn index_schedules(&self, schedules: &[Schedule], added: bool) -> Result<(), Problem>;

    /// The user's IANA zone.
    async fn set_time_zone(&self, time_zone: &str);

    /// When a session ends as things stand, milliseconds; none when it has ended. Asking is no use of it.
    ///
    /// Errors: the account cannot be reached.
    async fn session_end(&self, session: &str) -> Result<Option<u64>, Problem>;

    /// Names the chat, unless the user has named it; gives the title that holds.
    async fn name_chat(&self, title: &str) -> Result<String, Problem>;
}

/// What the account is told when a turn begins.
#[derive(Debug, Clone, Copy)]
pub struct Begin<'a> {
    /// The session that asked; without one it is the newest.
    pub session: Option<&'a str>,
    /// Tokens that were used since the account was last told.
    pub spent: u64,
    /// What is known of the user's MCP servers.
    pub servers_version: u64,
}

/// The user of a turn, as the account knows them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TurnUser {
    /// Session whose authority the turn uses; none when no session is alive.
    pub session: Option<String>,
    /// Who the user of that session is, as the tenant has verified it; none without a session.
    pub user: Option<VerifiedUser>,
    /// The user's IANA zone, if known.
    pub time_zone: Option<String>,
    /// Model tokens that are left of the user's day.
    pub tokens_left: u64,
    /// When the session ends if it is not used again, milliseconds.
    pub ends_at: u64,
    /// What the user's MCP servers offer, if it is not what is known.
    pub servers: Option<McpTools>,
}
