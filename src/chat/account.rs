//! The account of a chat's owner, asked over an object call.

use deputy_agent::{
    Approval, AskApproval, Credentials, Obtain, Obtained, Problem, Schedule, Settled, VerifiedUser, When,
};
use deputy_http::Secret;
use worker::Env;

use super::core::ports::{Account, Begin, TurnUser};
use crate::account::approvals::{ApprovalStatus, AskApproval as AskAccount, PollApproval};
use crate::account::authority::{AwaitConnection, ObtainAuthority, Obtained as Authorized, SettleToolCall};
use crate::account::chats::{BeginTurn, IndexSchedules, RenameChat, ScheduleSummary, SetTimeZone, SpendTokens};
use crate::account::mcp_servers::{CallMcpTool, McpTools, OfferedMcpTools};
use crate::account::sessions::SessionEnd;
use crate::account::vault::DropProviderToken;
use crate::account::{self, AccountRequest};
use crate::objects::{Refusal, TokenEnvelope};
use crate::platform::log::{Level, note};
use crate::tools::mcp::{ServerAnswer, ServerCall, ServerProblem};

/// An account object, asked for one chat.
pub struct AccountObject {
    /// Bindings.
    pub env: Env,
    /// Name of the object.
    pub name: String,
    /// The chat that asks.
    pub chat: String,
    /// Whose account it is.
    pub subject: String,
}

impl AccountObject {
    async fn ask<R: AccountRequest>(&self, request: &R) -> Result<R::Reply, Refusal> {
        account::ask(&self.env, &self.name, request).await
    }

    /// Asks what has no answer: a failure is logged. False when it failed.
    async fn tell<R: AccountRequest>(&self, request: R) -> bool {
        let told = self.ask(&request).await;
        if let Err(refusal) = &told {
            note(Level::Warn, "account_call", Some(&refusal.code), None);
        }
        told.is_ok()
    }

    fn obtain_authority(&self, ask: &Obtain) -> ObtainAuthority {
        ObtainAuthority {
            chat: self.chat.clone(),
            call_id: ask.call_id.clone(),
            tool: ask.tool.clone(),
            effect: ask.effect,
            digest: ask.digest.as_str().to_owned(),
            session: ask.session.clone(),
            authority: ask.authority.clone(),
        }
    }
}

impl Account for AccountObject {
    async fn begin_turn(&self, begin: Begin<'_>) -> Result<TurnUser, Problem> {
        let Begin { session, spent, servers_version } = begin;
        let (chat, session) = (self.chat.clone(), session.map(str::to_owned));
        let begin = BeginTurn { chat, session, spent, servers_version };
        let context = self.ask(&begin).await.map_err(problem)?;
        let user = context.session.is_some().then(|| VerifiedUser::of(&self.subject, &context.claims));
        let (session, tokens_left, ends_at) = (context.session, context.tokens_left, context.ends_at);
        let (time_zone, servers) = (context.time_zone, context.servers);
        Ok(TurnUser { user, session, time_zone, tokens_left, ends_at, servers })
    }

    async fn servers(&self, version: u64) -> Result<Option<McpTools>, Problem> {
        self.ask(&OfferedMcpTools { version }).await.map_err(problem)
    }

    async fn call_server(&self, call: &ServerCall) -> ServerAnswer {
        let ServerCall { server, name, tool, pin, call_id, arguments } = call.clone();
        let call = CallMcpTool { chat: self.chat.clone(), call_id, server, offered_as: name, tool, pin, arguments };
        // An account that gave no answer may have made the call.
        let lost = |refusal: Refusal| match refusal.status {
            500.. => ServerAnswer::Failed { problem: ServerProblem::Down, sent: true },
            _ => ServerAnswer::Failed { problem: ServerProblem::NotGranted, sent: false },
        };
        self.ask(&call).await.unwrap_or_else(lost)
    }

    async fn obtain(&self, ask: &Obtain) -> Obtained {
        match self.ask(&self.obtain_authority(ask)).await {
            Ok(Authorized::Granted { vault, session, approval }) => Obtained::Granted(Credentials {
                session: session.map(access_token),
                approval: approval.map(access_token),
                vault: vault.into_iter().map(|(name, token)| (name, access_token(token))).collect(),
            }),
            Ok(Authorized::NeedsConnection { connection, missing, required }) => {
                Obtained::NeedsConnection { connection, missing, required }
            }
            Ok(Authorized::SessionEnded {}) => Obtained::SessionEnded,
            Ok(Authorized::Refused { code, message }) => Obtained::Refused(Problem { code, message }),
            Err(refusal) => Obtained::Refused(problem(refusal)),
        }
    }

