//! A chat as it stands: the fold over its log.

use std::collections::VecDeque;

use deputy_wire::{Message, Part, Role, ToolPart, ToolState};

use crate::record::{CallHead, CallOutcome, Change, Pause, PauseReason, Record, TurnHead};

/// A chat as it stands. Built by [`State::apply`] from the log alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Messages that will not change, in order.
    pub messages: Vec<Message>,
    /// The turn that runs or waits.
    pub turn: Option<Turn>,
    /// Turns that wait for it.
    pub queue: VecDeque<TurnHead>,
}

/// The turn that runs or waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// As it was accepted.
    pub head: TurnHead,
    /// Where its answer belongs among the messages.
    pub position: usize,
    /// The answer so far.
    pub answer: Message,
    /// The stream that is open.
    pub stream: Option<Stream>,
    /// The step, counted from 1; 0 before the first.
    pub step: u32,
    /// Attempts of this step.
    pub attempt: u32,
    /// Index of the step's first part in the answer.
    pub step_from: usize,
    /// True when the model has finished this step.
    pub answered: bool,
    /// The calls of this step.
    pub calls: Vec<Call>,
}

/// The stream of a turn that clients follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Stream (request) id.
    pub id: String,
    /// Index of the first part it adds; 0 for the first stream of a turn.
    pub from_part: usize,
}

impl Stream {
    /// True for every stream of a turn but the first.
    pub fn continuation(&self, turn: &Turn) -> bool {
        self.id != turn.head.request
    }
}

/// A turn's stream, kept to tell the clients of its end.
pub(crate) struct Closing {
    /// The turn.
    pub head: TurnHead,
    /// Stream id; none while the turn waits.
    pub stream: Option<String>,
    /// It extends an answer that clients have.
    pub continuation: bool,
}

/// A tool call of the running step.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// As the model asked for it.
    pub head: CallHead,
    /// How far it is.
    pub state: CallState,
    /// The user said yes to exactly this digest.
    pub confirmed: bool,
    /// The user said yes to exactly this digest on a trusted device.
    pub approved: bool,
    /// It was cut off while it ran, and its tool is to look whether it happened instead of doing it.
    pub checks: bool,
    /// Connections whose consent it has waited for: what is still missing after one is explained, not asked for again.
    pub consents: Vec<String>,
    /// How often the tool was begun since the call last waited.
    pub starts: u32,
    /// What it waited for last: asking for the same again keeps the card.
    pub waited: Option<Pause>,
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq)]
pub enum CallState {
    /// It may be tried.
    Ready,
    /// It waits for the user.
    Paused(Pause),
    /// The tool runs, or ran when the process died.
    Started,
    /// It has ended.
    Settled(CallOutcome),
}

impl Turn {
    /// What ends with it: its stream, if it has one, and for whom.
    pub(crate) fn closing(&self) -> Closing {
        let stream = self.stream.as_ref();
        Closing {
            head: self.head.clone(),
            continuation: stream.is_some_and(|stream| stream.continuation(self)),
            stream: stream.map(|stream| stream.id.clone()),
        }
    }

    /// The call of that id.
    pub fn call(&self, id: &str) -> Option<&Call> {
        self.calls.iter().find(|call| call.head.id == id)
    }

    /// Calls that wait for the user, with what they wait for.
    pub fn pauses(&self) -> impl Iterator<Item = (&Call, &Pause)> {
        self.calls.iter().filter_map(|call| match &call.state {
            CallState::Paused(pause) => Some((call, pause)),
            _ => None,
        })
    }
}

impl State {
    /// The state after these changes from nothing.
    pub fn fold(changes: impl IntoIterator<Item = Change>) -> Self {
        let mut state = Self::default();
        for change in changes {
            state.apply(&change);
        }
        state
    }

