use deputy_wire::{FinishReason, InterruptedCall, StreamEvent};

use super::emission::{Emission, Ending};
use super::live::Live;
use crate::chat::{
    CALLED_PART, Call, CallOutcome, Change, Origin, ParkedCall, Pause, PauseReason, ProgramCall, Record, State, Turn,
    TurnHead, TurnOutcome, part_of,
};

/// Why something changed: who knows already, and who is offered what follows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cause<'a> {
    /// The engine went on.
    Engine,
    /// A client asked for it, and knows.
    Asked(Option<&'a str>),
    /// A call that waits was answered; this connection is offered the stream on which the turn goes on.
    Answered(Option<&'a str>),
}

/// Takes changes into the state, and says what is shown of them, in order: a function of the state before and the changes (and of how
/// far clients have been told the running stream).
pub(crate) fn apply(state: &mut State, changes: &[Change], live: &mut Live, cause: Cause<'_>) -> Vec<Emission> {
    let mut projection = Projection::new(live, cause);
    for change in changes {
        projection.before(state, change);
        let before = Before::of(state, change);
        state.apply(change);
        projection.after(state, change, &before);
    }
    projection.finish(state)
}

/// Auth0's interrupt text for a call that waits outside the chat; none for one that waits for a yes in it.
fn interrupt_text(call: &Call, pause: &Pause) -> Option<String> {
    let (interrupt, message) = pause.interrupt()?;
    let called = InterruptedCall { id: &call.head.id, args: &call.head.input, name: &call.head.tool };
    Some(interrupt.text(&pause.said(message), called, &pause.id))
}

impl State {
    /// The stream of a turn that waits for the user outside the chat, and the interrupt that says so: of the turn itself, else of the
    /// newest call whose turn is over.
    pub fn interrupted(&self) -> Option<(String, String)> {
        let turn = self.turn.iter().filter(|turn| turn.rests());
        let own = turn.flat_map(|turn| turn.pauses().map(move |(call, pause)| (&turn.head, call, pause)));
        let parked =
            self.parked.iter().rev().filter_map(|parked| Some((&parked.turn, &parked.call, parked.call.pause()?)));
        let text = |(head, call, pause): (&TurnHead, &Call, &Pause)| {
            Some((head.request.clone(), interrupt_text(call, pause)?))
        };
        own.chain(parked).find_map(text)
    }
}

/// What has to be known of a call or turn as it stood before a change.
struct Before {
    was_queued: bool,
    parked: Option<ParkedCall>,
}

impl Before {
    fn of(state: &State, change: &Change) -> Self {
        let queued = |head: &TurnHead| state.queue.iter().any(|queued| queued.id == head.id);
        let (was_queued, parked) = match change {
            Change::Append(Record::TurnStarted { turn } | Record::TurnQueued { turn }) => (queued(turn), None),
            Change::Append(Record::CallParked { parked }) => (false, state.parked(&parked.call.head.id)),
            Change::Unpark { call_id, .. } => (false, state.parked(call_id)),
            _ => (false, None),
        };
        Self { was_queued, parked: parked.cloned() }
    }
}

struct Projection<'a> {
    live: &'a mut Live,
    cause: Cause<'a>,
    shown: Vec<Emission>,
    /// Events of the open stream that are not shown yet.
    events: Vec<StreamEvent>,
    /// Messages that changed outside a stream.
    updated: Vec<String>,
    /// Messages whose streams have ended with these changes.
    told: Vec<String>,
    /// Parked calls that were answered on a stream and have ended, or wait again.
    answered: Vec<ParkedCall>,
    transcript: bool,
    cleared: bool,
}

impl<'a> Projection<'a> {
    fn new(live: &'a mut Live, cause: Cause<'a>) -> Self {
        let (shown, events, updated, told, answered) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { live, cause, shown, events, updated, told, answered, transcript: false, cleared: false }
    }

