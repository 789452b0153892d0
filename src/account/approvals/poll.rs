use deputy_auth0::{
    ApprovedTokens, ApproverError, AuthorizationDetails, Confidential, Envelope, JwtError, NextPoll,
    PendingAuthorization, PollError, Scopes, poll_request, poll_response, validate_approver,
};
use deputy_error::Explained;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rows::{Approval, ApprovalState};
use super::{ApprovalStatus, DeclaredApproval, ended};
use crate::account::authority::ObtainAuthority;
use crate::account::core::{Core, Ports};
use crate::account::name::account_name;
use crate::account::request::AccountRequest;
use crate::account::sessions::tokens::envelope;
use crate::account::tenant_keys;
use crate::objects::{Refusal, TokenEnvelope};
use crate::platform::log::{Level, note, note_error};

/// How the approval that a call waits for stands.
#[derive(Debug, Serialize, Deserialize)]
pub struct PollApproval {
    /// Chat id.
    pub chat: String,
    /// Tool call id.
    pub call_id: String,
}

impl AccountRequest for PollApproval {
    const NAME: &'static str = "poll_approval";
    type Reply = ApprovalStatus;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ApprovalStatus, Refusal> {
        account.poll_approval(&self.chat, &self.call_id).await
    }
}

impl<P: Ports> Core<P> {
    /// Asks the tenant whether the user has answered (OpenID CIBA Core 1.0, 10.1), if it is time to: whoever asks too early
    /// is told when to come again, and the tenant is not asked.
    async fn poll_approval(&self, chat: &str, call_id: &str) -> Result<ApprovalStatus, Refusal> {
        self.require_chat(chat)?;
        if let Some(row) = self.approval_of(chat, call_id)?
            && row.next_poll_at <= self.ports.now()
        {
            match row.state {
                ApprovalState::Pending => self.poll(&row).await?,
                ApprovalState::Answered => self.take_answer(&row).await?,
                _ => {}
            }
        }
        match self.approval_of(chat, call_id)? {
            Some(row) => self.approval_status(&row),
            None => Ok(ended("approval_missing", "There is no question about this any more. Please ask for it again.")),
        }
    }

    async fn poll(&self, row: &Approval) -> Result<(), Refusal> {
        let Some(pending) = self.open_approval_value::<PendingAuthorization>(row)? else {
            return self.give_up(row, &PollError::Invalid);
        };
        let now = self.ports.now();
        if row.next_poll_at == row.expires_at {
            return self.give_up(row, &PollError::Expired);
        }
        if let Some(until) = self.backing_off()? {
            return self.poll_later(&row.id, until.min(row.expires_at));
        }
        // Before the question: of two who poll at once, and after a crash, only one asks within the interval.
        self.poll_later(&row.id, now.saturating_add(pending.interval_seconds.saturating_mul(1000)))?;
        let answer = self.ask_tenant(&|tenant| poll_request(tenant, &pending)).await?;
        let now = self.ports.now();
        let result = answer.map_err(PollError::from).and_then(|answer| poll_response(answer, now, &pending));
        match result {
            Ok(tokens) => {
                let data = self.approval_data(&row.id, &row.digest, &row.authority);
                let sealed = Envelope(tokens.clone()).seal(&self.settings.keys, self.ports.random()?, &data)?;
                self.answered(&row.id, &sealed)?;
                self.take_yes(row, tokens).await
            }
            Err(error) => {
                if let PollError::RateLimited { retry_at } = &error {
                    self.back_off(*retry_at)?;
                }
                self.poll_failed(row, pending, &error, now)
            }
        }
    }

    fn poll_failed(
        &self,
        row: &Approval,
        mut pending: PendingAuthorization,
        error: &PollError,
        now: u64,
    ) -> Result<(), Refusal> {
        match pending.after(error, now) {
            NextPoll::At(at) => {
                let interval = pending.interval_seconds;
                let data = self.approval_data(&row.id, &row.digest, &row.authority);
                let sealed = Envelope(pending).seal(&self.settings.keys, self.ports.random()?, &data)?;
                self.keep_pending(&row.id, &sealed, interval)?;
                self.poll_later(&row.id, at)
            }
            NextPoll::ExpiresAt(at) if at > now => self.poll_later(&row.id, row.expires_at),
            NextPoll::ExpiresAt(_) => self.give_up(row, &PollError::Expired),
            NextPoll::Never => self.give_up(row, error),
        }
    }

    /// Tokens that came before: who said yes could not be verified then.
    async fn take_answer(&self, row: &Approval) -> Result<(), Refusal> {
        if row.expires_at <= self.ports.now() {
            return self.refuse_yes(row, &ApproverError::NotAccepted(JwtError::Expired));
        }
        match self.open_approval_value::<ApprovedTokens>(row)? {
            Some(tokens) => self.take_yes(row, tokens).await,
            None => self.give_up(row, &PollError::Invalid),
        }
    }

