//! A yes on a trusted device: asked for once, looked after by the alarm, bound to exactly one call.

use crate::driver::Driver;
use crate::ports::{Approval, AskApproval, Obtain, Ports, Problem, StoreError};
use crate::record::{CallOutcome, Change, PauseReason, Record};
use crate::state::{CallState, State, Turn};

/// The card stays this long after the request has ended, so that the tenant has the last word, milliseconds.
pub(crate) const GRACE_MS: u64 = 30_000;

/// What asking came to.
pub(crate) enum Asked {
    /// The call waits for the device until this time, milliseconds.
    Waits(PauseReason, u64),
    /// The user has said yes already.
    Approved,
    /// The session has ended.
    SessionEnded,
    /// It will not be given.
    Ended(Problem),
}

impl<P: Ports> Driver<P> {
    /// Asks the user on the device. One question for one call, however often a process dies between asking and writing.
    pub(crate) async fn ask_approval(&self, call: Obtain, input: serde_json::Value) -> Asked {
        let call_id = call.call_id.clone();
        match self.ports.ask_approval(&AskApproval { call, input }).await {
            Approval::Pending { code, binding_message, requested_at, expires_at, interval_seconds, next_poll_at } => {
                self.poll_at(call_id, Some(next_poll_at));
                let reason = PauseReason::Approve { code, binding_message, requested_at, interval_seconds };
                Asked::Waits(reason, expires_at.saturating_add(GRACE_MS))
            }
            Approval::Later(_) => Asked::Ended(Problem {
                code: "approval_unreachable".to_owned(),
                message: "Your approval cannot be asked for right now. Please try again.".to_owned(),
            }),
            Approval::Approved => Asked::Approved,
            Approval::SessionEnded => Asked::SessionEnded,
            Approval::Ended(problem) => Asked::Ended(problem),
        }
    }

    /// When the next waiting approval is to be looked after, milliseconds. One that this process has not seen is due at once:
    /// the account keeps to the tenant's interval.
    pub fn next_poll(&self) -> Option<u64> {
        self.state().approvals().map(|(call, _)| self.polled_at(call).unwrap_or(0)).min()
    }

    /// Looks after every approval that is due; the caller drives afterwards. True when the turn may go on.
    pub async fn poll_approvals(&self) -> Result<bool, StoreError> {
        let now = self.ports.now();
        let due: Vec<(String, String)> = self
            .state()
            .approvals()
            .filter(|(call, _)| self.polled_at(call).is_none_or(|at| at <= now))
            .map(|(call, pause)| (call.to_owned(), pause.to_owned()))
            .collect();
        let mut goes_on = false;
        for (call_id, pause) in due {
            let approval = self.ports.poll_approval(&call_id).await;
            if let Approval::Pending { next_poll_at, .. } | Approval::Later(next_poll_at) = approval {
                self.poll_at(call_id, Some(next_poll_at.max(now.saturating_add(1))));
                continue;
            }
            let stream = self.ports.id();
            let changes = self.state.borrow().approval_answered(&call_id, &pause, &approval, &stream);
            self.poll_at(call_id, None);
            if !changes.is_empty() {
                self.commit(&changes)?;
                self.show_answered(&changes, &stream, None);
                self.forget_context();
                goes_on = true;
            }
        }
        Ok(goes_on)
    }

    /// When the approval of a call is to be looked after, milliseconds; none when this process has not seen it.
    fn polled_at(&self, call_id: &str) -> Option<u64> {
        self.polls.borrow().iter().find(|(call, _)| call == call_id).map(|(_, at)| *at)
    }

    fn poll_at(&self, call_id: String, at: Option<u64>) {
        let mut polls = self.polls.borrow_mut();
        polls.retain(|(call, _)| *call != call_id);
        polls.extend(at.map(|at| (call_id, at)));
    }
}

impl State {
    /// Calls that wait for the device: call id and pending id.
    pub(crate) fn approvals(&self) -> impl Iterator<Item = (&str, &str)> {
        let pauses = self.turn.iter().flat_map(Turn::pauses);
        pauses
            .filter(|(_, pause)| matches!(pause.reason, PauseReason::Approve { .. }))
            .map(|(call, pause)| (call.head.id.as_str(), pause.id.as_str()))
    }

    /// The device, or the tenant, has answered. Nothing changes if the call does not wait for that any more.
    fn approval_answered(&self, call_id: &str, pause: &str, approval: &Approval, stream: &str) -> Vec<Change> {
        let Some(turn) = &self.turn else { return Vec::new() };
        let waits =
            turn.call(call_id).is_some_and(|call| matches!(&call.state, CallState::Paused(waits) if waits.id == pause));
        if !waits {
            return Vec::new();
        }
        let call_id = call_id.to_owned();
        let record = match approval {
            Approval::Pending { .. } | Approval::Later(_) => return Vec::new(),
            Approval::Approved => Record::CallApproved { call_id },
            // Tried again without its session, it will wait for a new login.
            Approval::SessionEnded => Record::CallResumed { call_id, consented: false },
            Approval::Ended(problem) => {
                Record::CallSettled { call_id, outcome: CallOutcome::NotRun { text: problem.message.clone() } }
            }
        };
        turn.reopened(stream, record)
    }
}
