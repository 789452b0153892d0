//! What the engine needs ([`Ports`]), of the platform, the log, the sockets and the account.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use deputy_agent::{
    Approval, AskApproval, CallContext, Change, Emission, ErasedTool, Marks, Obtain, Obtained, Ports, Problem, Record,
    Relation, Settled, State, StoreError, TurnContext, TurnHead, Unrelated, VerifiedUser,
};
use deputy_models::{ModelError, ModelRequest};

use super::alarm::Alarm;
use super::begun::{Begun, Telling};
use super::followers::Followers;
use super::library::{self, Libraries};
use super::owner::Ownership;
use super::ports::{Account, Begin, ModelStream, Platform};
use super::schedules::Schedules;
use super::servers::Servers;
use super::sockets::Sockets;
use super::store::{self, Log};
use super::tool_ports::{ToolCall, Zones};
use super::uncollected::Uncollected;
use super::watchers::Watchers;
use crate::account::mcp_servers::McpTools;
use crate::objects;
use crate::platform::log::{Level, note};
use crate::platform::ports::SqlError;
use crate::platform::random;
use crate::tools::ports::{TimeZones as _, ToolPorts};

/// An account that cannot be reached is asked again after this time, milliseconds.
const LOOK_AGAIN_MS: u64 = 5_000;

/// While a turn runs the alarm comes after this time and looks whether somebody is at it, milliseconds.
const WATCHDOG_MS: u64 = 30_000;

/// What was used is told after this time at the latest: a chat with nothing to do sleeps soon, and forgets, milliseconds.
const TOLD_AFTER_MS: u64 = 5_000;

/// Everything of a chat but its engine.
pub struct EnginePorts<P: Platform> {
    /// The platform.
    pub platform: Rc<P>,
    /// The log.
    pub log: Log<P>,
    /// Open sockets.
    pub sockets: Sockets<P>,
    /// Open answers to `POST /chat`.
    pub followers: Followers,
    /// Who waits for a change.
    pub watchers: Watchers,
    /// Calls of programs that nobody was told the end of.
    pub uncollected: Uncollected<P>,
    /// Whose chat it is.
    pub owner: Rc<Ownership<P>>,
    /// The alarm.
    pub alarm: Rc<Alarm<P>>,
    /// Schedules.
    pub schedules: Rc<Schedules<P>>,
    /// What the account said of the user.
    pub begun: Rc<Begun>,
    /// The user's MCP servers.
    pub servers: Rc<Servers<P>>,
    /// Time zones.
    pub zones: Rc<Zones<P>>,
    /// The zone that was last stored for the user.
    pub time_zone: RefCell<Option<String>>,
    /// The chat was begun over `POST /chat`: its client shows plain text (TV-26).
    plain: Cell<bool>,
}

impl<P: Platform> EnginePorts<P> {
    /// Opens the object's storage.
    pub fn open(platform: Rc<P>) -> Result<Self, SqlError> {
        store::migrate(&*platform)?;
        let owner = Rc::new(Ownership::open(Rc::clone(&platform))?);
        let plain = objects::meta(&*platform, "plain")?.is_some();
        let alarm = Rc::new(Alarm::new(Rc::clone(&platform)));
        Ok(Self {
            log: Log::new(Rc::clone(&platform)),
            sockets: Sockets::new(Rc::clone(&platform)),
            followers: Followers::default(),
            watchers: Watchers::default(),
            uncollected: Uncollected::new(Rc::clone(&platform)),
            schedules: Rc::new(Schedules::new(Rc::clone(&platform), Rc::clone(&owner), Rc::clone(&alarm))),
            servers: Rc::new(Servers::open(Rc::clone(&platform), Rc::clone(&owner))?),
            zones: Rc::new(Zones::new(Rc::clone(&platform))),
            owner,
            alarm,
            begun: Rc::default(),
            time_zone: RefCell::default(),
            plain: Cell::new(plain),
            platform,
        })
    }

    /// What the tools are made with.
    pub fn tool_ports(&self) -> ToolPorts {
        let (schedules, zones) = (Rc::clone(&self.schedules), Rc::clone(&self.zones));
        let library = Rc::new(Libraries(Rc::clone(&self.platform)));
        ToolPorts { schedules, zones, library }
    }

    /// The chat's client shows plain text, from now on.
    pub fn show_plainly(&self) -> Result<(), SqlError> {
        if !self.plain.replace(true) {
            objects::set_meta(&*self.platform, "plain", "1")?;
        }
        Ok(())
    }

