//! What a process that died left behind.

use super::call::{Call, CallState};
use super::limits::{MAX_ATTEMPTS, PAUSE_MS};
use super::outcome::CallOutcome;
use super::pause::{Pause, PauseReason};
use super::record::{Change, Record};
use super::state::State;
use crate::authority::Effect;
use crate::tool::Registry;

/// Which calls nobody is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Those of the running turn.
    Turn,
    /// Those whose turns are over.
    Parked,
}

impl State {
    /// What was begun and has no result, though nobody is at it. A call that may be repeated becomes ready again; of any
    /// other the outcome is unknown: it waits for somebody who knows, once these changes are written.
    pub fn recover(&mut self, lane: Lane, tools: &Registry, now: u64, id: &dyn Fn() -> String) -> Vec<Change> {
        if self.is_read_only() {
            return Vec::new();
        }
        let mut records = Vec::new();
        let mut look = |call: &mut Call| records.extend(recovered(call, tools, now, id));
        match lane {
            Lane::Turn => self.turn.iter_mut().flat_map(|turn| turn.calls.iter_mut()).for_each(&mut look),
            Lane::Parked => self.parked.iter_mut().for_each(|parked| look(&mut parked.call)),
        }
        self.one_after_the_other(records, |state, record| state.call_changes(record, None))
    }

    /// True when a call of the lane was begun and has no result.
    pub fn has_begun(&self, lane: Lane) -> bool {
        let begun = |call: &Call| matches!(call.state, CallState::Started);
        match lane {
            Lane::Turn => self.turn.iter().flat_map(|turn| &turn.calls).any(begun),
            Lane::Parked => self.parked.iter().any(|parked| begun(&parked.call)),
        }
    }
}

fn recovered(call: &mut Call, tools: &Registry, now: u64, id: &dyn Fn() -> String) -> Option<Record> {
    if !matches!(call.state, CallState::Started) {
        return None;
    }
    // Reading twice does no harm, and our own notes carry the call's id. One that takes the process with it each time
    // must not do so for ever.
    let repeatable = matches!(tools.effect(&call.head.tool), Some(Effect::Reads | Effect::Own));
    if repeatable && call.starts < MAX_ATTEMPTS {
        call.state = CallState::Ready;
        return None;
    }
    let call_id = call.head.id.clone();
    Some(if repeatable {
        let text = "This was interrupted several times, so it was given up.";
        Record::CallSettled { call_id, outcome: CallOutcome::failed("gave_up", text) }
    } else {
        let reason = PauseReason::Outcome { can_check: tools.checks(&call.head.tool) };
        let pause = Pause { id: id(), reason, since: now, expires_at: now.saturating_add(PAUSE_MS), again: None };
        Record::CallPaused { call_id, pause }
    })
}
