//! What a tool call is given: its authority, once, and the ledger's row of it.

pub mod budgets;
mod call;
mod ledger;
mod waiting;

use std::collections::BTreeMap;

use deputy_agent::Authority;
use deputy_auth0::{ExchangeError, Scopes};
use deputy_error::Explained;

use super::approvals::DeclaredApproval;
use super::core::{Core, Ports};
use super::request::AccountRequest;
use super::sessions::tokens::{NoToken, envelope};
use super::vault::NoProviderToken;
use crate::objects::Refusal;
use crate::platform::log::{Level, note_error};
use budgets::Counter;
use ledger::LedgerStatus;

pub use call::{ObtainAuthority, Obtained};
pub use ledger::{RecordMcpCall, SettleToolCall};
pub use waiting::AwaitConnection;

impl AccountRequest for ObtainAuthority {
    const NAME: &'static str = "obtain_authority";
    type Reply = Obtained;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Obtained, Refusal> {
        account.obtain(&self).await
    }
}

impl<P: Ports> Core<P> {
    /// A tool call asks for its authority: the chat is mine, the call has not run, there is budget, the session is alive, and
    /// each credential is there or the one thing is said that would help.
    pub async fn obtain(&self, call: &ObtainAuthority) -> Result<Obtained, Refusal> {
        self.require_chat(&call.chat)?;
        if let Some((code, message)) = self.admit(call)? {
            return Ok(refused(&code, &message));
        }
        if !call.authority.iter().any(needs_session) {
            self.record(call, call.session.as_deref(), "started", None)?;
            return Ok(Obtained::Granted { vault: BTreeMap::new(), session: None, approval: None });
        }
        let Some(session) = self.session_for(call.session.as_deref())? else { return self.session_is_gone(call) };
        let outcome = self.credentials(call, &session.id).await;
        self.obtained(call, &session.id, outcome)
    }

    /// Writes down what a call got.
    fn obtained(
        &self,
        call: &ObtainAuthority,
        session: &str,
        outcome: Result<Obtained, NoToken>,
    ) -> Result<Obtained, Refusal> {
        let obtained = match outcome {
            Ok(granted) => granted,
            Err(NoToken::SessionEnded) => return self.session_is_gone(call),
            Err(NoToken::Refused(refusal)) => refused(&refusal.code, &refusal.message),
        };
        let (outcome, code) = match &obtained {
            Obtained::Granted { .. } => ("started", None),
            Obtained::NeedsConnection { .. } => ("waiting", None),
            Obtained::Refused { code, .. } => ("refused", Some(code.as_str())),
            Obtained::SessionEnded {} => ("waiting", Some("session_ended")),
        };
        self.record(call, Some(session), outcome, code)?;
        match &obtained {
            Obtained::Granted { .. } => self.stop_waiting(&call.chat, &call.call_id)?,
            Obtained::NeedsConnection { connection, .. } => {
                self.wait_for_connection(&call.chat, &call.call_id, connection)?;
            }
            _ => {}
        }
        Ok(obtained)
    }

    /// May this call ask for anything? It has not run, and there is budget: code and sentence if not.
    pub fn admit(&self, call: &ObtainAuthority) -> Result<Option<(String, String)>, Refusal> {
        match self.ledger_status(&call.chat, &call.call_id)? {
            LedgerStatus::Settled => {
                let message = "This has been done already and is not repeated.";
                return Ok(Some(("call_already_settled".to_owned(), message.to_owned())));
            }
            LedgerStatus::Open => {}
            LedgerStatus::New => {
                if let Err(limit) = self.check_today(Counter::ToolCalls, self.settings.limits.tool_calls_per_day) {
                    self.record(call, call.session.as_deref(), "refused", Some(&limit.code))?;
                    return Ok(Some((limit.code.clone(), limit.message.clone())));
                }
                self.count(Counter::ToolCalls, 1)?;
            }
        }
        Ok(None)
    }