    /// Takes one change in. A change that does not fit the state is ignored: it can only come from a damaged log.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Append(record) => self.append(record),
            Change::EndTurn { turn, message } => self.turn_ended(turn, message.as_ref()),
            Change::Truncate { from } => {
                if let Some(index) = self.messages.iter().position(|message| message.id == *from) {
                    self.messages.truncate(index);
                }
            }
            Change::Clear => *self = Self::default(),
        }
    }

    /// What a client that loads the chat is shown: everything settled, and of the running answer what no open stream will
    /// bring.
    pub fn transcript(&self) -> Vec<Message> {
        let mut messages = self.messages.clone();
        if let Some(turn) = &self.turn {
            let shown = turn.stream.as_ref().map_or(turn.answer.parts.len(), |stream| stream.from_part);
            if shown > 0 {
                let mut answer = turn.answer.clone();
                answer.parts.truncate(shown);
                messages.insert(turn.position.min(messages.len()), answer);
            }
        }
        messages
    }

    /// Right behind the message it answers: others may have been written since, and wait for their own turns.
    fn place_of(&self, turn: &TurnHead) -> usize {
        let answers = |message: &Message| turn.user_messages.contains(&message.id);
        self.messages.iter().rposition(answers).map_or(self.messages.len(), |index| index.saturating_add(1))
    }

    fn turn_ended(&mut self, id: &str, message: Option<&Message>) {
        self.queue.retain(|head| head.id != id);
        if self.turn.as_ref().is_some_and(|turn| turn.head.id == id)
            && let Some(turn) = self.turn.take()
            && let Some(message) = message
        {
            self.messages.insert(turn.position.min(self.messages.len()), message.clone());
        }
    }

    fn append(&mut self, record: &Record) {
        match record {
            Record::Message { message } => self.messages.push(message.clone()),
            Record::TurnQueued { turn } => self.queue.push_back(turn.clone()),
            Record::TurnStarted { turn } => {
                self.queue.retain(|head| head.id != turn.id);
                self.turn = Some(Turn::start(turn.clone(), self.place_of(turn)));
            }
            other => {
                if let Some(turn) = &mut self.turn {
                    turn.append(other);
                }
            }
        }
    }
}

impl Turn {
    fn start(head: TurnHead, position: usize) -> Self {
        let answer = Message {
            id: head.message_id.clone(),
            role: Role::Assistant,
            parts: Vec::new(),
            created_at: head.at,
            metadata: None,
        };
        let stream = Some(Stream { id: head.request.clone(), from_part: 0 });
        Self { head, position, answer, stream, step: 0, attempt: 0, step_from: 0, answered: false, calls: Vec::new() }
    }

    fn append(&mut self, record: &Record) {
        match record {
            Record::StepStarted { step, attempt } => {
                if *step == self.step {
                    self.answer.parts.truncate(self.step_from);
                } else {
                    self.step_from = self.answer.parts.len();
                }
                self.step = *step;
                self.attempt = *attempt;
                self.answered = false;
                self.calls.clear();
                self.answer.parts.push(Part::StepStart);
            }
            Record::Text { part, text } => self.push_text(part, text, false),
            Record::Reasoning { part, text } => self.push_text(part, text, true),
            Record::CallRequested { call } => {
                self.answer.parts.push(Part::Tool(ToolPart {
                    call_id: call.id.clone(),
                    tool: call.tool.clone(),
                    input: call.input.clone(),
                    state: ToolState::Running,
                }));
                self.calls.push(Call {
                    head: call.clone(),
                    state: CallState::Ready,
                    confirmed: false,
                    approved: false,
                    checks: false,
                    consents: Vec::new(),
                    starts: 0,
                    waited: None,
                });
            }
            Record::ModelAnswered { step } => self.answered = *step == self.step,
            Record::CallPaused { call_id, pause } => {
                if let Some(call) = self.call_mut(call_id) {
                    call.state = CallState::Paused(pause.clone());
                    call.waited = Some(pause.clone());
                    call.starts = 0;
                }
                self.set_part(
                    call_id,
                    match pause.reason {
                        PauseReason::Confirm => ToolState::AwaitingConfirmation { approval_id: pause.id.clone() },
                        PauseReason::Connect { .. }
                        | PauseReason::Approve { .. }
                        | PauseReason::SignIn
                        | PauseReason::Outcome { .. } => ToolState::Waiting,
                    },
                );
            }
            Record::CallAnswered { call_id, approved, reason } => self.answer_call(call_id, *approved, reason.as_ref()),
            Record::CallResumed { call_id, consented } => {
                if let Some(call) = self.call_mut(call_id) {
                    if let CallState::Paused(Pause { reason: PauseReason::Connect { connection, .. }, .. }) =
                        &call.state
                        && *consented
                    {
                        call.consents.push(connection.clone());
                    }
                    call.checks = matches!(&call.state, CallState::Paused(pause) if pause.is_outcome());
                    call.state = CallState::Ready;
                }
                self.set_part(call_id, ToolState::Running);
            }
            Record::CallApproved { call_id } => self.call_again(call_id, |call| call.approved = true),
            Record::CallRetried { call_id } => self.call_again(call_id, |call| call.approved = false),
            Record::CallStarted { call_id } => {
                if let Some(call) = self.call_mut(call_id) {
                    call.state = CallState::Started;
                    call.starts = call.starts.saturating_add(1);
                }
            }
            Record::CallSettled { call_id, outcome } => {
                self.set_call(call_id, CallState::Settled(outcome.clone()));
                self.set_part(call_id, part_state(outcome));
            }
            Record::StreamOpened { stream, from_part } => {
                self.stream = Some(Stream { id: stream.clone(), from_part: *from_part });
            }
            Record::StreamClosed {} => self.stream = None,
            Record::Message { .. } | Record::TurnQueued { .. } | Record::TurnStarted { .. } => {}
        }
    }

