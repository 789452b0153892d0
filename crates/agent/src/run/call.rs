//! One tool call: policy, authority, the tool, its outcome.

use deputy_error::Explained;
use serde_json::Value;

use super::approval::Asked;
use super::driver::Driver;
use super::ports::{AskApproval, Obtain, Obtained, Ports, StoreError, TurnContext};
use crate::authority::{
    Answers, Authority, Credentials, Digest, Effect, Grant, Permit, Ruling, effective, rule, token_of,
};
use crate::chat::{
    Before, Call, CallOutcome, CallState, MAX_OUTPUT_BYTES, MAX_WAITS, Origin, PAUSE_MS, Pause, PauseReason, Record,
    TurnHead, time_of_day,
};
use crate::tool::{ErasedTool, ToolError};

/// Where a call goes next.
pub(super) enum Next {
    Settle(CallOutcome),
    Pause(PauseReason),
    /// As `Pause`, until this time at the latest, milliseconds. The very same was done before, if there is a sentence that says so.
    Ask(PauseReason, u64, Option<String>),
    /// The chat went on without it meanwhile.
    Gone,
}

impl<P: Ports> Driver<P> {
    /// Tries one call, of the running step or one whose turn is over.
    pub(super) async fn run_call(&self, id: &str) -> Result<(), StoreError> {
        let found = {
            let state = self.state.borrow();
            state.turn_of(id).cloned().zip(state.call(id).cloned())
        };
        let Some((turn, call)) = found else { return Ok(()) };
        let next = self.try_call(&turn, &call).await?;
        if !self.holds(&call) {
            return Ok(());
        }
        match next {
            Next::Settle(outcome) => self.append_call(Record::CallSettled { call_id: call.head.id, outcome }),
            Next::Pause(reason) => self.pause_call(call, reason, self.in_a_day(), None),
            Next::Ask(reason, until, again) => self.pause_call(call, reason, until, again),
            Next::Gone => Ok(()),
        }
    }

    fn in_a_day(&self) -> u64 {
        self.ports.now().saturating_add(PAUSE_MS)
    }

    /// Nobody has ended the call, or answered it otherwise, since this one was read.
    pub(super) fn holds(&self, call: &Call) -> bool {
        let state = self.state.borrow();
        state.call(&call.head.id).is_some_and(|now| matches!(now.state, CallState::Ready | CallState::Started))
    }

