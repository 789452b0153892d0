//! The engine's world on Cloudflare: storage, sockets, model, account, tools' host.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use deputy_agent::{
    Approval, AskApproval, Change, Credentials, Emission, Host, Obtain, Obtained, Ports, Problem, Settled, State,
    StoreError, TurnContext, TurnHead,
};
use deputy_http::Secret;
use deputy_models::{ModelError, ModelEvent, ModelRequest};
use futures::stream::LocalBoxStream;
use serde::de::DeserializeOwned;
use worker::Env;

use super::followers::Followers;
use super::host::CallHost;
use super::sockets::Sockets;
use super::store::{self, Log};
use crate::account::approvals::{ApprovalStatus, AskApproval as AskAccount, PollApproval};
use crate::account::authority::{AwaitConnection, ObtainAuthority, Obtained as Authorized, SettleToolCall};
use crate::account::chats::{BeginTurn, SpendTokens};
use crate::account::vault::DropProviderToken;
use crate::account::{self, AccountRequest, account_name};
use crate::config::Settings;
use crate::objects::{self, Refusal, TokenEnvelope};
use crate::platform::log::{Level, Line};
use crate::platform::sql::Database;
use crate::platform::{clock, intl, random};

/// An account that cannot be reached is asked again after this time, milliseconds.
const LOOK_AGAIN_MS: u64 = 5_000;

/// Everything outside the engine.
pub struct World {
    /// The object.
    pub state: Rc<worker::State>,
    /// Bindings.
    pub env: Env,
    /// Settings.
    pub settings: Rc<Settings>,
    /// The log and the other tables.
    pub log: Log<Database>,
    /// Open sockets.
    pub sockets: Sockets,
    /// Open answers to `POST /chat`.
    pub followers: Followers,
    /// The chat was begun over `POST /chat`: its client shows plain text (TV-26).
    plain: Cell<bool>,
    /// The owner's subject; none until the first verified caller.
    pub owner: RefCell<Option<String>>,
    /// The chat's id, as its path names it.
    pub chat: RefCell<String>,
    /// The alarm that is set, milliseconds.
    pub alarm: RefCell<Option<u64>>,
    /// The zone that was last stored for the user.
    pub time_zone: RefCell<Option<String>>,
}

impl World {
    /// Opens the object's storage.
    pub fn open(state: Rc<worker::State>, env: Env, settings: Rc<Settings>) -> Result<Self, StoreError> {
        let database = Database::of(&state);
        let failed = |error: crate::platform::ports::SqlError| StoreError(error.0);
        store::migrate(&database).map_err(failed)?;
        let owner = objects::meta(&database, "owner").map_err(failed)?;
        let chat = objects::meta(&database, "chat").map_err(failed)?.unwrap_or_default();
        let plain = objects::meta(&database, "plain").map_err(failed)?.is_some();
        Ok(Self {
            sockets: Sockets::new(Rc::clone(&state)),
            log: Log::new(database),
            state,
            env,
            settings,
            followers: Followers::default(),
            plain: Cell::new(plain),
            owner: RefCell::new(owner),
            chat: RefCell::new(chat),
            alarm: RefCell::default(),
            time_zone: RefCell::default(),
        })
    }

    /// The chat's id.
    pub fn chat_id(&self) -> String {
        self.chat.borrow().clone()
    }

    /// The chat's client shows plain text, from now on.
    pub fn show_plainly(&self) -> Result<(), StoreError> {
        if !self.plain.replace(true) {
            objects::set_meta(self.log.sql(), "plain", "1").map_err(|error| StoreError(error.0))?;
        }
        Ok(())
    }

    /// Asks the owner's account.
    pub async fn ask_account<R: AccountRequest>(&self, request: &R) -> Result<R::Reply, Refusal> {
        let owner = self.owner.borrow().clone();
        let Some(owner) = owner else {
            return Err(Refusal::new(409, "chat_unowned", "This chat has no owner yet."));
        };
        let name = account_name(self.settings.tenant.issuer.as_str(), &owner);
        account::ask(&self.env, &name, request).await
    }

    /// Asks the account and only logs a failure.
    pub async fn tell_account<R: AccountRequest>(&self, request: R) {
        if let Err(refusal) = self.ask_account(&request).await {
            Line { code: Some(&refusal.code), ..Line::new(Level::Warn, "account_call") }.write();
        }
    }

    /// Offset of a zone from UTC, seconds; UTC for a zone the runtime does not know.
    pub fn offset_seconds(time_zone: &str, at: u64) -> i32 {
        intl::zone_offset_minutes(time_zone, at).map_or(0, |minutes| minutes.saturating_mul(60))
    }
}

impl Ports for World {
    fn now(&self) -> u64 {
        clock::now_ms()
    }

    fn id(&self) -> String {
        // Without randomness nothing could have been sealed and nobody could be signed in; the clock keeps ids apart.
        random::identifier().unwrap_or_else(|_| format!("t{}", clock::now_ms()))
    }

    fn write(&self, changes: &[Change]) -> Result<(), StoreError> {
        match changes {
            [] => Ok(()),
            // One statement is a transaction by itself.
            [Change::Append(record)] if !matches!(record, deputy_agent::Record::TurnStarted { .. }) => {
                self.log.write(changes)
            }
            _ => self.log.sql().transaction(&self.state, || self.log.write(changes)),
        }
    }

    fn log_failure(&self, error: &StoreError) {
        Line { code: Some("chat_store"), detail: Some(&error.0), ..Line::new(Level::Error, "chat") }.write();
    }

