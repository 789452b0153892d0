//! Roles: `/api/v2/roles`.

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
};
use crate::{
    tenant::Presented,
    world::{Role, State as WorldState, World, random_id},
};

const MEMBERS: &Schema = &[("name", Type::Text), ("description", Type::Text)];

/// `GET /roles`.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:roles"])?;
    let listing = Listing::read(query.as_deref(), Paging::Numbers, &["name_filter"])?;
    let state = world.state();
    let wanted = |role: &&Role| listing.get("name_filter").is_none_or(|part| role.name.contains(part));
    listing.answer("roles", state.directory.roles.iter().filter(wanted).map(view).collect())
}

/// `GET /roles/{id}`.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:roles"])?;
    Ok(Json(view(find(&mut world.state(), &id)?)))
}

/// `POST /roles`.
pub(crate) async fn create(
    State(world): State<Arc<World>>,
    presented: Presented,
    body: Bytes,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["create:roles"])?;
    let sent = body::read(&presented.headers, &body, MEMBERS, &["name"])?;
    let role = Role {
        id: format!("rol_{}", random_id(16)),
        name: text(&sent, "name").to_owned(),
        description: text(&sent, "description").to_owned(),
        permissions: Vec::new(),
    };
    let mut state = world.state();
    free(&state, &role)?;
    let shown = view(&role);
    state.directory.roles.push(role);
    Ok(Json(shown))
}

/// `PATCH /roles/{id}`.
pub(crate) async fn update(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["update:roles"])?;
    let sent = body::read(&presented.headers, &body, MEMBERS, &[])?;
    let mut state = world.state();
    let mut role = find(&mut state, &id)?.clone();
    if sent.contains_key("name") {
        text(&sent, "name").clone_into(&mut role.name);
    }
    if sent.contains_key("description") {
        text(&sent, "description").clone_into(&mut role.description);
    }
    free(&state, &role)?;
    let shown = view(&role);
    let name = role.name.clone();
    let before = std::mem::replace(find(&mut state, &id)?, role).name;
    // Users name their roles.
    for held in state.directory.users.iter_mut().flat_map(|user| &mut user.roles).filter(|held| **held == before) {
        held.clone_from(&name);
    }
    Ok(Json(shown))
}

/// `DELETE /roles/{id}`: who had it loses its permissions.
pub(crate) async fn remove(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["delete:roles"])?;
    let mut state = world.state();
    let name = find(&mut state, &id)?.name.clone();
    state.directory.roles.retain(|role| role.id != id);
    for user in &mut state.directory.users {
        user.roles.retain(|role| *role != name);
    }
    Ok(StatusCode::OK)
}

/// The role with this id.
pub(crate) fn find<'a>(state: &'a mut WorldState, id: &str) -> Result<&'a mut Role, ManagementError> {
    let found = state.directory.roles.iter_mut().find(|role| role.id == id);
    found.ok_or_else(|| ManagementError::missing("inexistent_role", "The role does not exist"))
}

/// A role has a name, and one that no other has.
fn free(state: &WorldState, role: &Role) -> Result<(), ManagementError> {
    if role.name.is_empty() {
        return Err(ManagementError::body("name must not be empty"));
    }
    if state.directory.roles.iter().any(|known| known.name == role.name && known.id != role.id) {
        return Err(ManagementError::conflict("role_conflict", "The specified role name is already in use"));
    }
    Ok(())
}

fn view(role: impl std::borrow::Borrow<Role>) -> Value {
    let role = role.borrow();
    json!({ "id": role.id, "name": role.name, "description": role.description })
}