    /// Appends to the last part if it has this id, else begins one.
    pub(crate) fn push_text(&mut self, part: &str, more: &str, reasoning: bool) {
        match self.answer.parts.last_mut() {
            Some(Part::Text { id, text }) if !reasoning && id == part => text.push_str(more),
            Some(Part::Reasoning { id, text }) if reasoning && id == part => text.push_str(more),
            _ if reasoning => self.answer.parts.push(Part::Reasoning { id: part.to_owned(), text: more.to_owned() }),
            _ => self.answer.parts.push(Part::Text { id: part.to_owned(), text: more.to_owned() }),
        }
    }

    fn answer_call(&mut self, call_id: &str, approved: bool, reason: Option<&String>) {
        let Some(call) = self.call_mut(call_id) else { return };
        let CallState::Paused(Pause { id: approval_id, reason: PauseReason::Confirm, .. }) = call.state.clone() else {
            return;
        };
        if approved {
            call.confirmed = true;
            call.state = CallState::Ready;
            self.set_part(call_id, ToolState::Confirmed { approval_id });
        } else {
            let outcome = CallOutcome::Denied { approval_id, reason: reason.cloned() };
            self.set_part(call_id, part_state(&outcome));
            self.set_call(call_id, CallState::Settled(outcome));
        }
    }

    /// The call may be tried again.
    fn call_again(&mut self, call_id: &str, change: impl Fn(&mut Call)) {
        if let Some(call) = self.call_mut(call_id) {
            call.state = CallState::Ready;
            call.checks = false;
            change(call);
        }
        self.set_part(call_id, ToolState::Running);
    }

    fn set_call(&mut self, call_id: &str, state: CallState) {
        if let Some(call) = self.call_mut(call_id) {
            call.state = state;
        }
    }

    fn call_mut(&mut self, call_id: &str) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.head.id == call_id)
    }

    fn set_part(&mut self, call_id: &str, state: ToolState) {
        for part in self.answer.parts.iter_mut().rev() {
            if let Part::Tool(tool) = part
                && tool.call_id == call_id
            {
                tool.state = state;
                return;
            }
        }
    }
}

fn part_state(outcome: &CallOutcome) -> ToolState {
    match outcome {
        CallOutcome::Output { output } => ToolState::Output { output: output.clone() },
        CallOutcome::Denied { approval_id, reason } => {
            ToolState::Denied { approval_id: approval_id.clone(), reason: reason.clone() }
        }
        CallOutcome::Failed { text } | CallOutcome::NotRun { text } | CallOutcome::Unknown { text } => {
            ToolState::Failed { text: text.clone() }
        }
    }
}
