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
    world::{PermissionRecord, RoleRecord, State as WorldState, World, random_id},
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
    let wanted = |role: &&RoleRecord| listing.get("name_filter").is_none_or(|part| role.name.contains(part));
    listing.answer("roles", state.management.roles.iter().filter(wanted).map(view).collect())
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
    let role = RoleRecord {
        id: format!("rol_{}", random_id(16)),
        name: text(&sent, "name").to_owned(),
        description: text(&sent, "description").to_owned(),
        permissions: Vec::new(),
        users: Vec::new(),
    };
    let mut state = world.state();
    free(&state, &role)?;
    let shown = view(&role);
    state.management.roles.push(role);
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
    *find(&mut state, &id)? = role;
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
    find(&mut state, &id)?;
    state.management.roles.retain(|role| role.id != id);
    give(&mut state);
    Ok(StatusCode::OK)
}

/// The role with this id.
pub(crate) fn find<'a>(state: &'a mut WorldState, id: &str) -> Result<&'a mut RoleRecord, ManagementError> {
    let found = state.management.roles.iter_mut().find(|role| role.id == id);
    found.ok_or_else(|| ManagementError::missing("inexistent_role", "The role does not exist"))
}

/// Users have the permissions that the seed gave them, and those of their roles.
pub(crate) fn give(state: &mut WorldState) {
    for user in &mut state.directory.users {
        let direct = state.management.direct.entry(user.user_id.clone()).or_insert_with(|| user.permissions.clone());
        user.permissions = direct.clone();
        for role in state.management.roles.iter().filter(|role| role.users.contains(&user.user_id)) {
            for PermissionRecord { api, name } in &role.permissions {
                let held = user.permissions.entry(api.clone()).or_default();
                if !held.contains(name) {
                    held.push(name.clone());
                }
            }
        }
    }
}

/// A role has a name, and one that no other has.
fn free(state: &WorldState, role: &RoleRecord) -> Result<(), ManagementError> {
    if role.name.is_empty() {
        return Err(ManagementError::body("name must not be empty"));
    }
    if state.management.roles.iter().any(|known| known.name == role.name && known.id != role.id) {
        return Err(ManagementError::conflict("role_conflict", "The specified role name is already in use"));
    }
    Ok(())
}

fn view(role: impl std::borrow::Borrow<RoleRecord>) -> Value {
    let role = role.borrow();
    json!({ "id": role.id, "name": role.name, "description": role.description })
}
