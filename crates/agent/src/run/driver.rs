//! Carries out what [`State::plan`] says, one thing after the other, for as long as there is something to do.
//!
//! `drive` is idempotent: called by a socket handler at once and by a watchdog alarm; while one call drives, another finds
//! nothing to do. The leases are in memory, because a Durable Object is one process: who finds no lease there is the only one.
//! There are two: the running turn, and calls whose turns are over; an answer to one of those need not wait for the model.

use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use futures::future::{AbortHandle, Abortable, LocalBoxFuture, join, join_all};

use super::ledger;
use super::ports::{Ports, Problem, Settled, StoreError, TurnContext};
use super::unwritten::Unwritten;
use crate::chat::{
    Accepted, Answered, Ask, Change, Decision, Lane, LoggedRows, Plan, Record, State, Turn, TurnHead, TurnOutcome,
};
use crate::show::{self, Cause, Emission, Ending, Live};
use crate::tool::{ErasedTool, Registry};

/// One chat at work.
pub struct Driver<P> {
    pub(super) ports: P,
    /// Those the chat was given, and those that its ports have beside them.
    tools: RefCell<Rc<Registry>>,
    /// Those the chat was given.
    own_tools: Registry,
    pub(super) state: RefCell<State>,
    pub(super) live: RefCell<Live>,
    pub(super) unwritten: RefCell<Unwritten>,
    /// Tokens that were used and not told yet.
    pub(super) spent: Cell<u64>,
    /// The user's subject: part of what a permit is bound to.
    account: RefCell<String>,
    /// For whom turns run, by turn id: asked once.
    contexts: RefCell<BTreeMap<String, TurnContext>>,
    turn_driven: Cell<bool>,
    parked_driven: Cell<bool>,
    abort: RefCell<Option<AbortHandle>>,
    /// Calls that have ended and are not in the ledger yet.
    untold: RefCell<Vec<Settled>>,
    /// When the approvals that calls wait for are to be looked after, milliseconds, by call id.
    pub(super) polls: RefCell<BTreeMap<String, u64>>,
    /// Calls that ask on a device right now: each may come to wait.
    pub(super) asking: Cell<usize>,
}

impl<P: Ports> Driver<P> {
    /// A chat with this log. What the last process left unfinished is put in order; [`Driver::drive`] goes on with it.
    pub fn new(ports: P, tools: Registry, account: String, log: impl Into<LoggedRows>) -> Result<Self, StoreError> {
        let mut state = State::fold(log);
        let own_tools = tools;
        let tools = with_more(&own_tools, ports.more_tools().unwrap_or_default());
        let id = || ports.named("pending_");
        let mut changes = state.recover(Lane::Turn, &tools, ports.now(), &id);
        changes.extend(state.recover(Lane::Parked, &tools, ports.now(), &id));
        if !changes.is_empty() {
            ports.write(&changes)?;
            changes.iter().for_each(|change| state.apply(change));
        }
        // The last process may have died before it told the ledger; being told twice, the ledger keeps the first word.
        let untold = ledger::settled(&state, &tools);
        Ok(Self {
            ports,
            tools: RefCell::new(Rc::new(tools)),
            own_tools,
            state: RefCell::new(state),
            live: RefCell::default(),
            unwritten: RefCell::default(),
            spent: Cell::new(0),
            account: RefCell::new(account),
            contexts: RefCell::default(),
            turn_driven: Cell::new(false),
            parked_driven: Cell::new(false),
            abort: RefCell::default(),
            untold: RefCell::new(untold),
            polls: RefCell::default(),
            asking: Cell::new(0),
        })
    }

