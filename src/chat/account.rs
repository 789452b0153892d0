//! The account of a chat's owner, asked over an object call.

use deputy_agent::{Approval, AskApproval, Credentials, Obtain, Obtained, Problem, Schedule, Settled, When};
use deputy_http::Secret;
use serde::de::DeserializeOwned;
use worker::Env;

use super::core::ports::{Account, TurnUser};
use crate::account::call::{
    AccountCall, ApprovalCall, ApprovalStanding, ChatEntry, Done, ObtainCall, Obtained as Reply, Refusal,
    ScheduleEntry, SettleCall, TokenEnvelope, TurnContext,
};
use crate::account::client::ask_named;
use crate::platform::log::{Level, note};
use crate::platform::object;

/// An account object, asked for one chat.
pub struct AccountObject {
    /// Bindings.
    pub env: Env,
    /// Name of the object.
    pub name: String,
    /// The chat that asks.
    pub chat: String,
}

impl AccountObject {
    async fn ask<Reply: DeserializeOwned>(&self, call: AccountCall) -> Result<Reply, Refusal> {
        object::read(&ask_named(&self.env, &self.name, call).await?)
    }

    /// Asks what has no answer: a failure is only logged.
    async fn tell(&self, call: AccountCall) {
        if let Err(refusal) = self.ask::<Done>(call).await {
            note(Level::Warn, "account_call", Some(&refusal.code), None);
        }
    }

    fn obtain_call(&self, ask: &Obtain) -> ObtainCall {
        ObtainCall {
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
    async fn begin_turn(&self, session: Option<&str>) -> Result<TurnUser, Problem> {
        let call = AccountCall::BeginTurn { chat: self.chat.clone(), session: session.map(str::to_owned) };
        let context: TurnContext = self.ask(call).await.map_err(problem)?;
        let name = ["name", "nickname", "given_name"].iter().find_map(|claim| context.claims.get(*claim)?.as_str());
        Ok(TurnUser { name: name.map(str::to_owned), session: context.session, time_zone: context.time_zone })
    }

    async fn obtain(&self, ask: &Obtain) -> Obtained {
        match self.ask(AccountCall::Obtain(self.obtain_call(ask))).await {
            Ok(Reply::Granted { vault, session, approval }) => Obtained::Granted(Credentials {
                session: session.and_then(access_token),
                approval: approval.and_then(access_token),
                vault: vault.into_iter().filter_map(|(name, token)| Some((name, access_token(token)?))).collect(),
            }),
            Ok(Reply::NeedsConnection { connection, missing, required }) => {
                Obtained::NeedsConnection { connection, missing, required }
            }
            Ok(Reply::SessionEnded {}) => Obtained::SessionEnded,
            Ok(Reply::Refused { code, message }) => Obtained::Refused(Problem { code, message }),
            Err(refusal) => Obtained::Refused(problem(refusal)),
        }
    }

    async fn ask_approval(&self, ask: &AskApproval) -> Approval {
        let call = ApprovalCall { call: self.obtain_call(&ask.call), input: ask.input.clone() };
        standing(self.ask(AccountCall::AskApproval(call)).await)
    }

    async fn poll_approval(&self, call_id: &str) -> Option<Approval> {
        let call = AccountCall::PollApproval { chat: self.chat.clone(), call_id: call_id.to_owned() };
        match self.ask(call).await {
            Err(refusal) if refusal.status >= 500 => None,
            answer => Some(standing(answer)),
        }
    }

    async fn drop_token(&self, connection: &str, scopes: &[String]) {
        let (connection, scopes) = (connection.to_owned(), scopes.to_vec());
        self.tell(AccountCall::DropProviderToken { connection, scopes }).await;
    }

    async fn wait_for(&self, call_id: &str, connection: &str) {
        let (chat, call_id, connection) = (self.chat.clone(), call_id.to_owned(), connection.to_owned());
        self.tell(AccountCall::AwaitConnection { chat, call_id, connection }).await;
    }

    async fn settled(&self, settled: &Settled) {
        let call = SettleCall {
            chat: self.chat.clone(),
            call_id: settled.call_id.clone(),
            tool: settled.tool.clone(),
            effect: settled.effect,
            authority: settled.authority.clone(),
            outcome: settled.outcome.to_owned(),
        };
        self.tell(AccountCall::Settle(call)).await;
    }

    async fn spent(&self, tokens: u64) {
        self.tell(AccountCall::SpendTokens { tokens }).await;
    }

    async fn index_schedules(&self, schedules: &[Schedule], added: bool) -> Result<(), Problem> {
        let schedules = schedules.iter().map(schedule_entry).collect();
        let call = AccountCall::IndexSchedules { chat: self.chat.clone(), schedules, added };
        self.ask::<Done>(call).await.map(|_| ()).map_err(problem)
    }

    async fn set_time_zone(&self, time_zone: &str) {
        self.tell(AccountCall::SetTimeZone { time_zone: time_zone.to_owned() }).await;
    }

    async fn name_chat(&self, title: &str) -> Result<String, Problem> {
        let call = AccountCall::RenameChat { chat: self.chat.clone(), title: title.to_owned(), automatic: true };
        self.ask::<ChatEntry>(call).await.map(|entry| entry.title).map_err(problem)
    }
}

fn standing(answer: Result<ApprovalStanding, Refusal>) -> Approval {
    match answer {
        Ok(ApprovalStanding::Pending {
            code,
            binding_message,
            requested_at,
            expires_at,
            interval_seconds,
            next_poll_at,
        }) => Approval::Pending { code, binding_message, requested_at, expires_at, interval_seconds, next_poll_at },
        Ok(ApprovalStanding::Approved {}) => Approval::Approved,
        Ok(ApprovalStanding::SessionEnded {}) => Approval::SessionEnded,
        Ok(ApprovalStanding::Ended { code, message }) => Approval::Ended(Problem { code, message }),
        Err(refusal) => Approval::Ended(problem(refusal)),
    }
}

fn access_token(envelope: TokenEnvelope) -> Option<Secret> {
    envelope.access_token.map(Secret::new)
}

fn problem(refusal: Refusal) -> Problem {
    Problem { code: refusal.code.clone(), message: refusal.message.clone() }
}

fn schedule_entry(schedule: &Schedule) -> ScheduleEntry {
    let (cron, time_zone) = match &schedule.when {
        When::Cron { cron, time_zone } => (Some(cron.clone()), Some(time_zone.clone())),
        When::Scheduled { .. } | When::Delayed { .. } => (None, None),
    };
    ScheduleEntry {
        id: schedule.id.clone(),
        chat_id: String::new(),
        description: schedule.description.clone(),
        kind: schedule.when.kind().to_owned(),
        cron,
        time_zone,
        next_run: schedule.next_run,
    }
}
