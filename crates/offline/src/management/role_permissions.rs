//! What a role permits and who has it: `/api/v2/roles/{id}/permissions` and `/users`.

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
    body::{self, Type, text, texts},
    error::ManagementError,
    paging::{Listing, Paging},
    roles,
};
use crate::{
    tenant::Presented,
    world::{Permission, World},
};

/// `GET /roles/{id}/permissions`.
pub(crate) async fn list(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:roles"])?;
    let listing = Listing::read(query.as_deref(), Paging::Numbers, &[])?;
    let mut state = world.state();
    let permissions = roles::find(&mut state, &id)?.permissions.clone();
    let view = |permission: &Permission| json!(permission);
    listing.answer("permissions", permissions.iter().map(view).collect())
}

/// `POST /roles/{id}/permissions`: 201.
pub(crate) async fn add(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["update:roles"])?;
    let named = named(&presented, &body)?;
    let mut state = world.state();
    for permission in &named {
        let no_api = || ManagementError::missing("inexistent_resource_server", "The resource server does not exist");
        let api = state.directory.api(&permission.resource_server_identifier).ok_or_else(no_api)?;
        if !api.scopes.contains(&permission.permission_name) {
            let message =
                format!("The permission {} does not exist for the resource server", permission.permission_name);
            return Err(ManagementError::rule(message));
        }
    }
    let role = roles::find(&mut state, &id)?;
    for permission in named {
        if !role.permissions.contains(&permission) {
            role.permissions.push(permission);
        }
    }
    Ok(StatusCode::CREATED)
}

/// `DELETE /roles/{id}/permissions`: 204.
pub(crate) async fn remove(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["update:roles"])?;
    let named = named(&presented, &body)?;
    let mut state = world.state();
    roles::find(&mut state, &id)?.permissions.retain(|permission| !named.contains(permission));
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /roles/{id}/users`: they have the role from now on.
pub(crate) async fn assign(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ManagementError> {
    access::require(&world, &presented, &["update:roles"])?;
    let sent = body::read(&presented.headers, &body, &[("users", Type::Texts)], &["users"])?;
    let users = texts(sent.get("users"));
    let mut state = world.state();
    if users.iter().any(|user| state.directory.user(user).is_none()) {
        return Err(ManagementError::missing("inexistent_user", "The user does not exist"));
    }
    let role = roles::find(&mut state, &id)?.name.clone();
    for user in state.directory.users.iter_mut().filter(|user| users.contains(&user.user_id)) {
        if !user.roles.contains(&role) {
            user.roles.push(role.clone());
        }
    }
    Ok(StatusCode::OK)
}

fn named(presented: &Presented, body: &[u8]) -> Result<Vec<Permission>, ManagementError> {
    let sent = body::read(&presented.headers, body, &[("permissions", Type::List)], &["permissions"])?;
    let items = sent.get("permissions").and_then(Value::as_array).filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| ManagementError::body("Too few items on property permissions"))?;
    let read = |item: &Value| {
        let members = item.as_object().ok_or_else(|| ManagementError::body("A permission is an object"))?;
        body::check(members, &[("resource_server_identifier", Type::Text), ("permission_name", Type::Text)])?;
        let (api, name) = (text(members, "resource_server_identifier"), text(members, "permission_name"));
        if api.is_empty() || name.is_empty() {
            return Err(ManagementError::body("Missing required property of a permission"));
        }
        Ok(Permission { resource_server_identifier: api.to_owned(), permission_name: name.to_owned() })
    };
    items.iter().map(read).collect()
}