    /// The chat as it stands.
    pub fn state(&self) -> Ref<'_, State> {
        self.state.borrow()
    }

    /// The world this driver was given.
    pub fn ports(&self) -> &P {
        &self.ports
    }

    /// Names the account, once it is known. Permits are bound to it.
    pub fn set_account(&self, account: &str) {
        account.clone_into(&mut self.account.borrow_mut());
    }

    /// The tools as they are now.
    pub fn tools(&self) -> Rc<Registry> {
        Rc::clone(&self.tools.borrow())
    }

    pub(super) fn account(&self) -> String {
        self.account.borrow().clone()
    }

    /// True when there is something to do that nobody is doing.
    pub fn has_work(&self) -> bool {
        let state = self.state.borrow();
        let turn = !matches!(state.plan(), Plan::Idle | Plan::Wait)
            || !self.untold.borrow().is_empty()
            || state.has_begun(Lane::Turn);
        let parked = !state.parked_ready().is_empty() || state.has_begun(Lane::Parked);
        (turn && !self.turn_driven.get()) || (parked && !self.parked_driven.get())
    }

    /// Takes in a request for a turn; the caller drives afterwards. `except` knows the user's message already.
    pub fn accept(&self, ask: Ask, except: Option<&str>) -> Result<Accepted, StoreError> {
        let accepted = self.state.borrow().accept(ask);
        if let Accepted::Turn(changes) = &accepted {
            self.commit(changes, Cause::Asked(except))?;
        }
        Ok(accepted)
    }

    /// Takes in an answer to a waiting call; the caller drives afterwards. `stream` names the stream on which the turn goes on, or on
    /// which the outcome of a parked call is told; `offer` is the connection that answered.
    pub fn answer(
        &self,
        call_id: &str,
        decision: &Decision,
        stream: &str,
        offer: Option<&str>,
    ) -> Result<Answered, StoreError> {
        let new = self.ports.new_turn(Some(stream));
        let answered = self.state.borrow().answer(call_id, decision, &new);
        if let Answered::Taken(changes) = &answered {
            self.forget_context();
            self.commit(changes, Cause::Answered(offer))?;
        }
        Ok(answered)
    }

    /// Ends what has waited too long; the caller drives afterwards.
    pub fn expire(&self) -> Result<(), StoreError> {
        let stream = self.ports.id();
        let changes = self.state.borrow().expire(self.ports.now(), &stream);
        self.commit(&changes, Cause::Answered(None))
    }

    /// A session has ended: what was asked on the device in it counts no more. The caller drives afterwards.
    pub fn session_ended(&self, session: &str) -> Result<(), StoreError> {
        let stream = self.ports.id();
        let changes = self.state.borrow().void_approvals(session, &stream);
        self.commit(&changes, Cause::Answered(None))
    }

    /// Stops the turn of this request or stream; the caller drives afterwards. False when there is none.
    pub fn stop(&self, request: &str) -> Result<bool, StoreError> {
        let changes = self.state.borrow().stop(request);
        let Some(changes) = changes else { return Ok(false) };
        self.commit(&changes, Cause::Engine)?;
        Ok(true)
    }

    /// Clears the chat; the caller drives afterwards. `except` knows already.
    pub fn clear(&self, except: Option<&str>) -> Result<(), StoreError> {
        self.commit(&[Change::Clear], Cause::Asked(except))
    }

    /// Goes on until there is nothing left to do. Returns at once when another call is at it.
    pub async fn drive(&self) {
        futures::join!(self.drive_turn(), self.drive_parked());
        // A call whose turn was over may have brought a turn that tells of it.
        self.drive_turn().await;
    }

    async fn drive_turn(&self) {
        let Some(_lease) = Lease::take(&self.turn_driven) else { return };
        if let Err(error) = self.recover(Lane::Turn) {
            self.fail_without_log(&error);
            return;
        }
        loop {
            let plan = self.state.borrow().plan();
            if self.tell(&plan).await {
                continue;
            }
            let done = match plan {
                Plan::Idle | Plan::Wait => break,
                Plan::StartTurn => self.start_turn(),
                Plan::CallModel(step) => self.abortable(Box::pin(self.call_model(step))).await,
                Plan::RunCalls(ids) => self.abortable(Box::pin(self.run_calls(&ids))).await,
                Plan::Pause => self.append(Record::StreamClosed {}),
                Plan::Park => {
                    let changes = self.state.borrow().park_turn();
                    self.commit(&changes, Cause::Engine)
                }
                Plan::End(outcome) => self.end(&outcome),
            };
            if let Err(error) = done {
                // Nothing can be written: show it, and leave the log as it is for the next process.
                self.fail_without_log(&error);
                break;
            }
        }
    }

    /// Calls whose turns are over, beside whatever turn runs.
    async fn drive_parked(&self) {
        let Some(_lease) = Lease::take(&self.parked_driven) else { return };
        let mut done = self.recover(Lane::Parked);
        while done.is_ok() {
            let ready = self.state.borrow().parked_ready();
            if ready.is_empty() {
                break;
            }
            done = self.run_calls(&ready).await;
            self.tell_ledger().await;
        }
        if let Err(error) = done {
            self.ports.log_failure(&error);
        }
    }

    async fn run_calls(&self, ids: &[String]) -> Result<(), StoreError> {
        let all = join_all(ids.iter().map(|id| self.run_call(id))).await;
        all.into_iter().collect()
    }

    /// Nobody drives: a call that was begun was left by a process, or a drive, that did not come to its end.
    fn recover(&self, lane: Lane) -> Result<(), StoreError> {
        let id = || self.ports.named("pending_");
        let changes = self.state.borrow_mut().recover(lane, &self.tools(), self.ports.now(), &id);
        self.commit(&changes, Cause::Answered(None))
    }

    /// Tells the ledger what ended and, when the turn rests, what it used. True when it took time: then look again.
    async fn tell(&self, plan: &Plan) -> bool {
        let told = self.tell_ledger().await;
        let rests = matches!(plan, Plan::Idle | Plan::Wait | Plan::Park | Plan::StartTurn);
        let spent = if rests { self.spent.take() } else { 0 };
        if spent > 0 {
            self.ports.spent(spent).await;
        }
        spent > 0 || told
    }

    async fn tell_ledger(&self) -> bool {
        let settled = std::mem::take(&mut *self.untold.borrow_mut());
        join_all(settled.iter().map(|settled| self.ports.settled(settled))).await;
        !settled.is_empty()
    }

    /// The running turn, if it is still the one.
    pub(super) fn is_current(&self, turn: &str) -> bool {
        self.state.borrow().turn.as_ref().is_some_and(|current| current.head.id == turn)
    }

    pub(super) fn turn<T>(&self, read: impl FnOnce(&Turn) -> T) -> Option<T> {
        self.state.borrow().turn.as_ref().map(read)
    }

    /// For whom a turn works; asked once a turn (and again after a crash).
    pub(super) async fn turn_context(&self, head: &TurnHead) -> Result<TurnContext, Problem> {
        let known = self.contexts.borrow().get(&head.id).cloned();
        if let Some(context) = known {
            return Ok(context);
        }
        let mut context = self.ports.begin_turn(head).await?;
        if let Some(more) = self.ports.more_tools() {
            *self.tools.borrow_mut() = Rc::new(with_more(&self.own_tools, more));
        }
        (context.withheld, context.hidden) =
            join(self.withheld(context.user.as_ref()), self.hidden(context.user.as_ref())).await;
        self.contexts.borrow_mut().insert(head.id.clone(), context.clone());
        Ok(context)
    }

    /// The session may be another after a wait: it is asked for again.
    pub(super) fn forget_context(&self) {
        self.contexts.borrow_mut().clear();
    }

    /// The one way to change anything: writes the changes, after the text that waits to be written, and takes them in; then the ledger
    /// and the clients learn of them. What a turn that ends was at is cut off.
    pub(super) fn commit(&self, changes: &[Change], cause: Cause<'_>) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let running = self.turn(|turn| turn.head.id.clone());
        let ends = changes.iter().any(|change| match change {
            Change::EndTurn { turn, .. } => running.as_ref() == Some(turn),
            Change::Clear => true,
            Change::Append(_)
            | Change::Unpark { .. }
            | Change::Told { .. }
            | Change::Branch { .. }
            | Change::Branched(_) => false,
        });
        let mut all = if ends { Vec::new() } else { self.unwritten.borrow().rows().to_vec() };
        all.extend_from_slice(changes);
        self.ports.write(&all)?;
        self.unwritten.borrow_mut().written(self.ports.now());
        let settled = ledger::settled_by(&self.state.borrow(), &self.tools(), changes);
        self.untold.borrow_mut().extend(settled);
        let shown = show::apply(&mut self.state.borrow_mut(), changes, &mut self.live.borrow_mut(), cause);
        if ends {
            // The engine ends a turn when nothing of it runs any more; anybody else cuts it off.
            let handle = self.abort.borrow_mut().take();
            handle.into_iter().for_each(|handle| handle.abort());
            running.iter().for_each(|turn| drop(self.contexts.borrow_mut().remove(turn)));
        }
        self.ports.taken_in(&self.state(), self.next_poll());
        self.show(&shown);
        Ok(())
    }

    pub(super) fn append(&self, record: Record) -> Result<(), StoreError> {
        self.commit(&[Change::Append(record)], Cause::Engine)
    }

    /// Writes what happened to a call, whether its turn runs or is over; if it ends, a turn of its own may tell of it.
    pub(super) fn append_call(&self, record: Record) -> Result<(), StoreError> {
        // Ids cost randomness, and a call of the running turn needs none.
        let new = self.state.borrow().is_of_parked(&record).then(|| self.ports.new_turn(None));
        let changes = self.state.borrow().call_changes(record, new.as_ref());
        self.commit(&changes, Cause::Engine)
    }

    pub(super) fn show(&self, emissions: &[Emission]) {
        let state = self.state.borrow();
        emissions.iter().for_each(|emission| self.ports.show(emission, &state));
    }

    /// Runs what the end of the turn may cut off.
    async fn abortable(&self, work: LocalBoxFuture<'_, Result<(), StoreError>>) -> Result<(), StoreError> {
        let (handle, registration) = AbortHandle::new_pair();
        *self.abort.borrow_mut() = Some(handle);
        let done = Abortable::new(work, registration).await;
        self.abort.borrow_mut().take();
        done.unwrap_or(Ok(()))
    }

    fn start_turn(&self) -> Result<(), StoreError> {
        let head = self.state.borrow().queue.front().cloned();
        match head {
            Some(turn) => self.append(Record::TurnStarted { turn }),
            None => Ok(()),
        }
    }

    pub(super) fn end(&self, outcome: &TurnOutcome) -> Result<(), StoreError> {
        // Who ends the turn from within its work has come to the end of it.
        self.abort.borrow_mut().take();
        let change = self.state.borrow().end_turn(outcome);
        self.commit(change.as_slice(), Cause::Engine)
    }

    /// Nothing can be written: clients are told that the stream broke off.
    fn fail_without_log(&self, error: &StoreError) {
        self.ports.log_failure(error);
        let broken = self.turn(|turn| {
            let stream = turn.stream.as_ref()?;
            Some((stream.id.clone(), stream.continuation(turn), turn.head.clone()))
        });
        let Some((stream, continuation, head)) = broken.flatten() else { return };
        if !self.live.borrow().is_lost(&stream) {
            let ending = Ending::Failed("This chat could not be saved, so the answer was stopped.".to_owned());
            self.show(&[Emission::Closed { stream: stream.clone(), continuation, head, ending }]);
            self.live.borrow_mut().lose(stream);
        }
    }
}

/// A tool of the chat's own keeps its name.
fn with_more(own: &Registry, more: Vec<Rc<dyn ErasedTool>>) -> Registry {
    more.into_iter().fold(own.clone(), Registry::with_erased)
}

/// While it lives, somebody drives. Also when the future that holds it is dropped, or a tool panics: the next call must find a free chat.
struct Lease<'a>(&'a Cell<bool>);

impl<'a> Lease<'a> {
    fn take(held: &'a Cell<bool>) -> Option<Self> {
        (!held.replace(true)).then(|| Self(held))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
