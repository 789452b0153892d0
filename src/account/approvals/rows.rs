use deputy_auth0::AssociatedData;
use serde::Deserialize;

use crate::account::core::{Core, Ports};
use crate::objects::Refusal;

/// Rows are kept this long: the hour's limit is counted over them.
const KEEP_MS: u64 = 86_400_000;

/// One question to the user's device, and what became of it.
#[derive(Debug, Deserialize)]
pub struct Approval {
    pub id: String,
    /// Of tool, canonical arguments and account.
    pub digest: String,
    /// What was asked for: audience, scopes, message.
    pub authority: String,
    pub state: ApprovalState,
    /// The request, later the token; none once it is over.
    pub sealed: Option<String>,
    /// What the device shows.
    pub message: String,
    /// The details the device shows, JSON; empty without.
    pub details: String,
    pub requested_at: u64,
    pub expires_at: u64,
    pub next_poll_at: u64,
    pub interval_seconds: u64,
    /// Why it ended.
    pub code: String,
    /// The sentence for that.
    pub said: String,
}

/// How far a question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// On its way to the tenant.
    Asking,
    /// The user has not answered.
    Pending,
    /// Tokens came; who said yes is not verified yet.
    Answered,
    /// Yes, and not used yet.
    Approved,
    /// Handed to its call.
    Used,
    /// Its call has ended.
    Spent,
    /// Nobody knows whether the user was asked.
    Unknown,
    /// The tenant asked nobody.
    Refused,
    /// No.
    Denied,
    /// Nobody answered in time.
    Expired,
    /// It cannot be had any more.
    Invalid,
}

impl ApprovalState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Pending => "pending",
            Self::Answered => "answered",
            Self::Approved => "approved",
            Self::Used => "used",
            Self::Spent => "spent",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
        }
    }
}

/// A question that is about to be asked.
pub struct Asked<'a> {
    pub id: &'a str,
    pub digest: &'a str,
    pub authority: &'a str,
    pub now: u64,
    /// Until when an identical one is not asked for, should nobody learn what became of this one.
    pub until: u64,
}

const COLUMNS: &str = "a.id, a.digest, a.authority, a.state, a.sealed, a.message, a.details, a.requested_at, a.expires_at, \
                       a.next_poll_at, a.interval_seconds, a.code, a.said";

/// What becomes of a question whose session has ended.
const SESSION_ENDED: &str = "Your session ended before you approved this, so it was not run.";

impl<P: Ports> Core<P> {
    /// What a sealed request or token of an approval belongs to: this question, this call, this declaration.
    pub fn approval_data(&self, id: &str, digest: &str, authority: &str) -> AssociatedData {
        self.associated_data(&["approval", id, digest, authority])
    }

    /// The approval that a call asked for last.
    pub fn approval_of(&self, chat: &str, call_id: &str) -> Result<Option<Approval>, Refusal> {
        let query = format!(
            "SELECT {COLUMNS} FROM approval_calls c JOIN approvals a ON a.id = c.approval WHERE c.chat = ? AND c.call_id = ?"
        );
        self.row(&query, &[chat.into(), call_id.into()])
    }

    /// An identical question that may be on the device now.
    pub fn open_approval(&self, digest: &str, authority: &str, now: u64) -> Result<Option<Approval>, Refusal> {
        let query = format!(
            "SELECT {COLUMNS} FROM approvals a WHERE a.digest = ? AND a.authority = ? AND a.expires_at > ?
                AND a.state IN ('asking', 'pending', 'answered', 'unknown') ORDER BY a.requested_at DESC LIMIT 1"
        );
        self.row(&query, &[digest.into(), authority.into(), now.into()])
    }

    /// Questions that may have reached a device since then.
    pub fn approvals_since(&self, since: u64) -> Result<u64, Refusal> {
        let query = "SELECT count(*) AS value FROM approvals WHERE requested_at > ? AND state <> 'refused'";
        Ok(self.number(query, &[since.into()])?.unwrap_or(0))
    }

