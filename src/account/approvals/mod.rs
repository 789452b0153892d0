//! A yes on the user's device (OpenID CIBA): asked for once, polled at the tenant's interval, good for one call.

mod instruction;
mod poll;
pub mod rows;

use deputy_agent::Authority;
use deputy_auth0::{
    ApprovalCode, AuthorizationDetails, BackchannelError, BackchannelInput, BindingMessage, CallDetails, Envelope,
    Misconfiguration, PUSH_EXPIRY_SECONDS, PendingAuthorization, Scopes, backchannel_request, backchannel_response,
};
use deputy_error::Explained;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::authority::ObtainAuthority;
use super::core::{Core, Ports};
use super::leases::LeaseOutcome;
use super::request::AccountRequest;
use crate::objects::Refusal;
use crate::platform::log::{Level, note, note_error};
use crate::platform::random;
use instruction::Instruction;
use rows::{Approval, ApprovalState, Asked};

pub use poll::PollApproval;

/// Asking takes at most this long; after that somebody else may look.
const ASK_DEADLINE_MS: u64 = 20_000;
/// How long a question may be on the device that nobody knows of, milliseconds: Auth0's own default.
const UNKNOWN_MS: u64 = 300_000;
/// An order of yesterday is no reason to ask twice.
const DAY_MS: u64 = 86_400_000;

/// A call needs a yes on the user's device: ask, once.
#[derive(Debug, Serialize, Deserialize)]
pub struct AskApproval {
    /// The call and what it needs; the approval is among it.
    pub call: ObtainAuthority,
    /// The whole input: what the user approves.
    pub input: Value,
    /// The very same was done in this chat before: when, milliseconds.
    #[serde(default)]
    pub again: Option<u64>,
    /// Offset of the user's zone from UTC, seconds, for times in the question.
    #[serde(default)]
    pub offset_seconds: i32,
}

/// How an approval stands. The tenant's own identifier of the request never leaves the account (S-24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalStatus {
    /// The user has not answered.
    Pending {
        /// The same letters as in the details on the device.
        code: String,
        /// What the device shows.
        binding_message: String,
        /// When it was asked, milliseconds.
        requested_at: u64,
        /// When it ends unanswered, milliseconds.
        expires_at: u64,
        /// Seconds between two questions to the tenant.
        interval_seconds: u64,
        /// When to ask again, milliseconds.
        next_poll_at: u64,
    },
    /// The user said yes to exactly this.
    Approved {},
    /// The session has ended: sign in again.
    SessionEnded {},
    /// It will not be given.
    Ended {
        /// Stable code.
        code: String,
        /// Sentence for the user.
        message: String,
    },
}

impl AccountRequest for AskApproval {
    const NAME: &'static str = "ask_approval";
    type Reply = ApprovalStatus;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ApprovalStatus, Refusal> {
        account.ask_approval(&self).await
    }
}

/// What a tool declared: [`Authority::Approval`], taken apart.
pub struct DeclaredApproval<'a> {
    pub audience: &'a str,
    pub scopes: &'a [String],
    pub message: &'a str,
    pub requested_expiry: Option<u32>,
    /// All of it as one text: an approval is for this and nothing else.
    pub text: String,
}

impl<'a> DeclaredApproval<'a> {
    /// The approval among what a call needs.
    pub fn of(call: &'a ObtainAuthority) -> Option<Self> {
        call.authority.iter().find_map(|authority| match authority {
            Authority::Approval { audience, scopes, binding_message, requested_expiry } => Some(Self {
                audience,
                scopes,
                message: binding_message,
                requested_expiry: *requested_expiry,
                text: deputy_http::json::write(authority),
            }),
            _ => None,
        })
    }
}

