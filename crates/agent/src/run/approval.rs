//! A yes on a trusted device: asked for once, looked after by the alarm, bound to exactly one call.

use super::driver::Driver;
use super::ports::{Approval, AskApproval, Ports, Problem, StoreError};
use crate::chat::{APPROVAL_GRACE_MS, CallOutcome, NotRun, PauseReason, Record};
use crate::show::Cause;

/// What asking came to.
pub(super) enum Asked {
    /// The call waits for the device until this time, milliseconds.
    Waits(PauseReason, u64),
    /// The user has said yes already.
    Approved,
    /// The session has ended.
    SessionEnded,
    /// It will not be given.
    Ended(CallOutcome),
}

impl<P: Ports> Driver<P> {
    /// Asks the user on the device. One question for one call, however often a process dies between asking and writing.
    pub(super) async fn ask_approval(&self, ask: AskApproval) -> Asked {
        let _asking = match Asking::take(self) {
            Some(asking) => asking,
            None => return Asked::Ended(CallOutcome::too_many_waits()),
        };
        let (call_id, session) = (ask.call.call_id.clone(), ask.call.session.clone());
        match self.ports.ask_approval(&ask).await {
            Approval::Pending { code, binding_message, requested_at, expires_at, interval_seconds, next_poll_at } => {
                self.polls.borrow_mut().insert(call_id, next_poll_at);
                let reason = PauseReason::Approve { code, binding_message, requested_at, interval_seconds, session };
                Asked::Waits(reason, expires_at.saturating_add(APPROVAL_GRACE_MS))
            }
            Approval::Later(_) => Asked::Ended(CallOutcome::failed(
                "approval_unreachable",
                "Your approval cannot be asked for right now. Please try again.",
            )),
            Approval::Approved => Asked::Approved,
            Approval::SessionEnded => Asked::SessionEnded,
            Approval::Ended(problem) => Asked::Ended(not_given(&problem)),
        }
    }

    /// When the next waiting approval is to be looked after, milliseconds. One that this process has not seen is due at once:
    /// the account keeps to the tenant's interval.
    pub fn next_poll(&self) -> Option<u64> {
        let polls = self.polls.borrow();
        self.state().approvals().map(|(call, _)| polls.get(call).copied().unwrap_or(0)).min()
    }

    /// Looks after every approval that is due; the caller drives afterwards. True when a call may go on.
    pub async fn poll_approvals(&self) -> Result<bool, StoreError> {
        let now = self.ports.now();
        let due: Vec<(String, String)> = {
            let (state, polls) = (self.state(), self.polls.borrow());
            let due = state.approvals().filter(|(call, _)| polls.get(*call).is_none_or(|at| *at <= now));
            due.map(|(call, pause)| (call.to_owned(), pause.to_owned())).collect()
        };
        let mut goes_on = false;
        for (call_id, pause) in due {
            let approval = self.ports.poll_approval(&call_id).await;
            let record = match approval {
                Approval::Pending { next_poll_at, .. } | Approval::Later(next_poll_at) => {
                    self.polls.borrow_mut().insert(call_id, next_poll_at.max(now.saturating_add(1)));
                    continue;
                }
                Approval::Approved => Record::CallApproved { call_id: call_id.clone() },
                // Tried again without its session, it will wait for a new login.
                Approval::SessionEnded => Record::CallResumed { call_id: call_id.clone(), consented: false },
                Approval::Ended(problem) => {
                    Record::CallSettled { call_id: call_id.clone(), outcome: not_given(&problem) }
                }
            };
            self.polls.borrow_mut().remove(&call_id);
            let new = self.ports.new_turn(None);
            let changes = self.state.borrow().approval_answered(&pause, record, &new);
            if !changes.is_empty() {
                self.commit(&changes, Cause::Answered(None))?;
                self.forget_context();
                goes_on = true;
            }
        }
        Ok(goes_on)
    }
}

fn not_given(problem: &Problem) -> CallOutcome {
    CallOutcome::not_run(NotRun::of_approval(&problem.code), problem.message.clone())
}

/// While it lives, a call asks on a device and may come to wait for it.
struct Asking<'a>(&'a std::cell::Cell<usize>);

impl<'a> Asking<'a> {
    fn take<P: Ports>(driver: &'a Driver<P>) -> Option<Self> {
        driver.may_wait().then(|| {
            driver.asking.set(driver.asking.get().saturating_add(1));
            Self(&driver.asking)
        })
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}
