//! A chat at work: inputs go in, the executor runs until nothing moves, and what must always hold is checked.

use std::collections::BTreeSet;
use std::rc::Rc;

use deputy_agent::{
    Accepted, Answered, Ask, Call, CallAsk, CallState, Decision, Driver, Effect, Origin, Pause, PauseReason, Plan,
    State, StoreError, TurnHead,
};
use deputy_wire::{Message, Part, Role};
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use serde_json::Value;

use super::tools::registry;
use super::world::{Shown, World};

/// The connection that asks.
pub const TAB: &str = "tab";

/// In which order waits are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they were asked.
    OldestFirst,
    /// The other way round.
    NewestFirst,
}

/// One process of one chat.
pub struct Chat {
    /// The world.
    pub world: World,
    /// The engine.
    pub driver: Rc<Driver<World>>,
    pool: LocalPool,
}

impl Chat {
    /// A process that finds this world's table, and goes on with what it finds.
    pub fn open(world: &World) -> Self {
        let log = world.store.borrow_mut().load();
        let driver = Driver::new(world.clone(), registry(world), "user|1".to_owned(), log).unwrap();
        let begun = Shown::Begun { messages: everything(&driver.state()) };
        world.shown.borrow_mut().push(begun);
        let chat = Self { world: world.clone(), driver: Rc::new(driver), pool: LocalPool::new() };
        if chat.driver.has_work() {
            chat.drive();
        }
        chat
    }

    /// Drives beside whatever is going on.
    pub fn drive(&self) {
        let driver = Rc::clone(&self.driver);
        self.pool.spawner().spawn_local(async move { driver.drive().await }).unwrap();
    }

    /// Runs until nothing moves, then checks what must always hold.
    pub fn settle(&mut self) {
        self.pool.run_until_stalled();
        self.check();
    }

    /// Runs until nothing moves, over a table that somebody has changed: what must always hold need not.
    pub fn settle_unchecked(&mut self) {
        self.pool.run_until_stalled();
    }

    /// The process dies and the next one reads the table.
    pub fn crash(self) -> Self {
        let Self { world, driver, pool } = self;
        drop(pool);
        drop(driver);
        Self::open(&world)
    }

    /// A new message.
    pub fn say(&mut self, text: &str) -> String {
        let id = format!("u{}", self.world.messages.get() + 1);
        self.send(&id, text)
    }

    /// A message with an id of the client's choice.
    pub fn send(&mut self, id: &str, text: &str) -> String {
        self.ask(Some((id.to_owned(), text.to_owned())), None)
    }

    /// Asks for another answer.
    pub fn regenerate(&mut self, keep_to: Option<&str>) -> String {
        self.ask(None, keep_to)
    }

    fn ask(&mut self, user: Option<(String, String)>, keep_to: Option<&str>) -> String {
        let number = self.world.messages.get() + 1;
        self.world.messages.set(number);
        let head = TurnHead {
            id: format!("turn{number}"),
            request: format!("r{number}"),
            origin: Origin::Message,
            session: Some("session".to_owned()),
            connection: Some(TAB.to_owned()),
            message_id: format!("a{number}"),
            user_messages: Vec::new(),
            at: self.world.clock.get(),
            reports: Vec::new(),
        };
        let ask = Ask { head, user, keep_to: keep_to.map(str::to_owned) };
        let word = accepted(&self.driver.accept(ask, Some(TAB)));
        self.drive();
        format!("r{number}: {word}")
    }

    /// A program calls a tool, under an id of its choice.
    pub fn call(&mut self, id: &str, tool: &str, input: &Value) -> String {
        let number = self.world.messages.get() + 1;
        self.world.messages.set(number);
        let ask = CallAsk {
            id: id.to_owned(),
            tool: tool.to_owned(),
            input: input.clone(),
            client: "Inspector".to_owned(),
            session: Some("session".to_owned()),
            stream: format!("r{number}"),
        };
        let called = self.driver.call(ask);
        self.drive();
        format!("r{number}: {}", accepted(&called))
    }

