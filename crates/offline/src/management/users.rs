//! The log-ins of a user: `/api/v2/users/{id}` and `/identities` below it.

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
    body::{self, Type, text},
    error::ManagementError,
    paging::{Listing, Paging},
};
use crate::{
    tenant::Presented,
    world::{State as WorldState, User, World},
};

/// `GET /users/{id}`, or with `fields` some of it.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["read:users"])?;
    let listing = Listing::read(query.as_deref(), Paging::Numbers, &["fields", "include_fields"])?;
    let state = world.state();
    let mut shown = view(state.directory.user(&id).ok_or_else(unknown)?);
    let includes = listing.get("include_fields").is_none_or(|said| said != "false");
    if let (Some(fields), Some(members)) = (listing.get("fields"), shown.as_object_mut()) {
        members.retain(|name, _| fields.split(',').any(|field| field == name) == includes);
    }
    Ok(Json(shown))
}

/// `POST /users/{id}/identities`: 201. The other user is none any more; its log-ins are this one's, and what it had is gone.
pub(crate) async fn link(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ManagementError> {
    access::require(&world, &presented, &["update:users"])?;
    let schema = [("provider", Type::Text), ("user_id", Type::Text), ("connection_id", Type::Text)];
    let sent = body::read(&presented.headers, &body, &schema, &["provider", "user_id"])?;
    let second = format!("{}|{}", text(&sent, "provider"), text(&sent, "user_id"));
    let mut state = world.state();
    let user = state.directory.user(&id).ok_or_else(unknown)?;
    if second == user.user_id {
        return Err(ManagementError::rule("Main account and specified identity are the same."));
    }
    if state.directory.users.iter().any(|user| user.linked.iter().any(|identity| identity.user_id == second)) {
        let message = "Specified identity already linked to a user.";
        return Err(ManagementError::conflict("identity_conflict", message));
    }
    let place = state.directory.users.iter().position(|user| user.user_id == second).ok_or_else(unknown)?;
    let mut moved = state.directory.users.remove(place);
    let mut theirs = std::mem::take(&mut moved.linked);
    forget(&mut state, &moved.user_id);
    let user = find(&mut state, &id)?;
    user.linked.push(moved);
    user.linked.append(&mut theirs);
    Ok((StatusCode::CREATED, Json(identities(user))))
}

/// `DELETE /users/{id}/identities/{provider}/{user_id}`: what was a user of its own is one again.
pub(crate) async fn unlink(
    State(world): State<Arc<World>>,
    presented: Presented,
    Path((id, provider, user_id)): Path<(String, String, String)>,
) -> Result<Json<Value>, ManagementError> {
    access::require(&world, &presented, &["update:users"])?;
    let second = format!("{provider}|{user_id}");
    let mut state = world.state();
    let user = find(&mut state, &id)?;
    if second == user.user_id {
        return Err(ManagementError::rule("Main identity can't be unlinked."));
    }
    let place = user.linked.iter().position(|identity| identity.user_id == second);
    let place = place.ok_or_else(|| ManagementError::missing("inexistent_identity", "The identity does not exist."))?;
    let freed = user.linked.remove(place);
    let left = identities(user);
    state.directory.users.push(freed);
    Ok(Json(left))
}

/// Sessions, tokens and connected accounts of a user who is none any more.
fn forget(state: &mut WorldState, user_id: &str) {
    state.logins.sessions.retain(|_, session| session.user_id != user_id);
    state.accounts.retain(|account| account.user_id != user_id);
    state.tokens.revoke_all(user_id);
}

fn find<'a>(state: &'a mut WorldState, id: &str) -> Result<&'a mut User, ManagementError> {
    state.directory.users.iter_mut().find(|user| user.user_id == id).ok_or_else(unknown)
}

fn unknown() -> ManagementError {
    ManagementError::missing("inexistent_user", "The user does not exist.")
}

fn view(user: &User) -> Value {
    json!({
        "user_id": user.user_id,
        "email": user.email,
        "email_verified": user.email_verified,
        "name": user.name,
        "nickname": user.nickname,
        "picture": user.picture,
        "identities": identities(user),
    })
}

fn identities(user: &User) -> Value {
    user.identities().map(|identity| identity_view(identity, identity.user_id == user.user_id)).collect()
}

fn identity_view(identity: &User, primary: bool) -> Value {
    let (provider, id) = identity.user_id.split_once('|').unwrap_or_default();
    let mut shown = json!({
        "connection": identity.connection,
        "provider": provider,
        "user_id": id,
        "isSocial": provider != "auth0",
    });
    if let (false, Some(members)) = (primary, shown.as_object_mut()) {
        let profile = json!({
            "email": identity.email,
            "email_verified": identity.email_verified,
            "name": identity.name,
            "nickname": identity.nickname,
            "picture": identity.picture,
        });
        members.insert("profileData".to_owned(), profile);
    }
    shown
}
