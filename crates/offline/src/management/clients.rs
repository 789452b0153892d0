//! Applications: `/api/v2/clients`.

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
    body::{self, text},
    client_members as members,
    error::ManagementError,
    paging::{Listing, Paging, only},
};
use crate::{
    tenant::Presented,
    world::{Client, Kind, World, random_id},
};

const KEYS: &str = "read:client_keys";

/// `GET /clients`.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    let access = access::require(&world, &presented, &["read:clients", KEYS])?;
    let more = ["fields", "include_fields", "is_global", "is_first_party", "app_type"];
    let listing = Listing::read(query.as_deref(), Paging::Numbers, &more)?;
    let first_party = listing.flag("is_first_party")?;
    let kinds: Option<Vec<&str>> = listing.get("app_type").map(|kinds| kinds.split(',').collect());
    let mut state = world.state();
    let chosen: Vec<Client> = state
        .directory
        .clients
        .iter()
        .filter(|client| first_party.is_none_or(|wanted| client.is_first_party == wanted))
        .filter(|client| kinds.as_ref().is_none_or(|kinds| kinds.contains(&client.app_type.as_str())))
        .cloned()
        .collect();
    let keys = access.has(KEYS);
    let shown = chosen
        .iter()
        .map(|client| members::view(client, state.management.members(Kind::Client, &client.client_id), keys))
        .collect();
    listing.answer("clients", shown)
}

/// `GET /clients/{id}`.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    let access = access::require(&world, &presented, &["read:clients", KEYS])?;
    let listing = Listing::read(query.as_deref(), Paging::Numbers, &["fields", "include_fields"])?;
    let mut state = world.state();
    let client = state.directory.client(&id).cloned().ok_or_else(missing)?;
    let shown = members::view(&client, state.management.members(Kind::Client, &id), access.has(KEYS));
    let kept = listing.flag("include_fields")?.unwrap_or(true);
    Ok(Json(listing.get("fields").map_or(shown.clone(), |fields| only(shown, fields, kept))))
}

/// `POST /clients`: 201 with the secret, whoever asks.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ManagementError> {
    access::require(&world, &presented, &["create:clients"])?;
    let schema = [members::MEMBERS, &[("resource_server_identifier", body::Type::Text)]].concat();
    let sent = body::read(&presented.headers, &body, &schema, &["name"])?;
    members::check(&sent)?;
    let kind = text(&sent, "app_type");
    let api = text(&sent, "resource_server_identifier");
    let mut state = world.state();
    if (kind == "resource_server") == api.is_empty() {
        return Err(ManagementError::rule("resource_server_identifier belongs to the app_type resource_server"));
    }
    if !api.is_empty() && state.directory.api(api).is_none() {
        return Err(ManagementError::missing("inexistent_resource_server", "The resource server does not exist"));
    }
    let client_id = random_id(32);
    let public = matches!(kind, "native" | "spa");
    let grants: &[&str] = match kind {
        "resource_server" => &[],
        "non_interactive" => &["client_credentials"],
        _ => &["authorization_code", "refresh_token"],
    };
    let mut client: Client = serde_json::from_value(json!({
        "client_id": client_id, "client_secret": (!public).then(|| random_id(64)), "name": text(&sent, "name"),
        "app_type": "regular_web", "is_first_party": true, "grant_types": grants, "connections": [],
    }))
    .map_err(|error| ManagementError::body(&error.to_string()))?;
    let kept = state.management.members(Kind::Client, &client_id);
    members::apply(&mut client, kept, sent)?;
    let shown = members::view(&client, kept, true);
    state.directory.clients.push(client);
    Ok((StatusCode::CREATED, Json(shown)))
}

/// `PATCH /clients/{id}`.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ManagementError> {
    let access = access::require(&world, &presented, &["update:clients", "update:client_keys"])?;
    let schema = [members::MEMBERS, &[("client_secret", body::Type::Text)]].concat();
    let sent = body::read(&presented.headers, &body, &schema, &[])?;
    if sent.contains_key("client_secret") && !access.has("update:client_keys") {
        return Err(ManagementError::scope(&["update:client_keys"]));
    }
    members::check(&sent)?;
    let mut state = world.state();
    let mut client = state.directory.client(&id).cloned().ok_or_else(missing)?;
    let kept = state.management.members(Kind::Client, &id);
    members::apply(&mut client, kept, sent)?;
    let shown = members::view(&client, kept, access.has(KEYS));
    if let Some(known) = state.directory.clients.iter_mut().find(|known| known.client_id == id) {
        *known = client;
    }
    Ok(Json(shown))
}

/// `DELETE /clients/{id}`: 204, also for one that is not there; its grants go with it.
pub(crate) async fn remove(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["delete:clients"])?;
    let mut state = world.state();
    state.directory.clients.retain(|client| client.client_id != id);
    state.management.grants.retain(|grant| grant.client_id != id);
    state.management.forget(Kind::Client, &id);
    Ok(StatusCode::NO_CONTENT)
}

fn missing() -> ManagementError {
    ManagementError::missing("inexistent_client", "The client does not exist")
}