    /// An answer to a call, by its name in the test.
    pub fn answer(&mut self, call: &str, decision: &Decision) -> String {
        let stream = self.next_stream();
        let call_id = self.world.call_named(call);
        let unknown = self.driver.state().call(&call_id).and_then(Call::pause).is_some_and(Pause::is_outcome);
        let answered = self.driver.answer(&call_id, decision, &stream, Some(TAB));
        if matches!(answered, Ok(Answered::Taken(_)))
            && unknown
            && matches!(decision, Decision::Retry | Decision::Approve)
        {
            self.world.retried.borrow_mut().push(call_id);
        }
        let word = match answered {
            Ok(Answered::Taken(_)) => "taken",
            Ok(Answered::Late) => "late",
            Ok(Answered::Unknown) => "unknown",
            Ok(Answered::ReadOnly) => "read only",
            Err(StoreError(_)) => "not stored",
        };
        self.drive();
        format!("{call}: {word}")
    }

    /// The account tells the chat that a consent was completed.
    fn consented(&mut self, connection: &str) -> String {
        let waiting = self.driver.state().waiting_for(connection);
        for call_id in &waiting {
            let stream = self.next_stream();
            let _ = self.driver.answer(call_id, &Decision::Continue { consented: true }, &stream, None);
        }
        self.drive();
        let names: Vec<String> = waiting.iter().map(|call_id| self.world.name_of(call_id)).collect();
        format!("{connection} connected, waiting: {}", names.join(" "))
    }

    /// The user answers on the device; the alarm has not looked yet.
    pub fn on_device(&mut self, call: &str, answer: &str) -> String {
        let call_id = self.world.call_named(call);
        let mut account = self.world.account.borrow_mut();
        match account.approvals.get_mut(&call_id) {
            Some(asked) if asked.state == "pending" => {
                answer.clone_into(&mut asked.state);
                format!("{call} on the device: {answer}")
            }
            _ => format!("{call} on the device: nothing"),
        }
    }

    /// The alarm looks after approvals.
    pub fn poll(&mut self) {
        let driver = Rc::clone(&self.driver);
        let poll = async move {
            let _ = driver.poll_approvals().await;
            driver.drive().await;
        };
        self.pool.spawner().spawn_local(poll).unwrap();
    }

    /// The user logs in again: calls that wait for that go on.
    pub fn sign_in(&mut self) -> String {
        self.world.account.borrow_mut().signed_out = false;
        let waiting = self.driver.state().waiting_for_session();
        for call_id in &waiting {
            let stream = self.next_stream();
            let _ = self.driver.answer(call_id, &Decision::Continue { consented: false }, &stream, None);
        }
        self.drive();
        let names: Vec<String> = waiting.iter().map(|call_id| self.world.name_of(call_id)).collect();
        format!("signed in, waiting: {}", names.join(" "))
    }

    fn next_stream(&self) -> String {
        self.world.streams.set(self.world.streams.get() + 1);
        format!("s{}", self.world.streams.get())
    }

    /// Stops a turn.
    pub fn stop(&mut self, request: &str) -> String {
        let word = match self.driver.stop(request) {
            Ok(true) => "stopped",
            Ok(false) => "nothing to stop",
            Err(StoreError(_)) => "not stored",
        };
        self.drive();
        format!("{request}: {word}")
    }

    /// The user logs out: the session is gone, and the chat is told.
    pub fn log_out(&mut self) -> String {
        self.world.account.borrow_mut().signed_out = true;
        let ended = self.driver.session_ended("session");
        self.drive();
        if ended.is_ok() { "logged out".to_owned() } else { "not stored".to_owned() }
    }

    /// Clears the chat.
    pub fn clear(&mut self) -> String {
        let cleared = self.driver.clear(Some(TAB));
        self.drive();
        if cleared.is_ok() { "cleared".to_owned() } else { "not stored".to_owned() }
    }

