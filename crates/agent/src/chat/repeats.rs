//! Calls that were made before: in this turn they are not made again, in this chat they are asked for as what they are.

use deputy_wire::{CallOutcomeKind, Message, Part, ToolPart, ToolState};

use super::call::{Call, CallHead, CallState};
use super::outcome::{CallOutcome, NotRun, REPEATED};
use super::state::State;
use super::turn::{Turn, part_of};
use crate::authority::{Digest, Effect};
use crate::tool::Registry;

/// The very same effect, in this chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Before {
    /// When its answer began, milliseconds.
    pub at: u64,
    /// It may have happened; nobody knows.
    pub unknown: bool,
    /// Its answer was dropped: the user asked for another one, or changed the message.
    pub dropped: bool,
}

/// What the model reads in the place of a result it has already.
const DONE: &str = "This very call was made before in this answer, and it was done. It is not done twice: its result stands with \
    the first one.";

/// The same, when the first call came to nothing.
const ENDED: &str = "This very call was made before in this answer, so it was not made again. What came of the first:";

impl Turn {
    /// The call of this turn, among those of earlier steps and `step`, that this one repeats. A call that reads is a new one when
    /// something was changed since.
    pub(crate) fn twin(&self, call: &CallHead, step: &[CallHead], tools: &Registry) -> Option<String> {
        let changes = |head: &CallHead| tools.effect(&head.tool).is_some_and(|effect| effect != Effect::Reads);
        let only_reads = !changes(call);
        for before in self.earlier.iter().chain(step).rev() {
            if before.digest == call.digest && before.input_error == call.input_error {
                return Some(before.repeats.clone().unwrap_or_else(|| before.id.clone()));
            }
            if only_reads && before.repeats.is_none() && changes(before) && self.may_have_changed(before) {
                return None;
            }
        }
        None
    }

    fn may_have_changed(&self, call: &CallHead) -> bool {
        let status = part_of(&self.answer, &call.id).and_then(|part| part.status.as_ref());
        status.is_none_or(|status| match status.outcome {
            CallOutcomeKind::Completed | CallOutcomeKind::Unknown | CallOutcomeKind::Waiting => true,
            CallOutcomeKind::Denied | CallOutcomeKind::NotRun | CallOutcomeKind::Failed => false,
        })
    }

    /// The call that this one repeats has not ended yet.
    pub(super) fn awaits_twin(&self, call: &Call) -> bool {
        let twin = call.head.repeats.as_ref().and_then(|twin| self.call(twin));
        twin.is_some_and(|twin| !matches!(twin.state, CallState::Settled(_)))
    }

    /// Its calls are all calls that were made before.
    pub(super) fn only_repeats(&self) -> bool {
        !self.calls.is_empty() && self.calls.iter().all(|call| call.head.repeats.is_some())
    }
}

impl State {
    /// What a call comes to that repeats another of its turn. None when that one cannot be found: then it is a call like any other.
    pub(crate) fn repeated(&self, call: &Call, tools: &Registry) -> Option<CallOutcome> {
        let twin = call.head.repeats.as_ref()?;
        let part = part_of(self.message_of(twin)?, twin)?;
        let reads = tools.effect(&call.head.tool).is_none_or(|effect| effect == Effect::Reads);
        Some(match &part.state {
            ToolState::Output { output } if reads => CallOutcome::Completed { output: output.clone() },
            ToolState::Output { .. } => CallOutcome::not_run(NotRun::Repeated, DONE),
            ToolState::Failed { text } => CallOutcome::not_run(NotRun::Repeated, format!("{ENDED} {text}")),
            ToolState::Denied { .. } => {
                CallOutcome::not_run(NotRun::Repeated, format!("{ENDED} the user said no. Do not ask again."))
            }
            ToolState::Waiting
            | ToolState::Running
            | ToolState::AwaitingConfirmation { .. }
            | ToolState::Confirmed { .. } => {
                CallOutcome::not_run(NotRun::Repeated, format!("{ENDED} it has not ended yet."))
            }
        })
    }

    /// The newest time the very same effect happened, or may have, in this chat and the branches it has left.
    pub(crate) fn done_before(&self, call: &CallHead, account: &str) -> Option<Before> {
        let dropped = self.branches.iter().flat_map(|branch| &branch.messages).map(|message| (message, true));
        let kept =
            self.messages.iter().chain(self.turn.iter().map(|turn| &turn.answer)).map(|message| (message, false));
        let same = |part: &ToolPart| {
            part.tool == call.tool
                && part.call_id != call.id
                && Digest::of(&part.tool, &part.input, account) == call.digest
        };
        let mut found = self.runs_elsewhere(call);
        for (message, dropped) in dropped.chain(kept) {
            for part in calls(message).filter(|part| same(part)) {
                let Some(unknown) = happened(part) else { continue };
                let dropped = dropped || found.is_some_and(|before| before.dropped);
                found = Some(Before { at: message.created_at, unknown, dropped });
            }
        }
        found
    }

    /// The very same runs right now, under another card.
    fn runs_elsewhere(&self, call: &CallHead) -> Option<Before> {
        let running = self.turn.iter().flat_map(|turn| turn.calls.iter().map(move |other| (other, turn.head.at)));
        let parked = self.parked.iter().map(|parked| (&parked.call, parked.turn.at));
        let same = |other: &Call| {
            other.head.id != call.id && other.head.digest == call.digest && matches!(other.state, CallState::Started)
        };
        let (_, at) = running.chain(parked).find(|(other, _)| same(other))?;
        Some(Before { at, unknown: true, dropped: false })
    }

    /// Effects of answers that were left for the one that runs: what happened, or may have, when the message it answers was answered
    /// before, or stood there with another text. With the time their answers began.
    pub(crate) fn dropped_effects(&self, message: &str, tools: &Registry) -> Vec<(&ToolPart, u64)> {
        let at = self.messages.iter().position(|known| known.id == message);
        let before = at.and_then(|at| at.checked_sub(1)).and_then(|before| self.messages.get(before));
        let before = before.map(|message| message.id.as_str());
        let hangs_here = |after: Option<&str>| after == Some(message) || after == before;
        let left = self.branches.iter().filter(|branch| hangs_here(branch.after.as_deref()));
        let left = left.flat_map(|branch| &branch.messages);
        let effects = left.flat_map(|message| calls(message).map(move |part| (part, message.created_at)));
        let is_effect = |tool: &str| tools.effect(tool).is_some_and(|effect| effect != Effect::Reads);
        effects.filter(|(part, _)| is_effect(&part.tool) && happened(part).is_some()).collect()
    }
}

fn calls(message: &Message) -> impl Iterator<Item = &ToolPart> {
    message.parts.iter().filter_map(|part| match part {
        Part::Tool(tool) => Some(&**tool),
        Part::StepStart | Part::Text { .. } | Part::Reasoning { .. } | Part::Report { .. } => None,
    })
}

/// None when the call did not happen; true when nobody knows.
fn happened(part: &ToolPart) -> Option<bool> {
    match (&part.state, part.status.as_ref().map(|status| status.outcome)) {
        (_, Some(CallOutcomeKind::Unknown)) => Some(true),
        // Parts of the first version have no status.
        (ToolState::Output { .. }, None | Some(CallOutcomeKind::Completed)) => Some(false),
        _ => None,
    }
}

/// True for a part that only says that its call was made before.
pub(crate) fn is_repeat(part: &ToolPart) -> bool {
    part.status.as_ref().is_some_and(|status| status.code == REPEATED)
}
