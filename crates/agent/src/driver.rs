//! Carries out what [`State::plan`] says, one thing after the other, for as long as there is something to do.
//!
//! `drive` is idempotent: called by a socket handler at once and by a watchdog alarm; while one call drives, another finds
//! nothing to do. The lease is in memory, because a Durable Object is one process: who finds no lease there is the only one.

use std::cell::{Cell, Ref, RefCell};

use deputy_wire::{FinishReason, StreamEvent};
use futures::future::{AbortHandle, Abortable, LocalBoxFuture, join_all};

use crate::Registry;
use crate::intake::{Accepted, Answered, Ask, Decision};
use crate::ledger;
use crate::live::Live;
use crate::plan::Plan;
use crate::ports::{Emission, Ending, Ports, Problem, Settled, StoreError, TurnContext};
use crate::record::{Change, Record, TurnHead, TurnOutcome};
use crate::shown::interrupt_text;
use crate::state::{CallState, Closing, State, Turn};

/// One chat at work.
pub struct Driver<P> {
    pub(crate) ports: P,
    pub(crate) tools: Registry,
    pub(crate) state: RefCell<State>,
    pub(crate) live: RefCell<Live>,
    /// The user's subject: part of what a permit is bound to.
    account: RefCell<String>,
    context: RefCell<Option<(String, TurnContext)>>,
    driving: Cell<bool>,
    abort: RefCell<Option<AbortHandle>>,
    /// Calls that have ended and are not in the ledger yet.
    untold: RefCell<Vec<Settled>>,
    /// When the approvals that calls wait for are to be looked after, milliseconds, by call id.
    pub(crate) polls: RefCell<Vec<(String, u64)>>,
}