    /// Somebody said yes. It counts if it is a yes to what was asked, the same details, and of the user who was asked (AA-12).
    async fn take_yes(&self, row: &Approval, tokens: ApprovedTokens) -> Result<(), Refusal> {
        let asked: Vec<Value> = deputy_http::json::read(row.details.as_bytes()).unwrap_or_default();
        let details = AuthorizationDetails::new(asked).ok();
        let other = match (&details, &tokens.authorization_details) {
            (Some(asked), Some(granted)) => !asked.granted_by(granted),
            _ => false,
        };
        if other {
            note(Level::Warn, "approval", Some("approval_other"), None);
            let said = "Something else was approved on your device, so this was not run.";
            return self.end_approval(&row.id, ApprovalState::Invalid, "approval_other", said);
        }
        let Some(id_token) = &tokens.id_token else { return self.refuse_yes(row, &ApproverError::Nobody) };
        let later = self.ports.now().saturating_add(row.interval_seconds.saturating_mul(1000));
        let Ok(verified) = tenant_keys::verify(&self.ports, &self.settings, id_token).await else {
            // The tenant's keys cannot be had now: the tokens are kept, and looked at again.
            return self.poll_later(&row.id, later);
        };
        let tenant = &self.settings.tenant;
        let asked = |subject: &str| account_name(tenant.issuer.as_str(), subject) == self.account;
        match verified
            .map_err(ApproverError::from)
            .and_then(|token| validate_approver(token, tenant, asked, self.ports.now()))
        {
            Ok(_) => {
                self.approved(&row.id)?;
                note(Level::Info, "approval_given", None, Some("Thanks for approving the order."));
                Ok(())
            }
            // A key that was made a moment ago may be among the keys the next time they are fetched.
            Err(ApproverError::NotAccepted(JwtError::Verifier(_) | JwtError::UnknownKey)) => {
                self.poll_later(&row.id, later)
            }
            Err(error) => self.refuse_yes(row, &error),
        }
    }

    fn refuse_yes(&self, row: &Approval, error: &ApproverError) -> Result<(), Refusal> {
        note_error(Level::Error, "approval", error);
        self.end_approval(&row.id, ApprovalState::Invalid, error.code(), &error.user_message())
    }

    fn give_up(&self, row: &Approval, error: &PollError) -> Result<(), Refusal> {
        let state = match error {
            PollError::Denied => ApprovalState::Denied,
            PollError::Expired => ApprovalState::Expired,
            _ => ApprovalState::Invalid,
        };
        if state == ApprovalState::Invalid {
            note_error(Level::Warn, "approval", error);
        }
        self.end_approval(&row.id, state, error.code(), &error.user_message())
    }

    /// What the row keeps sealed; under an older key it is sealed anew (UA-09). None where no key opens it.
    fn open_approval_value<T: Confidential>(&self, row: &Approval) -> Result<Option<T>, Refusal> {
        let data = self.approval_data(&row.id, &row.digest, &row.authority);
        let Some(before) = row.sealed.as_deref() else { return Ok(None) };
        let Ok((value, reseal)) = Envelope::open(&self.settings.keys, &data, before) else { return Ok(None) };
        if reseal {
            let sealed = value.seal(&self.settings.keys, self.ports.random()?, &data)?;
            self.reseal_approval(&row.id, before, &sealed)?;
        }
        Ok(Some(value.0))
    }

    /// Hands the token of an approval to the one call it was given for: same tool, arguments and account, same declaration, given
    /// and not run out. Code and sentence if not.
    pub fn use_approval(
        &self,
        call: &ObtainAuthority,
    ) -> Result<Result<TokenEnvelope, (&'static str, &'static str)>, Refusal> {
        let Some(wanted) = DeclaredApproval::of(call) else { return Err(Refusal::internal("approval_not_declared")) };
        let Some(row) = self.approval_of(&call.chat, &call.call_id)? else { return Ok(Err(NOT_APPROVED)) };
        if row.digest != call.digest || row.authority != wanted.text {
            return Ok(Err(NOT_APPROVED));
        }
        if !matches!(row.state, ApprovalState::Approved | ApprovalState::Used) {
            return Ok(Err(NOT_APPROVED));
        }
        if !self.use_approval_row(&row.id, &call.chat, &call.call_id)? {
            return Ok(Err(("approval_used", "An identical call has used this approval. Please ask for it again.")));
        }
        let Some(tokens) = self.open_approval_value::<ApprovedTokens>(&row)? else { return Ok(Err(NOT_APPROVED)) };
        if tokens.expires_at <= self.ports.now() {
            return Ok(Err(("approval_run_out", "What was approved has run out meanwhile. Please ask for it again.")));
        }
        let required: Scopes = wanted.scopes.iter().collect();
        if tokens
            .scopes
            .as_ref()
            .is_some_and(|granted| required.iter().any(|scope| scope != "openid" && !granted.contains(scope)))
        {
            return Ok(Err((
                "approval_scopes_missing",
                "The approval does not cover what this needs, so it was not run.",
            )));
        }
        Ok(Ok(envelope(&tokens.access_token, tokens.scopes.as_ref(), tokens.expires_at)))
    }
}

const NOT_APPROVED: (&str, &str) =
    ("approval_missing", "This is not what was approved on your device, so it was not run.");