    /// The alarm of a wait goes off.
    pub fn expire(&mut self) -> String {
        let expired = self.driver.expire();
        self.drive();
        if expired.is_ok() { "expired".to_owned() } else { "not stored".to_owned() }
    }

    /// Everything that was going on in this process is dropped, as when the platform cuts a handler off.
    pub fn drop_work(&mut self) {
        self.pool = LocalPool::new();
    }

    /// Lets everything happen, and answers everything that waits with a yes, until nothing is left to do.
    pub fn finish(&mut self) {
        self.finish_in(Order::OldestFirst);
    }

    /// As [`finish`](Self::finish), in that order.
    pub fn finish_in(&mut self, order: Order) {
        self.world.gates.open_all();
        for _ in 0..100 {
            self.settle();
            let waiting = self.waiting();
            let next = if order == Order::NewestFirst { waiting.last() } else { waiting.first() };
            match next {
                None => break,
                Some((call, Pause { reason: PauseReason::Confirm, .. })) => {
                    self.answer(call, &Decision::Approve);
                }
                Some((_, Pause { reason: PauseReason::Connect { connection, required, .. }, .. })) => {
                    self.connect(connection, required, &["fresh".to_owned()]);
                }
                Some((call, Pause { reason: PauseReason::Approve { .. }, .. })) => {
                    self.on_device(call, "approved");
                    self.world.advance(5_000);
                    self.poll();
                }
                Some((_, Pause { reason: PauseReason::SignIn, .. })) => {
                    self.sign_in();
                }
                Some((call, Pause { reason: PauseReason::Outcome { .. }, .. })) => {
                    self.answer(call, &Decision::NotNow);
                }
            }
        }
        assert!(self.is_idle(), "the chat comes to rest: {:?}", self.driver.state().plan());
    }

    /// The user gives consent.
    pub fn connect(&mut self, connection: &str, scopes: &[String], tokens: &[String]) -> String {
        let mut account = self.world.account.borrow_mut();
        let connected = account.connected.entry(connection.to_owned()).or_default();
        connected.scopes.extend_from_slice(scopes);
        connected.tokens = tokens.to_vec();
        drop(account);
        self.consented(connection)
    }

    /// What clients that load the chat are shown.
    pub fn transcript(&self) -> Vec<Message> {
        self.driver.state().transcript()
    }

    /// Calls that wait, with what they wait for.
    pub fn waiting(&self) -> Vec<(String, Pause)> {
        let state = self.driver.state();
        state.waits().map(|(call, pause)| (self.world.name_of(&call.head.id), pause.clone())).collect()
    }

    /// What a tool does.
    pub fn effect(&self, tool: &str) -> Effect {
        registry(&self.world).effect(tool).unwrap()
    }

    /// Nothing runs, waits or is queued.
    pub fn is_idle(&self) -> bool {
        self.driver.state().plan() == Plan::Idle
    }

    fn check(&self) {
        let state = self.driver.state();
        let stored = State::fold(self.world.store.borrow().clone().load());
        assert_same(&stored, &state);
        assert_unique(&state);
        self.world.clients.borrow_mut().check(&self.world.shown.borrow());
        let runs = self.world.runs.borrow();
        let risky: Vec<&str> = runs
            .iter()
            .filter(|run| !matches!(run.effect, Effect::Reads | Effect::Own))
            .map(|run| run.call_id.as_str())
            .collect();
        let retried = self.world.retried.borrow();
        for call in risky.iter().collect::<BTreeSet<_>>() {
            let times = risky.iter().filter(|ran| ran == &call).count();
            let wanted = 1 + retried.iter().filter(|again| again == call).count();
            assert!(times <= wanted, "an effect was repeated: {runs:?}");
        }
        let account = self.world.account.borrow();
        let asked = account.approvals.len() + retried.len();
        assert!(account.pushes <= asked, "the device was asked {} times for {asked} calls", account.pushes);
    }
}

