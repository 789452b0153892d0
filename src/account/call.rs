//! What other parts of the Worker may ask an account object, and what it answers.
//!
//! One typed call, one typed reply, in the body of an object `fetch`: the account never proxies a raw request. A call from a
//! chat names the chat, the call and the authority; the account checks the chat against its own index before it answers.

use std::collections::BTreeMap;

use deputy_agent::{Authority, Effect};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use super::bearers::OpenBearer;
pub use super::connection_call::{
    ConnectCompleted, ConnectOutcome, ConnectStarted, ConnectionEntry, DisconnectStep, Disconnected, StartConnect,
    UsedBy,
};
pub use super::refusal::Refusal;

/// One request to an account object.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountCall {
    /// A login was verified: keep its session. Answer: [`SessionOpened`].
    OpenSession(OpenSession),
    /// A bearer token was verified: keep it as a session, for as long as it lives. Answer: [`SessionOpened`].
    OpenBearer(OpenBearer),
    /// Is this session alive? With `socket` the chat is registered as having an open socket. Answer: [`SessionView`].
    CheckSession {
        /// Session id out of the sealed cookie.
        session: String,
        /// Chat whose socket is being opened.
        socket: Option<String>,
    },
    /// Ends a session: deletes its tokens, revokes the refresh token, closes its sockets. Answer: [`Done`].
    CloseSession {
        /// Session id.
        session: String,
    },
    /// The tenant ended a session (back-channel logout): closes what belongs to it. Answer: [`Done`].
    TenantLogout {
        /// The tenant's session; none means all sessions of the user.
        sid: Option<String>,
        /// Id of the logout token, which works once.
        jti: String,
        /// When the logout token ends, milliseconds.
        expires_at: u64,
    },
    /// Makes a chat. Answer: [`ChatEntry`].
    CreateChat {},
    /// The chat of a conversation over `POST /chat`. Answer: [`ChatEntry`], a new one where `begin` allows it.
    OpenThread {
        /// What the client calls it, or the thread's id as we told it.
        name: Option<String>,
        /// The request begins something: without a known conversation it gets a new chat.
        begin: bool,
    },
    /// Chats, newest first. Answer: `Vec<ChatEntry>`.
    ListChats {
        /// At most that many (the account caps it).
        limit: Option<u32>,
        /// Only chats made before that time, milliseconds.
        before: Option<u64>,
        /// Only chats whose title holds this text.
        query: Option<String>,
    },
    /// Is the chat in this account's index? Answer: [`Owns`].
    OwnsChat {
        /// Chat id.
        chat: String,
    },
    /// Renames a chat. Answer: [`ChatEntry`].
    RenameChat {
        /// Chat id.
        chat: String,
        /// New title.
        title: String,
        /// True when the agent named it: does not replace a title the user chose.
        automatic: bool,
    },
    /// Removes a chat from the index (the edge then wipes the chat object). Answer: [`Done`].
    DeleteChat {
        /// Chat id.
        chat: String,
    },
    /// Stores the user's IANA zone. Answer: [`Done`].
    SetTimeZone {
        /// For example `Europe/Berlin`.
        time_zone: String,
    },
    /// A turn begins: who is it for, and may it run? Answer: [`TurnContext`].
    BeginTurn {
        /// Chat id.
        chat: String,
        /// Session that asked; none for a scheduled task, which takes the newest live one.
        session: Option<String>,
    },
    /// A tool call asks for its authority. Answer: [`Obtained`].
    Obtain(ObtainCall),
    /// A call needs a yes on the user's device: ask, once. Answer: [`ApprovalStanding`].
    AskApproval(ApprovalCall),
    /// How the approval that a call waits for stands. Answer: [`ApprovalStanding`].
    PollApproval {
        /// Chat id.
        chat: String,
        /// Tool call id.
        call_id: String,
    },
    /// A tool call has ended: the ledger row. Repeating it changes nothing. Answer: [`Done`].
    Settle(SettleCall),
    /// A call waits for consent although a token was granted: the provider refused that one. Answer: [`Done`].
    AwaitConnection {
        /// Chat id.
        chat: String,
        /// Tool call id.
        call_id: String,
        /// Connection name.
        connection: String,
    },
    /// The provider refused the cached token (401): drop it so that the next `Obtain` exchanges again. Answer: [`Done`].
    DropProviderToken {
        /// Connection name.
        connection: String,
        /// Scopes it was obtained for.
        scopes: Vec<String>,
    },
    /// Counts model tokens against the user's day. Answer: [`Done`].
    SpendTokens {
        /// Input and output tokens.
        tokens: u64,
    },
    /// The schedules of a chat, as they are now (replaces what was known). Answer: [`Done`], or a refusal when there are too many.
    IndexSchedules {
        /// Chat id.
        chat: String,
        /// All of them.
        schedules: Vec<ScheduleEntry>,
        /// True when one was added just now (counts against the day).
        added: bool,
    },
    /// Schedules of all chats. Answer: `Vec<ScheduleEntry>`.
    ListSchedules {},
    /// Starts the Connected Accounts flow. Answer: [`ConnectStarted`].
    StartConnect(StartConnect),
    /// Completes it. Answer: [`ConnectCompleted`].
    CompleteConnect {
        /// Session id of the browser that came back.
        session: String,
        /// `state` of the callback.
        state: String,
        /// `connect_code`, or none when the user cancelled.
        connect_code: Option<String>,
    },
    /// Connected accounts. Answer: `Vec<ConnectionEntry>`.
    ListConnections {
        /// Session id.
        session: Option<String>,
    },
    /// Of several accounts of one connection, tools use this one; the others are disconnected. Answer: [`Done`].
    UseAccount {
        /// Session id.
        session: Option<String>,
        /// `cac_…`
        id: String,
    },
    /// Disconnects one. Answer: [`Disconnected`].
    Disconnect {
        /// Session id.
        session: Option<String>,
        /// `cac_…`
        id: String,
    },
}

