//! Calls that wait for the user: they do not stop the chat. When the conversation goes on, their turn ends as parked, and each of
//! them stays answerable; when it has ended, a turn of its own tells what became of it.

use deputy_wire::Message;

use super::call::{Call, CallState};
use super::outcome::{CallOutcome, NotRun, TurnOutcome, UNKNOWN};
use super::pause::PauseReason;
use super::record::{Change, Origin, ParkedCall, Record, TurnHead};
use super::state::State;
use super::turn::{part_of, set_part};

/// Ids and time of a turn that may have to be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTurn {
    /// Turn id.
    pub id: String,
    /// Stream (request) id, if the answer brought none.
    pub request: String,
    /// Id of the answer.
    pub message_id: String,
    /// Milliseconds.
    pub at: u64,
}

impl State {
    /// Changes by which a turn that waits gives way: its answer becomes a message, its waits stay.
    pub fn park_turn(&self) -> Vec<Change> {
        let Some(turn) = &self.turn else { return Vec::new() };
        let mut changes: Vec<Change> = self.end_turn(&TurnOutcome::Parked).into_iter().collect();
        changes.extend(turn.pauses().map(|(call, _)| {
            let parked = ParkedCall { turn: turn.head.clone(), call: call.clone(), answer_stream: None };
            Change::Append(Record::CallParked { parked: Box::new(parked) })
        }));
        changes
    }

    /// The changes that write what happened to a call, whether its turn runs or is over. A parked call that ends here is told of by
    /// a turn of its own if `report` says with which ids.
    pub fn call_changes(&self, record: Record, report: Option<&NewTurn>) -> Vec<Change> {
        let Some((call_id, event)) = record.event() else { return vec![Change::Append(record)] };
        let Some(parked) = self.parked(call_id) else { return vec![Change::Append(record)] };
        let mut parked = parked.clone();
        parked.call.apply(&event);
        if parked.call.pause().is_some() {
            // Whoever followed the answer has been told that it waits again.
            parked.answer_stream = None;
        }
        match parked.call.outcome().cloned() {
            None => vec![Change::Append(Record::CallParked { parked: Box::new(parked) })],
            Some(outcome) => {
                let mut changes: Vec<Change> = self.unpark(&parked.call, outcome).into_iter().collect();
                changes.extend(report.into_iter().flat_map(|new| self.report(&parked, new)));
                changes
            }
        }
    }

    /// The record is about a call whose turn is over.
    pub fn is_of_parked(&self, record: &Record) -> bool {
        record.event().is_some_and(|(call_id, _)| self.parked(call_id).is_some())
    }

    /// Calls that go on although their turns are over.
    pub fn parked_ready(&self) -> Vec<String> {
        let ready = self.parked.iter().filter(|parked| matches!(parked.call.state, CallState::Ready));
        ready.map(|parked| parked.call.head.id.clone()).collect()
    }

    /// Ends the waits of messages that are left for another branch. An effect that runs meanwhile keeps its outcome unknown there.
    pub(super) fn supersede(&self, left: &[Message]) -> Vec<Change> {
        let gone = |parked: &&ParkedCall| left.iter().any(|message| message.id == parked.turn.message_id);
        let mut messages: Vec<Message> = left.to_vec();
        let mut changes = Vec::new();
        for parked in self.parked.iter().filter(gone) {
            let outcome = match &parked.call.state {
                CallState::Started => CallOutcome::unknown(UNKNOWN),
                CallState::Paused(pause) if pause.is_outcome() => CallOutcome::unknown(UNKNOWN),
                _ => CallOutcome::not_run(NotRun::Superseded, "Not run: the conversation took another way."),
            };
            let call = Call { state: CallState::Settled(outcome.clone()), ..parked.call.clone() };
            if let Some(message) = messages.iter_mut().find(|message| message.id == parked.turn.message_id) {
                set_part(message, call.part(true));
                let (call_id, message) = (call.head.id.clone(), message.clone());
                changes.push(Change::Unpark { call_id, outcome, message });
            }
        }
        changes
    }