    /// The chat was erased: nothing is known of its next client.
    pub fn forget_plain(&self) -> Result<(), SqlError> {
        self.plain.set(false);
        store::delete_meta(&*self.platform, "plain")
    }

    /// Sets the alarm for whatever comes first. An alarm that comes earlier is left alone, because every setting is a row: it looks, and
    /// is set again. So is the watchdog of a turn that is over: the next turn finds it there.
    pub fn arm(&self, state: &State, next_poll: Option<u64>) {
        let now = self.now();
        let wanted = self.wanted(state, next_poll);
        match [wanted, self.schedules.next_run(), self.sockets.next_end()].into_iter().flatten().min() {
            Some(next) if self.alarm.comes_by(next) => {}
            Some(next) => self.alarm.set(next.max(now.saturating_add(1))),
            None if self.alarm.comes_by(now.saturating_add(WATCHDOG_MS)) => {}
            None if self.alarm.at().is_some() => self.alarm.delete(),
            None => {}
        }
    }

    /// When the engine is to be looked after, milliseconds.
    fn wanted(&self, state: &State, next_poll: Option<u64>) -> Option<u64> {
        let runs = state.turn.as_ref().is_some_and(|turn| turn.stream.is_some()) || !state.queue.is_empty();
        let watchdog = runs.then(|| self.now().saturating_add(WATCHDOG_MS));
        [state.next_expiry(), next_poll, watchdog].into_iter().flatten().min()
    }

    /// Tells the account what it has not been told yet.
    pub async fn tell_spent(&self) {
        let Ok(account) = self.owner.account() else { return };
        tell_spent(&self.begun, &account).await;
    }

    /// Takes in what the account says of the user's MCP servers; every socket is told what is another than before. Answers may overtake each
    /// other, and the chat may have been erased meanwhile.
    pub fn take_in_servers(&self, servers: McpTools) {
        if self.owner.get().is_none() || servers.version <= self.servers.version() {
            return;
        }
        let before = self.servers.frame();
        self.servers.take_in(servers);
        let frame = self.servers.frame();
        if frame != before {
            self.sockets.hearing().for_each(|socket| socket.send(&frame));
        }
    }

    /// What the account says, or for a chat without an owner `otherwise`.
    async fn ask<T>(&self, ask: impl AsyncFnOnce(P::Account) -> T, otherwise: impl FnOnce(Problem) -> T) -> T {
        match self.owner.account() {
            Ok(account) => ask(account).await,
            Err(problem) => otherwise(problem),
        }
    }
}

impl<P: Platform> Ports for EnginePorts<P> {
    fn now(&self) -> u64 {
        self.platform.now()
    }

    fn id(&self) -> String {
        // Without randomness nothing could have been sealed and nobody could be signed in; the clock keeps ids apart.
        let bytes = self.platform.random::<16>();
        bytes.map_or_else(|_| format!("t{}", self.now()), |bytes| random::encode(&bytes))
    }

    fn write(&self, changes: &[Change]) -> Result<(), StoreError> {
        match changes {
            [] => Ok(()),
            // One statement is a transaction by itself.
            [Change::Append(record)] if !matches!(record, Record::TurnStarted { .. }) => self.log.write(changes),
            _ => self.platform.transaction(&|| self.log.write(changes)),
        }
    }

    fn taken_in(&self, state: &State, next_poll: Option<u64>) {
        // Schedules and sockets bring the alarm forward when they come: what is written changes only what the engine wants.
        if !self.wanted(state, next_poll).is_some_and(|wanted| self.alarm.comes_by(wanted)) {
            self.arm(state, next_poll);
        }
    }

    fn log_failure(&self, error: &StoreError) {
        note(Level::Error, "chat", Some("chat_store"), Some(&error.0));
    }

    fn show(&self, emission: &Emission, state: &State) {
        self.sockets.show(emission, state);
        self.followers.show(emission);
        self.watchers.tell();
    }

