//! What the driver is given in these tests ([`Ports`]), and what it did with it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use deputy_agent::{
    Approval, AskApproval, CallContext, Change, Effect, Emission, Ending, Marks, Obtain, Obtained, Ports, Problem,
    Record, Relation, Settled, State, StoreError, TurnContext, TurnHead, Unrelated, VerifiedUser,
};
use deputy_models::{ModelError, ModelEvent, ModelRequest};
use deputy_wire::{Message, StreamEvent};
use futures::stream::LocalBoxStream;

use super::account::Account;
use super::gates::Gates;
use super::model::{self, Act, Answers};
use super::nesting::Clients;
use super::one_call::OneCall;
use super::store::Store;

/// Everything outside the engine. It outlives a process.
#[derive(Clone)]
pub struct World(Rc<Outside>);

/// See [`World`].
pub struct Outside {
    /// Milliseconds.
    pub clock: Cell<u64>,
    ids: Cell<u64>,
    /// Requests of clients so far.
    pub messages: Cell<u32>,
    /// Streams that answers opened so far.
    pub streams: Cell<u32>,
    /// The chat's table.
    pub store: RefCell<Store>,
    /// Writing fails from now on.
    pub full: Cell<bool>,
    /// Commits so far.
    pub commits: Cell<usize>,
    /// Failures to write that the developer was told of.
    pub log_failures: Cell<usize>,
    answers: RefCell<Rc<Answers>>,
    /// What the model was asked.
    pub requests: RefCell<Vec<ModelRequest>>,
    open_models: Rc<Cell<usize>>,
    /// The account.
    pub account: RefCell<Account>,
    /// What clients were shown.
    pub shown: RefCell<Vec<Shown>>,
    /// Who watches.
    pub clients: RefCell<Clients>,
    /// The ledger.
    pub ledger: RefCell<Vec<Settled>>,
    /// Tools that ran.
    pub runs: RefCell<Vec<Run>>,
    /// Calls that the user wanted to be made again.
    pub retried: RefCell<Vec<String>>,
    /// The model is small.
    pub small: Cell<bool>,
    /// What providers were asked: host and token.
    pub sent: RefCell<Vec<String>>,
    /// Tokens that were reported.
    pub tokens: Cell<u64>,
    /// What is held back.
    pub gates: Gates,
    /// Names of calls, in the order in which they were written: `write`, `write#2`.
    pub names: RefCell<BTreeMap<String, String>>,
    /// Points at which the process may die, if they are collected.
    pub points: RefCell<Option<Vec<Point>>>,
}

/// A tool that ran.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Tool.
    pub tool: &'static str,
    /// What it does.
    pub effect: Effect,
    /// Call.
    pub call_id: String,
    /// About what.
    pub what: String,
}

/// The world as it stood right before or after a commit.
#[derive(Clone)]
pub struct Point {
    store: Store,
    ids: u64,
    messages: u32,
    streams: u32,
    clock: u64,
    account: Account,
    runs: Vec<Run>,
    ledger: Vec<Settled>,
    names: BTreeMap<String, String>,
    requests: Vec<ModelRequest>,
}

impl Point {
    /// The chat as the next process will find it.
    pub fn state(&self) -> State {
        State::fold(self.store.clone().load())
    }
}

/// An [`Emission`] that is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// As [`Emission::Opened`].
    Opened { stream: String, offer: Option<String> },
    /// As [`Emission::Events`].
    Events { stream: String, continuation: bool, events: Vec<StreamEvent> },
    /// As [`Emission::Results`].
    Results { stream: String, events: Vec<StreamEvent> },
    /// As [`Emission::Closed`].
    Closed { stream: String, continuation: bool, request: String, ending: Ending },
    /// As [`Emission::Updated`].
    Updated { message: Message },
    /// As [`Emission::Transcript`].
    Transcript { except: Option<String>, messages: Vec<Message> },
    /// As [`Emission::Cleared`].
    Cleared { except: Option<String> },
    /// A process begins; clients connect again, and read the chat and the running answer.
    Begun { messages: Vec<Message> },
}