    /// A session has ended: what was asked on the device before counts no more, and a yes that was given there neither. Waits for a
    /// connection or a new login stay.
    pub fn void_approvals(&self, session: &str, stream: &str) -> Vec<Change> {
        if self.is_read_only() {
            return Vec::new();
        }
        let ended = |pause: &PauseReason, turn: &TurnHead| match pause {
            PauseReason::Approve { session: Some(asked), .. } => asked == session,
            PauseReason::Approve { session: None, .. } => turn.session.as_deref().is_none_or(|own| own == session),
            PauseReason::Confirm | PauseReason::Connect { .. } | PauseReason::SignIn | PauseReason::Outcome { .. } => {
                false
            }
        };
        self.one_after_the_other(self.unfinished().collect(), |state, (call, turn)| {
            let call_id = call.head.id.clone();
            let mut changes = Vec::new();
            if call.pause().is_some_and(|pause| ended(&pause.reason, turn)) {
                let text = "Your session ended before you approved this, so it was not run.";
                let outcome = CallOutcome::not_run(NotRun::SessionEnded, text);
                let record = Record::CallSettled { call_id, outcome };
                if state.parked(&call.head.id).is_none()
                    && let Some(turn) = state.turn.as_ref().filter(|turn| turn.rests())
                {
                    changes.push(turn.open(stream));
                }
                changes.extend(state.call_changes(record, None));
            } else if call.approved && !matches!(call.state, CallState::Started | CallState::Settled(_)) {
                changes.extend(state.call_changes(Record::ApprovalVoided { call_id }, None));
            }
            changes
        })
    }

    /// Changes of several calls at once. Each is made on what those before it leave: several may stand in one message, which is
    /// written whole.
    pub(super) fn one_after_the_other<T>(
        &self,
        items: Vec<T>,
        change: impl Fn(&Self, T) -> Vec<Change>,
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut after: Option<Self> = None;
        let last = items.len().saturating_sub(1);
        for (index, item) in items.into_iter().enumerate() {
            let more = change(after.as_ref().unwrap_or(self), item);
            if index < last && !more.is_empty() {
                let after = after.get_or_insert_with(|| self.clone());
                more.iter().for_each(|change| after.apply(change));
            }
            changes.extend(more);
        }
        changes
    }

    /// Calls that have not ended, with their turns.
    fn unfinished(&self) -> impl Iterator<Item = (&Call, &TurnHead)> {
        let parked = self.parked.iter().map(|parked| (&parked.call, &parked.turn));
        let running = self.turn.iter().flat_map(|turn| turn.calls.iter().map(move |call| (call, &turn.head)));
        parked.chain(running)
    }

    fn unpark(&self, call: &Call, outcome: CallOutcome) -> Option<Change> {
        let mut message = self.messages.iter().find(|message| part_of(message, &call.head.id).is_some())?.clone();
        set_part(&mut message, call.part(true));
        Some(Change::Unpark { call_id: call.head.id.clone(), outcome, message })
    }

    /// The turn that tells what became of a parked call. One that waits for its turn already tells of this too.
    fn report(&self, parked: &ParkedCall, new: &NewTurn) -> Vec<Change> {
        let call_id = parked.call.head.id.clone();
        let origin = if parked.turn.program_call().is_some() { Origin::Collect } else { Origin::Report };
        if let Some(head) = self.queue.iter().find(|head| head.origin == origin) {
            let mut turn = head.clone();
            turn.reports.push(call_id);
            return vec![Change::Append(Record::TurnQueued { turn })];
        }
        let head = TurnHead {
            id: new.id.clone(),
            request: parked.answer_stream.clone().unwrap_or_else(|| new.request.clone()),
            origin,
            session: parked.turn.session.clone(),
            connection: None,
            message_id: new.message_id.clone(),
            user_messages: Vec::new(),
            at: new.at,
            reports: vec![call_id],
        };
        let mut changes = Vec::new();
        self.begin(head, &mut changes);
        changes
    }
}
