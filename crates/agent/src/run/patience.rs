//! What is done when the model gives no answer: it is asked again while nothing has been shown, and of a conversation that is too long
//! less is told.

use deputy_models::ModelError;
use deputy_wire::{Part, StreamEvent};

use super::driver::Driver;
use super::ports::{Ports, TurnContext};
use super::step::{Cut, Followed};
use crate::chat::{Change, NextStep, OMITTED, OMITTED_TEXT, Record, TurnHead};
use crate::show::Cause;

/// How often the model is asked again. A failure after a tool has run costs the most: the tool's work is done, and nobody tells it.
const MOST_TRIES: u32 = 3;
/// The first wait where the provider names no time, milliseconds; each further one is twice as long.
const FIRST_WAIT_MS: u64 = 1_000;
/// The longest wait, milliseconds: whoever is to wait longer is told so.
const LONGEST_WAIT_MS: u64 = 30_000;

/// What is shown meanwhile.
const BUSY_CODE: &str = "model_busy";
const BUSY: &str = "The model is busy, trying again.";

impl<P: Ports> Driver<P> {
    /// Asks the model and follows its answer to its end.
    pub(super) async fn ask(&self, head: &TurnHead, next: NextStep, context: &TurnContext) -> Result<(), Cut> {
        let mut tries = 0;
        let mut words = next.last && self.ports.is_small();
        loop {
            let request = self.request(head, next.last, words, context);
            let error = match self.follow(head, next.step, &request).await {
                // Told without calls, it has none to go on with.
                Ok(Followed::OnlyACall) if !words => {
                    words = true;
                    continue;
                }
                Ok(Followed::OnlyACall) => return self.finish_without_tools(next.step, None),
                Ok(Followed::ToItsEnd) => return Ok(()),
                Err(Cut::Model(error)) if self.has_said_nothing() => error,
                Err(cut) => return Err(cut),
            };
            if error == ModelError::ContextTooLong && self.leave_out(head)? {
                continue;
            }
            let Some(wait) = wait_after(&error, tries, self.ports.now()) else { return Err(error.into()) };
            tries = tries.saturating_add(1);
            self.show_text(vec![StreamEvent::Notice { code: BUSY_CODE.to_owned(), text: BUSY.to_owned() }]);
            self.ports.wait(wait).await;
            if !self.is_current(&head.id) {
                return Ok(());
            }
        }
    }

    /// True while nothing of the step's answer has been shown.
    fn has_said_nothing(&self) -> bool {
        let said = |part: &Part| match part {
            Part::Text { id, .. } => !id.starts_with(OMITTED),
            Part::Reasoning { .. } | Part::Tool(_) => true,
            Part::StepStart | Part::Report { .. } => false,
        };
        self.turn(|turn| !turn.answer.parts.iter().skip(turn.step_from).any(said)).unwrap_or_default()
    }

    /// Leaves the oldest part of the conversation out, and says so in the answer. False when there is nothing to leave out.
    fn leave_out(&self, head: &TurnHead) -> Result<bool, Cut> {
        if !self.is_current(&head.id) {
            return Ok(false);
        }
        let Some(id) = self.state().omission() else { return Ok(false) };
        let text = OMITTED_TEXT.to_owned();
        self.commit(&[Change::Append(Record::Text { part: id.clone(), text: text.clone() })], Cause::Engine)?;
        self.show_text(vec![
            StreamEvent::TextStart { id: id.clone() },
            StreamEvent::TextDelta { id: id.clone(), delta: text },
            StreamEvent::TextEnd { id },
        ]);
        Ok(true)
    }
}

/// How long to wait before the model is asked again, milliseconds; none when that would not help.
fn wait_after(error: &ModelError, tries: u32, now: u64) -> Option<u64> {
    if tries >= MOST_TRIES || !error.is_passing() {
        return None;
    }
    let told = match error {
        ModelError::RateLimited { retry_at } | ModelError::Overloaded { retry_at } => *retry_at,
        _ => None,
    };
    let wait = told.map_or_else(|| FIRST_WAIT_MS.saturating_mul(1 << tries), |at| at.saturating_sub(now).max(100));
    (wait <= LONGEST_WAIT_MS).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T25: at most three times, as long as the provider says, and not longer than anybody waits.
    #[test]
    fn t25_waits_are_bounded() {
        let now = 1_000_000;
        let overloaded = |retry_at| ModelError::Overloaded { retry_at };
        let waits: Vec<_> = (0..4).map(|tries| wait_after(&overloaded(None), tries, now)).collect();
        assert_eq!(waits, [Some(1_000), Some(2_000), Some(4_000), None]);
        for limited in [ModelError::RateLimited { retry_at: Some(now + 7_000) }, overloaded(Some(now + 7_000))] {
            assert_eq!(wait_after(&limited, 2, now), Some(7_000));
        }
        assert_eq!(wait_after(&overloaded(Some(now - 5)), 0, now), Some(100));
        assert_eq!(wait_after(&ModelError::RateLimited { retry_at: Some(now + 31_000) }, 0, now), None);
        for lasting in [ModelError::Unauthorized, ModelError::ContextTooLong, ModelError::TimedOut, ModelError::Aborted]
        {
            assert_eq!(wait_after(&lasting, 0, now), None, "{lasting:?}");
        }
    }
}