    /// What ends with the change is told as it stood.
    fn before(&mut self, state: &State, change: &Change) {
        match change {
            Change::EndTurn { turn, outcome, .. } => match &state.turn {
                Some(running) if running.head.id == *turn => self.turn_ends(running, outcome),
                _ => state.queue.iter().filter(|head| head.id == *turn).for_each(|head| self.queued_ends(head)),
            },
            Change::Clear => {
                state.turn.iter().for_each(|turn| self.turn_ends(turn, &TurnOutcome::Stopped));
                state.queue.iter().for_each(|head| self.queued_ends(head));
                self.answered.extend(state.parked.iter().cloned());
            }
            Change::Append(Record::StreamClosed {}) => state.turn.iter().for_each(|turn| self.stream_pauses(turn)),
            Change::Append(_)
            | Change::Unpark { .. }
            | Change::Told { .. }
            | Change::Branch { .. }
            | Change::Branched(_) => {}
        }
    }

    fn after(&mut self, state: &State, change: &Change, before: &Before) {
        match change {
            Change::Append(record) => self.appended(state, record, before),
            Change::EndTurn { message, .. } => self.updated.extend(message.as_ref().map(|message| message.id.clone())),
            Change::Unpark { message, .. } => {
                self.updated.push(message.id.clone());
                self.answered.extend(before.parked.clone());
            }
            Change::Branch { .. } => self.transcript = true,
            // For the model alone.
            Change::Told { .. } | Change::Branched(_) => {}
            Change::Clear => self.cleared = true,
        }
    }

    fn appended(&mut self, state: &State, record: &Record, before: &Before) {
        match record {
            Record::Message { .. } => self.transcript = true,
            Record::TurnStarted { turn } => match &turn.origin {
                Origin::Report | Origin::Collect => self.results(state, turn),
                Origin::Program(called) => self.called(called),
                Origin::Regenerate if !before.was_queued => self.transcript = true,
                Origin::Regenerate | Origin::Message | Origin::Schedule => {}
            },
            Record::TurnQueued { turn } => {
                self.transcript = self.transcript || (turn.origin == Origin::Regenerate && !before.was_queued);
            }
            Record::StepStarted { .. } => {
                let opening = self.live.open_step();
                self.events.extend(opening);
            }
            Record::CallRequested { call } => {
                self.events.extend(self.live.close_text());
                let (call_id, tool, input) = (call.id.clone(), call.tool.clone(), call.input.clone());
                self.events.push(StreamEvent::ToolInput { call_id, tool, input });
            }
            Record::ModelAnswered { .. } => self.events.extend(self.live.close_text()),
            Record::CallPaused { call_id, pause } => {
                if matches!(pause.reason, PauseReason::Confirm) {
                    let (approval_id, call_id) = (pause.id.clone(), call_id.clone());
                    self.events.push(StreamEvent::ToolApprovalRequest { approval_id, call_id });
                }
                self.running_changed(state, call_id);
            }
            Record::CallAnswered { call_id, .. } | Record::CallSettled { call_id, .. } => {
                let call = state.turn.as_ref().and_then(|turn| turn.call(call_id));
                self.events.extend(call.and_then(Call::outcome).map(|outcome| settled_event(call_id, outcome)));
                self.running_changed(state, call_id);
            }
            Record::CallResumed { call_id, .. }
            | Record::CallApproved { call_id }
            | Record::ApprovalVoided { call_id }
            | Record::CallRetried { call_id } => self.running_changed(state, call_id),
            Record::CallParked { parked } => self.parked(parked, before),
            Record::StreamOpened { stream, .. } => {
                let asked = state.turn.as_ref().and_then(|turn| turn.head.connection.clone());
                let answering = match self.cause {
                    Cause::Answered(connection) => connection.map(str::to_owned),
                    Cause::Engine | Cause::Asked(_) => None,
                };
                self.shown.push(Emission::Opened { stream: stream.clone(), offer: answering.or(asked) });
            }
            Record::StreamClosed {} | Record::Text { .. } | Record::Reasoning { .. } | Record::CallStarted { .. } => {}
        }
    }

    /// An answer tells every client how the call stands; what the engine does by itself is told on the stream, if there is one.
    fn running_changed(&mut self, state: &State, call_id: &str) {
        let Some(turn) = state.turn.as_ref().filter(|turn| turn.call(call_id).is_some()) else { return };
        if matches!(self.cause, Cause::Answered(_)) || turn.rests() {
            self.updated.push(turn.answer.id.clone());
        }
    }

