//! Answers to calls that wait. Tool and input are the server's own: an answer names only the call.

use deputy_wire::Part;
use serde_json::json;

use super::outcome::{CallOutcome, NotRun, UNKNOWN};
use super::pause::{Pause, PauseReason};
use super::record::{Change, Record};
use super::state::State;
use super::waits::NewTurn;

/// An answer to a waiting call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Approve,
    /// No.
    Deny {
        /// Why, if the user said.
        reason: Option<String>,
    },
    /// Try again: the consent may have been given.
    Continue {
        /// The server knows that it was.
        consented: bool,
    },
    /// Not now.
    NotNow,
    /// Make a call again whose outcome is unknown.
    Retry,
    /// A call whose outcome is unknown has happened: the user has looked.
    Done,
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// It counts, once these changes are written.
    Taken(Vec<Change>),
    /// The call does not wait (any more): somebody else was first.
    Late,
    /// There is no such call.
    Unknown,
    /// The chat can only be read ([`State::is_read_only`]).
    ReadOnly,
}

impl State {
    /// Takes in an answer to a waiting call. `new` names the stream on which the turn goes on, or on which a turn of its own tells what
    /// became of a parked call.
    pub fn answer(&self, call_id: &str, decision: &Decision, new: &NewTurn) -> Answered {
        if self.is_read_only() {
            return Answered::ReadOnly;
        }
        let Some(call) = self.call(call_id) else { return self.answered_before(call_id) };
        let Some(pause) = call.pause() else { return Answered::Late };
        let Some(record) = decided(call_id.to_owned(), pause, decision) else { return Answered::Late };
        Answered::Taken(self.answered(record, Some(new), &new.request))
    }

    /// The device, or the tenant, has answered. Nothing changes if the call does not wait for that any more.
    pub(crate) fn approval_answered(&self, pause: &str, record: Record, new: &NewTurn) -> Vec<Change> {
        let waits = |call: &super::call::Call| call.pause().is_some_and(|waits| waits.id == pause);
        let call = record.event().and_then(|(call_id, _)| self.call(call_id));
        if !call.is_some_and(waits) {
            return Vec::new();
        }
        // A question that ran out in silence needs no turn of its own.
        let silent = matches!(
            &record,
            Record::CallSettled { outcome: CallOutcome::NotRun { why: NotRun::ApprovalExpired, .. }, .. }
        );
        self.answered(record, (!silent).then_some(new), &new.request)
    }

    /// Calls that wait for this connection.
    pub fn waiting_for(&self, connection: &str) -> Vec<String> {
        self.waiting(|reason| matches!(reason, PauseReason::Connect { connection: wanted, .. } if wanted == connection))
    }

    /// Calls that wait for a new login.
    pub fn waiting_for_session(&self) -> Vec<String> {
        self.waiting(|reason| matches!(reason, PauseReason::SignIn))
    }

    /// Calls that wait for the device: call id and pending id. None in a chat that can only be read.
    pub(crate) fn approvals(&self) -> impl Iterator<Item = (&str, &str)> {
        let asked = self.waits().filter(|(_, pause)| pause.is_approval() && !self.is_read_only());
        asked.map(|(call, pause)| (call.head.id.as_str(), pause.id.as_str()))
    }

    /// Ends what has waited too long. `stream` names the stream on which a turn goes on.
    pub fn expire(&self, now: u64, stream: &str) -> Vec<Change> {
        if self.is_read_only() {
            return Vec::new();
        }
        let expired = self.waits().filter(|(_, pause)| pause.expires_at <= now);
        let settled = expired.map(|(call, pause)| {
            let outcome = if pause.is_outcome() {
                CallOutcome::unknown(UNKNOWN)
            } else {
                CallOutcome::not_run(NotRun::Expired, "Nobody answered in time, so this was not run.")
            };
            Record::CallSettled { call_id: call.head.id.clone(), outcome }
        });
        self.one_after_the_other(settled.collect(), |state, record| state.answered(record, None, stream))
    }

    /// When something that waits ends by itself, milliseconds.
    pub fn next_expiry(&self) -> Option<u64> {
        self.waits().map(|(_, pause)| pause.expires_at).min()
    }

