//! What the driver needs of the world, in the Worker and in tests.

use std::rc::Rc;

use deputy_models::{ModelError, ModelEvent, ModelRequest};
use deputy_wire::CallOutcomeKind;
use futures::stream::LocalBoxStream;

use crate::authority::{Authority, Credentials, Digest, Effect, Relation, Unrelated, VerifiedUser};
use crate::chat::{Change, Marks, NewTurn, ShownDocuments, State, TurnHead};
use crate::show::Emission;
use crate::tool::{CallContext, ErasedTool};

/// The world, as the driver sees it.
#[allow(async_fn_in_trait, reason = "workers have one thread; nothing here is Send")]
pub trait Ports {
    /// Now, milliseconds.
    fn now(&self) -> u64;
    /// A new random id.
    fn id(&self) -> String;
    /// A new random id that begins with what it is the id of.
    fn named(&self, kind: &str) -> String {
        [kind, &self.id()].concat()
    }
    /// Ids of a turn that may have to be begun, on this stream or one of its own.
    fn new_turn(&self, stream: Option<&str>) -> NewTurn {
        NewTurn {
            id: self.named("turn_"),
            request: stream.map_or_else(|| self.id(), str::to_owned),
            message_id: self.named("msg_"),
            at: self.now(),
        }
    }
    /// Writes the changes, all or none, before anything else leaves the object.
    fn write(&self, changes: &[Change]) -> Result<(), StoreError>;
    /// What was written is taken in: what belongs into the same commit, such as an alarm, is written now. `next_poll`: when the next
    /// approval is to be looked after, milliseconds.
    fn taken_in(&self, _state: &State, _next_poll: Option<u64>) {}
    /// Tells the developer that the log could not be written.
    fn log_failure(&self, error: &StoreError);
    /// Shows the clients what happened.
    fn show(&self, emission: &Emission, state: &State);
    /// For whom a turn runs, and whether it may.
    async fn begin_turn(&self, head: &TurnHead) -> Result<TurnContext, Problem>;
    /// All tools of this user beside those the chat was given, when they are not those that were given out last. Asked when the chat
    /// is opened, and after every [`Ports::begin_turn`].
    fn more_tools(&self) -> Option<Vec<Rc<dyn ErasedTool>>> {
        None
    }
    /// Waits.
    async fn wait(&self, milliseconds: u64);
    /// How the model is shown which text others wrote.
    fn marks(&self) -> Marks {
        Marks::default()
    }
    /// The model is small: it is offered the tools that the conversation needs, and is told in words what was done when it is to answer.
    fn is_small(&self) -> bool {
        false
    }
    /// Asks the model. The stream ends with the answer, or with an error.
    async fn open_model(
        &self,
        request: &ModelRequest,
    ) -> Result<LocalBoxStream<'static, Result<Vec<ModelEvent>, ModelError>>, ModelError>;
    /// Obtains what a call needs.
    async fn obtain(&self, ask: &Obtain) -> Obtained;
    /// Whether the user stands in the relation, asked anew each time. Whoever is asked answers for this user and no other (RG-21).
    ///
    /// Errors: no, or nobody can tell.
    async fn check_relation(&self, user: &VerifiedUser, relation: &Relation) -> Result<(), Unrelated>;
    /// Which of these documents the user may see, asked in one go. What is not in the answer is not shown to a model again.
    async fn visible_documents(&self, user: &VerifiedUser, documents: &[String]) -> Vec<String>;
    /// Asks the user on a trusted device, once for each call: asked again for the same call, it tells how that one stands.
    async fn ask_approval(&self, ask: &AskApproval) -> Approval;
    /// How the approval that the call waits for stands.
    async fn poll_approval(&self, call_id: &str) -> Approval;
    /// The provider refused the token: it must not be used again.
    async fn drop_token(&self, connection: &str, scopes: &[String]);
    /// A call waits for consent to a connection whose token the provider refused: whoever learns of the consent must know.
    async fn wait_for(&self, call_id: &str, connection: &str);
    /// A call has ended: the ledger.
    async fn settled(&self, settled: &Settled);
    /// Tokens the model used.
    async fn spent(&self, tokens: u64);
    /// The host of one call.
    fn host<'a>(&'a self, context: &'a TurnContext, call_id: &'a str) -> Box<dyn CallContext + 'a>;
}

/// For whom a turn runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TurnContext {
    /// Session whose authority it uses.
    pub session: Option<String>,
    /// The user, as the tenant has verified them; none without a session.
    pub user: Option<VerifiedUser>,
    /// The user's zone.
    pub time_zone: String,
    /// Its offset now, seconds.
    pub offset_seconds: i32,
    /// Why the zone is not the user's own, if it is not.
    pub zone_instead: Option<String>,
    /// The chat belongs to a client that shows plain text (`POST /chat`).
    pub plain: bool,
    /// Names of tools that are not offered: the user does not stand in the relation that offering them takes. The engine fills it in.
    pub withheld: Vec<String>,
    /// What earlier results show of documents that the user may not see any more: the model is not given it. The engine fills it in.
    pub hidden: ShownDocuments,
}

/// A refusal: code and sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable code.
    pub code: String,
    /// Sentence for the user.
    pub message: String,
}

/// A call asks for its authority.
#[derive(Debug, Clone, PartialEq)]
pub struct Obtain {
    /// Call id.
    pub call_id: String,
    /// Tool name.
    pub tool: String,
    /// What it does.
    pub effect: Effect,
    /// What it is bound to.
    pub digest: Digest,
    /// What it needs.
    pub authority: Vec<Authority>,
    /// Session of the turn.
    pub session: Option<String>,
}

/// What became of it.
#[derive(Debug)]
pub enum Obtained {
    /// Everything is there.
    Granted(Credentials),
    /// An account must be connected, or grant more.
    NeedsConnection {
        /// Connection name.
        connection: String,
        /// Missing scopes.
        missing: Vec<String>,
        /// Scopes to ask for.
        required: Vec<String>,
    },
    /// The session has ended: only a new login helps.
    SessionEnded,
    /// It cannot be had: a sentence for the user and the model.
    Refused(Problem),
}

/// The user is to be asked on a trusted device.
#[derive(Debug, Clone, PartialEq)]
pub struct AskApproval {
    /// The call and everything it needs; the approval is among it.
    pub call: Obtain,
    /// The whole input: what the user approves.
    pub input: serde_json::Value,
    /// The very same was done in this chat before: when, milliseconds. The question says so.
    pub again: Option<u64>,
    /// Offset of the user's zone from UTC, seconds, for times in the question.
    pub offset_seconds: i32,
}

/// How an approval stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
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
        /// When to look again, milliseconds.
        next_poll_at: u64,
    },
    /// It cannot be learnt now: look again at this time, milliseconds.
    Later(u64),
    /// The user said yes to exactly this.
    Approved,
    /// It will not be given: why.
    Ended(Problem),
    /// The session has ended: only a new login helps.
    SessionEnded,
}

/// The ledger row of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Call id.
    pub call_id: String,
    /// Tool name.
    pub tool: String,
    /// What it does.
    pub effect: Effect,
    /// Under which authority, in words.
    pub authority: String,
    /// How it ended.
    pub outcome: CallOutcomeKind,
    /// The stable code of that.
    pub code: String,
}

/// The log could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the chat could not be stored: {0}")]
pub struct StoreError(pub String);
