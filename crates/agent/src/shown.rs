//! What clients are shown of a turn: streams that open, go on and end, and what changes outside of one.

use deputy_wire::{AsyncRequest, Interrupt, InterruptBehavior, InterruptedCall, StreamEvent};

use crate::approvals::GRACE_MS;
use crate::driver::Driver;
use crate::intake::UNKNOWN;
use crate::ports::{Emission, Ending, Ports, StoreError};
use crate::record::{CallOutcome, Change, Pause, PauseReason, Record, TurnHead};
use crate::state::{Call, CallState, Closing, Turn};

/// More of a stream.
pub(crate) struct More {
    stream: String,
    continuation: bool,
    events: Vec<StreamEvent>,
}

impl<P: Ports> Driver<P> {
    pub(crate) fn show(&self, emission: Emission<'_>) {
        self.ports.show(emission, &self.state.borrow());
    }

    /// Shows events of the open stream, opening it for the clients first. Without an open stream the answer is shown whole.
    pub(crate) fn show_events(&self, events: Vec<StreamEvent>) {
        match self.on_stream(events) {
            Some(more) => self.show_more(&more),
            None => self.show_answer(),
        }
    }

    /// The running answer as it is now.
    fn show_answer(&self) {
        if let Some(turn) = &self.state.borrow().turn {
            self.show(Emission::Updated { message: &turn.answer });
        }
    }

    /// Events for the open stream, to be shown once what they say is written.
    pub(crate) fn on_stream(&self, mut events: Vec<StreamEvent>) -> Option<More> {
        let state = self.state.borrow();
        let turn = state.turn.as_ref()?;
        let stream = turn.stream.as_ref()?;
        let continuation = stream.continuation(turn);
        if self.live.borrow_mut().begin(&stream.id) {
            let message_id = (!continuation).then(|| turn.answer.id.clone());
            events.insert(0, StreamEvent::Start { message_id });
        }
        Some(More { stream: stream.id.clone(), continuation, events })
    }

    pub(crate) fn show_more(&self, more: &More) {
        if !more.events.is_empty() && !self.live.borrow().is_lost(&more.stream) {
            let More { stream, continuation, events } = more;
            self.show(Emission::Events { stream, continuation: *continuation, events });
        }
    }

    /// Ends a stream for the clients. Those that were told that it broke off are shown the transcript.
    pub(crate) fn close(&self, closing: &Closing, ending: Ending) {
        let Closing { head, stream: Some(stream), continuation } = closing else { return };
        let lost = self.live.borrow().is_lost(stream);
        self.show(if lost {
            Emission::Transcript { except: None }
        } else {
            Emission::Closed { stream, continuation: *continuation, head, ending }
        });
    }

    /// A turn that waited has ended without a stream: its card goes.
    pub(crate) fn show_ended(&self, head: &TurnHead) {
        let state = self.state.borrow();
        if let Some(message) = state.messages.iter().rev().find(|message| message.id == head.message_id) {
            self.show(Emission::Updated { message });
        }
    }

    /// After answers: the stream they opened is offered, and what they settled is shown on it; the rest as an update.
    pub(crate) fn show_answered(&self, changes: &[Change], stream: &str, offer: Option<&str>) {
        let Some(asked) = self.turn(|turn| turn.head.connection.clone()) else { return };
        if matches!(changes.first(), Some(Change::Append(Record::StreamOpened { .. }))) {
            self.show(Emission::Opened { stream, offer: offer.or(asked.as_deref()) });
        }
        self.show_answer();
        let mut events = Vec::new();
        for change in changes {
            if let Change::Append(Record::CallAnswered { call_id, .. } | Record::CallSettled { call_id, .. }) = change {
                events.extend(
                    self.turn(|turn| match &turn.call(call_id)?.state {
                        CallState::Settled(outcome) => Some(settled_event(call_id, outcome)),
                        _ => None,
                    })
                    .flatten(),
                );
            }
        }
        if !events.is_empty() {
            self.show_events(events);
        }
    }

    pub(crate) fn fail_without_log(&self, error: &StoreError) {
        self.ports.log_failure(error);
        let Some(closing) = self.turn(Turn::closing) else { return };
        let Some(stream) = &closing.stream else { return };
        if !self.live.borrow().is_lost(stream) {
            let ending = Ending::Failed("This chat could not be saved, so the answer was stopped.".to_owned());
            self.close(&closing, ending);
            self.live.borrow_mut().lose(stream.clone());
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

/// Auth0's interrupt text for a call that waits outside the chat; none for one that waits for a yes in it.
pub fn interrupt_text(call: &Call, pause: &Pause) -> Option<String> {
    let (interrupt, message) = match &pause.reason {
        PauseReason::Confirm => return None,
        PauseReason::Connect { connection, missing, required, message } => {
            let interrupt = Interrupt::TokenVault {
                connection: connection.clone(),
                scopes: missing.clone(),
                required_scopes: required.clone(),
                authorization_params: serde_json::Map::new(),
                behavior: InterruptBehavior::Resume,
            };
            (interrupt, message.as_str())
        }
        PauseReason::Approve { code, binding_message, requested_at, interval_seconds } => {
            let request = AsyncRequest {
                requested_at: *requested_at,
                expires_in: pause.expires_at.saturating_sub(GRACE_MS).saturating_sub(*requested_at) / 1000,
                interval: *interval_seconds,
            };
            let interrupt = Interrupt::AsyncPending {
                request,
                approval_code: code.clone(),
                binding_message: binding_message.clone(),
            };
            (interrupt, "An authorization request was sent to your mobile device.")
        }
        PauseReason::SignIn => (Interrupt::SignIn, "Your session has ended. Please sign in again."),
        PauseReason::Outcome { can_check } => (Interrupt::OutcomeUnknown { can_check: *can_check }, UNKNOWN),
    };
    let called = InterruptedCall { id: &call.head.id, args: &call.head.input, name: &call.head.tool };
    Some(interrupt.text(message, called, &pause.id))
}