impl<P: Ports> Core<P> {
    /// Asks the user on the device whether exactly this call may run (OpenID CIBA Core 1.0, 7). One question for one call,
    /// and for identical calls while it is open; a transport error is never followed by a second question (S-24).
    pub async fn ask_approval(&self, ask: &AskApproval) -> Result<ApprovalStatus, Refusal> {
        const ATTEMPTS: u32 = 4;
        let call = &ask.call;
        self.require_chat(&call.chat)?;
        if let Some((code, message)) = self.admit(call)? {
            return Ok(ended(&code, &message));
        }
        let Some(wanted) = DeclaredApproval::of(call) else { return Err(Refusal::internal("approval_not_declared")) };
        let Some(session) = self.session_for(call.session.as_deref())? else {
            self.session_is_gone(call)?;
            return Ok(ApprovalStatus::SessionEnded {});
        };
        for _ in 0..ATTEMPTS {
            let LeaseOutcome::Acquired(lease) =
                self.acquire_lease(&format!("approval:{}", call.digest), ASK_DEADLINE_MS).await?
            else {
                continue;
            };
            // Under the lease: a question that is found on its way has nobody at it any more.
            let outcome = match self.asked_before(call, &wanted)? {
                Some(asked) => Ok(asked),
                None => self.ask_device(ask, &wanted, &session.sub).await,
            };
            self.release_lease(&lease, None)?;
            let outcome = outcome?;
            let (word, code) = match &outcome {
                ApprovalStatus::Ended { code, .. } => ("refused", Some(code.as_str())),
                _ => ("waiting", None),
            };
            self.record(call, Some(&session.id), word, code)?;
            return Ok(outcome);
        }
        Ok(ended("approval_busy", "Another question for the same thing is on its way. Please try again."))
    }

    /// This very call was asked for, or an identical one is being asked for.
    fn asked_before(
        &self,
        call: &ObtainAuthority,
        wanted: &DeclaredApproval<'_>,
    ) -> Result<Option<ApprovalStatus>, Refusal> {
        let now = self.ports.now();
        if let Some(own) = self.approval_of(&call.chat, &call.call_id)?
            && !matches!(own.state, ApprovalState::Used | ApprovalState::Spent)
        {
            if own.digest != call.digest || own.authority != wanted.text {
                return Ok(Some(ended(
                    "approval_mismatch",
                    "This is not what the user was asked for, so it was not run.",
                )));
            }
            return self.approval_status(&own).map(Some);
        }
        let Some(same) = self.open_approval(&call.digest, &wanted.text, now)? else { return Ok(None) };
        if matches!(same.state, ApprovalState::Pending | ApprovalState::Answered) {
            // Two identical calls, one question.
            self.link_approval(&call.chat, &call.call_id, &same.id)?;
        }
        self.approval_status(&same).map(Some)
    }

    pub async fn ask_device(
        &self,
        ask: &AskApproval,
        wanted: &DeclaredApproval<'_>,
        subject: &str,
    ) -> Result<ApprovalStatus, Refusal> {
        let call = &ask.call;
        let now = self.ports.now();
        self.forget_old_approvals(now)?;
        if self.approvals_since(now.saturating_sub(3_600_000))? >= self.settings.limits.approvals_per_hour {
            return Ok(ended(
                "approval_limit",
                "Too many approvals were asked for within an hour. Please wait before you try again.",
            ));
        }
        // Asked again after its approval was used: that one is worth nothing any more.
        self.spend_approval(&call.chat, &call.call_id)?;
        let id = random::encode(&self.ports.random::<16>()?);
        // Written before it is asked: should this process die now, nobody knows whether the user was asked.
        let asked = Asked {
            id: &id,
            digest: &call.digest,
            authority: &wanted.text,
            now,
            until: now.saturating_add(UNKNOWN_MS),
        };
        self.insert_approval(&asked)?;
        self.link_approval(&call.chat, &call.call_id, &id)?;
        let instruction = self.instruction(ask, wanted.message, now)?;
        let sent = self.send_question(ask, &id, &instruction, wanted, subject).await;
        self.question_sent(call, wanted, &id, sent)
    }

    /// What the user reads first. Should the very same have been done before, in this chat or today in another one, it says so.
    fn instruction(&self, ask: &AskApproval, message: &str, now: u64) -> Result<Instruction, Refusal> {
        let before = match ask.again {
            Some(at) => Some(at),
            None => self.done_since(&ask.call, now.saturating_sub(DAY_MS))?,
        };
        Ok(Instruction::new(message, before, now, ask.offset_seconds))
    }

    /// Writes down what became of a question.
    fn question_sent(
        &self,
        call: &ObtainAuthority,
        wanted: &DeclaredApproval<'_>,
        id: &str,
        sent: Result<(PendingAuthorization, String, String), BackchannelError>,
    ) -> Result<ApprovalStatus, Refusal> {
        match sent {
            Ok((pending, message, details)) => {
                let nonce = self.ports.random()?;
                let data = self.approval_data(id, &call.digest, &wanted.text);
                let first = pending.first_poll_at();
                let (expires_at, interval) = (pending.expires_at, pending.interval_seconds);
                let sealed = Envelope(pending).seal(&self.settings.keys, nonce, &data)?;
                self.question_is_open(id, &sealed, &message, &details, expires_at, first, interval)?;
                let detail = "An authorization request was sent to your mobile device.";
                note(Level::Info, "approval_asked", None, Some(detail));
            }
            Err(error) => {
                let unknown = matches!(error, BackchannelError::Unknown { .. });
                let state = if unknown { ApprovalState::Unknown } else { ApprovalState::Refused };
                self.end_approval(id, state, error.code(), &error.user_message())?;
                note_error(Level::Warn, "approval_not_asked", &error);
            }
        }
        match self.approval_of(&call.chat, &call.call_id)? {
            Some(row) => self.approval_status(&row),
            None => Err(Refusal::internal("approval_lost")),
        }
    }

