//! What the engine needs ([`Ports`]), of the platform, the log, the sockets and the account.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use deputy_agent::{
    Approval, AskApproval, CallContext, Change, Emission, Marks, Obtain, Obtained, Ports, Problem, Record, Relation,
    Settled, State, StoreError, TurnContext, TurnHead, Unrelated, VerifiedUser,
};
use deputy_models::{ModelError, ModelRequest};

use super::alarm::Alarm;
use super::followers::Followers;
use super::library::{self, Libraries};
use super::owner::Ownership;
use super::ports::{Account, ModelStream, Platform};
use super::schedules::Schedules;
use super::sockets::Sockets;
use super::store::{self, Log};
use super::tool_ports::{ToolCall, Zones};
use super::uncollected::Uncollected;
use super::watchers::Watchers;
use crate::objects;
use crate::platform::log::{Level, note};
use crate::platform::ports::SqlError;
use crate::platform::random;
use crate::tools::ports::{TimeZones as _, ToolPorts};

/// An account that cannot be reached is asked again after this time, milliseconds.
const LOOK_AGAIN_MS: u64 = 5_000;

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
            zones: Rc::new(Zones::new(Rc::clone(&platform))),
            owner,
            alarm,
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

    fn log_failure(&self, error: &StoreError) {
        note(Level::Error, "chat", Some("chat_store"), Some(&error.0));
    }

    fn show(&self, emission: &Emission, state: &State) {
        self.sockets.show(emission, state);
        self.followers.show(emission);
        self.watchers.tell();
    }

    async fn begin_turn(&self, head: &TurnHead) -> Result<TurnContext, Problem> {
        let user = self.owner.account()?.begin_turn(head.session.as_deref()).await?;
        let now = self.now();
        let zone = user.time_zone.filter(|zone| self.platform.zone_offset(zone, now).is_some());
        self.zones.set_user(zone);
        let (time_zone, zone_instead) = (self.zones.of_user(), self.zones.instead());
        let offset_seconds = self.platform.zone_offset(&time_zone, now).unwrap_or_default();
        let (session, user, plain) = (user.session, user.user, self.plain.get());
        Ok(TurnContext { session, user, offset_seconds, time_zone, zone_instead, plain, withheld: Vec::new() })
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
        self.ask(async |account| account.spent(tokens).await, drop).await;
    }

    fn host<'a>(&'a self, context: &'a TurnContext, call_id: &'a str) -> Box<dyn CallContext + 'a> {
        Box::new(ToolCall { platform: &*self.platform, call_id, user: context.user.as_ref() })
    }
}
