//! Client grants: `/api/v2/client-grants`. What an application may have of an API, for itself or for its users.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{
    access,
    body::{self, Schema, Type, text},
    error::ManagementError,
    paging::{Listing, Paging},
    resource_servers::known_scopes,
};
use crate::{
    tenant::Presented,
    world::{ClientGrant, GrantRecord, World, random_id},
};

const NEW: &Schema = &[
    ("client_id", Type::Text),
    ("audience", Type::Text),
    ("scope", Type::Texts),
    ("subject_type", Type::Word(&["client", "user"])),
];

/// `GET /client-grants`.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:client_grants"])?;
    let more = ["client_id", "audience", "subject_type"];
    let listing = Listing::read(query.as_deref(), Paging::Checkpoints { bare: true }, &more)?;
    let wanted = |name: &str, value: &str| listing.get(name).is_none_or(|wanted| wanted == value);
    let mut state = world.state();
    know_seeded(&mut state);
    let shown = state
        .management
        .grants
        .iter()
        .filter(|grant| wanted("client_id", &grant.client_id) && wanted("audience", &grant.audience))
        .filter(|grant| wanted("subject_type", &grant.subject_type))
        .map(view)
        .collect();
    listing.answer("client_grants", shown)
}

/// `GET /client-grants/{id}`.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:client_grants"])?;
    let mut state = world.state();
    know_seeded(&mut state);
    state.management.grants.iter().find(|grant| grant.id == id).map(view).map(Json).ok_or_else(missing)
}

/// `POST /client-grants`.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ManagementError> {
    access::require(&world, &presented, &["create:client_grants"])?;
    let sent = body::read(&presented.headers, &body, NEW, &["client_id", "audience"])?;
    let subject_type = if sent.contains_key("subject_type") { text(&sent, "subject_type") } else { "client" };
    let (client_id, audience) = (text(&sent, "client_id"), text(&sent, "audience"));
    let mut state = world.state();
    know_seeded(&mut state);
    if state.directory.client(client_id).is_none() {
        return Err(ManagementError::missing("inexistent_client", "The client does not exist"));
    }
    let no_api = || ManagementError::missing("inexistent_resource_server", "The resource server does not exist");
    let scope = known_scopes(state.directory.api(audience).ok_or_else(no_api)?, sent.get("scope"))?;
    if subject_type == "client" && audience == world.options().my_account_audience() {
        return Err(ManagementError::rule("The My Account API is for users alone"));
    }
    if state.management.grants.iter().any(|grant| is(grant, client_id, audience, subject_type)) {
        let message = format!("A client grant for the audience \"{audience}\" already exists");
        return Err(ManagementError::conflict("client_grant_conflict", message));
    }
    let grant = GrantRecord {
        id: format!("cgr_{}", random_id(16)),
        client_id: client_id.to_owned(),
        audience: audience.to_owned(),
        scope,
        subject_type: subject_type.to_owned(),
    };
    let shown = view(&grant);
    write(&mut state, &grant, true);
    state.management.grants.push(grant);
    Ok((StatusCode::CREATED, Json(shown)))
}

/// `PATCH /client-grants/{id}`.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["update:client_grants"])?;
    let sent = body::read(&presented.headers, &body, &[("scope", Type::Texts)], &[])?;
    let mut state = world.state();
    know_seeded(&mut state);
    let mut grant = state.management.grants.iter().find(|grant| grant.id == id).cloned().ok_or_else(missing)?;
    let api = state.directory.api(&grant.audience).ok_or_else(missing)?;
    grant.scope = known_scopes(api, sent.get("scope"))?;
    write(&mut state, &grant, true);
    let shown = view(&grant);
    if let Some(known) = state.management.grants.iter_mut().find(|known| known.id == id) {
        *known = grant;
    }
    Ok(Json(shown))
}

/// `DELETE /client-grants/{id}`.
pub(crate) async fn remove(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["delete:client_grants"])?;
    let mut state = world.state();
    know_seeded(&mut state);
    let grant = state.management.grants.iter().find(|grant| grant.id == id).cloned().ok_or_else(missing)?;
    write(&mut state, &grant, false);
    state.management.grants.retain(|known| known.id != id);
    Ok(StatusCode::NO_CONTENT)
}

/// Grants that the directory has from elsewhere get an id.
fn know_seeded(state: &mut crate::world::State) {
    let known = &mut state.management.grants;
    for client in &state.directory.clients {
        for ClientGrant { audience, scope, subject_type } in &client.client_grants {
            if !known.iter().any(|grant| is(grant, &client.client_id, audience, subject_type)) {
                known.push(GrantRecord {
                    id: format!("cgr_{}", random_id(16)),
                    client_id: client.client_id.clone(),
                    audience: audience.clone(),
                    scope: scope.clone(),
                    subject_type: subject_type.clone(),
                });
            }
        }
    }
}

fn is(grant: &GrantRecord, client_id: &str, audience: &str, subject_type: &str) -> bool {
    grant.client_id == client_id && grant.audience == audience && grant.subject_type == subject_type
}

/// Puts a grant where the tenant looks, or takes it away.
fn write(state: &mut crate::world::State, grant: &GrantRecord, there: bool) {
    let client = state.directory.clients.iter_mut().find(|client| client.client_id == grant.client_id);
    let Some(client) = client else { return };
    let GrantRecord { audience, scope, subject_type, .. } = grant.clone();
    client.client_grants.retain(|known| known.audience != audience || known.subject_type != subject_type);
    if there {
        client.client_grants.push(ClientGrant { audience, scope, subject_type });
    }
}

fn view(grant: &GrantRecord) -> Value {
    json!({
        "id": grant.id, "client_id": grant.client_id, "audience": grant.audience, "scope": grant.scope,
        "subject_type": grant.subject_type,
    })
}

fn missing() -> ManagementError {
    ManagementError::missing("inexistent_client_grant", "The client grant does not exist")
}