    /// Sends the question. A tenant that takes no details of this type, or no blanks, refuses before it asks anybody: then
    /// the same question is put in a form it takes. The code stands where the device shows it for sure: in the details if
    /// they are in Guardian's schema and a push brings them, else at the end of the message (AA-14).
    async fn send_question(
        &self,
        ask: &AskApproval,
        question: &str,
        instruction: &Instruction,
        wanted: &DeclaredApproval<'_>,
        subject: &str,
    ) -> Result<(PendingAuthorization, String, String), BackchannelError> {
        const FORMS: u32 = 4;
        let (empty, whole) = (Map::new(), instruction.whole());
        let described = CallDetails {
            kind: &self.settings.approval_details_type,
            instruction: &whole,
            tool: &ask.call.tool,
            arguments: ask.input.as_object().unwrap_or(&empty),
            digest: &ask.call.digest,
            question,
        };
        let details = AuthorizationDetails::for_call(&described)?;
        let code = ApprovalCode::of_question(question, &ask.call.digest);
        let by_push = wanted.requested_expiry.is_none_or(|seconds| seconds <= PUSH_EXPIRY_SECONDS);
        let shown = by_push && details.shown_by_guardian();
        let mut input = BackchannelInput {
            subject,
            binding_message: instruction.on_device((!shown).then_some(&code)),
            scopes: wanted.scopes.iter().collect::<Scopes>(),
            audience: wanted.audience,
            requested_expiry: wanted.requested_expiry,
            authorization_details: Some(details),
        };
        let mut blanks = true;
        for _ in 0..FORMS {
            // Without proof of who we are nothing is sent, and nobody asked.
            let unproven = |_| BackchannelError::Misconfigured(Misconfiguration::ClientCredentials);
            let answer = self.ask_tenant(&|tenant| backchannel_request(tenant, &input)).await.map_err(unproven)??;
            match backchannel_response(answer, self.ports.now()) {
                Err(BackchannelError::AuthorizationDetails) if input.authorization_details.is_some() => {
                    input.authorization_details = None;
                    input.binding_message = instruction.on_device(Some(&code));
                }
                Err(BackchannelError::BindingMessage) if blanks => blanks = false,
                Err(error) => return Err(error),
                Ok(pending) => {
                    let details = input.authorization_details.as_ref().map(AuthorizationDetails::entries);
                    let details = deputy_http::json::write(details.unwrap_or_default());
                    return Ok((pending, input.binding_message.as_str().to_owned(), details));
                }
            }
            if !blanks {
                input.binding_message = BindingMessage::fit_without_blanks(input.binding_message.as_str());
            }
        }
        Err(BackchannelError::BindingMessage)
    }

    /// How an approval stands, as the chat is told.
    pub fn approval_status(&self, row: &Approval) -> Result<ApprovalStatus, Refusal> {
        Ok(match row.state {
            ApprovalState::Pending | ApprovalState::Answered => ApprovalStatus::Pending {
                code: ApprovalCode::of_question(&row.id, &row.digest).as_str().to_owned(),
                binding_message: row.message.clone(),
                requested_at: row.requested_at,
                expires_at: row.expires_at,
                interval_seconds: row.interval_seconds,
                next_poll_at: row.next_poll_at,
            },
            ApprovalState::Approved => ApprovalStatus::Approved {},
            // Its process died, or it is being asked right now.
            ApprovalState::Asking => {
                let unknown = BackchannelError::Unknown { status: None };
                ended(unknown.code(), &unknown.user_message())
            }
            ApprovalState::Used | ApprovalState::Spent => {
                ended("approval_used", "This approval was used for a call already. Please ask for it again.")
            }
            ApprovalState::Unknown
            | ApprovalState::Refused
            | ApprovalState::Denied
            | ApprovalState::Expired
            | ApprovalState::Invalid => ended(&row.code, &row.said),
        })
    }
}

pub fn ended(code: &str, message: &str) -> ApprovalStatus {
    ApprovalStatus::Ended { code: code.to_owned(), message: message.to_owned() }
}
