//! What to do next: a function of the state alone, so that every point where a process can die is a plain test.

use super::call::CallState;
use super::limits::{MAX_ATTEMPTS, MAX_STEPS};
use super::outcome::TurnOutcome;
use super::record::Origin;
use super::state::State;

/// A step of a turn that is to be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextStep {
    /// Counted from 1.
    pub step: u32,
    /// Attempt, counted from 1.
    pub attempt: u32,
    /// No tools are offered: what the model says is the answer.
    pub last: bool,
}

/// The next thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Nothing: no turn, no queue.
    Idle,
    /// Start the first turn of the queue.
    StartTurn,
    /// Ask the model.
    CallModel(NextStep),
    /// Try these calls, at the same time.
    RunCalls(Vec<String>),
    /// Tell the clients what the turn waits for, and end the stream.
    Pause,
    /// Somebody else's turn has come: the calls that wait stay answerable without their turn.
    Park,
    /// Wait: for the user, or for a call that runs.
    Wait,
    /// End the turn.
    End(TurnOutcome),
}

impl State {
    /// The next thing to do.
    pub fn plan(&self) -> Plan {
        if self.is_read_only() {
            return Plan::Idle;
        }
        let Some(turn) = &self.turn else {
            return if self.queue.is_empty() { Plan::Idle } else { Plan::StartTurn };
        };
        if turn.head.origin == Origin::Collect {
            return Plan::End(TurnOutcome::Completed);
        }
        if !turn.answered {
            // `step` and `attempt` are 0 before the first step; a step that was begun and not answered is tried again.
            let attempt = turn.attempt.saturating_add(1);
            return if turn.step > 0 && attempt > MAX_ATTEMPTS {
                Plan::End(TurnOutcome::Failed {
                    code: "interrupted".into(),
                    message: "The answer was interrupted several times. Please try again.".into(),
                })
            } else {
                let step = turn.step.max(1);
                Plan::CallModel(NextStep { step, attempt, last: turn.last || step >= MAX_STEPS })
            };
        }
        let ready: Vec<String> = turn
            .calls
            .iter()
            .filter(|call| matches!(call.state, CallState::Ready) && !turn.awaits_twin(call))
            .map(|call| call.head.id.clone())
            .collect();
        if !ready.is_empty() {
            return Plan::RunCalls(ready);
        }
        if turn.calls.iter().any(|call| matches!(call.state, CallState::Started)) {
            return Plan::Wait;
        }
        if turn.pauses().next().is_some() {
            return match (turn.rests(), self.queue.is_empty()) {
                (false, _) => Plan::Pause,
                (true, true) => Plan::Wait,
                (true, false) => Plan::Park,
            };
        }
        if turn.calls.is_empty() || turn.head.program_call().is_some() {
            return Plan::End(TurnOutcome::Completed);
        }
        let step = turn.step.saturating_add(1);
        Plan::CallModel(NextStep { step, attempt: 1, last: turn.only_repeats() || step >= MAX_STEPS })
    }
}
