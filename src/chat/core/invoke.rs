//! Calls of programs (MCP clients): taken in, waited for, answered, and collected later. What waits is in the log, so it outlives the
//! request, the program and the process.

use std::rc::Rc;

use deputy_agent::{Accepted, CallAsk, Decision, Digest, Effect, PauseReason, Ports, READ_ONLY, READ_ONLY_CODE};
use deputy_wire::{CallOutcomeKind, ToolPart};
use futures::future::{Either, select};

use super::chat::Core;
use super::ports::Platform;
use super::store::stored;
use crate::account::keyed_hash;
use crate::chat::{Invoke, Invoked, ProgramAnswer};
use crate::objects::Refusal;
use crate::platform::ports::SqlError;

/// A call that runs is waited for this long, milliseconds.
const RUNNING_MS: u64 = 120_000;
/// What was read for a call that had waited, or why it did not run, is given to the very same call for this long, milliseconds: then it
/// is asked anew.
const READ_MS: u64 = 900_000;

/// Messages of a chat that takes no more calls of programs, which make thousands: the next one is for another chat.
const FULL: usize = 400;

/// Characters of a call's id that say whose it is. Models take ids of 40 characters at most.
const MARK_CHARS: usize = 10;

/// How far a program's call is.
enum Standing {
    Runs,
    Waits,
    Ended,
}

impl<P: Platform> Core<P> {
    /// Takes the call in, unless it is one that was begun, and waits for it: until it has ended, or waits for the user, or takes too long.
    ///
    /// Errors: 401, 403 as of [`Core::admit`]; 404 for a call that is none of that program, tool and input, or that is gone; 409 in a
    /// chat that can only be read, or is full; 429 when too many wait already; 500 when it could not be stored.
    pub async fn invoke(self: &Rc<Self>, invoke: Invoke) -> Result<Invoked, Refusal> {
        let identity = self.admit(Some(invoke.identity.clone()))?;
        let digest = self.driver.digest_of(&invoke.tool, &invoke.input);
        let begun = self.begun(&invoke, &digest)?;
        let begun = self.unless_in_another_session(begun, identity.session.as_deref())?;
        let (call, patience) = match begun {
            Some(call) => (call, invoke.patience_ms),
            None => (self.begin(&invoke, identity.session)?, 0),
        };
        self.take_answer(&call, invoke.answer.as_ref())?;
        self.drive_later();
        let part = self.stand(&call, patience).await?;
        let failed = |error: SqlError| self.unstored(&stored(error));
        match self.standing(&call, &part) {
            Standing::Ended => self.ports().uncollected.collected(&call).map_err(failed)?,
            Standing::Runs | Standing::Waits => self.ports().uncollected.keep(&digest, &call).map_err(failed)?,
        }
        Ok(Invoked { call, part })
    }

    /// The call that was begun before.
    fn begun(&self, invoke: &Invoke, digest: &Digest) -> Result<Option<String>, Refusal> {
        let state = self.driver.state();
        if let Some(call) = &invoke.call {
            let is_it = |part: &ToolPart| self.driver.digest_of(&part.tool, &part.input) == *digest;
            let named = state.call_part(call).filter(|_| call.starts_with(&ids_of(&invoke.program)));
            return named.filter(is_it).map(|_| Some(call.clone())).ok_or_else(gone);
        }
        if let Some(open) = state.open_program_call(digest) {
            return Ok(Some(open.to_owned()));
        }
        let reads = self.driver.tools().effect(&invoke.tool).is_none_or(|effect| effect == Effect::Reads);
        let find = |since| {
            let kept = self.ports().uncollected.find(digest, since).map_err(|error| self.unstored(&stored(error)));
            kept.map(|kept| kept.and_then(|call| Some((state.call_part(&call)?, call))))
        };
        let kept = match find(self.now().saturating_sub(READ_MS))? {
            None if !reads => find(0)?.filter(|(part, _)| may_have_happened(part)),
            kept => kept,
        };
        Ok(kept.map(|(_, call)| call))
    }

    /// A call that waits for a session which is not the caller's would wait in vain: it is ended, and begun anew in the caller's.
    fn unless_in_another_session(&self, begun: Option<String>, own: Option<&str>) -> Result<Option<String>, Refusal> {
        let elsewhere = |call: &String| {
            let state = self.driver.state();
            let waits = state.call(call).and_then(|call| call.pause());
            let other = state.turn_of(call).is_some_and(|turn| turn.session.as_deref() != own);
            other && waits.is_some_and(|pause| matches!(pause.reason, PauseReason::SignIn))
        };
        let Some(call) = begun.as_ref().filter(|call| elsewhere(call)) else { return Ok(begun) };
        let stream = self.ports().named("program_");
        self.driver.answer(call, &Decision::NotNow, &stream, None).map_err(|error| self.unstored(&error))?;
        Ok(None)
    }