/// A verified login.
#[derive(Serialize, Deserialize)]
pub struct OpenSession {
    /// ID-token claims.
    pub claims: Map<String, Value>,
    /// Session of the browser until now; it is replaced whole (S-03).
    pub replaces: Option<String>,
    /// Tokens, carried in the body of this call only.
    pub tokens: TokenEnvelope,
}

impl std::fmt::Debug for OpenSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenSession")
    }
}

/// The one envelope in which tokens cross from object to object. Never stored, never logged.
#[derive(Serialize, Deserialize, Default)]
pub struct TokenEnvelope {
    /// Access token for the agent's API, or of a provider.
    pub access_token: Option<String>,
    /// Refresh token.
    pub refresh_token: Option<String>,
    /// Scopes of the access token.
    pub scope: Option<String>,
    /// When the access token ends, milliseconds.
    pub expires_at: Option<u64>,
}

impl std::fmt::Debug for TokenEnvelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenEnvelope([redacted])")
    }
}

/// Answer to `OpenSession`.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionOpened {
    /// Id for the cookie.
    pub session: String,
    /// When it ends at the latest, milliseconds.
    pub expires_at: u64,
}

/// A session that was found alive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionView {
    /// Subject.
    pub sub: String,
    /// ID-token claims.
    pub claims: Map<String, Value>,
    /// When it ends at the latest, milliseconds.
    pub expires_at: u64,
}

/// A row of the chat list, as `GET /api/chats` shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatEntry {
    /// Chat id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Milliseconds.
    pub created_at: u64,
}

/// Answer to `OwnsChat`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Owns {
    /// True when the chat is this account's.
    pub owns: bool,
}

/// Answer of calls that have nothing to tell.
#[derive(Debug, Serialize, Deserialize)]
pub struct Done {}

/// What a turn may know of its user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TurnContext {
    /// Session whose authority the turn uses; none when no session is alive.
    pub session: Option<String>,
    /// ID-token claims (name for the prompt); empty without a session.
    pub claims: Map<String, Value>,
    /// The user's IANA zone, if known.
    pub time_zone: Option<String>,
}

/// A tool call asks for its authority.
#[derive(Debug, Serialize, Deserialize)]
pub struct ObtainCall {
    /// Chat id.
    pub chat: String,
    /// Tool call id.
    pub call_id: String,
    /// Tool name.
    pub tool: String,
    /// What the tool does to the world.
    pub effect: Effect,
    /// Digest of tool, canonical input and account.
    pub digest: String,
    /// Session of the turn.
    pub session: Option<String>,
    /// What is needed; only `Session` and `Vault` need credentials.
    pub authority: Vec<Authority>,
}

/// Answer to `Obtain`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obtained {
    /// Everything is there. One envelope for each connection, and `session` for the user's own token.
    Granted {
        /// Provider tokens by connection name.
        vault: BTreeMap<String, TokenEnvelope>,
        /// The user's own access token.
        session: Option<TokenEnvelope>,
        /// The token of the approval on the user's device.
        #[serde(default)]
        approval: Option<TokenEnvelope>,
    },
    /// The user has to connect an account (or grant more).
    NeedsConnection {
        /// Connection name.
        connection: String,
        /// Scopes that are missing.
        missing: Vec<String>,
        /// Scopes to ask for: what is granted and what is missing.
        required: Vec<String>,
    },
    /// The session has ended: sign in again.
    SessionEnded {},
    /// It cannot be had now; the model and the user are told why.
    Refused {
        /// Stable code.
        code: String,
        /// Sentence for the user.
        message: String,
    },
}

/// A call is to be approved on the user's device.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApprovalCall {
    /// The call and what it needs; the approval is among it.
    pub call: ObtainCall,
    /// The whole input: what the user approves.
    pub input: Value,
}

/// How an approval stands. The tenant's own identifier of the request never leaves the account (S-24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalStanding {
    /// The user has not answered.
    Pending {
        /// The same letters as in the details on the device.
        code: String,
        /// What the device shows.
        binding_message: String,
        /// When it was asked, milliseconds.
        requested_at: u64,
        /// When it ends unanswered, milliseconds.
        expires_at: u64,
        /// Seconds between two questions to the tenant.
        interval_seconds: u64,
        /// When to ask again, milliseconds.
        next_poll_at: u64,
    },
    /// The user said yes to exactly this.
    Approved {},
    /// The session has ended: sign in again.
    SessionEnded {},
    /// It will not be given.
    Ended {
        /// Stable code.
        code: String,
        /// Sentence for the user.
        message: String,
    },
}

/// The ledger row of a tool call.
#[derive(Debug, Serialize, Deserialize)]
pub struct SettleCall {
    /// Chat id.
    pub chat: String,
    /// Tool call id; with the chat it names the row.
    pub call_id: String,
    /// Tool name.
    pub tool: String,
    /// What the tool does to the world.
    pub effect: Effect,
    /// Under which authority, in words (`vault:google-oauth2 …`).
    pub authority: String,
    /// `completed`, `failed`, `refused`, `unknown`.
    pub outcome: String,
}

/// A schedule as `GET /api/schedules` shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleEntry {
    /// Schedule id.
    pub id: String,
    /// Chat id.
    #[serde(default)]
    pub chat_id: String,
    /// What will be done.
    pub description: String,
    /// `scheduled`, `delayed` or `cron`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Cron expression.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cron: Option<String>,
    /// IANA zone the expression is read in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub time_zone: Option<String>,
    /// Next run, milliseconds.
    pub next_run: u64,
}