fn accepted(accepted: &Result<Accepted, StoreError>) -> &'static str {
    match accepted {
        Ok(Accepted::Turn(_)) => "turn",
        Ok(Accepted::Duplicate) => "duplicate",
        Ok(Accepted::Nothing) => "nothing",
        Ok(Accepted::TooMany) => "too many",
        Ok(Accepted::ReadOnly) => "read only",
        Err(StoreError(_)) => "not stored",
    }
}

/// Messages and the running answer.
pub fn everything(state: &State) -> Vec<Message> {
    state.messages.iter().cloned().chain(state.turn.iter().map(|turn| turn.answer.clone())).collect()
}

/// What is stored is what is in memory, but for text that waits to be written.
fn assert_same(stored: &State, memory: &State) {
    assert_eq!(stored.messages, memory.messages, "messages");
    assert_eq!(stored.queue, memory.queue, "queue");
    assert_eq!(stored.branches, memory.branches, "branches");
    assert_eq!(stored.parked.len(), memory.parked.len(), "parked");
    for (stored, memory) in stored.parked.iter().zip(&memory.parked) {
        assert_eq!((&stored.turn, &stored.answer_stream), (&memory.turn, &memory.answer_stream));
        assert_same_call(&stored.call, &memory.call);
    }
    let (Some(stored), Some(memory)) = (&stored.turn, &memory.turn) else {
        assert_eq!(stored.turn, memory.turn, "turn");
        return;
    };
    assert_eq!(
        (&stored.head, stored.position, &stored.stream, stored.step, stored.attempt, stored.step_from, stored.answered),
        (&memory.head, memory.position, &memory.stream, memory.step, memory.attempt, memory.step_from, memory.answered),
    );
    assert_eq!((stored.last, &stored.earlier), (memory.last, &memory.earlier));
    assert_eq!(stored.calls.len(), memory.calls.len());
    stored.calls.iter().zip(&memory.calls).for_each(|(stored, memory)| assert_same_call(stored, memory));
    if memory.answered {
        assert_eq!(stored.answer, memory.answer, "answer");
    } else {
        let (before, step) = stored.answer.parts.split_at(stored.step_from);
        assert_eq!(before, &memory.answer.parts[..memory.step_from], "earlier steps");
        let (stored, memory) = (text(step), text(&memory.answer.parts[memory.step_from..]));
        assert!(memory.starts_with(&stored), "{stored:?} is not the beginning of {memory:?}");
    }
}

/// A call that was begun by another process and may be repeated is ready again in this one.
fn assert_same_call(stored: &Call, memory: &Call) {
    let resumes = stored.state == CallState::Started && memory.state == CallState::Ready;
    let stored = if resumes { Call { state: CallState::Ready, ..stored.clone() } } else { stored.clone() };
    assert_eq!(stored, *memory, "call");
}

fn text(parts: &[Part]) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        Part::Text { text, .. } | Part::Reasoning { text, .. } => Some(text.as_str()),
        Part::StepStart | Part::Tool(_) | Part::Report { .. } => None,
    });
    texts.collect()
}

fn assert_unique(state: &State) {
    let transcript = state.transcript();
    let ids: BTreeSet<&str> = transcript.iter().map(|message| message.id.as_str()).collect();
    assert_eq!(ids.len(), transcript.len(), "message ids are unique");
    for message in &state.messages {
        for part in &message.parts {
            if let Part::Tool(tool) = part {
                let ended = matches!(
                    tool.state,
                    deputy_wire::ToolState::Output { .. }
                        | deputy_wire::ToolState::Failed { .. }
                        | deputy_wire::ToolState::Denied { .. }
                );
                let waits = state.parked(&tool.call_id).is_some();
                assert!(
                    message.role == Role::Assistant && ended != waits,
                    "open calls of a message are parked: {tool:?}"
                );
            }
        }
    }
}