    async fn ask_approval(&self, ask: &AskApproval) -> Approval {
        let call = self.obtain_authority(&ask.call);
        let (input, again, offset_seconds) = (ask.input.clone(), ask.again, ask.offset_seconds);
        let ask = AskAccount { call, input, again, offset_seconds };
        approval(self.ask(&ask).await)
    }

    async fn poll_approval(&self, call_id: &str) -> Option<Approval> {
        let poll = PollApproval { chat: self.chat.clone(), call_id: call_id.to_owned() };
        match self.ask(&poll).await {
            Err(refusal) if refusal.status >= 500 => None,
            answer => Some(approval(answer)),
        }
    }

    async fn drop_token(&self, connection: &str, _scopes: &[String]) {
        self.tell(DropProviderToken { connection: connection.to_owned() }).await;
    }

    async fn wait_for(&self, call_id: &str, connection: &str) {
        let (chat, call_id, connection) = (self.chat.clone(), call_id.to_owned(), connection.to_owned());
        self.tell(AwaitConnection { chat, call_id, connection }).await;
    }

    async fn settled(&self, settled: &Settled) {
        self.tell(SettleToolCall {
            chat: self.chat.clone(),
            call_id: settled.call_id.clone(),
            tool: settled.tool.clone(),
            effect: settled.effect,
            authority: settled.authority.clone(),
            outcome: settled.outcome.as_str().to_owned(),
            code: settled.code.clone(),
        })
        .await;
    }

    async fn spent(&self, tokens: u64) -> bool {
        self.tell(SpendTokens { tokens }).await
    }

    async fn index_schedules(&self, schedules: &[Schedule], added: bool) -> Result<(), Problem> {
        let schedules = schedules.iter().map(schedule_entry).collect();
        let index = IndexSchedules { chat: self.chat.clone(), schedules, added };
        self.ask(&index).await.map(|_| ()).map_err(problem)
    }

    async fn set_time_zone(&self, time_zone: &str) {
        self.tell(SetTimeZone { time_zone: time_zone.to_owned() }).await;
    }

    async fn session_end(&self, session: &str) -> Result<Option<u64>, Problem> {
        self.ask(&SessionEnd { session: session.to_owned() }).await.map_err(problem)
    }

    async fn name_chat(&self, title: &str) -> Result<String, Problem> {
        let rename = RenameChat { chat: self.chat.clone(), title: title.to_owned(), automatic: true };
        self.ask(&rename).await.map(|entry| entry.title).map_err(problem)
    }
}

fn approval(answer: Result<ApprovalStatus, Refusal>) -> Approval {
    match answer {
        Ok(ApprovalStatus::Pending {
            code,
            binding_message,
            requested_at,
            expires_at,
            interval_seconds,
            next_poll_at,
        }) => Approval::Pending { code, binding_message, requested_at, expires_at, interval_seconds, next_poll_at },
        Ok(ApprovalStatus::Approved {}) => Approval::Approved,
        Ok(ApprovalStatus::SessionEnded {}) => Approval::SessionEnded,
        Ok(ApprovalStatus::Ended { code, message }) => Approval::Ended(Problem { code, message }),
        Err(refusal) => Approval::Ended(problem(refusal)),
    }
}

fn access_token(envelope: TokenEnvelope) -> Secret {
    envelope.access_token
}

fn problem(refusal: Refusal) -> Problem {
    Problem { code: refusal.code.clone(), message: refusal.message.clone() }
}

fn schedule_entry(schedule: &Schedule) -> ScheduleSummary {
    let (cron, time_zone) = match &schedule.when {
        When::Cron { cron, time_zone } => (Some(cron.clone()), Some(time_zone.clone())),
        When::Scheduled { .. } | When::Delayed { .. } => (None, None),
    };
    ScheduleSummary {
        id: schedule.id.clone(),
        description: schedule.description.clone(),
        kind: schedule.when.kind().to_owned(),
        cron,
        time_zone,
        next_run: schedule.next_run,
    }
}