impl<P: Ports> Driver<P> {
    /// A chat with this log. What the last process left unfinished is put in order; [`Driver::drive`] goes on with it.
    pub fn new(ports: P, tools: Registry, account: String, log: Vec<Change>) -> Result<Self, StoreError> {
        let mut state = State::fold(log);
        let changes = state.recover(&tools, ports.now(), &|| ports.named("pending_"));
        if !changes.is_empty() {
            ports.write(&changes)?;
            changes.iter().for_each(|change| state.apply(change));
        }
        // The last process may have died before it told the ledger; being told twice, the ledger keeps the first word.
        let untold = ledger::settled(&state, &tools);
        Ok(Self {
            ports,
            tools,
            state: RefCell::new(state),
            live: RefCell::default(),
            account: RefCell::new(account),
            context: RefCell::default(),
            driving: Cell::new(false),
            abort: RefCell::default(),
            untold: RefCell::new(untold),
            polls: RefCell::default(),
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

    pub(crate) fn account(&self) -> String {
        self.account.borrow().clone()
    }

    /// True when there is something to do that nobody is doing.
    pub fn has_work(&self) -> bool {
        let begun = || self.turn(|turn| turn.calls.iter().any(|call| matches!(call.state, CallState::Started)));
        !self.driving.get()
            && (!matches!(self.state.borrow().plan(), Plan::Idle | Plan::Wait)
                || !self.untold.borrow().is_empty()
                || begun() == Some(true))
    }

    /// Takes in a request for a turn; the caller drives afterwards. `except` knows the user's message already.
    pub fn accept(&self, ask: Ask, except: Option<&str>) -> Result<Accepted, StoreError> {
        let accepted = self.state.borrow().accept(ask);
        if let Accepted::Turn(changes) = &accepted {
            self.interrupt(changes)?;
            self.show(Emission::Transcript { except });
        }
        Ok(accepted)
    }

    /// Takes in an answer to a waiting call; the caller drives afterwards. `offer` is the connection that answered.
    pub fn answer(
        &self,
        call_id: &str,
        decision: &Decision,
        stream: &str,
        offer: Option<&str>,
    ) -> Result<Answered, StoreError> {
        let answered = self.state.borrow().answer(call_id, decision, stream);
        if let Answered::Taken(changes) = &answered {
            self.forget_context();
            self.commit(changes)?;
            self.show_answered(changes, stream, offer);
        }
        Ok(answered)
    }

    /// Ends what has waited too long; the caller drives afterwards.
    pub fn expire(&self) -> Result<(), StoreError> {
        let stream = self.ports.id();
        let changes = self.state.borrow().expire(self.ports.now(), &stream);
        if !changes.is_empty() {
            self.commit(&changes)?;
            self.show_answered(&changes, &stream, None);
        }
        Ok(())
    }

    /// Stops the turn of this request or stream; the caller drives afterwards. False when there is none.
    pub fn stop(&self, request: &str) -> Result<bool, StoreError> {
        let changes = self.state.borrow().stop(request);
        let Some(changes) = changes else { return Ok(false) };
        self.interrupt(&changes)?;
        Ok(true)
    }

    /// Clears the chat; the caller drives afterwards. `except` knows already.
    pub fn clear(&self, except: Option<&str>) -> Result<(), StoreError> {
        self.interrupt(&[Change::Clear])?;
        self.show(Emission::Cleared { except });
        Ok(())
    }

    /// Goes on until there is nothing left to do. Returns at once when another call is at it.
    pub async fn drive(&self) {
        if self.driving.replace(true) {
            return;
        }
        // Also when this future is dropped, or a tool panics: the next call must find a free chat.
        let _lease = Lease(&self.driving);
        if let Err(error) = self.recover() {
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
                Plan::CallModel { step, attempt } => self.abortable(Box::pin(self.call_model(step, attempt))).await,
                Plan::RunCalls(ids) => {
                    let calls = async {
                        let all = join_all(ids.iter().map(|id| self.run_call(id))).await;
                        all.into_iter().collect::<Result<(), StoreError>>()
                    };
                    self.abortable(Box::pin(calls)).await
                }
                Plan::Pause => self.pause(),
                Plan::End(outcome) => self.end(&outcome),
            };
            if let Err(error) = done {
                // Nothing can be written: show it, and leave the log as it is for the next process.
                self.fail_without_log(&error);
                break;
            }
        }
    }

    /// Nobody drives: a call that was begun was left by a process, or a drive, that did not come to its end.
    fn recover(&self) -> Result<(), StoreError> {
        let changes = self.state.borrow_mut().recover(&self.tools, self.ports.now(), &|| self.ports.named("pending_"));
        if !changes.is_empty() {
            self.commit(&changes)?;
            self.show_answered(&changes, "", None);
        }
        Ok(())
    }

    /// Tells the ledger what ended and, when the turn rests, what it used. True when it took time: then look again.
    async fn tell(&self, plan: &Plan) -> bool {
        let settled = std::mem::take(&mut *self.untold.borrow_mut());
        join_all(settled.iter().map(|settled| self.ports.settled(settled))).await;
        let rests = matches!(plan, Plan::Idle | Plan::Wait | Plan::StartTurn);
        let spent = if rests { self.live.borrow_mut().take_spent() } else { 0 };
        if spent > 0 {
            self.ports.spent(spent).await;
        }
        spent > 0 || !settled.is_empty()
    }

    /// The running turn, if it is still the one.
    pub(crate) fn is_current(&self, turn: &str) -> bool {
        self.state.borrow().turn.as_ref().is_some_and(|current| current.head.id == turn)
    }

    pub(crate) fn turn<T>(&self, read: impl FnOnce(&Turn) -> T) -> Option<T> {
        self.state.borrow().turn.as_ref().map(read)
    }

    /// For whom the running turn works; asked once a turn (and again after a crash).
    pub(crate) async fn turn_context(&self, head: &TurnHead) -> Result<TurnContext, Problem> {
        let known =
            self.context.borrow().as_ref().filter(|(turn, _)| *turn == head.id).map(|(_, context)| context.clone());
        if let Some(context) = known {
            return Ok(context);
        }
        let context = self.ports.begin_turn(head).await?;
        *self.context.borrow_mut() = Some((head.id.clone(), context.clone()));
        Ok(context)
    }

    /// The session may be another after a wait: it is asked for again.
    pub(crate) fn forget_context(&self) {
        self.context.borrow_mut().take();
    }

    /// Writes changes, after the text that waits to be written, and takes them in.
    pub(crate) fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        let ends = changes.iter().any(|change| match change {
            Change::EndTurn { turn, .. } => self.is_current(turn),
            Change::Clear => true,
            Change::Append(_) | Change::Truncate { .. } => false,
        });
        let mut all = if ends { Vec::new() } else { self.live.borrow().pending().to_vec() };
        all.extend_from_slice(changes);
        self.ports.write(&all)?;
        self.live.borrow_mut().written(self.ports.now());
        let settled = ledger::settled_by(&self.state.borrow(), &self.tools, changes);
        self.untold.borrow_mut().extend(settled);
        let mut state = self.state.borrow_mut();
        for change in changes {
            state.apply(change);
        }
        Ok(())
    }

    pub(crate) fn append(&self, record: Record) -> Result<(), StoreError> {
        self.commit(&[Change::Append(record)])
    }

    /// Runs what [`Driver::interrupt`] may cut off.
    async fn abortable(&self, work: LocalBoxFuture<'_, Result<(), StoreError>>) -> Result<(), StoreError> {
        let (handle, registration) = AbortHandle::new_pair();
        *self.abort.borrow_mut() = Some(handle);
        let done = Abortable::new(work, registration).await;
        self.abort.borrow_mut().take();
        done.unwrap_or(Ok(()))
    }

    /// Writes changes that may end turns: the running one's work is cut off, and every stream that will not go on is closed.
    fn interrupt(&self, changes: &[Change]) -> Result<(), StoreError> {
        let before = self.turn(Turn::closing);
        let queued = self.state.borrow().queue.clone();
        self.commit(changes)?;
        if let Some(before) = before
            && !self.is_current(&before.head.id)
        {
            if let Some(handle) = self.abort.borrow_mut().take() {
                handle.abort();
            }
            if before.stream.is_some() {
                self.close(&before, Ending::Stopped);
            } else {
                self.show_ended(&before.head);
            }
            self.live.borrow_mut().end();
        }
        for head in queued {
            let waits = self.state.borrow().queue.iter().any(|left| left.id == head.id);
            if !waits && !self.is_current(&head.id) {
                let stream = Some(head.request.clone());
                self.close(&Closing { head, stream, continuation: false }, Ending::Stopped);
            }
        }
        Ok(())
    }

    fn start_turn(&self) -> Result<(), StoreError> {
        let head = self.state.borrow().queue.front().cloned();
        match head {
            Some(turn) => self.append(Record::TurnStarted { turn }),
            None => Ok(()),
        }
    }

    /// Ends the stream: the turn waits for the user.
    fn pause(&self) -> Result<(), StoreError> {
        let waits = |turn: &Turn| {
            let interrupt = turn.pauses().find_map(|(call, pause)| interrupt_text(call, pause));
            turn.stream.is_some().then(|| (turn.closing(), interrupt))
        };
        let Some((closing, interrupt)) = self.turn(waits).flatten() else { return Ok(()) };
        let mut events = self.live.borrow_mut().close_step();
        if interrupt.is_none() {
            events.push(StreamEvent::Finish { reason: Some(FinishReason::ToolCalls) });
        }
        let more = self.on_stream(events);
        self.append(Record::StreamClosed {})?;
        more.iter().for_each(|more| self.show_more(more));
        self.live.borrow_mut().end();
        self.close(&closing, interrupt.map_or(Ending::Completed, Ending::Interrupted));
        Ok(())
    }

    pub(crate) fn end(&self, outcome: &TurnOutcome) -> Result<(), StoreError> {
        let ending = match outcome {
            TurnOutcome::Completed => Ending::Completed,
            TurnOutcome::Stopped => Ending::Stopped,
            TurnOutcome::Failed { message, .. } => Ending::Failed(message.clone()),
        };
        let mut events = self.live.borrow_mut().close_step();
        if matches!(ending, Ending::Completed) {
            events.push(StreamEvent::Finish { reason: self.live.borrow().finish_reason() });
        }
        let closing = self.turn(Turn::closing).filter(|closing| closing.stream.is_some());
        let more = if events.is_empty() { None } else { self.on_stream(events) };
        let change = self.state.borrow().end_turn(outcome);
        self.commit(change.as_slice())?;
        more.iter().for_each(|more| self.show_more(more));
        self.live.borrow_mut().end();
        match closing {
            Some(closing) => self.close(&closing, ending),
            None => self.show(Emission::Transcript { except: None }),
        }
        Ok(())
    }
}

/// While it lives, somebody drives.
struct Lease<'a>(&'a Cell<bool>);

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