impl World {
    /// A world whose model answers like this.
    pub fn new(answers: impl Fn(&ModelRequest) -> Vec<Act> + 'static) -> Self {
        Self(Rc::new(Outside {
            clock: Cell::new(1_795_417_200_000),
            ids: Cell::new(0),
            messages: Cell::new(0),
            streams: Cell::new(0),
            store: RefCell::default(),
            full: Cell::new(false),
            commits: Cell::new(0),
            log_failures: Cell::new(0),
            answers: RefCell::new(Rc::new(answers)),
            requests: RefCell::default(),
            open_models: Rc::default(),
            account: RefCell::default(),
            shown: RefCell::default(),
            clients: RefCell::default(),
            ledger: RefCell::default(),
            runs: RefCell::default(),
            small: Cell::new(false),
            retried: RefCell::default(),
            sent: RefCell::default(),
            tokens: Cell::new(0),
            gates: Gates::default(),
            names: RefCell::default(),
            points: RefCell::default(),
        }))
    }

    /// A world that stands at this point, with this world's model.
    pub fn at(&self, point: &Point) -> Self {
        let answers = Rc::clone(&self.answers.borrow());
        let world = Self::new(move |request| answers(request));
        *world.store.borrow_mut() = point.store.clone();
        world.ids.set(point.ids);
        world.messages.set(point.messages);
        world.streams.set(point.streams);
        world.clock.set(point.clock);
        *world.account.borrow_mut() = point.account.clone();
        *world.runs.borrow_mut() = point.runs.clone();
        *world.ledger.borrow_mut() = point.ledger.clone();
        *world.names.borrow_mut() = point.names.clone();
        *world.requests.borrow_mut() = point.requests.clone();
        world
    }

    /// The model answers like this from now on.
    pub fn answer_with(&self, answers: impl Fn(&ModelRequest) -> Vec<Act> + 'static) {
        *self.answers.borrow_mut() = Rc::new(answers);
    }

    /// Time passes.
    pub fn advance(&self, milliseconds: u64) {
        self.clock.set(self.clock.get() + milliseconds);
    }

    /// A tool ran.
    pub fn ran(&self, run: Run) {
        self.runs.borrow_mut().push(run);
    }

    /// Counts an open model stream until the guard is dropped. A chat has one at a time.
    pub fn model_is_open(&self) -> OpenModel {
        let open = Rc::clone(&self.open_models);
        open.set(open.get() + 1);
        assert_eq!(open.get(), 1, "the model is asked twice at a time");
        OpenModel(open)
    }

    /// The call of that name.
    pub fn call_named(&self, name: &str) -> String {
        let names = self.names.borrow();
        names.iter().find(|(_, known)| *known == name).map_or_else(|| name.to_owned(), |(id, _)| id.clone())
    }

    /// The name of a call.
    pub fn name_of(&self, call_id: &str) -> String {
        self.names.borrow().get(call_id).cloned().unwrap_or_else(|| call_id.to_owned())
    }

    fn name_calls(&self, changes: &[Change]) {
        let mut names = self.names.borrow_mut();
        for change in changes {
            let call = match change {
                Change::Append(Record::CallRequested { call }) => Some(call),
                Change::Append(Record::TurnStarted { turn } | Record::TurnQueued { turn }) => {
                    turn.program_call().map(|called| &called.call)
                }
                _ => None,
            };
            if let Some(call) = call.filter(|call| !names.contains_key(&call.id)) {
                let before = names.values().filter(|name| name.split('#').next() == Some(&call.tool)).count();
                let name = if before == 0 { call.tool.clone() } else { format!("{}#{}", call.tool, before + 1) };
                names.insert(call.id.clone(), name);
            }
        }
    }

    fn mark(&self) {
        if let Some(points) = self.points.borrow_mut().as_mut() {
            points.push(Point {
                store: self.store.borrow().clone(),
                ids: self.ids.get(),
                messages: self.messages.get(),
                streams: self.streams.get(),
                clock: self.clock.get(),
                account: self.account.borrow().clone(),
                runs: self.runs.borrow().clone(),
                ledger: self.ledger.borrow().clone(),
                names: self.names.borrow().clone(),
                requests: self.requests.borrow().clone(),
            });
        }
    }
}

impl Deref for World {
    type Target = Outside;

    fn deref(&self) -> &Outside {
        &self.0
    }
}

/// See [`World::model_is_open`].
pub struct OpenModel(Rc<Cell<usize>>);

