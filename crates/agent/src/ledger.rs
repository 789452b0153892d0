//! What became of calls, as the account's ledger keeps it: however a call ends, it is told.

use crate::Authority;
use crate::ports::Settled;
use crate::record::{Change, Record};
use crate::state::{Call, CallState, State};
use crate::{Effect, Registry};

/// Rows of the calls that these changes end, in a chat that stands as it did before them.
pub(crate) fn settled_by(before: &State, tools: &Registry, changes: &[Change]) -> Vec<Settled> {
    let Some(turn) = &before.turn else { return Vec::new() };
    let mut rows = Vec::new();
    for change in changes {
        match change {
            Change::Append(Record::CallSettled { call_id, outcome }) => {
                rows.extend(turn.call(call_id).map(|call| row(call, tools, outcome.as_str())));
            }
            Change::Append(Record::CallAnswered { call_id, approved: false, .. }) => {
                rows.extend(turn.call(call_id).map(|call| row(call, tools, "refused")));
            }
            Change::EndTurn { turn: ended, .. } if *ended == turn.head.id => rows.extend(left_over(&turn.calls, tools)),
            Change::Clear => rows.extend(left_over(&turn.calls, tools)),
            Change::Append(_) | Change::EndTurn { .. } | Change::Truncate { .. } => {}
        }
    }
    rows
}

/// Rows of the calls of the running step that have ended.
pub(crate) fn settled(state: &State, tools: &Registry) -> Vec<Settled> {
    let calls = state.turn.iter().flat_map(|turn| &turn.calls);
    let ended = calls.filter_map(|call| match &call.state {
        CallState::Settled(outcome) => Some(row(call, tools, outcome.as_str())),
        CallState::Ready | CallState::Paused(_) | CallState::Started => None,
    });
    ended.collect()
}

/// A turn ends before these calls have: one that runs may have happened, the others did not.
fn left_over<'a>(calls: &'a [Call], tools: &'a Registry) -> impl Iterator<Item = Settled> + 'a {
    calls.iter().filter_map(|call| match &call.state {
        CallState::Started => Some(row(call, tools, "unknown")),
        CallState::Paused(pause) if pause.is_outcome() => Some(row(call, tools, "unknown")),
        CallState::Ready | CallState::Paused(_) => Some(row(call, tools, "refused")),
        CallState::Settled(_) => None,
    })
}

fn row(call: &Call, tools: &Registry, outcome: &'static str) -> Settled {
    let declared = tools.get(&call.head.tool).and_then(|tool| tool.authority(&call.head.input).ok());
    Settled {
        call_id: call.head.id.clone(),
        tool: call.head.tool.clone(),
        effect: tools.effect(&call.head.tool).unwrap_or(Effect::Reads),
        authority: declared.iter().flatten().map(Authority::describe).collect::<Vec<_>>().join(", "),
        outcome,
    }
}