    pub fn insert_approval(&self, asked: &Asked<'_>) -> Result<(), Refusal> {
        self.exec(
            "INSERT INTO approvals (id, digest, authority, state, message, details, requested_at, expires_at, next_poll_at,
                interval_seconds, code, said) VALUES (?, ?, ?, 'asking', '', '', ?, ?, 0, 0, '', '')",
            &[asked.id.into(), asked.digest.into(), asked.authority.into(), asked.now.into(), asked.until.into()],
        )
    }

    /// From here on the call goes by this approval.
    pub fn link_approval(&self, chat: &str, call_id: &str, approval: &str) -> Result<(), Refusal> {
        self.exec(
            "INSERT OR REPLACE INTO approval_calls (chat, call_id, approval) VALUES (?, ?, ?)",
            &[chat.into(), call_id.into(), approval.into()],
        )
    }

    #[allow(clippy::too_many_arguments, reason = "the columns of one row")]
    pub fn question_is_open(
        &self,
        id: &str,
        sealed: &str,
        message: &str,
        details: &str,
        expires_at: u64,
        next_poll_at: u64,
        interval_seconds: u64,
    ) -> Result<(), Refusal> {
        self.exec(
            "UPDATE approvals SET state = 'pending', sealed = ?, message = ?, details = ?, expires_at = ?, next_poll_at = ?,
                interval_seconds = ? WHERE id = ? AND state = 'asking'",
            &[
                sealed.into(),
                message.into(),
                details.into(),
                expires_at.into(),
                next_poll_at.into(),
                interval_seconds.into(),
                id.into(),
            ],
        )
    }

    /// When to ask the tenant next.
    pub fn poll_later(&self, id: &str, at: u64) -> Result<(), Refusal> {
        self.exec("UPDATE approvals SET next_poll_at = ? WHERE id = ?", &[at.into(), id.into()])
    }

    /// The tenant changed its interval: the sealed request carries it too.
    pub fn keep_pending(&self, id: &str, sealed: &str, interval_seconds: u64) -> Result<(), Refusal> {
        self.exec(
            "UPDATE approvals SET sealed = ?, interval_seconds = ? WHERE id = ? AND state = 'pending'",
            &[sealed.into(), interval_seconds.into(), id.into()],
        )
    }

    /// Somebody said yes: the tokens, which the tenant gives once, take the request's place.
    pub fn answered(&self, id: &str, sealed: &str) -> Result<(), Refusal> {
        self.exec(
            "UPDATE approvals SET state = 'answered', sealed = ? WHERE id = ? AND state = 'pending'",
            &[sealed.into(), id.into()],
        )
    }

    /// It was the user.
    pub fn approved(&self, id: &str) -> Result<(), Refusal> {
        self.exec("UPDATE approvals SET state = 'approved' WHERE id = ? AND state = 'answered'", &[id.into()])
    }

    /// The same, sealed anew under the first key.
    pub fn reseal_approval(&self, id: &str, before: &str, sealed: &str) -> Result<(), Refusal> {
        self.exec(
            "UPDATE approvals SET sealed = ? WHERE id = ? AND sealed = ?",
            &[sealed.into(), id.into(), before.into()],
        )
    }

    /// The token goes to this call. False when another call had it first.
    pub fn use_approval_row(&self, id: &str, chat: &str, call_id: &str) -> Result<bool, Refusal> {
        let user = format!("{chat} {call_id}");
        self.exec(
            "UPDATE approvals SET state = 'used', used_by = ? WHERE id = ? AND state = 'approved'",
            &[user.as_str().into(), id.into()],
        )?;
        let query = "SELECT 1 AS value FROM approvals WHERE id = ? AND state = 'used' AND used_by = ?";
        self.exists(query, &[id.into(), user.as_str().into()])
    }

    /// It will not be given.
    pub fn end_approval(&self, id: &str, state: ApprovalState, code: &str, said: &str) -> Result<(), Refusal> {
        self.exec(
            "UPDATE approvals SET state = ?, sealed = NULL, code = ?, said = ? WHERE id = ? AND state IN ('asking', 'pending', 'answered')",
            &[state.as_str().into(), code.into(), said.into(), id.into()],
        )
    }

    /// A call has ended: what it had been given is worth nothing any more, and what nobody waits for is forgotten.
    pub fn spend_approval(&self, chat: &str, call_id: &str) -> Result<(), Refusal> {
        let Some(row) = self.approval_of(chat, call_id)? else { return Ok(()) };
        self.exec("DELETE FROM approval_calls WHERE chat = ? AND call_id = ?", &[chat.into(), call_id.into()])?;
        let user = format!("{chat} {call_id}");
        self.exec(
            "UPDATE approvals SET state = 'spent', sealed = NULL WHERE id = ? AND sealed IS NOT NULL
                AND (used_by = ? OR NOT EXISTS (SELECT 1 FROM approval_calls WHERE approval = approvals.id))",
            &[row.id.as_str().into(), user.as_str().into()],
        )
    }

    /// A session has ended: what was asked in it and has no use yet counts no more, whatever the device says. Gives the chats that
    /// wait for it.
    pub fn void_approvals_of(&self, session: &str) -> Result<Vec<String>, Refusal> {
        const ASKED: &str = "SELECT approval_calls.approval FROM approval_calls JOIN ledger
            ON ledger.chat = approval_calls.chat AND ledger.call_id = approval_calls.call_id WHERE ledger.session = ?";
        let open = format!("state IN ('asking', 'pending', 'answered', 'approved') AND id IN ({ASKED})");
        let chats = self.texts(
            &format!(
                "SELECT DISTINCT chat AS value FROM approval_calls WHERE approval IN (SELECT id FROM approvals WHERE {open})"
            ),
            &[session.into()],
        )?;
        self.exec(
            &format!("UPDATE approvals SET state = 'invalid', sealed = NULL, code = ?, said = ? WHERE {open}"),
            &["session_ended".into(), SESSION_ENDED.into(), session.into()],
        )?;
        Ok(chats)
    }

    pub fn forget_old_approvals(&self, now: u64) -> Result<(), Refusal> {
        let before = now.saturating_sub(KEEP_MS);
        self.exec(
            "DELETE FROM approval_calls WHERE approval IN (SELECT id FROM approvals WHERE requested_at < ?)",
            &[before.into()],
        )?;
        self.exec("DELETE FROM approvals WHERE requested_at < ?", &[before.into()])
    }
}