    fn waiting(&self, wanted: impl Fn(&PauseReason) -> bool) -> Vec<String> {
        self.waits().filter(|(_, pause)| wanted(&pause.reason)).map(|(call, _)| call.head.id.clone()).collect()
    }

    /// The changes of an answer: the turn of the call goes on, or a parked call does by itself.
    fn answered(&self, record: Record, report: Option<&NewTurn>, stream: &str) -> Vec<Change> {
        let parked = record.event().and_then(|(call_id, _)| self.parked(call_id));
        match (parked, &self.turn) {
            (None, Some(turn)) => turn.reopened(stream, record),
            (None, None) => Vec::new(),
            (Some(_), _) => {
                let mut changes = self.call_changes(record, report);
                // Whoever follows the answer follows this stream, also when the tool has to run first.
                if let [Change::Append(Record::CallParked { parked })] = changes.as_mut_slice() {
                    parked.answer_stream = Some(stream.to_owned());
                }
                changes
            }
        }
    }

    /// An answer to a call that is no longer in the running step: late if the transcript knows it.
    fn answered_before(&self, call_id: &str) -> Answered {
        let messages = self.messages.iter().chain(self.turn.iter().map(|turn| &turn.answer));
        let known = messages
            .flat_map(|message| &message.parts)
            .any(|part| matches!(part, Part::Tool(tool) if tool.call_id == call_id));
        if known { Answered::Late } else { Answered::Unknown }
    }
}

/// What an answer does to a call that waits like this; none when it is no answer to that.
fn decided(call_id: String, pause: &Pause, decision: &Decision) -> Option<Record> {
    let not_now =
        |call_id, text: String| Record::CallSettled { call_id, outcome: CallOutcome::not_now(pause.asked(), text) };
    Some(match (&pause.reason, decision) {
        (PauseReason::Confirm, Decision::Approve) => Record::CallAnswered { call_id, approved: true, reason: None },
        (PauseReason::Confirm, Decision::Deny { reason }) => {
            Record::CallAnswered { call_id, approved: false, reason: reason.clone() }
        }
        (PauseReason::Confirm, Decision::NotNow) => Record::CallAnswered { call_id, approved: false, reason: None },
        // A consent says nothing about a confirmation.
        (PauseReason::Confirm, Decision::Continue { .. }) => return None,
        (PauseReason::Connect { .. }, Decision::Continue { consented }) => {
            Record::CallResumed { call_id, consented: *consented }
        }
        (PauseReason::Connect { .. }, Decision::Approve) => Record::CallResumed { call_id, consented: false },
        (PauseReason::Connect { connection, .. }, Decision::NotNow | Decision::Deny { .. }) => {
            not_now(call_id, format!("The user chose not to connect {connection} now."))
        }
        // Only the device says yes; a client that asks to go on is shown what holds.
        (PauseReason::Approve { .. }, Decision::Approve | Decision::Continue { .. }) => return None,
        (PauseReason::Approve { .. }, Decision::NotNow | Decision::Deny { .. }) => {
            not_now(call_id, "The user no longer wants this, and it was not run.".to_owned())
        }
        (PauseReason::SignIn, Decision::Continue { .. } | Decision::Approve) => {
            Record::CallResumed { call_id, consented: false }
        }
        (PauseReason::SignIn, Decision::NotNow | Decision::Deny { .. }) => {
            not_now(call_id, "The user chose not to sign in again now.".to_owned())
        }
        (PauseReason::Outcome { can_check: true }, Decision::Continue { .. }) => {
            Record::CallResumed { call_id, consented: false }
        }
        (PauseReason::Outcome { can_check: false }, Decision::Continue { .. }) => return None,
        (PauseReason::Outcome { .. }, Decision::Retry | Decision::Approve) => Record::CallRetried { call_id },
        (PauseReason::Outcome { .. }, Decision::Done) => {
            let output = json!({"done": true, "note": MARKED_DONE});
            Record::CallSettled { call_id, outcome: CallOutcome::Completed { output } }
        }
        (PauseReason::Outcome { .. }, Decision::NotNow | Decision::Deny { .. }) => {
            Record::CallSettled { call_id, outcome: CallOutcome::unknown(UNKNOWN) }
        }
        (_, Decision::Retry | Decision::Done) => return None,
    })
}

/// The user has looked.
const MARKED_DONE: &str = "It was interrupted while it ran; the user has looked and says that it was done.";