    fn parked(&mut self, parked: &ParkedCall, before: &Before) {
        self.updated.push(parked.turn.message_id.clone());
        let ran = before.parked.as_ref().filter(|before| before.call.pause().is_none());
        if let Some(before) = ran.filter(|_| parked.call.pause().is_some()) {
            let answer_stream = before.answer_stream.clone();
            self.answered.push(ParkedCall { answer_stream, ..parked.clone() });
        }
    }

    /// What became of the calls that a turn tells of, once its stream has begun: a client takes the first event of a stream that it
    /// does not know for a message.
    fn results(&mut self, state: &State, head: &TurnHead) {
        let part = |call_id: &String| state.messages.iter().rev().find_map(|message| part_of(message, call_id));
        let events: Vec<StreamEvent> =
            head.reports.iter().filter_map(part).filter_map(deputy_wire::result_event).collect();
        let turn = state.turn.as_ref().filter(|turn| turn.head.id == head.id && !events.is_empty());
        if let Some(turn) = turn {
            self.begin(turn);
            let (stream, asked) = (head.request.clone(), head.connection.clone());
            self.shown.push(Emission::Results { stream, asked, events });
        }
    }

    /// A program's call, which stands in the answer from its beginning.
    fn called(&mut self, called: &ProgramCall) {
        let opening = self.live.open_step();
        self.events.extend(opening);
        let (id, delta) = (|| CALLED_PART.to_owned(), called.said());
        let (call_id, tool, input) = (called.call.id.clone(), called.call.tool.clone(), called.call.input.clone());
        self.events.extend([
            StreamEvent::TextStart { id: id() },
            StreamEvent::TextDelta { id: id(), delta },
            StreamEvent::TextEnd { id: id() },
            StreamEvent::ToolInput { call_id, tool, input },
        ]);
    }

    fn queued_ends(&mut self, head: &TurnHead) {
        let stream = head.request.clone();
        self.shown.push(Emission::Closed { stream, continuation: false, head: head.clone(), ending: Ending::Stopped });
    }

    /// Its stream ends, if it has one. What was stopped is told no more of.
    fn turn_ends(&mut self, turn: &Turn, outcome: &TurnOutcome) {
        let ending = match outcome {
            TurnOutcome::Completed | TurnOutcome::Parked => Ending::Completed,
            TurnOutcome::Stopped | TurnOutcome::Superseded => Ending::Stopped,
            TurnOutcome::Failed { message, .. } => Ending::Failed(message.clone()),
        };
        match ending {
            Ending::Stopped => self.events.clear(),
            Ending::Completed | Ending::Failed(_) | Ending::Interrupted(_) => {
                let closing = self.live.close_step();
                self.events.extend(closing);
            }
        }
        if matches!(ending, Ending::Completed) {
            self.events.push(StreamEvent::Finish { reason: self.live.finish_reason() });
        }
        self.close(turn, ending);
    }

    /// The turn waits for the user.
    fn stream_pauses(&mut self, turn: &Turn) {
        let interrupt = turn.pauses().find_map(|(call, pause)| interrupt_text(call, pause));
        let closing = self.live.close_step();
        self.events.extend(closing);
        if interrupt.is_none() {
            self.events.push(StreamEvent::Finish { reason: Some(FinishReason::ToolCalls) });
        }
        // A stream that brought nothing but the wait has begun all the same.
        self.begin(turn);
        self.close(turn, interrupt.map_or(Ending::Completed, Ending::Interrupted));
    }

    /// Ends the open stream. Clients that were told that it broke off are shown the transcript.
    fn close(&mut self, turn: &Turn, ending: Ending) {
        self.flush(turn);
        self.live.end();
        let Some(stream) = &turn.stream else { return };
        self.told.push(turn.head.message_id.clone());
        self.shown.push(if self.live.is_lost(&stream.id) {
            Emission::Transcript { except: None }
        } else {
            let (continuation, head) = (stream.continuation(turn), turn.head.clone());
            Emission::Closed { stream: stream.id.clone(), continuation, head, ending }
        });
    }