    pub fn session_is_gone(&self, call: &ObtainAuthority) -> Result<Obtained, Refusal> {
        self.record(call, call.session.as_deref(), "waiting", Some("session_ended"))?;
        self.wait_for_session(&call.chat, &call.call_id)?;
        Ok(Obtained::SessionEnded {})
    }

    async fn credentials(&self, call: &ObtainAuthority, session: &str) -> Result<Obtained, NoToken> {
        let mut vault = BTreeMap::new();
        let mut own = None;
        for authority in &call.authority {
            match authority {
                Authority::Session => {
                    let tokens = self.fresh_tokens(session).await?;
                    own = Some(envelope(&tokens.access_token, tokens.scope.as_ref(), tokens.expires_at));
                }
                Authority::Vault { connection, scopes } => {
                    let required: Scopes = scopes.iter().collect();
                    match self.provider_token(session, connection, &required).await {
                        Ok(token) => {
                            self.used(connection)?;
                            vault.insert(
                                connection.clone(),
                                envelope(&token.token, Some(&token.scopes), token.expires_at),
                            );
                        }
                        Err(NoProviderToken::NoToken(cause)) => return Err(cause),
                        Err(NoProviderToken::Exchange(error)) => {
                            return self.exchange_failed(call, connection, &required, error);
                        }
                    }
                }
                // Relations are the library's to tell, and the chat has asked it.
                Authority::None | Authority::Confirmation | Authority::Approval { .. } | Authority::Relation(_) => {}
            }
        }
        // Last: a call that waits for a connection has not used its approval.
        let mut approval = None;
        if DeclaredApproval::of(call).is_some() {
            match self.use_approval(call)? {
                Ok(token) => approval = Some(token),
                Err((code, message)) => return Ok(refused(code, message)),
            }
        }
        Ok(Obtained::Granted { vault, session: own, approval })
    }

    /// Only a missing connection, missing scopes and a consent that ended are answered with a consent card, and not a second
    /// time for the same call (S-23).
    fn exchange_failed(
        &self,
        call: &ObtainAuthority,
        connection: &str,
        required: &Scopes,
        error: ExchangeError,
    ) -> Result<Obtained, NoToken> {
        let (missing, asked) = match &error {
            ExchangeError::SessionEnded => return Err(NoToken::SessionEnded),
            other if !other.asks_for_consent() => {
                note_error(Level::Warn, "exchange_failed", other);
                return Ok(refused(other.code(), &other.user_message()));
            }
            ExchangeError::NeedsScopes { missing, granted } => {
                (missing.clone(), granted.iter().chain(missing.iter()).collect())
            }
            _ => (required.clone(), required.clone()),
        };
        let answered = self.was_answered(&call.chat, &call.call_id, connection)?;
        let just_asked = self.asked_just_now(connection, &missing)?;
        match &error {
            ExchangeError::NeedsScopes { .. } if answered || just_asked => Ok(refused(
                "scopes_not_granted",
                &format!(
                    "The account is connected, but it did not grant: {missing}. Disconnect it under Connections and connect it \
                     again to allow this."
                ),
            )),
            _ if answered => Ok(refused(
                "connection_unusable",
                "The account was connected, but the tenant still has no token for it. Trying again later may help.",
            )),
            _ => Ok(Obtained::NeedsConnection {
                connection: connection.to_owned(),
                missing: texts(&missing),
                required: texts(&asked),
            }),
        }
    }
}

fn needs_session(authority: &Authority) -> bool {
    matches!(
        authority,
        Authority::Session | Authority::Vault { .. } | Authority::Approval { .. } | Authority::Relation(_)
    )
}

fn refused(code: &str, message: &str) -> Obtained {
    Obtained::Refused { code: code.to_owned(), message: message.to_owned() }
}

pub fn texts(scopes: &Scopes) -> Vec<String> {
    scopes.iter().map(str::to_owned).collect()
}