    fn begin(&self, invoke: &Invoke, session: Option<String>) -> Result<String, Refusal> {
        if self.driver.state().messages.len() >= FULL {
            return Err(Refusal::new(409, "chat_full", "This chat has become too long for more calls."));
        }
        let ports = self.ports();
        let id = ports.named(&ids_of(&invoke.program));
        let ask = CallAsk {
            id: id.clone(),
            tool: invoke.tool.clone(),
            input: invoke.input.clone(),
            client: invoke.client.clone(),
            session,
            stream: ports.named("program_"),
        };
        match self.driver.call(ask).map_err(|error| self.unstored(&error))? {
            Accepted::Turn(_) | Accepted::Duplicate => Ok(id),
            Accepted::ReadOnly => Err(Refusal::new(409, READ_ONLY_CODE, READ_ONLY)),
            Accepted::TooMany | Accepted::Nothing => {
                Err(Refusal::new(429, "chat_busy", "Several calls are waiting already. Please try again later."))
            }
        }
    }

    /// What the user has answered to this very question. A call that waits for a new login is tried again: whoever asks has one.
    fn take_answer(&self, call: &str, answer: Option<&ProgramAnswer>) -> Result<(), Refusal> {
        let decision = {
            let state = self.driver.state();
            let pause = state.call(call).and_then(|call| call.pause());
            match (pause.map(|pause| (&pause.reason, &pause.id)), answer) {
                (Some((PauseReason::Confirm, id)), Some(answer)) if answer.pending == *id => {
                    Some(match answer.approved {
                        true => Decision::Approve,
                        false => Decision::Deny { reason: None },
                    })
                }
                (Some((PauseReason::SignIn, _)), _) => Some(Decision::Continue { consented: false }),
                _ => None,
            }
        };
        let Some(decision) = decision else { return Ok(()) };
        let stream = self.ports().named("program_");
        self.driver.answer(call, &decision, &stream, None).map_err(|error| self.unstored(&error))?;
        Ok(())
    }

    /// How the call stands once it has ended, or waits for the user and has done so for the time of `patience`, or has run for long.
    async fn stand(&self, call: &str, patience: u64) -> Result<ToolPart, Refusal> {
        let begun = self.now();
        loop {
            let change = self.ports().watchers.change();
            let part = self.driver.state().call_part(call).ok_or_else(gone)?;
            let longest = match self.standing(call, &part) {
                Standing::Ended => return Ok(part),
                Standing::Waits => patience,
                Standing::Runs => RUNNING_MS,
            };
            let left = begun.saturating_add(longest).saturating_sub(self.now());
            if left == 0 {
                return Ok(part);
            }
            let time = Box::pin(self.ports().platform.sleep(left));
            match select(change, time).await {
                Either::Left(_) | Either::Right(_) => {}
            }
        }
    }

    fn standing(&self, call: &str, part: &ToolPart) -> Standing {
        let state = self.driver.state();
        match state.call(call) {
            Some(call) if call.pause().is_some() => Standing::Waits,
            Some(call) if call.outcome().is_none() => Standing::Runs,
            Some(_) => Standing::Ended,
            // It waits for its turn, or its turn is over.
            None if part.state.is_open() => Standing::Runs,
            None => Standing::Ended,
        }
    }
}

/// What the ids of a program's calls begin with. Once a call has ended nothing else says whose it was.
fn ids_of(program: &str) -> String {
    let mark: String = keyed_hash(b"deputy program v1", &[program]).chars().take(MARK_CHARS).collect();
    format!("call_{mark}")
}

/// It is not asked for again before somebody was told: it has been done, or nobody knows.
fn may_have_happened(part: &ToolPart) -> bool {
    let outcome = part.status.as_ref().map(|status| status.outcome);
    matches!(outcome, Some(CallOutcomeKind::Completed | CallOutcomeKind::Unknown | CallOutcomeKind::Waiting))
}

/// The call is not one that was begun here, or the conversation has left it.
fn gone() -> Refusal {
    Refusal::new(404, "call_gone", "There is no such call, or the conversation has left it. It was not run.")
}