    async fn begin_turn(&self, head: &TurnHead) -> Result<TurnContext, Problem> {
        let (session, now) = (head.session.as_deref(), self.now());
        let user = match self.begun.user(session, now) {
            Some(user) => user,
            None => {
                let account = self.owner.account()?;
                let (epoch, servers_version) = (self.begun.epoch(), self.servers.version());
                let spent = self.begun.take_unspent();
                let begin = Begin { session, spent, servers_version };
                let mut user = account.begin_turn(begin).await.inspect_err(|problem| {
                    // A day that is over was counted first.
                    if problem.code != "limit_tokens_per_day" {
                        self.begun.put_back(spent);
                    }
                })?;
                if let Some(servers) = user.servers.take() {
                    self.take_in_servers(servers);
                }
                self.begun.keep(session, &user, now, epoch);
                user
            }
        };
        let now = self.now();
        let zone = user.time_zone.filter(|zone| self.platform.zone_offset(zone, now).is_some());
        self.zones.set_user(zone);
        let (time_zone, zone_instead) = (self.zones.of_user(), self.zones.instead());
        let offset_seconds = self.platform.zone_offset(&time_zone, now).unwrap_or_default();
        let (session, user, plain) = (user.session, user.user, self.plain.get());
        let context =
            TurnContext { session, user, offset_seconds, time_zone, zone_instead, plain, ..TurnContext::default() };
        Ok(context)
    }

    fn more_tools(&self) -> Option<Vec<Rc<dyn ErasedTool>>> {
        self.servers.tools()
    }

    async fn wait(&self, milliseconds: u64) {
        self.platform.sleep(milliseconds).await;
    }

    fn marks(&self) -> Marks {
        self.platform.marks()
    }

    fn is_small(&self) -> bool {
        self.platform.is_small()
    }

    async fn open_model(&self, request: &ModelRequest) -> Result<ModelStream, ModelError> {
        self.platform.open_model(request).await
    }

    async fn obtain(&self, ask: &Obtain) -> Obtained {
        self.ask(async |account| account.obtain(ask).await, Obtained::Refused).await
    }

    async fn check_relation(&self, user: &VerifiedUser, relation: &Relation) -> Result<(), Unrelated> {
        library::check_relation(&*self.platform, user, relation).await
    }

    async fn visible_documents(&self, user: &VerifiedUser, documents: &[String]) -> Vec<String> {
        library::visible_documents(&*self.platform, user, documents).await
    }

    async fn ask_approval(&self, ask: &AskApproval) -> Approval {
        self.ask(async |account| account.ask_approval(ask).await, Approval::Ended).await
    }

    async fn poll_approval(&self, call_id: &str) -> Approval {
        let poll = async |account: P::Account| account.poll_approval(call_id).await;
        let standing = self.ask(poll, |problem| Some(Approval::Ended(problem))).await;
        // The account cannot be reached: that says nothing about the user.
        standing.unwrap_or_else(|| Approval::Later(self.now().saturating_add(LOOK_AGAIN_MS)))
    }

    async fn drop_token(&self, connection: &str, scopes: &[String]) {
        self.ask(async |account| account.drop_token(connection, scopes).await, drop).await;
    }

    async fn wait_for(&self, call_id: &str, connection: &str) {
        self.ask(async |account| account.wait_for(call_id, connection).await, drop).await;
    }

    async fn settled(&self, settled: &Settled) {
        self.ask(async |account| account.settled(settled).await, drop).await;
    }

    async fn spent(&self, tokens: u64) {
        match self.begun.spend(tokens) {
            Telling::Now(tokens) => {
                // The day may be over for the user: who begins next asks.
                self.begun.forget();
                let told = self.ask(async |account| account.spent(tokens).await, |_| false).await;
                if !told {
                    self.begun.put_back(tokens);
                }
            }
            Telling::Soon => {
                let (platform, begun, owner) =
                    (Rc::clone(&self.platform), Rc::clone(&self.begun), Rc::clone(&self.owner));
                self.platform.later(Box::pin(async move {
                    platform.sleep(TOLD_AFTER_MS).await;
                    if let Ok(account) = owner.account() {
                        tell_spent(&begun, &account).await;
                    }
                }));
            }
            Telling::Seen => {}
        }
    }

    fn host<'a>(&'a self, context: &'a TurnContext, call_id: &'a str) -> Box<dyn CallContext + 'a> {
        Box::new(ToolCall { platform: &*self.platform, call_id, user: context.user.as_ref() })
    }
}

/// Tells the account what it has not been told yet.
async fn tell_spent(begun: &Begun, account: &impl Account) {
    let tokens = begun.take_unspent();
    if tokens > 0 && !account.spent(tokens).await {
        begun.put_back(tokens);
    }
}
