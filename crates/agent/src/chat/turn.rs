//! The turn that runs or waits: one answer in the making.

use deputy_wire::{Message, Part, Role, ToolPart};
use serde_json::json;

use super::call::{Call, CallEvent, CallHead, CallState};
use super::outcome::{CallOutcome, NotRun, TurnOutcome, UNKNOWN};
use super::pause::Pause;
use super::record::{Change, ProgramCall, Record, TurnHead};
use super::usage::Usage;

/// Id of the part that tells the reader why a turn failed. The model does not see it.
pub const ERROR_PART: &str = "error";

/// Id of the part that tells the reader which program made the call behind it. The model does not see it: programs name themselves.
pub const CALLED_PART: &str = "called";

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
    /// No tools are offered in this step: what the model says is the answer.
    pub last: bool,
    /// Index of the step's first part in the answer.
    pub step_from: usize,
    /// True when the model has finished this step.
    pub answered: bool,
    /// The calls of this step.
    pub calls: Vec<Call>,
    /// Those of the steps before.
    pub earlier: Vec<CallHead>,
    /// What its steps cost so far.
    pub usage: Usage,
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

impl Turn {
    /// A turn that begins; its answer will stand at this position.
    pub(super) fn start(head: TurnHead, position: usize) -> Self {
        let report = |call_id: &String| Part::Report { call_id: call_id.clone() };
        let answer = Message {
            id: head.message_id.clone(),
            role: Role::Assistant,
            parts: head.reports.iter().map(report).collect(),
            created_at: head.at,
            told: None,
            metadata: None,
        };
        let stream = Some(Stream { id: head.request.clone(), from_part: 0 });
        let called = head.program_call().cloned();
        let mut turn = Self {
            head,
            position,
            answer,
            stream,
            step: 0,
            attempt: 0,
            last: false,
            step_from: 0,
            answered: false,
            calls: Vec::new(),
            earlier: Vec::new(),
            usage: Usage::default(),
        };
        if let Some(called) = called {
            turn.take_call(&called);
        }
        turn
    }

    /// The one step of a program's turn has been answered before it begins: with its call.
    fn take_call(&mut self, called: &ProgramCall) {
        let call = Call::new(called.call.clone());
        let said = Part::Text { id: CALLED_PART.to_owned(), text: called.said() };
        self.answer.parts.extend([Part::StepStart, said, Part::Tool(Box::new(call.part(false)))]);
        self.calls.push(call);
        self.step = 1;
        self.answered = true;
    }

    /// The call of that id.
    pub fn call(&self, id: &str) -> Option<&Call> {
        self.calls.iter().find(|call| call.head.id == id)
    }

    /// Calls that wait for the user, with what they wait for.
    pub fn pauses(&self) -> impl Iterator<Item = (&Call, &Pause)> {
        self.calls.iter().filter_map(|call| Some((call, call.pause()?)))
    }

    /// It waits for the user, and its stream has ended.
    pub fn rests(&self) -> bool {
        self.stream.is_none()
    }

