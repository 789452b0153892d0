use deputy_agent::Authority;

use super::call::{Done, ObtainCall, Refusal, SettleCall};
use super::core::{Core, Host};

/// Where a tool call stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Not seen yet.
    New,
    /// Asked for its authority before and not done: waiting, started or refused.
    Open,
    /// Done, or its outcome is unknown: it must not run again.
    Settled,
}

impl<H: Host> Core<H> {
    /// Where a call stands.
    pub(super) fn standing(&self, chat: &str, call_id: &str) -> Result<Standing, Refusal> {
        let query = "SELECT outcome AS value FROM ledger WHERE chat = ? AND call_id = ?";
        Ok(match self.text(query, &[chat.into(), call_id.into()])?.as_deref() {
            None => Standing::New,
            Some("waiting" | "started" | "refused") => Standing::Open,
            Some(_) => Standing::Settled,
        })
    }

    /// Writes what became of a call's wish for authority: `waiting`, `started` or `refused`.
    pub(super) fn record(
        &self,
        call: &ObtainCall,
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
                self.host.now().into(),
            ],
        )
    }

    /// A call has ended. Only the first word counts; repeating it changes nothing.
    pub(super) fn settle(&self, call: &SettleCall) -> Result<Done, Refusal> {
        if !matches!(call.outcome.as_str(), "completed" | "failed" | "refused" | "unknown") {
            return Err(Refusal::new(400, "outcome_unknown", "There is no such outcome."));
        }
        self.require_chat(&call.chat)?;
        let now = self.host.now();
        self.exec(
            "INSERT INTO ledger (chat, call_id, tool, effect, digest, authority, outcome, started_at, settled_at)
                VALUES (?, ?, ?, ?, '', ?, ?, ?, ?)
                ON CONFLICT (chat, call_id) DO UPDATE SET outcome = excluded.outcome, settled_at = excluded.settled_at,
                    authority = excluded.authority
                    WHERE settled_at IS NULL",
            &[
                call.chat.as_str().into(),
                call.call_id.as_str().into(),
                call.tool.as_str().into(),
                call.effect.as_str().into(),
                call.authority.as_str().into(),
                call.outcome.as_str().into(),
                now.into(),
                now.into(),
            ],
        )?;
        self.stop_waiting(&call.chat, &call.call_id)?;
        self.spend_approval(&call.chat, &call.call_id)?;
        Ok(Done {})
    }

    /// A row for something the user did outside a chat, such as disconnecting an account.
    pub(super) fn record_deed(&self, id: &str, what: &str, authority: &str) -> Result<(), Refusal> {
        let now = self.host.now();
        self.exec(
            "INSERT OR IGNORE INTO ledger (chat, call_id, tool, effect, digest, authority, outcome, started_at, settled_at)
                VALUES ('', ?, ?, 'own', '', ?, 'completed', ?, ?)",
            &[id.into(), what.into(), authority.into(), now.into(), now.into()],
        )
    }
}
