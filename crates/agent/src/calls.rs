//! One tool call: policy, authority, the tool, its outcome.

use futures::FutureExt;
use serde_json::Value;

use crate::approvals::Asked;
use crate::authority::{Answers, Authority, Effect, Ruling, effective, rule};
use crate::driver::Driver;
use crate::permit::{Credentials, Digest, Grant, token_of};
use crate::ports::{Obtain, Obtained, Ports, StoreError, TurnContext};
use crate::record::{CallOutcome, Pause, PauseReason, Record};
use crate::shown::settled_event;
use crate::state::Call;
use crate::tool::{ErasedTool, ToolError};

/// How long a call waits for the user, milliseconds: a day.
pub const PAUSE_MS: u64 = 86_400_000;
/// A result larger than this is refused, bytes as JSON (a row of SQLite holds 2 MB).
pub const MAX_OUTPUT_BYTES: usize = 256 * 1024;

/// Where a call goes next.
pub(crate) enum Next {
    Settle(CallOutcome),
    Pause(PauseReason),
    /// As `Pause`, until this time at the latest, milliseconds.
    PauseUntil(PauseReason, u64),
    /// The turn ended meanwhile.
    Gone,
}

impl<P: Ports> Driver<P> {
    /// Tries one call of the running step.
    pub(crate) async fn run_call(&self, id: &str) -> Result<(), StoreError> {
        let Some((head, call)) = self.turn(|turn| Some((turn.head.clone(), turn.call(id)?.clone()))).flatten() else {
            return Ok(());
        };
        let context = match self.turn_context(&head).await {
            Ok(context) => context,
            Err(problem) => {
                return if self.is_current(&head.id) {
                    self.settle(&call, CallOutcome::Failed { text: problem.message })
                } else {
                    Ok(())
                };
            }
        };
        let tool = self.tools.get(&call.head.tool);
        let authority = match declared(tool, &call) {
            Ok(authority) => authority,
            Err(text) => return self.settle(&call, CallOutcome::Failed { text }),
        };
        let Some(tool) = tool else { return Ok(()) };
        let next = self.attempt(&call, tool, &authority, &context, &head.id).await?;
        if !self.is_current(&head.id) {
            return Ok(());
        }
        match next {
            Next::Settle(outcome) => self.settle(&call, outcome),
            Next::Pause(reason) => self.pause_call(&call, reason, self.ports.now().saturating_add(PAUSE_MS)),
            Next::PauseUntil(reason, until) => self.pause_call(&call, reason, until),
            Next::Gone => Ok(()),
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        tool: &dyn ErasedTool,
        authority: &[Authority],
        context: &TurnContext,
        turn: &str,
    ) -> Result<Next, StoreError> {
        // The digest is made again from what will run: a changed byte is another call.
        let digest = Digest::of(&call.head.tool, &call.head.input, &self.account());
        if digest != call.head.digest {
            return Ok(failed("This call is not the one that was asked for, so it was not run."));
        }
        let ask = Obtain {
            call_id: call.head.id.clone(),
            tool: call.head.tool.clone(),
            effect: tool.effect(),
            digest: digest.clone(),
            authority: effective(&call.head.tool, tool.effect(), authority.to_vec()),
            session: context.session.clone(),
        };
        if call.checks {
            return self.look(call, tool, ask, context, turn).boxed_local().await;
        }
        let mut answers = Answers { confirmed: call.confirmed, approved: call.approved };
        if matches!(rule(tool.effect(), authority, &digest, answers), Ruling::Approve) {
            match self.ask_approval(ask.clone(), call.head.input.clone()).boxed_local().await {
                Asked::Waits(reason, until) => return Ok(Next::PauseUntil(reason, until)),
                Asked::SessionEnded => return Ok(Next::Pause(PauseReason::SignIn)),
                Asked::Ended(problem) => return Ok(failed(&problem.message)),
                Asked::Approved if !self.is_current(turn) => return Ok(Next::Gone),
                Asked::Approved => {
                    self.append(Record::CallApproved { call_id: call.head.id.clone() })?;
                    answers.approved = true;
                }
            }
        }
        let permit = match rule(tool.effect(), authority, &digest, answers) {
            Ruling::Permitted(permit) if permit.covers(&digest) => permit,
            Ruling::Confirm => return Ok(Next::Pause(PauseReason::Confirm)),
            Ruling::Permitted(_) | Ruling::Approve => {
                return Ok(failed("This call is not the one that was permitted, so it was not run."));
            }
        };
        let credentials = match self.obtain(&ask, &call.consents).await {
            Ok(credentials) => credentials,
            Err(next) => return Ok(next),
        };
        if !self.is_current(turn) {
            return Ok(Next::Gone);
        }
        self.append(Record::CallStarted { call_id: call.head.id.clone() })?;
        Ok(self.run_tool(call, tool, &ask, permit, credentials, context).boxed_local().await)
    }

    /// Runs the tool. A provider's 401 costs the cached token: one more exchange, and only a different token is tried
    /// again; then the user is asked to connect (TV-10, GC-05).
    async fn run_tool(
        &self,
        call: &Call,
        tool: &dyn ErasedTool,
        ask: &Obtain,
        permit: crate::Permit,
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
            return failed(&format!(
                "The account of {connection} was connected again, but the provider still refuses it."
            ));
        }
        self.ports.wait_for(&call.head.id, &connection).await;
        Next::Pause(PauseReason::Connect { connection, missing: scopes.clone(), required: scopes, message })
    }

