//! What became of calls, as the account's ledger keeps it: however a call ends, it is told.

use deputy_wire::{CallOutcomeKind, Part};
use serde_json::Value;

use super::ports::Settled;
use crate::authority::{Authority, Effect};
use crate::chat::{Call, CallHead, CallOutcome, CallState, Change, Record, State, TurnOutcome, UNKNOWN};
use crate::tool::Registry;

/// Rows of the calls that these changes end, in a chat that stands as it did before them.
pub(super) fn settled_by(before: &State, tools: &Registry, changes: &[Change]) -> Vec<Settled> {
    let mut rows = Vec::new();
    for change in changes {
        match change {
            Change::Append(Record::CallSettled { call_id, outcome }) => {
                rows.extend(before.call(call_id).map(|call| row(&call.head, tools, outcome.kind(), outcome.code())));
            }
            Change::Append(Record::CallAnswered { call_id, approved: false, .. }) => {
                let denied = |call: &Call| row(&call.head, tools, CallOutcomeKind::Denied, "denied");
                rows.extend(before.call(call_id).map(denied));
            }
            Change::Unpark { call_id, outcome, .. } => {
                let head = before.parked(call_id).map(|parked| &parked.call.head);
                rows.extend(head.map(|head| row(head, tools, outcome.kind(), outcome.code())));
            }
            Change::EndTurn { turn, outcome, .. } => {
                let running = before.turn.iter().filter(|running| running.head.id == *turn);
                let parks = matches!(outcome, TurnOutcome::Parked);
                let calls = running.flat_map(|turn| &turn.calls).filter(|call| !parks || call.pause().is_none());
                rows.extend(left_over(calls, tools));
            }
            Change::Clear => {
                let running = before.turn.iter().flat_map(|turn| &turn.calls);
                rows.extend(left_over(running.chain(before.parked.iter().map(|parked| &parked.call)), tools));
            }
            Change::Append(_) | Change::Told { .. } | Change::Branch { .. } | Change::Branched(_) => {}
        }
    }
    rows
}

/// Rows of the calls that have ended and that the last process may not have told: those of the running step, and those that a turn
/// is to tell of.
pub(super) fn settled(state: &State, tools: &Registry) -> Vec<Settled> {
    let calls = state.turn.iter().flat_map(|turn| &turn.calls);
    let mut rows: Vec<Settled> = calls
        .filter_map(|call| call.outcome().map(|outcome| row(&call.head, tools, outcome.kind(), outcome.code())))
        .collect();
    let heads = state.turn.iter().map(|turn| &turn.head).chain(&state.queue);
    let reported: Vec<&String> = heads.flat_map(|head| &head.reports).collect();
    for part in state.messages.iter().flat_map(|message| &message.parts) {
        if let Part::Tool(tool) = part
            && reported.contains(&&tool.call_id)
            && let Some(status) = &tool.status
        {
            rows.push(told(&tool.call_id, &tool.tool, &tool.input, tools, status.outcome, &status.code));
        }
    }
    rows
}

/// A turn ends before these calls have: one that runs may have happened, the others did not.
fn left_over<'a>(calls: impl Iterator<Item = &'a Call>, tools: &Registry) -> Vec<Settled> {
    let ended = calls.filter_map(|call| {
        let outcome = match &call.state {
            CallState::Started => CallOutcome::unknown(UNKNOWN),
            CallState::Paused(pause) if pause.is_outcome() => CallOutcome::unknown(UNKNOWN),
            CallState::Ready | CallState::Paused(_) => {
                return Some(row(&call.head, tools, CallOutcomeKind::NotRun, "stopped"));
            }
            CallState::Settled(_) => return None,
        };
        Some(row(&call.head, tools, outcome.kind(), outcome.code()))
    });
    ended.collect()
}

fn row(head: &CallHead, tools: &Registry, outcome: CallOutcomeKind, code: &str) -> Settled {
    told(&head.id, &head.tool, &head.input, tools, outcome, code)
}

fn told(call_id: &str, tool: &str, input: &Value, tools: &Registry, outcome: CallOutcomeKind, code: &str) -> Settled {
    let declared = tools.get(tool).and_then(|tool| tool.needs(input).ok());
    Settled {
        call_id: call_id.to_owned(),
        tool: tool.to_owned(),
        effect: tools.effect(tool).unwrap_or(Effect::Reads),
        authority: declared.iter().flatten().map(Authority::describe).collect::<Vec<_>>().join(", "),
        outcome,
        code: code.to_owned(),
    }
}
