//! Connections: `/api/v2/connections`.

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
    body::{self, Schema, Type, text, texts},
    error::ManagementError,
    paging::{Listing, Paging},
};
use crate::{
    tenant::{Access, Presented},
    world::{Connection, Kind, ManagementState, Members, World},
};

const MEMBERS: &Schema = &[
    ("display_name", Type::Text),
    ("options", Type::Object),
    ("is_domain_connection", Type::Flag),
    ("show_as_button", Type::Flag),
    ("realms", Type::Texts),
    ("metadata", Type::Object),
    ("authentication", Type::Object),
    ("connected_accounts", Type::Object),
];

/// Options, with the provider's secret among them, are for who has these.
const READ_OPTIONS: &str = "read:connections_options";
const UPDATE_OPTIONS: &str = "update:connections_options";

/// `GET /connections`.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    let access = access::require(&world, &presented, &["read:connections"])?;
    let more = ["name", "strategy", "fields", "include_fields"];
    let listing = Listing::read(query.as_deref(), Paging::Checkpoints { bare: true }, &more)?;
    let mut state = world.state();
    let wanted = |name: &str, value: &str| listing.get(name).is_none_or(|wanted| wanted == value);
    let chosen: Vec<Connection> = state
        .directory
        .connections
        .iter()
        .filter(|connection| wanted("name", &connection.name) && wanted("strategy", &connection.strategy))
        .cloned()
        .collect();
    let shown = chosen.iter().map(|connection| view(&mut state.management, connection, &access)).collect();
    listing.answer("connections", shown)
}

/// `GET /connections/{id}`.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<Json<Value>, ManagementError> {
    let access = access::require(&world, &presented, &["read:connections"])?;
    let mut state = world.state();
    let connection = find(&state, &id)?;
    Ok(Json(view(&mut state.management, &connection, &access)))
}

/// `POST /connections`.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ManagementError> {
    let access = access::require(&world, &presented, &["create:connections"])?;
    let schema = [MEMBERS, &[("name", Type::Text), ("strategy", Type::Text)]].concat();
    let sent = body::read(&presented.headers, &body, &schema, &["name", "strategy"])?;
    check(&sent)?;
    let (name, strategy) = (text(&sent, "name").to_owned(), text(&sent, "strategy"));
    let mut state = world.state();
    let allowed = |character: char| character.is_ascii_alphanumeric() || character == '-';
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(ManagementError::body("name must be letters, digits and hyphens"));
    }
    if state.directory.connection(&name).is_some() {
        let message = "A connection with the same name already exists";
        return Err(ManagementError::conflict("connection_conflict", message));
    }
    let mut connection: Connection = serde_json::from_value(json!({
        "name": name, "strategy": strategy, "display_name": name, "login": true, "offline_access": false,
    }))
    .map_err(|error| ManagementError::body(&error.to_string()))?;
    apply(&mut connection, state.management.members(Kind::Connection, &name), sent);
    let shown = view(&mut state.management, &connection, &access);
    // Nobody but the applications it is enabled for may use a new connection.
    let names: Vec<String> = state.directory.connections.iter().map(|known| known.name.clone()).collect();
    for client in &mut state.directory.clients {
        client.connections.get_or_insert_with(|| names.clone());
    }
    state.directory.connections.push(connection);
    Ok((StatusCode::CREATED, Json(shown)))
}

/// `PATCH /connections/{id}`: `options` are replaced as a whole.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ManagementError> {
    let access = access::require(&world, &presented, &["update:connections"])?;
    let sent = body::read(&presented.headers, &body, MEMBERS, &[])?;
    if sent.contains_key("options") && !access.has(UPDATE_OPTIONS) {
        return Err(ManagementError::scope(&[UPDATE_OPTIONS]));
    }
    check(&sent)?;
    let mut state = world.state();
    let mut connection = find(&state, &id)?;
    let kept = state.management.members(Kind::Connection, &connection.name);
    apply(&mut connection, kept, sent);
    if let Some(known) = state.directory.connections.iter_mut().find(|known| known.name == connection.name) {
        *known = connection.clone();
    }
    Ok(Json(view(&mut state.management, &connection, &access)))
}

/// `DELETE /connections/{id}`.
pub(crate) async fn remove(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["delete:connections"])?;
    let mut state = world.state();
    let name = find(&state, &id)?.name;
    state.directory.connections.retain(|connection| connection.name != name);
    state.management.forget(Kind::Connection, &name);
    Ok(StatusCode::NO_CONTENT)
}

/// The connection with this id.
pub(crate) fn find(state: &crate::world::State, id: &str) -> Result<Connection, ManagementError> {
    let name = state.management.name_of(Kind::Connection, id);
    let found = name.and_then(|name| state.directory.connection(&name).cloned());
    found.ok_or_else(|| ManagementError::missing("inexistent_connection", "The connection does not exist"))
}

fn check(sent: &Members) -> Result<(), ManagementError> {
    for purpose in ["authentication", "connected_accounts"] {
        let Some(Value::Object(members)) = sent.get(purpose) else { continue };
        let allowed = [("active", Type::Flag), ("cross_app_access", Type::Flag), ("allow_missing_user_id", Type::Flag)];
        body::check(members, &allowed)?;
        if !members.contains_key("active") {
            return Err(ManagementError::body(&format!("Missing required property: active of {purpose}")));
        }
    }
    Ok(())
}

fn apply(connection: &mut Connection, kept: &mut Members, sent: Members) {
    let active = |name: &str| sent.get(name).and_then(|purpose| purpose.get("active")).and_then(Value::as_bool);
    if sent.contains_key("display_name") {
        text(&sent, "display_name").clone_into(&mut connection.display_name);
    }
    if let Some(login) = active("authentication") {
        connection.login = login;
    }
    if let Some(active) = active("connected_accounts") {
        connection.connected_accounts = active;
    }
    if let Some(options) = sent.get("options") {
        connection.scopes = texts(options.get("scope"));
        connection.offline_access = options.get("offline_access").and_then(Value::as_bool).unwrap_or_default();
    }
    kept.extend(sent);
    kept.remove("name");
    kept.remove("strategy");
}

fn view(management: &mut ManagementState, connection: &Connection, access: &Access) -> Value {
    let mut shown = management.members(Kind::Connection, &connection.name).clone();
    let mut options = shown.get("options").and_then(Value::as_object).cloned().unwrap_or_default();
    if connection.strategy != "auth0" {
        options.insert("scope".to_owned(), json!(connection.scopes));
        options.insert("offline_access".to_owned(), connection.offline_access.into());
    }
    for (name, value) in [
        ("id", json!(management.id(Kind::Connection, &connection.name))),
        ("name", json!(connection.name)),
        ("strategy", json!(connection.strategy)),
        ("display_name", json!(connection.display_name)),
        ("options", Value::Object(options)),
        ("authentication", json!({ "active": connection.login })),
        ("connected_accounts", json!({ "active": connection.connected_accounts })),
    ] {
        shown.insert(name.to_owned(), value);
    }
    shown.entry("is_domain_connection").or_insert_with(|| false.into());
    if !access.has(READ_OPTIONS) {
        shown.remove("options");
    }
    Value::Object(shown)
}
