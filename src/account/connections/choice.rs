use deputy_auth0::{ConnectedAccount, ExchangeError, Scopes};

use serde::{Deserialize, Serialize};

use super::connect::{ConnectOutcome, Flow};
use super::unknown_account;
use crate::account::core::{Core, Ports};
use crate::account::request::AccountRequest;
use crate::account::sessions::Session;
use crate::account::vault::NoProviderToken;
use crate::objects::Refusal;

/// Of several accounts of one connection, tools use this one; the others are disconnected, and calls that wait for the new one
/// go on.
#[derive(Debug, Serialize, Deserialize)]
pub struct UseAccount {
    /// Session id.
    pub session: Option<String>,
    /// `cac_…`
    pub id: String,
}

impl AccountRequest for UseAccount {
    const NAME: &'static str = "use_account";
    type Reply = ();

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.use_account(self.session.as_deref(), &self.id).await
    }
}

impl<P: Ports> Core<P> {
    /// A consent was completed. The tenant's answer does not say whose account it is, but it shows whether there is now more
    /// than one, and an exchange tells whether the account that was asked for is among them. A doubt is not settled here: the
    /// account in use stays the one in use until the user has chosen.
    pub async fn consent_given(
        &self,
        session: &Session,
        flow: &Flow,
        account: ConnectedAccount,
    ) -> Result<ConnectOutcome, Refusal> {
        let connection = flow.connection.as_str();
        let before = self.connection_row(connection)?.unwrap_or_default();
        let beside = match self.connected_accounts(session).await {
            Ok(accounts) => accounts.iter().any(|one| one.connection == connection && one.id != account.id),
            // Without the list only what was known before.
            Err(_) => before.account.is_some_and(|id| id != account.id),
        };
        let hint = flow.login_hint.as_deref();
        let other = beside || !self.has_account(session, connection, hint).await;
        self.keep_consent(flow, &account, other)
    }

    fn keep_consent(&self, flow: &Flow, account: &ConnectedAccount, other: bool) -> Result<ConnectOutcome, Refusal> {
        let connection = flow.connection.as_str();
        if other {
            self.exec(
                "INSERT INTO connections (name, generation, scopes, asked_scopes) VALUES (?, 0, '', '')
                    ON CONFLICT (name) DO NOTHING",
                &[connection.into()],
            )?;
        } else {
            // No token from before may be used: it may have fewer scopes, and may be another account's.
            self.raise_generation(connection)?;
            self.set_account(connection, account, flow.login_hint.as_deref())?;
        }
        self.exec(
            "UPDATE connections SET asked_scopes = ?, consented_at = ?, candidate = ? WHERE name = ?",
            &[
                flow.scopes.as_str().into(),
                self.ports.now().into(),
                other.then_some(account.id.as_str()).into(),
                connection.into(),
            ],
        )?;
        if other {
            return Ok(ConnectOutcome::OtherAccount);
        }
        self.tell_connection(connection, true)?;
        Ok(ConnectOutcome::Connected)
    }

    async fn use_account(&self, session: Option<&str>, id: &str) -> Result<(), Refusal> {
        let session = self.live_session_for(session)?;
        let accounts = self.connected_accounts(&session).await?;
        let account = accounts.iter().find(|account| account.id == id).ok_or_else(unknown_account)?;
        self.raise_generation(&account.connection)?;
        for other in accounts.iter().filter(|one| one.connection == account.connection && one.id != id) {
            self.delete_account(&session, &other.id).await?;
        }
        self.raise_generation(&account.connection)?;
        self.record_connection_action("use_account", &account.connection)?;
        self.settle_choice(&account.connection, &[account])
    }

    /// What the accounts that are left mean for the one in use.
    pub fn settle_choice(&self, connection: &str, left: &[&ConnectedAccount]) -> Result<(), Refusal> {
        match left {
            [] => self.exec(
                "UPDATE connections SET account = NULL, scopes = '', asked_scopes = '', consented_at = NULL, login_hint = NULL,
                    candidate = NULL, problem = NULL WHERE name = ?",
                &[connection.into()],
            )?,
            [only] => {
                let before = self.connection_row(connection)?.unwrap_or_default();
                let chosen_now = before.candidate.as_deref() == Some(only.id.as_str());
                let hint = before.login_hint.filter(|_| before.account.as_deref() == Some(only.id.as_str()));
                self.set_account(connection, only, hint.as_deref())?;
                self.tell_connection(connection, chosen_now)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// An account that was disconnected elsewhere is no question any more.
    pub fn forget_lost_candidates(&self, accounts: &[ConnectedAccount]) -> Result<(), Refusal> {
        let query = "SELECT candidate AS value FROM connections WHERE candidate IS NOT NULL";
        for candidate in self.texts(query, &[])? {
            if !accounts.iter().any(|account| account.id == candidate) {
                let forget = "UPDATE connections SET candidate = NULL WHERE candidate = ?";
                self.exec(forget, &[candidate.as_str().into()])?;
            }
        }
        Ok(())
    }

    fn set_account(&self, connection: &str, account: &ConnectedAccount, hint: Option<&str>) -> Result<(), Refusal> {
        self.exec(
            "UPDATE connections SET account = ?, scopes = ?, created_at = ?, login_hint = ?, candidate = NULL, problem = NULL
                WHERE name = ?",
            &[
                account.id.as_str().into(),
                account.scopes.to_string().as_str().into(),
                account.created_at.as_deref().into(),
                hint.into(),
                connection.into(),
            ],
        )
    }

    /// False only if the tenant says that the account asked for is not there. Without a hint, and while the tenant cannot say,
    /// it is as good as there: the next exchange will tell.
    async fn has_account(&self, session: &Session, connection: &str, hint: Option<&str>) -> bool {
        let Some(hint) = hint else { return true };
        let found = self.exchange_for(&session.id, connection, Some(hint), &Scopes::default()).await;
        !matches!(found, Err(NoProviderToken::Exchange(ExchangeError::NeedsConnection)))
    }
}
