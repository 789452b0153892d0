//! More records for the world until the next reset: what is there under the same name is replaced.

use std::sync::Arc;

use axum::{Json, body::Bytes, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{ControlError, read};
use crate::world::{Api, Client, ConnectedAccount, Connection, ExchangeProfile, User, World, random_hex};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    #[serde(default)]
    users: Vec<User>,
    #[serde(default)]
    clients: Vec<Client>,
    #[serde(default)]
    apis: Vec<Api>,
    #[serde(default)]
    connections: Vec<Connection>,
    #[serde(default)]
    token_exchange_profiles: Vec<ExchangeProfile>,
    #[serde(default)]
    connected_accounts: Vec<SeedAccount>,
}

/// An account as if its user had connected it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedAccount {
    user_id: String,
    connection: String,
    account: String,
    #[serde(default)]
    scopes: Vec<String>,
}

/// `POST /seed`: all of it or, when something does not fit, nothing.
pub(crate) async fn seed(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Value>, ControlError> {
    let seed: Seed = read(&body)?;
    let now = world.now_ms();
    let mut state = world.state();
    for account in &seed.connected_accounts {
        let known = |user: &&User| user.user_id == account.user_id;
        if !state.directory.users.iter().chain(&seed.users).any(|user| known(&user)) {
            return Err(ControlError::not_found(format!("There is no user {}.", account.user_id)));
        }
        let named = |connection: &Connection| connection.name == account.connection;
        if !state.directory.connections.iter().chain(&seed.connections).any(named) {
            return Err(ControlError::not_found(format!("There is no connection {}.", account.connection)));
        }
    }
    put(&mut state.directory.users, seed.users, |user| user.user_id.clone());
    put(&mut state.directory.clients, seed.clients, |client| client.client_id.clone());
    put(&mut state.directory.apis, seed.apis, |api| api.identifier.clone());
    put(&mut state.directory.connections, seed.connections, |connection| connection.name.clone());
    put(&mut state.directory.token_exchange_profiles, seed.token_exchange_profiles, |profile| {
        profile.subject_token_type.clone()
    });
    let accounts: Vec<ConnectedAccount> = seed.connected_accounts.into_iter().map(|account| account.at(now)).collect();
    put(&mut state.accounts, accounts.clone(), |account| {
        (account.user_id.clone(), account.connection.clone(), account.account.clone())
    });
    Ok(Json(json!({ "ok": true, "connected_accounts": accounts })))
}

impl SeedAccount {
    fn at(self, now: u64) -> ConnectedAccount {
        ConnectedAccount {
            id: format!("cac_{}", random_hex(10)),
            user_id: self.user_id,
            connection: self.connection,
            account: self.account,
            scopes: self.scopes,
            created_at: now,
            updated_at: now,
            revoked: false,
        }
    }
}

fn put<T, K: PartialEq>(records: &mut Vec<T>, more: Vec<T>, name: impl Fn(&T) -> K) {
    for record in more {
        records.retain(|known| name(known) != name(&record));
        records.push(record);
    }
}