    fn begin(&mut self, turn: &Turn) {
        if let Some(stream) = &turn.stream {
            let mut events = std::mem::take(&mut self.events);
            self.shown.extend(on_stream(self.live, turn, &stream.id, &mut events).filter(has_events));
        }
    }

    /// Shows the events so far on the turn's stream, opening it for the clients first.
    fn flush(&mut self, turn: &Turn) {
        let mut events = std::mem::take(&mut self.events);
        if let Some(stream) = turn.stream.as_ref().filter(|_| !events.is_empty()) {
            self.shown.extend(on_stream(self.live, turn, &stream.id, &mut events));
        }
    }

    fn finish(mut self, state: &State) -> Vec<Emission> {
        let messages = self.updates(state);
        self.shown.extend(messages.into_iter().map(|message| Emission::Updated { message }));
        match &state.turn {
            Some(turn) => self.flush(turn),
            None => self.events.clear(),
        }
        for parked in std::mem::take(&mut self.answered) {
            self.answer_ends(state, &parked);
        }
        let except = match self.cause {
            Cause::Asked(connection) => connection.map(str::to_owned),
            Cause::Engine | Cause::Answered(_) => None,
        };
        if self.cleared {
            self.shown.push(Emission::Cleared { except });
        } else if self.transcript {
            self.shown.push(Emission::Transcript { except });
        }
        self.shown
    }

    /// The messages that changed, each once, if they are still there. A stream that was closed has told its own.
    fn updates(&self, state: &State) -> Vec<deputy_wire::Message> {
        let mut messages: Vec<deputy_wire::Message> = Vec::new();
        for id in self.updated.iter().filter(|id| !self.told.contains(id)) {
            let running = state.turn.iter().map(|turn| &turn.answer);
            let message = running.chain(&state.messages).find(|message| message.id == *id);
            if let Some(message) = message.filter(|_| messages.iter().all(|known| known.id != *id)) {
                messages.push(message.clone());
            }
        }
        messages
    }

    /// Whoever follows the answer to a parked call is told its end, unless a turn tells it on that stream.
    fn answer_ends(&mut self, state: &State, parked: &ParkedCall) {
        let Some(stream) = parked.answer_stream.clone() else { return };
        let goes_on = |head: &TurnHead| head.request == stream;
        if state.turn.as_ref().is_some_and(|turn| goes_on(&turn.head)) || state.queue.iter().any(goes_on) {
            return;
        }
        let interrupt = parked.call.pause().and_then(|pause| interrupt_text(&parked.call, pause));
        let ending = interrupt.filter(|_| !self.cleared).map_or(Ending::Stopped, Ending::Interrupted);
        self.shown.push(Emission::Closed { stream, continuation: false, head: parked.turn.clone(), ending });
    }
}

/// Events for the running stream; its beginning comes first.
pub(crate) fn on_stream(live: &mut Live, turn: &Turn, stream: &str, events: &mut Vec<StreamEvent>) -> Option<Emission> {
    let continuation = stream != turn.head.request;
    if live.begin(stream) {
        let message_id = (!continuation).then(|| turn.answer.id.clone());
        events.insert(0, StreamEvent::Start { message_id });
    }
    let events = std::mem::take(events);
    (!live.is_lost(stream)).then(|| Emission::Events { stream: stream.to_owned(), continuation, events })
}

fn has_events(emission: &Emission) -> bool {
    matches!(emission, Emission::Events { events, .. } if !events.is_empty())
}

/// The event that shows how a call ended.
fn settled_event(call_id: &str, outcome: &CallOutcome) -> StreamEvent {
    let (call_id, status) = (call_id.to_owned(), Some(outcome.status()));
    match outcome {
        CallOutcome::Completed { output } => StreamEvent::ToolOutput { call_id, output: output.clone(), status },
        CallOutcome::Denied { .. } => StreamEvent::ToolDenied { call_id },
        CallOutcome::Failed { text, .. } | CallOutcome::NotRun { text, .. } | CallOutcome::Unknown { text } => {
            StreamEvent::ToolFailed { call_id, text: text.clone(), status }
        }
    }
}
