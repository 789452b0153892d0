//! Connected accounts: which there are, which of them is used, how one comes and goes.

mod choice;
mod connect;
mod provider_revocation;
pub mod usage;

use deputy_auth0::{AccountList, ConnectedAccount, delete_request, delete_response};
use serde::{Deserialize, Serialize};

use super::core::{Core, Ports};
use super::request::AccountRequest;
use super::sessions::Session;
use crate::objects::Refusal;
use crate::platform::random;
use connect::{my_account_refusal, refusal_of};
use provider_revocation::{Revocation, revoked};

pub use choice::UseAccount;
pub use connect::{CompleteConnect, ConnectCompleted, ConnectOutcome, StartConnect, UNKNOWN_FLOW};

/// Connected accounts.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListConnections {
    /// Session id.
    pub session: Option<String>,
}

/// A connected account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConnectionSummary {
    /// `cac_…`
    pub id: String,
    /// Connection name.
    pub connection: String,
    /// The account at the provider, where it is known: it was asked for by `login_hint`.
    pub account: Option<String>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// When, RFC 3339.
    pub created_at: String,
    /// Last time a tool used it, milliseconds.
    pub last_used: Option<u64>,
    /// True for the account that tools use. False while the user has to choose between this one and another.
    pub in_use: bool,
    /// `good`, `unused`, or the code of what went wrong when it was last used.
    pub health: String,
    /// Chats that used it, the last one first.
    pub used_by: Vec<UsedBy>,
}

/// A chat whose tools used a connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UsedBy {
    /// Chat id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// True if it has scheduled tasks, which may use the connection too.
    pub scheduled: bool,
}

impl AccountRequest for ListConnections {
    const NAME: &'static str = "list_connections";
    type Reply = Vec<ConnectionSummary>;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Vec<ConnectionSummary>, Refusal> {
        account.list_connections(self.session.as_deref()).await
    }
}

/// Disconnects an account: at the provider where that is possible, at the tenant, and every token we hold becomes unreachable.
#[derive(Debug, Serialize, Deserialize)]
pub struct Disconnect {
    /// Session id.
    pub session: Option<String>,
    /// `cac_…`
    pub id: String,
}

/// What a disconnect did. What is not among it was done, or the disconnect was refused.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disconnected {
    /// Whether the provider itself forgot the consent.
    pub provider_revoked: RevocationOutcome,
}

/// What became of asking a provider to forget a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationOutcome {
    /// It did.
    Done,
    /// It was asked, or was to be, and did not.
    Failed,
    /// Only the user can do that, or another account of the connection would be hit.
    NotPossible,
}

impl AccountRequest for Disconnect {
    const NAME: &'static str = "disconnect";
    type Reply = Disconnected;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Disconnected, Refusal> {
        account.disconnect(self.session.as_deref(), &self.id).await
    }
}

impl<P: Ports> Core<P> {
    /// Connected accounts as the tenant has them, with what is known here of their use.
    async fn list_connections(&self, session: Option<&str>) -> Result<Vec<ConnectionSummary>, Refusal> {
        let session = self.live_session_for(session)?;
        let accounts = self.connected_accounts(&session).await?;
        self.forget_lost_candidates(&accounts)?;
        accounts.into_iter().map(|account| self.summary(account)).collect()
    }

    async fn disconnect(&self, session: Option<&str>, id: &str) -> Result<Disconnected, Refusal> {
        let session = self.live_session_for(session)?;
        let accounts = self.connected_accounts(&session).await?;
        let account = accounts.iter().find(|account| account.id == id).ok_or_else(unknown_account)?;
        let left: Vec<_> = accounts.iter().filter(|one| one.connection == account.connection && one.id != id).collect();
        // Of several accounts the tenant might give the token of another one.
        let provider_revoked = if left.is_empty() {
            self.revoke_at_provider(&session, &account.connection).await
        } else {
            RevocationOutcome::NotPossible
        };
        // First here: if the tenant's answer is lost, nothing goes on with the old token.
        self.raise_generation(&account.connection)?;
        self.delete_account(&session, id).await?;
        // An exchange that was on its way while the account was deleted may have filled the cache.
        self.raise_generation(&account.connection)?;
        self.record_connection_action("disconnect", &account.connection)?;
        self.settle_choice(&account.connection, &left)?;
        Ok(Disconnected { provider_revoked })
    }

    /// Every connected account of the user, as the tenant has them.
    pub async fn connected_accounts(&self, session: &Session) -> Result<Vec<ConnectedAccount>, Refusal> {
        let token = self.my_account_token(session).await.map_err(refusal_of)?;
        let mut list = AccountList::default();
        loop {
            let request = list.request(&self.settings.tenant, &token, None);
            let answer = self.ask_my_account(request).await?;
            if !list.page(answer, self.ports.now()).map_err(|e| my_account_refusal(&e))? {
                return Ok(list.into_accounts());
            }
        }
    }

    /// The tenant forgets an account and its tokens.
    pub async fn delete_account(&self, session: &Session, id: &str) -> Result<(), Refusal> {
        let token = self.my_account_token(session).await.map_err(refusal_of)?;
        let request = delete_request(&self.settings.tenant, &token, id).map_err(|e| my_account_refusal(&e))?;
        let answer = self.ask_my_account(request).await?;
        delete_response(answer, self.ports.now()).map_err(|e| my_account_refusal(&e))
    }

    /// A ledger row for something the user did with a connection.
    pub fn record_connection_action(&self, what: &str, connection: &str) -> Result<(), Refusal> {
        let id = random::encode(&self.ports.random::<16>()?);
        self.record_user_action(&id, what, &format!("vault:{connection}"))
    }

    fn summary(&self, account: ConnectedAccount) -> Result<ConnectionSummary, Refusal> {
        let row = self.connection_row(&account.connection)?.unwrap_or_default();
        // Until one is known there is only one, or the tenant decides.
        let in_use = row.account.as_ref().map_or(row.candidate.is_none(), |id| *id == account.id);
        let good = if row.last_used.is_some() { "good" } else { "unused" };
        Ok(ConnectionSummary {
            used_by: if in_use { self.used_by(&account.connection)? } else { Vec::new() },
            health: row.problem.filter(|_| in_use).unwrap_or_else(|| good.to_owned()),
            last_used: row.last_used.filter(|_| in_use),
            account: row.login_hint.filter(|_| in_use),
            in_use,
            id: account.id,
            connection: account.connection,
            scopes: account.scopes.iter().map(str::to_owned).collect(),
            created_at: account.created_at.unwrap_or_default(),
        })
    }

    async fn revoke_at_provider(&self, session: &Session, connection: &str) -> RevocationOutcome {
        let Some(revocation) = Revocation::at(connection, &self.settings.providers) else {
            return RevocationOutcome::NotPossible;
        };
        let Some(token) = self.any_token(&session.id, connection).await else {
            return RevocationOutcome::Failed;
        };
        match self.ports.send(revocation.request(&token)).await {
            Ok(answer) if revoked(&answer) => RevocationOutcome::Done,
            _ => RevocationOutcome::Failed,
        }
    }
}

/// 404 for an account that is not connected, or not this user's.
pub fn unknown_account() -> Refusal {
    Refusal::new(404, "connection_unknown", "There is no such connected account.")
}