    /// Everything that can be known to be wrong is said before anybody is asked.
    async fn try_call(&self, turn: &TurnHead, call: &Call) -> Result<Next, StoreError> {
        if let Some(error) = &call.head.input_error {
            return Ok(failed("input_invalid", error));
        }
        if let Some(outcome) = self.state.borrow().repeated(call, &self.tools) {
            return Ok(Next::Settle(outcome));
        }
        if turn.origin == Origin::Schedule && self.tools.schedules(&call.head.tool) {
            return Ok(failed("task_is_due", TASK_IS_DUE));
        }
        let by_program = turn.program_call().is_some();
        let Some(tool) = self.tools.get(&call.head.tool).filter(|tool| by_program || !tool.programs_only()) else {
            return Ok(failed("tool_unknown", &format!("There is no tool named {}.", call.head.tool)));
        };
        let authority = match tool.needs(&call.head.input) {
            Ok(authority) => authority,
            Err(error) => return Ok(failed("input_invalid", &error.to_string())),
        };
        match self.turn_context(turn).await {
            Ok(context) => self.attempt(call, tool, &authority, &context).await,
            Err(problem) => Ok(failed(&problem.code, &problem.message)),
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        tool: &dyn ErasedTool,
        authority: &[Authority],
        context: &TurnContext,
    ) -> Result<Next, StoreError> {
        // The digest is made again from what will run: a changed byte is another call.
        let digest = Digest::of(&call.head.tool, &call.head.input, &self.account());
        if digest != call.head.digest {
            return Ok(failed("call_changed", "This call is not the one that was asked for, so it was not run."));
        }
        let ask = Obtain {
            call_id: call.head.id.clone(),
            tool: call.head.tool.clone(),
            effect: tool.effect(),
            digest: digest.clone(),
            authority: effective(&call.head.tool, tool.effect(), authority.to_vec()),
            session: context.session.clone(),
        };
        // Before anybody is asked for anything, and again after every wait: this runs from the start then.
        let related = match self.related(&ask, context).await {
            Ok(related) => related,
            Err(next) => return Ok(next),
        };
        if call.checks {
            return Ok(self.look(call, tool, ask, context, related).await);
        }
        let before = self.done_before(call, tool.effect());
        let again = before.map(|before| again(&call.head.tool, before, self.ports.now(), context.offset_seconds));
        // A yes that was given before the same was done elsewhere in the chat is none to doing it twice.
        let knew = call.waited.as_ref().is_some_and(|pause| pause.again.is_some());
        let confirmed = call.confirmed && (before.is_none() || knew);
        let mut answers = Answers { confirmed, approved: call.approved, again: before.is_some(), related };
        if matches!(rule(tool.effect(), authority, &digest, answers), Ruling::Approve) {
            let asked = AskApproval {
                call: ask.clone(),
                input: call.head.input.clone(),
                again: before.map(|before| before.at),
                offset_seconds: context.offset_seconds,
            };
            match self.ask_approval(asked).await {
                Asked::Waits(reason, until) => return Ok(Next::Ask(reason, until, again)),
                Asked::SessionEnded => return Ok(Next::Pause(PauseReason::SignIn)),
                Asked::Ended(outcome) => return Ok(Next::Settle(outcome)),
                Asked::Approved if !self.holds(call) => return Ok(Next::Gone),
                Asked::Approved => {
                    self.append_call(Record::CallApproved { call_id: call.head.id.clone() })?;
                    answers.approved = true;
                }
            }
        }
        let permit = match rule(tool.effect(), authority, &digest, answers) {
            Ruling::Permitted(permit) if permit.covers(&digest) => permit,
            Ruling::Refused(why) => return Ok(Next::Settle(CallOutcome::unrelated(why))),
            Ruling::Confirm => return Ok(Next::Ask(PauseReason::Confirm, self.in_a_day(), again)),
            Ruling::Permitted(_) | Ruling::Approve => {
                return Ok(failed("call_changed", "This call is not the one that was permitted, so it was not run."));
            }
        };
        let credentials = match self.obtain(&ask, &call.consents).await {
            Ok(credentials) => credentials,
            Err(next) => return Ok(next),
        };
        if !self.holds(call) {
            return Ok(Next::Gone);
        }
        self.append_call(Record::CallStarted { call_id: call.head.id.clone() })?;
        Ok(self.run_tool(call, tool, &ask, permit, credentials, context).await)
    }

    /// Runs the tool. A provider's 401 costs the cached token: one more exchange, and only a different token is tried
    /// again; then the user is asked to connect (TV-10, GC-05).
    async fn run_tool(
        &self,
        call: &Call,
        tool: &dyn ErasedTool,
        ask: &Obtain,
        permit: Permit,
        mut credentials: Credentials,
        context: &TurnContext,
    ) -> Next {
        let host = self.ports.host(context, &call.head.id);
        let mut tried_again = false;
        loop {
            let used = credentials.vault.clone();
            let grant = Grant::mint(credentials);
            let done = tool.call(call.head.input.clone(), permit.clone(), grant, host.as_ref()).await;
            let Err(ToolError::Unauthorized { connection, message }) = done else { return ended(tool, done) };
            let scopes = scopes_of(&ask.authority, &connection);
            self.ports.drop_token(&connection, &scopes).await;
            let others = if tried_again { None } else { Some(self.obtain(ask, &call.consents).await) };
            credentials = match others {
                Some(Ok(others)) if token_of(&others.vault, &connection) != token_of(&used, &connection) => others,
                Some(Err(next)) => return next,
                _ => return self.connect_again(call, connection, scopes, message).await,
            };
            tried_again = true;
        }
    }

    /// The provider refuses what the tenant has: the user connects the account again, but is not asked for ever.
    async fn connect_again(&self, call: &Call, connection: String, scopes: Vec<String>, message: String) -> Next {
        if call.consents.contains(&connection) {
            let text = format!("The account of {connection} was connected again, but the provider still refuses it.");
            return failed("refused_by_provider", &text);
        }
        self.ports.wait_for(&call.head.id, &connection).await;
        Next::Pause(PauseReason::Connect { connection, missing: scopes.clone(), required: scopes, message })
    }

    pub(super) async fn obtain(&self, ask: &Obtain, consents: &[String]) -> Result<Credentials, Next> {
        match self.ports.obtain(ask).await {
            Obtained::Granted(credentials) => Ok(credentials),
            Obtained::SessionEnded => Err(Next::Pause(PauseReason::SignIn)),
            Obtained::Refused(problem) => Err(failed(&problem.code, &problem.message)),
            Obtained::NeedsConnection { connection, missing, .. }
                if consents.contains(&connection) && !missing.is_empty() =>
            {
                let text = format!(
                    "The account of {connection} was connected, but without these permissions: {}. Without them this cannot be done.",
                    missing.join(", ")
                );
                Err(failed("permissions_missing", &text))
            }
            Obtained::NeedsConnection { connection, missing, required } => {
                let message = format!("Authorization required to access the Token Vault: {connection}.");
                Err(Next::Pause(PauseReason::Connect { connection, missing, required, message }))
            }
        }
    }

    /// True when one more call may wait for the user. A call that asks on a device right now counts.
    pub(super) fn may_wait(&self) -> bool {
        self.state.borrow().waits().count().saturating_add(self.asking.get()) < MAX_WAITS
    }

    /// The very same effect, if it happened in this chat before. The agent's own notes count only where an answer was dropped: the user
    /// who asks for another one wants them once.
    fn done_before(&self, call: &Call, effect: Effect) -> Option<Before> {
        let counts = |before: &Before| effect != Effect::Own || before.dropped;
        let looks = effect != Effect::Reads;
        looks.then(|| self.state.borrow().done_before(&call.head, &self.account())).flatten().filter(counts)
    }

    fn pause_call(
        &self,
        call: Call,
        reason: PauseReason,
        expires_at: u64,
        again: Option<String>,
    ) -> Result<(), StoreError> {
        let call_id = call.head.id;
        // An effect that may have happened always waits for somebody who knows; a question on a device was counted when it was asked.
        let counts = !matches!(reason, PauseReason::Outcome { .. } | PauseReason::Approve { .. });
        if counts && !self.may_wait() {
            return self.append_call(Record::CallSettled { call_id, outcome: CallOutcome::too_many_waits() });
        }
        // Asking again for the same call keeps its card.
        let id = match &call.waited {
            Some(pause) if asks_the_same(&pause.reason, &reason) => pause.id.clone(),
            _ => self.ports.named("pending_"),
        };
        // Who has been told that it is a second time has been told so whatever it waits for next.
        let again = again.or_else(|| call.waited.as_ref().and_then(|pause| pause.again.clone()));
        let pause = Pause { id, reason, since: self.ports.now(), expires_at, again };
        self.append_call(Record::CallPaused { call_id, pause })
    }
}

/// A task that came due asks for what it is, not for another date.
const TASK_IS_DUE: &str = "This task is due now: do it now. It was scheduled before and is not scheduled again.";

/// That the very same was done before, in words.
fn again(tool: &str, before: Before, now: u64, offset_seconds: i32) -> String {
    let (done, time) =
        (if before.unknown { "may have been done" } else { "was done" }, time_of_day(before.at, now, offset_seconds));
    format!("A second time: {tool} {done} {time}.")
}

/// Both ask the user for the same.
fn asks_the_same(before: &PauseReason, now: &PauseReason) -> bool {
    match (before, now) {
        (PauseReason::Connect { connection: before, .. }, PauseReason::Connect { connection: now, .. }) => {
            before == now
        }
        (PauseReason::Approve { code: before, .. }, PauseReason::Approve { code: now, .. }) => before == now,
        (PauseReason::SignIn, PauseReason::SignIn) | (PauseReason::Outcome { .. }, PauseReason::Outcome { .. }) => true,
        _ => false,
    }
}

pub(super) fn failed(code: &str, text: &str) -> Next {
    Next::Settle(CallOutcome::failed(code, text))
}

/// How a tool's run ended. An effect whose answer was lost waits for somebody who knows.
fn ended(tool: &dyn ErasedTool, result: Result<Value, ToolError>) -> Next {
    match result {
        Err(ToolError::OutcomeUnknown(_)) if !matches!(tool.effect(), Effect::Reads | Effect::Own) => {
            Next::Pause(PauseReason::Outcome { can_check: tool.checks() })
        }
        other => outcome(other),
    }
}

pub(super) fn outcome(result: Result<Value, ToolError>) -> Next {
    match result {
        Ok(output) if output.to_string().len() > MAX_OUTPUT_BYTES => {
            failed("result_too_large", "The result is too large to be used here.")
        }
        Ok(output) => Next::Settle(CallOutcome::Completed { output }),
        Err(error) => failed(error.code(), &error.to_string()),
    }
}

fn scopes_of(authority: &[Authority], wanted: &str) -> Vec<String> {
    authority
        .iter()
        .find_map(|authority| match authority {
            Authority::Vault { connection, scopes } if connection == wanted => Some(scopes.clone()),
            _ => None,
        })
        .unwrap_or_default()
}
