//! Listing and removing connected accounts, and the connections there are.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{access, error::ApiError};
use crate::tenant::presented::Presented;
use crate::world::{ConnectedAccount, World};

/// The most and the usual number of entries on a page.
const PAGE: usize = 20;

/// `GET /connected-accounts/accounts?connection=&from=&take=`.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, ApiError> {
    let caller = access::require(&world, &presented, access::READ)?;
    let accounts: Vec<(String, Value)> = world
        .connected_accounts(Some(&caller.subject))
        .iter()
        .filter(|account| query.get("connection").is_none_or(|name| account.connection == *name))
        .map(|account| (account.id.clone(), view(account)))
        .collect();
    page("accounts", accounts, &query)
}

/// `GET /connected-accounts/connections?from=&take=`.
pub(crate) async fn connections(
    State(world): State<Arc<World>>,
    presented: Presented,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, ApiError> {
    access::require(&world, &presented, access::READ)?;
    let connections = {
        let state = world.state();
        let enabled = state.directory.connections.iter().filter(|connection| connection.connected_accounts);
        enabled
            .map(|connection| {
                let mut view = json!({ "name": connection.name, "strategy": connection.strategy });
                if let (Some(members), false) = (view.as_object_mut(), connection.scopes.is_empty()) {
                    members.insert("scopes".to_owned(), connection.scopes.clone().into());
                }
                (connection.name.clone(), view)
            })
            .collect()
    };
    page("connections", connections, &query)
}

/// `DELETE /connected-accounts/accounts/{id}`: the vault forgets it; the provider's own tokens live on.
pub(crate) async fn delete(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let caller = access::require(&world, &presented, access::DELETE)?;
    let well_formed = id
        .strip_prefix("cac_")
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|character| character.is_ascii_alphanumeric()));
    if !well_formed {
        return Err(ApiError::bad_request("The id is not one of a connected account."));
    }
    let mut state = world.state();
    let before = state.accounts.len();
    state.accounts.retain(|account| account.id != id || account.user_id != caller.subject);
    if state.accounts.len() == before {
        return Err(ApiError::new(StatusCode::NOT_FOUND, "Connected account not found."));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A connected account as the API shows it.
pub(crate) fn view(account: &ConnectedAccount) -> Value {
    let created_at = i64::try_from(account.created_at).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    json!({
        "id": account.id,
        "connection": account.connection,
        "access_type": "offline",
        "scopes": account.scopes,
        "created_at": created_at.map(|time| time.to_string()),
    })
}

fn page(name: &str, entries: Vec<(String, Value)>, query: &HashMap<String, String>) -> Result<Json<Value>, ApiError> {
    let take = match query.get("take").map(|text| text.parse::<usize>()) {
        None => PAGE,
        Some(Ok(take)) if (1..=PAGE).contains(&take) => take,
        Some(_) => return Err(ApiError::bad_request("take must be a number from 1 to 20.")),
    };
    let start = match query.get("from") {
        None => 0,
        Some(from) => entries
            .iter()
            .position(|(id, _)| id == from)
            .ok_or_else(|| ApiError::bad_request("from is not a cursor of this list."))?,
    };
    let next = entries.get(start.saturating_add(take)).map(|(id, _)| id.clone());
    let shown: Vec<Value> = entries.into_iter().skip(start).take(take).map(|(_, view)| view).collect();
    let mut answer = json!({ name: shown });
    if let (Some(members), Some(next)) = (answer.as_object_mut(), next) {
        members.insert("next".to_owned(), next.into());
    }
    Ok(Json(answer))
}
