use deputy_agent::{Authority, Effect};
use serde::{Deserialize, Serialize};

use super::call::ObtainAuthority;
use crate::account::core::{Core, Ports};
use crate::account::request::AccountRequest;
use crate::objects::Refusal;

/// A tool call has ended: the ledger's row. Only the first word counts; repeating it changes nothing.
#[derive(Debug, Serialize, Deserialize)]
pub struct SettleToolCall {
    /// Chat id.
    pub chat: String,
    /// Tool call id; with the chat it names the row.
    pub call_id: String,
    /// Tool name.
    pub tool: String,
    /// What the tool does to the world.
    pub effect: Effect,
    /// Under which authority, in words (`vault:google-oauth2 …`).
    pub authority: String,
    /// `completed`, `denied`, `not_run`, `failed`, `unknown`. Rows of older builds say `refused` for the second and third.
    pub outcome: String,
    /// Stable code of the outcome.
    #[serde(default)]
    pub code: String,
}

impl AccountRequest for SettleToolCall {
    const NAME: &'static str = "settle_tool_call";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.settle(&self)
    }
}

/// A tool was called over MCP, outside of any chat: the ledger's row (MC-35). Whose account it is says the user.
#[derive(Debug, Serialize, Deserialize)]
pub struct RecordMcpCall {
    /// Names the row.
    pub call_id: String,
    /// Tool name.
    pub tool: String,
    /// What the tool does to the world.
    pub effect: Effect,
    /// The client that called it.
    pub client: String,
    /// As of [`SettleToolCall`].
    pub outcome: String,
    /// Stable code of the outcome.
    pub code: String,
}

impl AccountRequest for RecordMcpCall {
    const NAME: &'static str = "record_mcp_call";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.record_mcp_call(&self)
    }
}

/// What the ledger says of a tool call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerStatus {
    /// Not seen yet.
    New,
    /// Asked for its authority before and not done: waiting, started or refused.
    Open,
    /// Done, or its outcome is unknown: it must not run again.
    Settled,
}

impl<P: Ports> Core<P> {
    /// What the ledger says of a call.
    pub fn ledger_status(&self, chat: &str, call_id: &str) -> Result<LedgerStatus, Refusal> {
        let query = "SELECT outcome AS value FROM ledger WHERE chat = ? AND call_id = ?";
        Ok(match self.text(query, &[chat.into(), call_id.into()])?.as_deref() {
            None => LedgerStatus::New,
            Some("waiting" | "started" | "refused") => LedgerStatus::Open,
            Some(_) => LedgerStatus::Settled,
        })
    }

    /// When the very same was done, or may have been, by another call since then; milliseconds.
    pub fn done_since(&self, call: &ObtainAuthority, since: u64) -> Result<Option<u64>, Refusal> {
        let query = "SELECT settled_at AS value FROM ledger WHERE digest = ? AND outcome IN ('completed', 'unknown')
            AND settled_at > ? AND NOT (chat = ? AND call_id = ?) ORDER BY settled_at DESC LIMIT 1";
        self.number(
            query,
            &[call.digest.as_str().into(), since.into(), call.chat.as_str().into(), call.call_id.as_str().into()],
        )
    }

    /// Writes what became of a call's request for authority: `waiting`, `started` or `refused`.
    pub fn record(
        &self,
        call: &ObtainAuthority,
        session: Option<&str>,
        outcome: &str,
        code: Option<&str>,
    ) -> Result<(), Refusal> {
        let authority: Vec<_> = call.authority.iter().map(Authority::describe).collect();
        self.exec(
            "INSERT INTO ledger (chat, call_id, tool, effect, digest, authority, session, outcome, code, started_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (chat, call_id) DO UPDATE SET outcome = excluded.outcome, code = excluded.code,
                    session = excluded.session, digest = excluded.digest",
            &[
                call.chat.as_str().into(),
                call.call_id.as_str().into(),
                call.tool.as_str().into(),
                call.effect.as_str().into(),
                call.digest.as_str().into(),
                authority.join(", ").as_str().into(),
                session.into(),
                outcome.into(),
                code.into(),
                self.ports.now().into(),
            ],
        )
    }

    fn settle(&self, call: &SettleToolCall) -> Result<(), Refusal> {
        known_outcome(&call.outcome)?;
        self.require_chat(&call.chat)?;
        let now = self.ports.now();
        self.exec(
            "INSERT INTO ledger (chat, call_id, tool, effect, digest, authority, outcome, code, started_at, settled_at)
                VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?)
                ON CONFLICT (chat, call_id) DO UPDATE SET outcome = excluded.outcome, code = excluded.code,
                    settled_at = excluded.settled_at, authority = excluded.authority
                    WHERE settled_at IS NULL",
            &[
                call.chat.as_str().into(),
                call.call_id.as_str().into(),
                call.tool.as_str().into(),
                call.effect.as_str().into(),
                call.authority.as_str().into(),
                call.outcome.as_str().into(),
                call.code.as_str().into(),
                now.into(),
                now.into(),
            ],
        )?;
        self.stop_waiting(&call.chat, &call.call_id)?;
        self.spend_approval(&call.chat, &call.call_id)
    }

    /// A row for something the user did outside a chat, such as disconnecting an account.
    pub fn record_user_action(&self, id: &str, what: &str, authority: &str) -> Result<(), Refusal> {
        let now = self.ports.now();
        self.exec(
            "INSERT OR IGNORE INTO ledger (chat, call_id, tool, effect, digest, authority, outcome, started_at, settled_at)
                VALUES ('', ?, ?, 'own', '', ?, 'completed', ?, ?)",
            &[id.into(), what.into(), authority.into(), now.into(), now.into()],
        )
    }

    fn record_mcp_call(&self, call: &RecordMcpCall) -> Result<(), Refusal> {
        known_outcome(&call.outcome)?;
        let (now, authority) = (self.ports.now(), format!("mcp:{}", call.client));
        self.exec(
            "INSERT OR IGNORE INTO ledger (chat, call_id, tool, effect, digest, authority, outcome, code, started_at, settled_at)
                VALUES ('', ?, ?, ?, '', ?, ?, ?, ?, ?)",
            &[
                call.call_id.as_str().into(),
                call.tool.as_str().into(),
                call.effect.as_str().into(),
                authority.as_str().into(),
                call.outcome.as_str().into(),
                call.code.as_str().into(),
                now.into(),
                now.into(),
            ],
        )
    }
}

fn known_outcome(outcome: &str) -> Result<(), Refusal> {
    if matches!(outcome, "completed" | "denied" | "not_run" | "failed" | "unknown") {
        return Ok(());
    }
    Err(Refusal::new(400, "outcome_unknown", "There is no such outcome."))
}