impl Drop for OpenModel {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Ports for World {
    fn now(&self) -> u64 {
        self.clock.get()
    }

    fn marks(&self) -> Marks {
        if self.small.get() { Marks::Bare } else { Marks::Member }
    }

    fn is_small(&self) -> bool {
        self.small.get()
    }

    fn id(&self) -> String {
        self.ids.set(self.ids.get() + 1);
        format!("{}", self.ids.get())
    }

    fn write(&self, changes: &[Change]) -> Result<(), StoreError> {
        if self.full.get() {
            return Err(StoreError("full".to_owned()));
        }
        self.mark();
        self.commits.set(self.commits.get() + 1);
        self.name_calls(changes);
        for change in changes {
            self.store.borrow_mut().apply(change);
        }
        self.mark();
        Ok(())
    }

    fn log_failure(&self, _error: &StoreError) {
        self.log_failures.set(self.log_failures.get() + 1);
    }

    fn show(&self, emission: &Emission, state: &State) {
        let shown = match emission.clone() {
            Emission::Opened { stream, offer } => Shown::Opened { stream, offer },
            Emission::Events { stream, continuation, events } => Shown::Events { stream, continuation, events },
            Emission::Results { stream, events, .. } => Shown::Results { stream, events },
            Emission::Closed { stream, continuation, head, ending } => {
                Shown::Closed { stream, continuation, request: head.request, ending }
            }
            Emission::Updated { message } => Shown::Updated { message },
            Emission::Transcript { except } => Shown::Transcript { except, messages: state.transcript() },
            Emission::Cleared { except } => Shown::Cleared { except },
        };
        self.shown.borrow_mut().push(shown);
    }

    async fn begin_turn(&self, head: &TurnHead) -> Result<TurnContext, Problem> {
        if let Some(message) = &self.account.borrow().closed {
            return Err(Problem { code: "limit".to_owned(), message: message.clone() });
        }
        Ok(TurnContext {
            session: head.session.clone(),
            user: self.account.borrow().user(),
            time_zone: "UTC".to_owned(),
            offset_seconds: 0,
            zone_instead: None,
            plain: false,
            withheld: Vec::new(),
        })
    }

    async fn wait(&self, milliseconds: u64) {
        self.advance(milliseconds);
    }

    async fn open_model(
        &self,
        request: &ModelRequest,
    ) -> Result<LocalBoxStream<'static, Result<Vec<ModelEvent>, ModelError>>, ModelError> {
        model::check_request(request);
        self.requests.borrow_mut().push(request.clone());
        let answers = Rc::clone(&self.answers.borrow());
        model::stream(self, answers(request))
    }

    async fn obtain(&self, ask: &Obtain) -> Obtained {
        self.account.borrow_mut().obtain(ask)
    }

    async fn check_relation(&self, user: &VerifiedUser, relation: &Relation) -> Result<(), Unrelated> {
        self.mark();
        self.account.borrow_mut().check_relation(user, relation)
    }

    async fn ask_approval(&self, ask: &AskApproval) -> Approval {
        self.mark();
        let approval = self.account.borrow_mut().ask_approval(ask, self.clock.get());
        self.mark();
        approval
    }

    async fn poll_approval(&self, call_id: &str) -> Approval {
        self.account.borrow_mut().poll_approval(call_id, self.clock.get())
    }

    async fn drop_token(&self, connection: &str, _scopes: &[String]) {
        self.account.borrow_mut().drop_token(connection);
    }

    async fn wait_for(&self, call_id: &str, connection: &str) {
        self.account.borrow_mut().waits.push((call_id.to_owned(), connection.to_owned()));
    }

    async fn settled(&self, settled: &Settled) {
        // The first word counts.
        let mut ledger = self.ledger.borrow_mut();
        if !ledger.iter().any(|row| row.call_id == settled.call_id) {
            ledger.push(settled.clone());
        }
    }

    async fn spent(&self, tokens: u64) {
        self.tokens.set(self.tokens.get() + tokens);
    }

    fn host<'a>(&'a self, context: &'a TurnContext, call_id: &'a str) -> Box<dyn CallContext + 'a> {
        let Outside { account, sent, clock, .. } = &**self;
        Box::new(OneCall { account, sent, clock, call_id, user: context.user.as_ref() })
    }
}
