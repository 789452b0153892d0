//! Carries out what [`State::plan`] says, one thing after the other, for as long as there is something to do.
//!
//! `drive` is idempotent: called by a socket handler at once and by a watchdog alarm; while one call drives, another finds
//! nothing to do. The lease is in memory, because a Durable Object is one process: who finds no lease there is the only one.

use std::cell::{Cell, Ref, RefCell};

use deputy_wire::{FinishReason, Interrupt, InterruptBehavior, InterruptedCall, StreamEvent};
use futures::future::{AbortHandle, Abortable, join_all};

use crate::Registry;
use crate::intake::{Accepted, Answered, Ask, Decision};
use crate::live::Live;
use crate::plan::Plan;
use crate::ports::{Emission, Ending, Ports, Problem, StoreError, TurnContext};
use crate::record::{CallOutcome, Change, Pause, PauseReason, Record, TurnHead, TurnOutcome};
use crate::state::{Call, CallState, State, Turn};

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
}

impl<P: Ports> Driver<P> {
    /// A chat with this log. What the last process left unfinished is put in order; [`Driver::drive`] goes on with it.
    pub fn new(ports: P, tools: Registry, account: String, log: Vec<Change>) -> Result<Self, StoreError> {
        let mut state = State::fold(log);
        let changes = state.recover(|tool| tools.effect(tool));
        if !changes.is_empty() {
            ports.write(&changes)?;
        }
        Ok(Self {
            ports,
            tools,
            state: RefCell::new(state),
            live: RefCell::default(),
            account: RefCell::new(account),
            context: RefCell::default(),
            driving: Cell::new(false),
            abort: RefCell::default(),
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
        !self.driving.get() && !matches!(self.state.borrow().plan(), Plan::Idle | Plan::Wait)
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
            self.commit(changes)?;
            let offer = offer.map(str::to_owned).or_else(|| self.turn(|turn| turn.head.connection.clone()).flatten());
            if matches!(changes.first(), Some(Change::Append(Record::StreamOpened { .. }))) {
                self.show(Emission::Opened { stream, offer: offer.as_deref() });
            }
            self.show_answered(call_id);
        }
        Ok(answered)
    }

    /// Ends what has waited too long; the caller drives afterwards.
    pub fn expire(&self) -> Result<(), StoreError> {
        let stream = self.ports.id();
        let changes = self.state.borrow().expire(self.ports.now(), &stream);
        if !changes.is_empty() {
            self.commit(&changes)?;
        }
        Ok(())
    }

    /// Stops the turn of this request or stream. False when there is none.
    pub fn stop(&self, request: &str) -> Result<bool, StoreError> {
        let changes = self.state.borrow().stop(request);
        let Some(changes) = changes else { return Ok(false) };
        self.interrupt(&changes)?;
        Ok(true)
    }

    /// Clears the chat; `except` knows already.
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
        loop {
            let plan = self.state.borrow().plan();
            let done = match plan {
                Plan::Idle | Plan::Wait => break,
                Plan::StartTurn => self.start_turn(),
                Plan::CallModel { step, attempt } => self.abortable(self.call_model(step, attempt)).await,
                Plan::RunCalls(ids) => {
                    let calls = async {
                        let all = join_all(ids.iter().map(|id| self.run_call(id))).await;
                        all.into_iter().collect::<Result<(), StoreError>>()
                    };
                    self.abortable(calls).await
                }
                Plan::Pause => self.pause(),
                Plan::End(outcome) => {
                    let ended = self.end(&outcome);
                    let spent = self.live.borrow_mut().take_spent();
                    if spent > 0 {
                        self.ports.spent(spent).await;
                    }
                    ended
                }
            };
            if let Err(error) = done {
                // Nothing can be written: show it, and leave the log as it is for the next process.
                self.fail_without_log(&error);
                break;
            }
        }
        self.driving.set(false);
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

    /// Writes changes, after the text that waits to be written, and takes them in.
    pub(crate) fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        let ends = changes.iter().any(|change| matches!(change, Change::EndTurn { .. } | Change::Clear));
        let mut all = self.live.borrow_mut().take_pending();
        if ends {
            all.clear();
        }
        all.extend(changes.iter().cloned());
        self.ports.write(&all)?;
        let mut state = self.state.borrow_mut();
        for change in changes {
            state.apply(change);
        }
        Ok(())
    }

    pub(crate) fn append(&self, record: Record) -> Result<(), StoreError> {
        self.commit(&[Change::Append(record)])
    }

    pub(crate) fn show(&self, emission: Emission<'_>) {
        self.ports.show(emission, &self.state.borrow());
    }

    /// Shows events of the open stream, opening it for the clients first. Without an open stream the answer is shown whole.
    pub(crate) fn show_events(&self, events: &[StreamEvent]) {
        let head = self
            .turn(|turn| turn.stream.clone().map(|stream| (stream.continuation(turn), stream, turn.answer.id.clone())));
        let Some(head) = head else { return };
        let Some((continuation, stream, message_id)) = head else {
            if let Some(answer) = self.turn(|turn| turn.answer.clone()) {
                self.show(Emission::Updated { message: &answer });
            }
            return;
        };
        let mut all = Vec::with_capacity(events.len().saturating_add(1));
        if self.live.borrow_mut().begin(&stream.id) {
            all.push(StreamEvent::Start { message_id: (!continuation).then_some(message_id) });
        }
        all.extend_from_slice(events);
        self.show(Emission::Events { stream: &stream.id, continuation, events: &all });
    }

