use deputy_auth0::{AccountList, ConnectedAccount, delete_request, delete_response};
use serde::Deserialize;

use super::call::{ConnectionEntry, Done, Refusal};
use super::connect::{my_account_refusal, refusal_of};
use super::core::{Core, Host};
use super::sessions::Session;
use crate::platform::random;

impl<H: Host> Core<H> {
    /// Connected accounts as the tenant has them, with when a tool last used them.
    pub(super) async fn list_connections(&self, session: Option<&str>) -> Result<Vec<ConnectionEntry>, Refusal> {
        let session = self.session_for(session)?.ok_or_else(Refusal::session_ended)?;
        let accounts = self.connected_accounts(&session).await?;
        #[derive(Deserialize)]
        struct Row {
            name: String,
            last_used: Option<u64>,
        }
        let used = self.host.rows::<Row>("SELECT name, last_used FROM connections", &[])?;
        let entry = |account: ConnectedAccount| ConnectionEntry {
            last_used: used.iter().find(|row| row.name == account.connection).and_then(|row| row.last_used),
            id: account.id,
            connection: account.connection,
            scopes: account.scopes.iter().map(str::to_owned).collect(),
            created_at: account.created_at.unwrap_or_default(),
        };
        Ok(accounts.into_iter().map(entry).collect())
    }

    /// Disconnects an account: at the tenant, and every token we hold becomes unreachable.
    pub(super) async fn disconnect(&self, session: Option<&str>, id: &str) -> Result<Done, Refusal> {
        let session = self.session_for(session)?.ok_or_else(Refusal::session_ended)?;
        let unknown = || Refusal::new(404, "connection_unknown", "There is no such connected account.");
        let accounts = self.connected_accounts(&session).await?;
        let account = accounts.into_iter().find(|account| account.id == id).ok_or_else(unknown)?;
        // First here: if the tenant's answer is lost, nothing goes on with the old token.
        self.raise_generation(&account.connection)?;
        let token = self.my_account_token(&session).await.map_err(refusal_of)?;
        let request = delete_request(&self.settings.tenant, &token, id).map_err(|e| my_account_refusal(&e))?;
        let answer = self.host.send(request).await.map_err(|e| my_account_refusal(&e.into()))?;
        delete_response(answer, self.host.now()).map_err(|e| my_account_refusal(&e))?;
        // An exchange that was on its way while the account was deleted may have filled the cache.
        self.raise_generation(&account.connection)?;
        self.host.exec(
            "UPDATE connections SET account = NULL, scopes = '', asked_scopes = '', consented_at = NULL WHERE name = ?",
            &[account.connection.as_str().into()],
        )?;
        let deed = random::encode(&self.host.random::<16>()?);
        self.record_deed(&deed, "disconnect", &format!("vault:{}", account.connection))?;
        Ok(Done {})
    }

    /// A tool got a token of the connection.
    pub(super) fn used(&self, connection: &str) -> Result<(), Refusal> {
        self.host.exec(
            "INSERT INTO connections (name, generation, scopes, asked_scopes, last_used) VALUES (?, 0, '', '', ?)
                ON CONFLICT (name) DO UPDATE SET last_used = excluded.last_used",
            &[connection.into(), self.host.now().into()],
        )?;
        Ok(())
    }

    async fn connected_accounts(&self, session: &Session) -> Result<Vec<ConnectedAccount>, Refusal> {
        let token = self.my_account_token(session).await.map_err(refusal_of)?;
        let mut list = AccountList::default();
        loop {
            let request = list.request(&self.settings.tenant, &token, None);
            let answer = self.host.send(request).await.map_err(|e| my_account_refusal(&e.into()))?;
            if !list.page(answer, self.host.now()).map_err(|e| my_account_refusal(&e))? {
                return Ok(list.into_accounts());
            }
        }
    }
}