    fn show(&self, emission: Emission<'_>, state: &State) {
        self.sockets.show(&emission, state);
        self.followers.show(&emission);
    }

    async fn begin_turn(&self, head: &TurnHead) -> Result<TurnContext, Problem> {
        let begin = BeginTurn { chat: self.chat_id(), session: head.session.clone() };
        let context = self.ask_account(&begin).await.map_err(problem)?;
        let name = ["name", "nickname", "given_name"].iter().find_map(|claim| context.claims.get(*claim)?.as_str());
        let time_zone = context.time_zone.filter(|zone| intl::is_zone(zone)).unwrap_or_else(|| "UTC".to_owned());
        Ok(TurnContext {
            session: context.session,
            name: name.map(str::to_owned),
            offset_seconds: Self::offset_seconds(&time_zone, clock::now_ms()),
            time_zone,
            plain: self.plain.get(),
        })
    }

    async fn open_model(
        &self,
        request: &ModelRequest,
    ) -> Result<LocalBoxStream<'static, Result<Vec<ModelEvent>, ModelError>>, ModelError> {
        super::model::open(&self.settings.model, request).await
    }

    async fn obtain(&self, ask: &Obtain) -> Obtained {
        match self.ask_account(&self.obtain_authority(ask)).await {
            Ok(Authorized::Granted { vault, session, approval }) => Obtained::Granted(Credentials {
                session: session.map(access_token),
                approval: approval.map(access_token),
                vault: vault.into_iter().map(|(name, token)| (name, access_token(token))).collect(),
            }),
            Ok(Authorized::NeedsConnection { connection, missing, required }) => {
                Obtained::NeedsConnection { connection, missing, required }
            }
            Ok(Authorized::SessionEnded {}) => Obtained::SessionEnded,
            Ok(Authorized::Refused { code, message }) => Obtained::Refused(Problem { code, message }),
            Err(refusal) => Obtained::Refused(problem(refusal)),
        }
    }

    async fn ask_approval(&self, ask: &AskApproval) -> Approval {
        let ask = AskAccount { call: self.obtain_authority(&ask.call), input: ask.input.clone() };
        approval(self.ask_account(&ask).await)
    }

    async fn poll_approval(&self, call_id: &str) -> Approval {
        let poll = PollApproval { chat: self.chat_id(), call_id: call_id.to_owned() };
        match self.ask_account(&poll).await {
            // The account cannot be reached: that says nothing about the user.
            Err(refusal) if refusal.status >= 500 => Approval::Later(clock::now_ms().saturating_add(LOOK_AGAIN_MS)),
            answer => approval(answer),
        }
    }

    fn drop_token(&self, connection: &str, _scopes: &[String]) -> impl Future<Output = ()> {
        self.tell_account(DropProviderToken { connection: connection.to_owned() })
    }

    fn wait_for(&self, call_id: &str, connection: &str) -> impl Future<Output = ()> {
        let (chat, call_id, connection) = (self.chat_id(), call_id.to_owned(), connection.to_owned());
        self.tell_account(AwaitConnection { chat, call_id, connection })
    }

    fn settled(&self, settled: &Settled) -> impl Future<Output = ()> {
        self.tell_account(SettleToolCall {
            chat: self.chat_id(),
            call_id: settled.call_id.clone(),
            tool: settled.tool.clone(),
            effect: settled.effect,
            authority: settled.authority.clone(),
            outcome: settled.outcome.to_owned(),
        })
    }

    fn spent(&self, tokens: u64) -> impl Future<Output = ()> {
        self.tell_account(SpendTokens { tokens })
    }

    fn host<'a>(&'a self, context: &'a TurnContext, call_id: &'a str) -> Box<dyn Host + 'a> {
        Box::new(CallHost { world: self, context, call_id })
    }
}

fn approval(answer: Result<ApprovalStatus, Refusal>) -> Approval {
    match answer {
        Ok(ApprovalStatus::Pending {
            code,
            binding_message,
            requested_at,
            expires_at,
            interval_seconds,
            next_poll_at,
        }) => Approval::Pending { code, binding_message, requested_at, expires_at, interval_seconds, next_poll_at },
        Ok(ApprovalStatus::Approved {}) => Approval::Approved,
        Ok(ApprovalStatus::SessionEnded {}) => Approval::SessionEnded,
        Ok(ApprovalStatus::Ended { code, message }) => Approval::Ended(Problem { code, message }),
        Err(refusal) => Approval::Ended(problem(refusal)),
    }
}

fn access_token(envelope: TokenEnvelope) -> Secret {
    envelope.access_token
}

fn problem(refusal: Refusal) -> Problem {
    Problem { code: refusal.code.clone(), message: refusal.message.clone() }
}

impl World {
    fn obtain_authority(&self, ask: &Obtain) -> ObtainAuthority {
        ObtainAuthority {
            chat: self.chat_id(),
            call_id: ask.call_id.clone(),
            tool: ask.tool.clone(),
            effect: ask.effect,
            digest: ask.digest.as_str().to_owned(),
            session: ask.session.clone(),
            authority: ask.authority.clone(),
        }
    }

    /// Tells open tabs the chat's title. A frame of our own: every client ignores types it does not know.
    pub fn show_title(&self, title: &str) {
        let frame = deputy_http::json::write(&serde_json::json!({"type": "deputy_title", "title": title}));
        for socket in self.sockets.all().iter() {
            socket.send(&frame);
        }
    }
}