    /// Takes one record of the running turn in.
    pub(super) fn append(&mut self, record: &Record) {
        match record {
            Record::StepStarted { step, attempt, last } => {
                if *step == self.step {
                    self.answer.parts.truncate(self.step_from);
                } else {
                    self.step_from = self.answer.parts.len();
                    self.earlier.extend(self.calls.iter().map(|call| call.head.clone()));
                }
                self.last = *last;
                self.step = *step;
                self.attempt = *attempt;
                self.answered = false;
                self.calls.clear();
                self.answer.parts.push(Part::StepStart);
            }
            Record::Text { part, text } => self.push_text(part, text, false),
            Record::Reasoning { part, text } => self.push_text(part, text, true),
            Record::CallRequested { call } => {
                let call = Call::new(call.clone());
                self.answer.parts.push(Part::Tool(Box::new(call.part(false))));
                self.calls.push(call);
            }
            Record::ModelAnswered { step, usage } => {
                self.answered = *step == self.step;
                self.usage = self.usage.plus(usage.unwrap_or_default());
            }
            Record::StreamOpened { stream, from_part } => {
                self.stream = Some(Stream { id: stream.clone(), from_part: *from_part });
            }
            Record::StreamClosed {} => self.stream = None,
            other => {
                if let Some((call_id, event)) = other.event() {
                    self.change_call(call_id, &event);
                }
            }
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

    fn change_call(&mut self, call_id: &str, event: &CallEvent) {
        if let Some(call) = self.calls.iter_mut().find(|call| call.head.id == call_id) {
            call.apply(event);
            let part = call.part(false);
            set_part(&mut self.answer, part);
        }
    }

    /// Changes that let it go on, on a stream of this id if none is open.
    pub(super) fn reopened(&self, stream: &str, record: Record) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.rests() {
            changes.push(self.open(stream));
        }
        changes.push(Change::Append(record));
        changes
    }

    /// A further stream.
    pub(super) fn open(&self, stream: &str) -> Change {
        Change::Append(Record::StreamOpened { stream: stream.to_owned(), from_part: self.answer.parts.len() })
    }

    /// The answer as it stays: nothing in it runs any more, and nothing waits but in a parked turn.
    pub(super) fn finished(&self, outcome: &TurnOutcome) -> Option<Message> {
        let mut answer = self.answer.clone();
        for part in &mut answer.parts {
            if let Part::Tool(tool) = part
                && tool.state.is_open()
            {
                **tool = self.left(tool, outcome);
            }
        }
        while matches!(answer.parts.last(), Some(Part::StepStart)) {
            answer.parts.pop();
        }
        match outcome {
            TurnOutcome::Failed { code, message } => {
                answer.parts.push(Part::Text { id: ERROR_PART.to_owned(), text: message.clone() });
                answer.metadata = Some(json!({"error": {"code": code, "message": message}}));
            }
            TurnOutcome::Stopped | TurnOutcome::Superseded => answer.metadata = Some(json!({"stopped": true})),
            TurnOutcome::Completed | TurnOutcome::Parked => {}
        }
        if let Some(usage) = self.usage.shown() {
            let mut metadata = answer.metadata.take().unwrap_or_else(|| json!({}));
            if let Some(members) = metadata.as_object_mut() {
                members.insert("usage".to_owned(), usage);
            }
            answer.metadata = Some(metadata);
        }
        let says_something = answer.parts.iter().any(|part| !matches!(part, Part::Report { .. }));
        says_something.then_some(answer)
    }

    /// A call that has no result when its turn ends.
    fn left(&self, tool: &ToolPart, outcome: &TurnOutcome) -> ToolPart {
        let call = self.call(&tool.call_id);
        if let (Some(call), TurnOutcome::Parked) = (call, outcome)
            && call.pause().is_some()
        {
            return call.part(true);
        }
        let ended = match call.map(|call| &call.state) {
            Some(CallState::Started) => CallOutcome::unknown("Stopped while it ran; whether it happened is not known."),
            Some(CallState::Paused(pause)) if pause.is_outcome() => CallOutcome::unknown(UNKNOWN),
            _ => match outcome {
                TurnOutcome::Stopped => CallOutcome::not_run(NotRun::Stopped, "Not run: stopped."),
                TurnOutcome::Superseded => CallOutcome::not_run(NotRun::Superseded, "Not run: stopped."),
                TurnOutcome::Failed { .. } => CallOutcome::not_run(NotRun::TurnFailed, "Not run."),
                TurnOutcome::Completed | TurnOutcome::Parked => {
                    CallOutcome::not_run(NotRun::Superseded, "Not run: the conversation went on without an answer.")
                }
            },
        };
        ToolPart { state: ended.part_state(), status: Some(ended.status()), ..tool.clone() }
    }
}

/// Puts a call's part into the message that has it.
pub(super) fn set_part(message: &mut Message, part: ToolPart) {
    for known in message.parts.iter_mut().rev() {
        if let Part::Tool(tool) = known
            && tool.call_id == part.call_id
        {
            **tool = part;
            return;
        }
    }
}

/// The part of a call in a message.
pub(crate) fn part_of<'a>(message: &'a Message, call_id: &str) -> Option<&'a ToolPart> {
    message.parts.iter().rev().find_map(|part| match part {
        Part::Tool(tool) if tool.call_id == call_id => Some(&**tool),
        Part::Tool(_) | Part::Text { .. } | Part::Reasoning { .. } | Part::StepStart | Part::Report { .. } => None,
    })
}

impl Record {
    /// What it says of a call.
    pub(super) fn event(&self) -> Option<(&str, CallEvent)> {
        Some(match self {
            Self::CallPaused { call_id, pause } => (call_id, CallEvent::Paused(pause.clone())),
            Self::CallAnswered { call_id, approved, reason } => {
                (call_id, CallEvent::Answered { approved: *approved, reason: reason.clone() })
            }
            Self::CallResumed { call_id, consented } => (call_id, CallEvent::Resumed { consented: *consented }),
            Self::CallApproved { call_id } => (call_id, CallEvent::Approved),
            Self::ApprovalVoided { call_id } => (call_id, CallEvent::ApprovalVoided),
            Self::CallRetried { call_id } => (call_id, CallEvent::Retried),
            Self::CallStarted { call_id } => (call_id, CallEvent::Started),
            Self::CallSettled { call_id, outcome } => (call_id, CallEvent::Settled(outcome.clone())),
            Self::Message { .. }
            | Self::TurnQueued { .. }
            | Self::TurnStarted { .. }
            | Self::StepStarted { .. }
            | Self::Text { .. }
            | Self::Reasoning { .. }
            | Self::CallRequested { .. }
            | Self::ModelAnswered { .. }
            | Self::CallParked { .. }
            | Self::StreamOpened { .. }
            | Self::StreamClosed {} => return None,
        })
    }
}