    /// Runs what [`Driver::interrupt`] may cut off.
    async fn abortable(&self, work: impl Future<Output = Result<(), StoreError>>) -> Result<(), StoreError> {
        let (handle, registration) = AbortHandle::new_pair();
        *self.abort.borrow_mut() = Some(handle);
        let done = Abortable::new(work, registration).await;
        self.abort.borrow_mut().take();
        done.unwrap_or(Ok(()))
    }

    /// Writes changes that may end the running turn; if they do, its work is cut off and its stream closed.
    fn interrupt(&self, changes: &[Change]) -> Result<(), StoreError> {
        let before = self
            .turn(|turn| (turn.head.clone(), turn.stream.clone().map(|stream| (stream.continuation(turn), stream))));
        self.commit(changes)?;
        let Some((head, stream)) = before else { return Ok(()) };
        if self.is_current(&head.id) {
            return Ok(());
        }
        if let Some(handle) = self.abort.borrow_mut().take() {
            handle.abort();
        }
        if let Some((continuation, stream)) = stream {
            self.show(Emission::Closed { stream: &stream.id, continuation, head: &head, ending: Ending::Stopped });
        }
        self.live.borrow_mut().end();
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
        let Some((stream, continuation, head, interrupt)) = self
            .turn(|turn| {
                let stream = turn.stream.clone()?;
                let interrupt = turn.pauses().find_map(|(call, pause)| interrupt_text(call, pause));
                Some((stream.id.clone(), stream.continuation(turn), turn.head.clone(), interrupt))
            })
            .flatten()
        else {
            return Ok(());
        };
        let mut events = self.live.borrow_mut().close_step();
        if interrupt.is_none() {
            events.push(StreamEvent::Finish { reason: Some(FinishReason::ToolCalls) });
        }
        self.show_events(&events);
        self.append(Record::StreamClosed {})?;
        self.live.borrow_mut().end();
        let ending = interrupt.map_or(Ending::Completed, Ending::Interrupted);
        self.show(Emission::Closed { stream: &stream, continuation, head: &head, ending });
        Ok(())
    }

    pub(crate) fn end(&self, outcome: &TurnOutcome) -> Result<(), StoreError> {
        let ending = match outcome {
            TurnOutcome::Completed => Ending::Completed,
            TurnOutcome::Stopped => Ending::Stopped,
            TurnOutcome::Failed { message, .. } => Ending::Failed(message.clone()),
        };
        let mut events = self.live.borrow_mut().close_step();
        if ending == Ending::Completed {
            events.push(StreamEvent::Finish { reason: self.live.borrow().finish_reason() });
        }
        let closing = self.turn(|turn| {
            let stream = turn.stream.clone();
            (stream.as_ref().is_some_and(|stream| stream.continuation(turn)), stream, turn.head.clone())
        });
        if !events.is_empty() {
            self.show_events(&events);
        }
        let change = self.state.borrow().end_turn(outcome);
        self.commit(&change.into_iter().collect::<Vec<_>>())?;
        self.live.borrow_mut().end();
        match closing {
            Some((continuation, Some(stream), head)) => {
                self.show(Emission::Closed { stream: &stream.id, continuation, head: &head, ending });
            }
            _ => self.show(Emission::Transcript { except: None }),
        }
        Ok(())
    }

    /// After an answer: what it settled is shown on the stream; what goes on is shown as an update.
    fn show_answered(&self, call_id: &str) {
        let Some((answer, outcome)) = self.turn(|turn| {
            let outcome = turn.call(call_id).and_then(|call| match &call.state {
                CallState::Settled(outcome) => Some(outcome.clone()),
                _ => None,
            });
            (turn.answer.clone(), outcome)
        }) else {
            return;
        };
        self.show(Emission::Updated { message: &answer });
        if let Some(outcome) = outcome {
            self.show_events(&[settled_event(call_id, &outcome)]);
        }
    }

    fn fail_without_log(&self, error: &StoreError) {
        self.ports.log_failure(error);
        let closing = self
            .turn(|turn| turn.stream.clone().map(|stream| (stream.continuation(turn), stream.id, turn.head.clone())))
            .flatten();
        if let Some((continuation, stream, head)) = closing {
            let ending = Ending::Failed("This chat could not be saved, so the answer was stopped.".to_owned());
            self.show(Emission::Closed { stream: &stream, continuation, head: &head, ending });
        }
    }
}

/// The event that shows how a call ended.
pub(crate) fn settled_event(call_id: &str, outcome: &CallOutcome) -> StreamEvent {
    let call_id = call_id.to_owned();
    match outcome {
        CallOutcome::Output { output } => StreamEvent::ToolOutput { call_id, output: output.clone() },
        CallOutcome::Denied { .. } => StreamEvent::ToolDenied { call_id },
        CallOutcome::Failed { text } | CallOutcome::NotRun { text } | CallOutcome::Unknown { text } => {
            StreamEvent::ToolFailed { call_id, text: text.clone() }
        }
    }
}

/// Auth0's interrupt text for a call that waits for a connection; none for one that waits for a yes in the chat.
pub fn interrupt_text(call: &Call, pause: &Pause) -> Option<String> {
    match &pause.reason {
        PauseReason::Confirm => None,
        PauseReason::Connect { connection, missing, required, message } => {
            let interrupt = Interrupt::TokenVault {
                connection: connection.clone(),
                scopes: missing.clone(),
                required_scopes: required.clone(),
                authorization_params: serde_json::Map::new(),
                behavior: InterruptBehavior::Resume,
            };
            let called = InterruptedCall { id: &call.head.id, args: &call.head.input, name: &call.head.tool };
            Some(interrupt.text(message, called, &pause.id))
        }
    }
}
