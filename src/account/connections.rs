use deputy_auth0::{AccountList, ConnectedAccount, delete_request, delete_response};

use super::call::{ConnectionEntry, DisconnectStep, Disconnected, Refusal};
use super::connect::{my_account_refusal, refusal_of};
use super::core::{Core, Host};
use super::provider_revocation::{Revocation, revoked};
use super::sessions::Session;
use crate::platform::random;

impl<H: Host> Core<H> {
    /// Connected accounts as the tenant has them, with what is known here of their use.
    pub(super) async fn list_connections(&self, session: Option<&str>) -> Result<Vec<ConnectionEntry>, Refusal> {
        let session = self.live_session_for(session)?;
        let accounts = self.connected_accounts(&session).await?;
        self.forget_lost_candidates(&accounts)?;
        accounts.into_iter().map(|account| self.entry(account)).collect()
    }

    /// Disconnects an account: at the provider where that is possible, at the tenant, and every token we hold becomes
    /// unreachable. The answer says what was done.
    pub(super) async fn disconnect(&self, session: Option<&str>, id: &str) -> Result<Disconnected, Refusal> {
        let session = self.live_session_for(session)?;
        let accounts = self.connected_accounts(&session).await?;
        let account = accounts.iter().find(|account| account.id == id).ok_or_else(unknown_account)?;
        let left: Vec<_> = accounts.iter().filter(|one| one.connection == account.connection && one.id != id).collect();
        // Of several accounts the tenant might give the token of another one.
        let revocation =
            if left.is_empty() { self.revoke_at_provider(&session, &account.connection).await } else { "not_possible" };
        // First here: if the tenant's answer is lost, nothing goes on with the old token.
        self.raise_generation(&account.connection)?;
        self.delete_account(&session, id).await?;
        // An exchange that was on its way while the account was deleted may have filled the cache.
        self.raise_generation(&account.connection)?;
        self.deed("disconnect", &account.connection)?;
        self.settle_choice(&account.connection, &left)?;
        let step = |step: &str, outcome: &str| DisconnectStep { step: step.to_owned(), outcome: outcome.to_owned() };
        let steps =
            [step("provider_revoked", revocation), step("vault_entry_deleted", "done"), step("tokens_dropped", "done")];
        Ok(Disconnected { steps: steps.into() })
    }

    /// Every connected account of the user, as the tenant has them.
    pub(super) async fn connected_accounts(&self, session: &Session) -> Result<Vec<ConnectedAccount>, Refusal> {
        let token = self.my_account_token(session).await.map_err(refusal_of)?;
        let mut list = AccountList::default();
        loop {
            let request = list.request(&self.settings.tenant, &token, None);
            let answer = self.ask_my_account(request).await?;
            if !list.page(answer, self.host.now()).map_err(|e| my_account_refusal(&e))? {
                return Ok(list.into_accounts());
            }
        }
    }

    /// The tenant forgets an account and its tokens.
    pub(super) async fn delete_account(&self, session: &Session, id: &str) -> Result<(), Refusal> {
        let token = self.my_account_token(session).await.map_err(refusal_of)?;
        let request = delete_request(&self.settings.tenant, &token, id).map_err(|e| my_account_refusal(&e))?;
        let answer = self.ask_my_account(request).await?;
        delete_response(answer, self.host.now()).map_err(|e| my_account_refusal(&e))
    }

    /// A ledger row for something the user did with a connection.
    pub(super) fn deed(&self, what: &str, connection: &str) -> Result<(), Refusal> {
        let id = random::encode(&self.host.random::<16>()?);
        self.record_deed(&id, what, &format!("vault:{connection}"))
    }

    fn entry(&self, account: ConnectedAccount) -> Result<ConnectionEntry, Refusal> {
        let row = self.connection_row(&account.connection)?.unwrap_or_default();
        // Until one is known there is only one, or the tenant decides.
        let in_use = row.account.as_ref().map_or(row.candidate.is_none(), |id| *id == account.id);
        let good = if row.last_used.is_some() { "good" } else { "unused" };
        Ok(ConnectionEntry {
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

    async fn revoke_at_provider(&self, session: &Session, connection: &str) -> &'static str {
        let Some(revocation) = Revocation::at(connection, &self.settings.providers) else { return "not_possible" };
        let Some(token) = self.any_token(&session.id, connection).await else { return "failed" };
        match self.host.send(revocation.request(&token)).await {
            Ok(answer) if revoked(&answer) => "done",
            _ => "failed",
        }
    }
}

/// 404 for an account that is not connected, or not this user's.
pub(super) fn unknown_account() -> Refusal {
    Refusal::new(404, "connection_unknown", "There is no such connected account.")
}