    pub(crate) async fn obtain(&self, ask: &Obtain, consents: &[String]) -> Result<Credentials, Next> {
        match self.ports.obtain(ask).await {
            Obtained::Granted(credentials) => Ok(credentials),
            Obtained::SessionEnded => Err(Next::Pause(PauseReason::SignIn)),
            Obtained::Refused(problem) => Err(Next::Settle(CallOutcome::Failed { text: problem.message })),
            Obtained::NeedsConnection { connection, missing, .. }
                if consents.contains(&connection) && !missing.is_empty() =>
            {
                let text = format!(
                    "The account of {connection} was connected, but without these permissions: {}. Without them this cannot be done.",
                    missing.join(", ")
                );
                Err(Next::Settle(CallOutcome::Failed { text }))
            }
            Obtained::NeedsConnection { connection, missing, required } => {
                let message = format!("Authorization required to access the Token Vault: {connection}.");
                Err(Next::Pause(PauseReason::Connect { connection, missing, required, message }))
            }
        }
    }

    fn settle(&self, call: &Call, outcome: CallOutcome) -> Result<(), StoreError> {
        let call_id = call.head.id.clone();
        let event = settled_event(&call_id, &outcome);
        self.append(Record::CallSettled { call_id, outcome })?;
        self.show_events(vec![event]);
        Ok(())
    }

    fn pause_call(&self, call: &Call, reason: PauseReason, expires_at: u64) -> Result<(), StoreError> {
        let now = self.ports.now();
        let call_id = call.head.id.clone();
        // Asking again for the same call keeps its card.
        let id = match &call.waited {
            Some(pause) if same_wish(&pause.reason, &reason) => pause.id.clone(),
            _ => self.ports.named("pending_"),
        };
        let confirm = matches!(reason, PauseReason::Confirm);
        let pause = Pause { id: id.clone(), reason, since: now, expires_at };
        self.append(Record::CallPaused { call_id: call_id.clone(), pause })?;
        if confirm {
            self.show_events(vec![deputy_wire::StreamEvent::ToolApprovalRequest { approval_id: id, call_id }]);
        }
        Ok(())
    }
}

/// What the call needs, or why it cannot be made at all.
fn declared(tool: Option<&dyn ErasedTool>, call: &Call) -> Result<Vec<Authority>, String> {
    if let Some(error) = &call.head.input_error {
        return Err(error.clone());
    }
    let Some(tool) = tool else { return Err(format!("There is no tool named {}.", call.head.tool)) };
    tool.authority(&call.head.input).map_err(|unfit| unfit.to_string())
}

/// Both ask for consent to the same connection.
fn same_wish(before: &PauseReason, now: &PauseReason) -> bool {
    match (before, now) {
        (PauseReason::Connect { connection: before, .. }, PauseReason::Connect { connection: now, .. }) => {
            before == now
        }
        (PauseReason::Approve { code: before, .. }, PauseReason::Approve { code: now, .. }) => before == now,
        (PauseReason::SignIn, PauseReason::SignIn) | (PauseReason::Outcome { .. }, PauseReason::Outcome { .. }) => true,
        _ => false,
    }
}

pub(crate) fn failed(text: &str) -> Next {
    Next::Settle(CallOutcome::Failed { text: text.to_owned() })
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

pub(crate) fn outcome(result: Result<Value, ToolError>) -> Next {
    Next::Settle(match result {
        Ok(output) if output.to_string().len() > MAX_OUTPUT_BYTES => {
            CallOutcome::Failed { text: "The result is too large to be used here.".to_owned() }
        }
        Ok(output) => CallOutcome::Output { output },
        Err(error) => CallOutcome::Failed { text: error.to_string() },
    })
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
