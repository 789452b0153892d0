//! The applications of a connection: `/api/v2/connections/{id}/clients`.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{StatusCode, header::CONTENT_TYPE},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    access, connections,
    error::ManagementError,
    paging::{Listing, Paging},
};
use crate::{tenant::Presented, world::World};

/// Most applications in one change.
const MOST: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    client_id: String,
    status: bool,
}

/// `GET /connections/{id}/clients`.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:connections"])?;
    let listing = Listing::read(query.as_deref(), Paging::Checkpoints { bare: false }, &[])?;
    let state = world.state();
    let name = connections::find(&state, &id)?.name;
    let enabled = state.directory.clients.iter().filter(|client| client.offers(&name));
    listing.answer("clients", enabled.map(|client| json!({ "client_id": client.client_id })).collect())
}

/// `PATCH /connections/{id}/clients`: 204.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["update:connections"])?;
    let content_type = presented.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.starts_with("application/json") {
        return Err(ManagementError::body("Expected content type application/json"));
    }
    let changes: Vec<Change> =
        serde_json::from_slice(&body).map_err(|error| ManagementError::body(&error.to_string()))?;
    if changes.is_empty() || changes.len() > MOST {
        return Err(ManagementError::body(&format!("Expected 1 to {MOST} items")));
    }
    let mut state = world.state();
    let name = connections::find(&state, &id)?.name;
    if changes.iter().any(|change| state.directory.client(&change.client_id).is_none()) {
        return Err(ManagementError::missing("inexistent_client", "The client does not exist"));
    }
    let all: Vec<String> = state.directory.connections.iter().map(|known| known.name.clone()).collect();
    for Change { client_id, status } in changes {
        let client = state.directory.clients.iter_mut().find(|client| client.client_id == client_id);
        let Some(client) = client else { continue };
        let names = client.connections.get_or_insert_with(|| all.clone());
        names.retain(|known| *known != name);
        if status {
            names.push(name.clone());
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
